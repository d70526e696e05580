"""The process around the simulators: how it starts, refuses to start, and stops."""

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx2
import pytest

from simulators.launching import Launched

MEMORY_LIMIT_KIB = 80 * 1024


def run(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "simulators.main", *options]
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=20, check=False
    )


def test_it_listens_on_loopback_prints_no_secret_and_stops_at_once(tmp_path: Path) -> None:
    launched = Launched(tmp_path).start()
    assert all("127.0.0.1:" in address for address in launched.addresses.values())
    said = " ".join(launched.addresses.values())
    assert launched.secret not in said
    assert launched.vendors_secret not in said
    for name in ("platform", "transparency", "mailbox"):
        assert httpx2.get(f"{launched.addresses[name]}/control/health").json() == {"status": "ok"}
        assert httpx2.get(f"{launched.addresses[name]}/").status_code == 200
    assert httpx2.get(f"{launched.addresses['vendors']}/control/health").json() == {"status": "ok"}
    began = time.monotonic()
    assert launched.stop() == 0
    assert time.monotonic() - began < 2


def test_it_stops_in_time_although_a_request_hangs_and_a_connection_idles(tmp_path: Path) -> None:
    launched = Launched(tmp_path).start()
    platform = httpx2.Client(base_url=launched.addresses["platform"], timeout=20)
    platform.post("/control/faults", json={"wrong": "timeout"})
    host, _, port = launched.addresses["smtp"].partition(":")
    answers: list[int] = []
    hanging = threading.Thread(target=lambda: answers.append(platform.get("/targets/content/x").status_code))
    hanging.start()
    with socket.create_connection((host, int(port))) as idle, httpx2.Client() as watcher:
        assert idle.recv(3) == b"220"
        for _ in range(200):
            log = watcher.get(f"{launched.addresses['platform']}/control/log").json()["entries"]
            if any(entry["event"] == "fault" for entry in log):
                break
            time.sleep(0.02)
        began = time.monotonic()
        assert launched.stop() == 0
        assert time.monotonic() - began < 2  # who hangs would hang for twenty
    hanging.join()
    assert answers == [503]


def test_a_taken_port_is_named_with_its_option_and_exit_code_one(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(RuntimeError, match=f"port {port} on 127.0.0.1 is taken.*--smtp-port"):
            Launched(tmp_path, smtp=port).start()


def test_the_exit_code_of_a_taken_port_is_one_and_arguments_may_come_from_the_environment(tmp_path: Path) -> None:
    secret, token = tmp_path / "s", tmp_path / "t"
    secret.write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
    token.write_text("1|synthetic-token\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run(
            SIMULATORS_DATA=str(tmp_path / "d"),
            SIMULATORS_PLATFORM_SECRET_FILE=str(secret),
            SIMULATORS_TRANSPARENCY_TOKEN_FILE=str(token),
            SIMULATORS_VENDORS_SECRET_FILE=str(secret),
            SIMULATORS_PLATFORM_PORT=port,
        )
    assert (done.returncode, done.stdout) == (1, "")
    assert f"port {port}" in done.stderr
    assert "--platform-port" in done.stderr


def test_a_wrong_secret_or_token_file_is_named_and_never_quoted(tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    bad.write_text("hunter2hunter2")

    def started(platform: Path, transparency: Path, vendors: Path) -> subprocess.CompletedProcess[str]:
        return run(
            *("--data", str(tmp_path), "--platform-secret-file", str(platform)),
            *("--transparency-token-file", str(transparency), "--vendors-secret-file", str(vendors)),
        )

    token = tmp_path / "token"
    token.write_text("1|synthetic-token")
    wrong_secret, wrong_token = started(bad, bad, bad), started(good, bad, bad)
    missing, wrong_vendors = started(tmp_path / "no", bad, bad), started(good, token, bad)
    for done, named in (
        (wrong_secret, "whsec_"),
        (wrong_token, "--transparency-token-file"),
        (missing, "No such file"),
        (wrong_vendors, "whsec_"),
    ):
        assert done.returncode == 2
        assert named in done.stderr
        assert "hunter2" not in done.stderr


def test_it_fits_in_eighty_megabytes_after_thousands_of_posts(tmp_path: Path) -> None:
    with Launched(tmp_path) as launched, httpx2.Client(base_url=launched.addresses["platform"], timeout=60) as http:
        accounts = [{"id": f"a-{number}", "display_name": "Somebody (synthetic)"} for number in range(500)]
        posts = [{"id": f"p-{n}", "author_id": f"a-{n % 500}", "text": "Mild words. " * 20} for n in range(4_000)]
        assert http.post("/users-api/bulk", json={"accounts": accounts, "posts": posts}).json()["created"] == 4_500
        assert http.get("/?limit=200").status_code == 200
        assert launched.process is not None
        assert memory_kib(launched.process.pid) < MEMORY_LIMIT_KIB


def memory_kib(pid: int) -> int:
    """The share of memory that is the process's own (PSS); where the system does not tell, all it has resident."""
    shares = Path(f"/proc/{pid}/smaps_rollup")
    if shares.exists():
        return next(int(line.split()[1]) for line in shares.read_text().splitlines() if line.startswith("Pss:"))
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(told.stdout)
