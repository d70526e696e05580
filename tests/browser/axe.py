"""axe-core, pinned by its hash: fetched once by npm from whatever registry it is set up with, kept outside git."""

import hmac
import shutil
import subprocess
import tarfile
import tempfile
from base64 import b64decode
from hashlib import sha512
from pathlib import Path
from typing import Final

PACKAGE: Final = "axe-core@4.10.3"
INTEGRITY: Final = "Xm7bpRXnDSX2YE2YFfBk2FnF0ep6tmG7xPh8iHee8MIcrgq762Nkce856dYtJYLkuIoYZvGfTs/PbZhideTcEg=="  # sha512
SCRIPT: Final = "package/axe.min.js"
CACHE: Final = Path(__file__).parents[2] / ".cache" / "axe"


def ensure_axe(cache: Path = CACHE) -> Path | None:
    """The script, from the cache or by npm; None where there is no npm, no registry, or another hash."""
    script = cache / f"{PACKAGE}.min.js"
    if script.is_file():
        return script
    npm = shutil.which("npm")
    if npm is None:
        return None
    with tempfile.TemporaryDirectory() as scratch:
        command = [npm, "pack", PACKAGE, "--silent", "--pack-destination", scratch]
        fetched = subprocess.run(command, capture_output=True, check=False, timeout=60, cwd=scratch)
        found = next(iter(Path(scratch).glob("*.tgz")), None)
        if fetched.returncode or found is None:
            return None
        if not hmac.compare_digest(sha512(found.read_bytes()).digest(), b64decode(INTEGRITY)):
            return None
        with tarfile.open(found) as archive:
            member = archive.extractfile(SCRIPT)
            assert member is not None
            cache.mkdir(parents=True, exist_ok=True)
            script.write_bytes(member.read())
    return script
