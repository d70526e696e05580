"""Run a command as uid 1000 of a user namespace of its own: `python -I -S apart.py SIGNAL COMMAND …`

A program, not a function between fork and exec: a process with more than one thread may not enter a namespace, and libraries
start threads in every child that is forked (OpenTelemetry's exporters do). Whoever runs it gets the command, by the same
process id. SIGNAL is what the kernel sends if the parent dies; 0 for none. Needs the standard library only.
"""

import ctypes
import os
import signal
import sys

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1


def main(death_signal: int, command: list[str]) -> None:
    """Become somebody else for ourselves and stay who we are for everybody else: no file changes owner or mode."""
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getppid()
    if libc.unshare(CLONE_NEWUSER) != 0:
        sys.exit(f"no user namespace: {os.strerror(ctypes.get_errno())}")
    for name, text in (("setgroups", "deny"), ("uid_map", "1000 0 1"), ("gid_map", "1000 0 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)
    if death_signal:
        libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)  # now: a change of identity clears it
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
    os.execv(command[0], command)  # noqa: S606 - the command is the supervisor's own


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
