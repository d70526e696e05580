"""Consultations: a pack asks vendors about a version of the evidence. What was asked, what came of it, what holds meanwhile.

Pure models. A vendor's word that is missing is never "clean": until it comes, and where nobody gives it, the pack's declared
stance holds (`cases/consulting.py`).
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from cases.detections import Detection
from cases.durations import Duration
from cases.facts import Fact, Message

ASKS_LIMIT: Final = 8  # of one pack: each is a workflow of its own beside the case
CHAIN_LIMIT: Final = 4

LabelName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
AskName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
VendorName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]


class VendorStance(StrEnum):
    """What a case does while a vendor's word is missing."""

    HOLD = "hold"  # the subject is held, reversibly, until the word comes or a person has looked
    REVIEW = "review"  # a person looks; no rule decides alone that there is no violation
    CONTINUE = "continue"  # the rules decide by what they have


_STRICTNESS: Final[Mapping[VendorStance, int]] = {
    VendorStance.CONTINUE: 0,
    VendorStance.REVIEW: 1,
    VendorStance.HOLD: 2,
}


def strictest(stances: Iterable[VendorStance]) -> VendorStance:
    """Of several, the one that lets least happen; `continue` where there is none."""
    return max(stances, key=lambda stance: _STRICTNESS[stance], default=VendorStance.CONTINUE)


class VendorAsk(Message):
    """Whom to ask about which labels, and when. `when` is a condition like a rule's, on what is known before asking.

    chain: vendors in order, the next where one gives no word. within: how long one may take, its callback included.
    meanwhile, on_outage: the stance until the first word, and once nobody in the chain gave one. keep_asking: how long it is
    tried on after that, seldomer and seldomer.
    """

    id: AskName
    labels: Annotated[tuple[LabelName, ...], Field(min_length=1, max_length=16)]
    chain: Annotated[tuple[VendorName, ...], Field(min_length=1, max_length=CHAIN_LIMIT)]
    when: Annotated[str, StringConstraints(min_length=1, max_length=4_000)] = "true"
    within: Duration = "PT10M"
    meanwhile: VendorStance = VendorStance.REVIEW
    on_outage: VendorStance
    keep_asking: Duration = "P7D"
    why: Annotated[str, StringConstraints(min_length=1, max_length=2_000, strip_whitespace=True)]

    @model_validator(mode="after")
    def _each_once(self) -> "VendorAsk":
        if len(set(self.chain)) < len(self.chain) or len(set(self.labels)) < len(self.labels):
            raise ValueError("name each vendor of the chain, and each label, once")
        return self


class Tried(Fact):
    """A vendor that gave no word, and why: a code (`off`, `budget`, `breaker_open`, `answered_503`, `malformed`, `late`, …)."""

    vendor: str
    why: str


class Consultation(Fact):
    """One ask about one version, with the terms it was asked under. withheld: only what sends hashes may be asked.

    partly: of one vendor's looking, it was shown some of the pictures and videos, not all. tried: of one vendor's asking, who
    of the chain gave no word before it.
    """

    consultation_id: str
    ask: str
    evidence_version: int
    labels: tuple[str, ...]
    chain: tuple[str, ...]
    within: str
    meanwhile: VendorStance
    on_outage: VendorStance
    keep_asking: str
    withheld: bool = False
    partly: bool = False
    tried: tuple[Tried, ...] = ()
    state: Literal["asked", "answered", "unanswered"] = "asked"

    @property
    def stance(self) -> VendorStance:
        """What holds for want of its answer."""
        return {"asked": self.meanwhile, "unanswered": self.on_outage, "answered": VendorStance.CONTINUE}[self.state]


class VendorAnswered(Fact):
    """A vendor's word came, or nobody's did. results: a label each, failed ones too; tried: who gave none, in order.

    late: it came after its time, and counts all the same. gave_up: nobody in the chain gave one, so that the stance of an
    outage holds from here on (events of before this was said lack it, and lift nothing).
    """

    kind: Literal["vendor_answered"] = "vendor_answered"
    number: int
    consultation_id: str
    evidence_version: int
    answered: bool
    results: tuple[Detection, ...] = ()
    tried: tuple[Tried, ...] = ()
    late: bool = False
    gave_up: bool = False
    received_at: AwareDatetime


class VendorAnsweredMessage(Message):
    """The same as it is brought to the case, by our own activities and by the door of callbacks: never by strangers."""

    message_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$")]
    consultation_id: Annotated[str, StringConstraints(max_length=128)]
    evidence_version: Annotated[int, Field(ge=1)]
    answered: bool
    results: Annotated[tuple[Detection, ...], Field(max_length=64)] = ()
    tried: Annotated[tuple[Tried, ...], Field(max_length=CHAIN_LIMIT)] = ()
    late: bool = False
    gave_up: bool = False
