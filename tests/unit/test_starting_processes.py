"""What a process reads before it works: a key as the manual makes it, a pack in order; and how it says that it cannot."""

import base64
import subprocess

import pytest

from cases.policy import PolicyError
from workers import worker
from workers.keys import read_kek
from workers.settings import Settings, SettingsError


def test_a_kek_made_as_the_manual_says_is_read_and_anything_else_is_told_how(tmp_path):
    kek = tmp_path / "kek"
    made = subprocess.run("head -c 32 /dev/urandom | base64", shell=True, check=True, capture_output=True, text=True)
    kek.write_text(made.stdout)
    assert read_kek(Settings(data=tmp_path, kek_file=kek)).secret == base64.b64decode(made.stdout)
    for wrong in ("aGVsbG8=\n", "no base64", ""):
        kek.write_text(wrong)
        with pytest.raises(SettingsError, match=r"DUEPROCESS_KEK_FILE: cannot be used .*head -c 32"):
            read_kek(Settings(data=tmp_path, kek_file=kek))


def test_a_worker_with_a_mistaken_pack_ends_with_its_mistakes_and_no_traceback(monkeypatch, capsys):
    async def mistaken(settings):
        raise PolicyError("pack.toml:207: areas.spam.queue: 'queue' is missing.")

    monkeypatch.setattr(worker, "work", mistaken)
    monkeypatch.setattr(Settings, "from_environment", lambda needing=(): Settings())
    with pytest.raises(SystemExit, match="2"):
        worker.main()
    assert capsys.readouterr().err == "pack.toml:207: areas.spam.queue: 'queue' is missing.\n"
