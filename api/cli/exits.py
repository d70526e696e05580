"""How a command ends: documented exit codes, and errors that name field, value and cure instead of a traceback."""

from collections.abc import Callable
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process returns to the shell."""

    OK = 0
    FAILED = 1  # a check found something, a demo step failed, or lines of a file were refused
    USAGE = 2  # the command or its input is wrong
    REFUSED = 3  # understood, and not allowed: a lease is taken, a matter decided, a token without that role
    UNAVAILABLE = 4  # something needed does not answer; trying again is safe
    INTERRUPTED = 130  # Ctrl-C


class CommandError(Exception):
    """An expected failure; its message is all the user sees."""

    exit_code = ExitCode.FAILED


class CheckFailed(CommandError):
    """A check found something."""


class BadUsage(CommandError):
    """The command or its input is wrong."""

    exit_code = ExitCode.USAGE


class Refused(CommandError):
    """Understood, and not allowed."""

    exit_code = ExitCode.REFUSED


class Unavailable(CommandError):
    """Something needed does not answer."""

    exit_code = ExitCode.UNAVAILABLE


Explain = Callable[[Exception], CommandError | None]
"""Makes an expected failure of something else a CommandError; None for what nobody expected."""
