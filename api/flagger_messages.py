"""What operators ask and are answered about trusted flaggers (DSA Art. 22)."""

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator

from cases.facts import Fact, Message
from cases.flaggers import FlaggerStatus
from cases.messages import AreaName, Text, canonical

FlaggerId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
TokenName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
AccountName = Annotated[str, AfterValidator(canonical)]
Address = Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,255}$")]
Listed = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]


class FlaggerRequest(Message):
    """A body enters the register. name, coordinator: as the Commission's public list has them (Art. 22(5)).

    areas: of the policy pack, for which it was designated. It is recognised by the names of its own tokens, and by
    accounts and addresses that the platform has verified. designated_at: now, where it is left out. reason: kept, sealed.
    """

    flagger_id: FlaggerId
    name: Listed
    coordinator: Listed
    areas: Annotated[tuple[AreaName, ...], Field(min_length=1, max_length=64)]
    tokens: Annotated[tuple[TokenName, ...], Field(max_length=16)] = ()
    accounts: Annotated[tuple[AccountName, ...], Field(max_length=16)] = ()
    addresses: Annotated[tuple[Address, ...], Field(max_length=16)] = ()
    designated_at: AwareDatetime | None = None
    designated_until: AwareDatetime | None = None
    reason: Text

    @model_validator(mode="after")
    def _recognised(self) -> "FlaggerRequest":
        if not (self.tokens or self.accounts or self.addresses):
            raise ValueError("give tokens, accounts or addresses: by one of them its messages are recognised")
        return self


class FlaggerChangeRequest(Message):
    """How a body stands from now on: suspended while its coordinator investigates (Art. 22(6)), active again, or ended."""

    flagger_id: FlaggerId
    status: FlaggerStatus
    reason: Text


class FlaggerSet(Fact):
    """What was done. changed: False where it was so already."""

    flagger_id: str
    changed: bool
    next: str


class FlaggerStanding(Fact):
    """How a body stood from when on, by whose hand and why."""

    status: FlaggerStatus
    at: AwareDatetime
    by: str
    reason: str


class ListedFlagger(Fact):
    """A body of the register. status: now; None before its designation. recognised_by: `token:<name>` or `person:<key>`.

    judged: matters of its notices that people decided; upheld: for how many of them it was right.
    """

    flagger_id: str
    name: str
    coordinator: str
    areas: tuple[str, ...]
    status: FlaggerStatus | None
    designated_at: AwareDatetime
    designated_until: AwareDatetime | None
    recognised_by: tuple[str, ...]
    judged: int
    upheld: int
    history: tuple[FlaggerStanding, ...]


class FlaggersAnswer(Fact):
    """The register, those who have ended too."""

    flaggers: tuple[ListedFlagger, ...]
