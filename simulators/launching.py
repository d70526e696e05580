"""The simulators as a child process on free ports: for tests and benchmarks that need the outside world."""

import base64
import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType

_ROOT = Path(__file__).parent.parent
_DOORS = ("platform", "transparency", "smtp", "mailbox", "vendors")


class Launched:
    """A running process. `with Launched(folder) as world:` starts it and stops it; state stays in the folder.

    addresses: by door; URLs, and host:port for smtp.
    """

    def __init__(self, folder: Path, **ports: int) -> None:
        self._folder, self._ports = folder, ports
        self.secret, self.vendors_secret = _new_secret(), _new_secret()
        self.token = "1|" + secrets.token_urlsafe(24)
        self.addresses: dict[str, str] = {}
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> "Launched":
        """Start and wait until every door is open. Raises RuntimeError with what the process said instead."""
        self._folder.mkdir(parents=True, exist_ok=True)
        secret, token = self._folder / "platform.secret", self._folder / "transparency.token"
        vendors = self._folder / "vendors.secret"
        for path, text in ((secret, self.secret), (token, self.token), (vendors, self.vendors_secret)):
            path.touch(mode=0o600)
            path.write_text(text, encoding="utf-8")
        options = {"data": str(self._folder / "data"), "platform-secret-file": str(secret)}
        options |= {"transparency-token-file": str(token), "vendors-secret-file": str(vendors)}
        options |= {f"{name}-port": str(self._ports.get(name, 0)) for name in _DOORS}
        command = [sys.executable, "-m", "simulators.main", *(f"--{name}={value}" for name, value in options.items())]
        environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line == "simulators ready\n":
                return self
            name, _, address = line.strip().partition(" ")
            self.addresses[name] = address
        _, error = self.process.communicate()
        raise RuntimeError(f"simulators did not start: {error.strip()}")

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Signal the process and wait for it; its exit code."""
        assert self.process is not None
        self.process.send_signal(by)
        self.process.communicate(timeout=30)
        return self.process.returncode

    def __enter__(self) -> "Launched":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
