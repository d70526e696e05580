"""What goes wrong here beside a broken rule (cases.errors): Postgres away, a task that cannot be claimed, a bad migration."""

from datetime import datetime

from cases.errors import CaseError


class RecordUnavailable(Exception):
    """Postgres cannot be reached or does not answer in time. Nothing is known of the last commit; retrying is safe."""


class Crossed(RecordUnavailable):
    """Two transactions waited for one another, and Postgres ended this one: nothing of it was kept, and it may begin again."""


class StaleKey(Exception):
    """A key taken from the process's cache was destroyed meanwhile: fetch it again, and try again."""


class TakenMeanwhile(Exception):
    """A message id of a batch was taken by somebody else while the batch was written: look again, and try again."""


class ClaimedMeanwhile(Exception):
    """The reviewer claimed another task, or left, while this claim was judged: judge it again by what holds now."""


class ClaimRefused(CaseError):
    """The task cannot be claimed by this reviewer.

    code: leased, excluded, conflict_of_interest, decided_before, closed. until: when a lease on it ends.
    """

    def __init__(self, code: str, message: str, until: datetime | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.until = until


class MigrationError(Exception):
    """The migrations on disk and those in the database do not fit."""
