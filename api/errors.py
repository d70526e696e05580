"""What a door answers when it does not do what was asked. Beside the tree of cases.errors, from which a door also raises.

CaseError
├── BadInput
│   └── NotJson          the body is not JSON at all
└── DoorError
    ├── Refused          a rule of the case, or of the people in it, stands against it
    ├── NotYours         this token may not do this
    ├── NotProven        what should prove who sends does not
    ├── NotFound         nothing of this id, as far as this tenant goes
    ├── TooMany          a quota is used up; the same message may be sent again, later
    ├── Gone             it was there, and was erased
    └── ServiceUnavailable   nothing was accepted; the same message may be sent again
"""

from collections.abc import Iterable

from cases.errors import BadInput, CaseError, Problem


class NotJson(BadInput):
    """The body is not JSON."""


class DoorError(CaseError):
    """The door did not do it. code: for programs, snake case; problems: field, value and cure, where a field is to blame."""

    def __init__(self, code: str, text: str, problems: Iterable[Problem] = ()) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.problems = tuple(problems)


class Refused(DoorError):
    """A rule stands against it: well understood, and not done. Sending it again changes nothing."""


class NotYours(DoorError):
    """The caller may not do this."""


class NotProven(DoorError):
    """What should prove who sends does not; it says nothing of which part was wrong."""


class NotFound(DoorError):
    """There is nothing of this id that the caller may know of."""


class Gone(DoorError):
    """It was there, and was erased."""


class ServiceUnavailable(DoorError):
    """Something that is needed is away. Nothing was accepted, or it is not known: send the same message id again."""

    def __init__(self, text: str, retry_after_seconds: int = 2) -> None:
        super().__init__("unavailable", text)
        self.retry_after_seconds = retry_after_seconds


class TooMany(DoorError):
    """A quota is used up, and nothing was accepted: the same message may be sent again after so many seconds."""

    def __init__(self, code: str, problems: Iterable[Problem], retry_after_seconds: int, text: str = "") -> None:
        super().__init__(code, text or "A quota is used up; errors says which, and when to come again.", problems)
        self.retry_after_seconds = retry_after_seconds
