"""The error tree. A class's docstring is its default message; an instance says which case and what was tried.

CaseError
├── BadInput             what came in at a door breaks its form; names field, value and cure
├── IllegalTransition    a move that the tables of moves do not hold
├── UnknownSomething     an id that this case does not have
├── IdentityError        a workflow id or subject id that cannot be one
├── TokenRefused         a decision token that does not prove what it should
├── Conflict             the same message id with other content
├── KeyDestroyed         the key was destroyed: what it sealed is gone for good
├── SealBroken           sealed bytes that do not authenticate
└── PolicyError          a policy pack that cannot decide
"""

from collections.abc import Iterable
from dataclasses import dataclass


class CaseError(Exception):
    """A rule of the case was broken."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip())


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input. `value` is cut short, and left out where it may be content or a person's data."""

    field: str
    value: str
    problem: str
    cure: str

    def __str__(self) -> str:
        shown = f" (got {self.value})" if self.value else ""
        return f"{self.field}: {self.problem}{shown}; {self.cure}"


class BadInput(CaseError):
    """The input is not of the form asked for."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))


class IllegalTransition(CaseError):
    """This move is not in the table of moves."""

    def __init__(self, what: str, stage: str, to: str) -> None:
        super().__init__(f"{what}: {stage} → {to} is not a move")


class UnknownSomething(CaseError):
    """The case has nothing of this id."""


class IdentityError(CaseError):
    """This cannot be the id of a subject or a workflow."""


class TokenRefused(CaseError):
    """The decision token does not prove a claim on this task."""


class Conflict(CaseError):
    """The same message id came before with other content."""


class KeyDestroyed(CaseError):
    """The key was destroyed; what it sealed is gone."""


class SealBroken(CaseError):
    """The sealed bytes do not authenticate under their key."""
