"""Memory and processor time of process trees, from /proc; None where there is no /proc (macOS)."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
_KILOBYTE: Final = 1024
_UTIME, _STIME, _PPID = 11, 12, 1  # fields of /proc/<pid>/stat behind the name, counted from 0


def proportional_megabytes(pids: Mapping[str, int]) -> dict[str, float] | None:
    """PSS in megabytes of each process with its descendants: shared pages are divided among who shares them."""
    if not (PROC / "self" / "smaps_rollup").exists():
        return None
    trees = _trees()
    return {name: sum(_pss(one) for one in _tree(trees, pid)) * _KILOBYTE / 1e6 for name, pid in pids.items()}


def processor_seconds(pids: Mapping[str, int]) -> dict[str, float] | None:
    """Time on a processor of each process with its living descendants; of our own process alone."""
    if not PROC.exists():
        return None
    trees = {**_trees(), os.getpid(): []}
    return {name: sum(_processor(one) for one in _tree(trees, pid)) for name, pid in pids.items()}


def _trees() -> dict[int, list[int]]:
    """Children by parent."""
    children: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit() and (fields := _stat(int(folder.name))):
            children.setdefault(int(fields[_PPID]), []).append(int(folder.name))
    return children


def _tree(children: Mapping[int, list[int]], pid: int) -> list[int]:
    return [pid, *(one for child in children.get(pid, ()) for one in _tree(children, child))]


def _stat(pid: int) -> list[str] | None:
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()  # the name before it may hold blanks and brackets


def _processor(pid: int) -> float:
    fields = _stat(pid)
    if fields is None:
        return 0.0
    return sum(int(fields[index]) for index in (_UTIME, _STIME)) / os.sysconf("SC_CLK_TCK")


def _pss(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
