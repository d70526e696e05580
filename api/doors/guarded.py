"""How a door refuses: counted, in the doors' own words."""

from collections.abc import Iterator
from contextlib import contextmanager

from api.admission import Admission
from api.counting import Refusals
from api.errors import NotFound, Refused, ServiceUnavailable
from cases.errors import KeyDestroyed, UnknownSomething
from record.errors import ClaimRefused, RecordUnavailable


class Guarded:
    """What every room of doors stands on."""

    refusals: Refusals
    admission: Admission

    @contextmanager
    def _at(self, door: str, tenant: str) -> Iterator[None]:
        """Count what is refused within, in the doors' own words."""
        with self.refusals.at(door, tenant):
            try:
                yield
            except RecordUnavailable:
                raise ServiceUnavailable("the record cannot be reached; nothing was accepted, send it again") from None
            except ClaimRefused as error:
                until = f" (until {error.until.isoformat()})" if error.until else ""
                raise Refused(error.code, f"{error}{until}") from None
            except KeyDestroyed:
                raise Refused("erased", "what this is about was erased; nothing can be read or added") from None
            except UnknownSomething as error:
                raise NotFound("unknown", str(error)) from None
