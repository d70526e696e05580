"""Whether a message is a trusted flagger's (DSA Art. 22), as doors answer it. The record judges again when it takes it."""

from datetime import datetime
from typing import Final

from cases.errors import BadInput, Problem
from cases.flaggers import WORDS, Flagger, NotTrusted, not_trusted
from cases.legal_requests import NoticeMessage
from cases.messages import Person, ReportMessage, ReportSource
from cases.names import person_key
from record import flaggers
from record.record import Record

TRUSTED_EFFECT: Final = "A trusted flagger's notice: it is processed with priority (DSA Art. 22(1))."
ORDINARY_EFFECT: Final = "Taken as an ordinary notice: {why}."
_CURE: Final = (
    "have an operator enter the body (`dueprocess flaggers add`), send it as its own token or in its own name, or add "
    '"otherwise": "notice" to have it taken as an ordinary notice'
)


class Recogniser:
    """Looks senders up on the register."""

    def __init__(self, record: Record) -> None:
        self._record = record

    async def flagger(
        self, tenant: str, sender: str, message: ReportMessage | NoticeMessage, now: datetime
    ) -> Flagger | None:
        """The body whose token or person this comes from, whatever its status; None where nothing is claimed.

        sender: the token's name, or ''. Raises BadInput for a claim by nobody on the register that has no `otherwise`.
        """
        if message.source is not ReportSource.TRUSTED_FLAGGER:
            return None
        found = await flaggers.recognised(
            self._record, tenant, await self._identities(tenant, sender, person_of(message))
        )
        unknown = not_trusted(found, message.area, now) is NotTrusted.UNREGISTERED
        if unknown and message.otherwise is None:
            raise BadInput([Problem("source", message.source, WORDS[NotTrusted.UNREGISTERED], _CURE)])
        return found

    async def _identities(self, tenant: str, sender: str, person: Person | None) -> list[flaggers.Identity]:
        secret = await self._record.keyring.subject_secret(tenant)
        names = [person.account_id, person.address] if person else []
        tokens: list[flaggers.Identity] = [("token", sender)] if sender else []
        return [*tokens, *(("person", person_key(secret, name)) for name in names if name)]


def made_of(flagger: Flagger | None) -> dict[str, str]:
    """What the door says of a message beside what was sent."""
    return {"flagger": flagger.flagger_id} if flagger else {}


def person_of(message: ReportMessage | NoticeMessage) -> Person | None:
    """In whose name it comes."""
    if isinstance(message, ReportMessage):
        return message.reporter
    return message.sender.person if message.sender else None


def effect_of(message: ReportMessage | NoticeMessage, flagger: Flagger | None, received_at: datetime) -> str | None:
    """What became of the claim, for the receipt; None where nothing was claimed."""
    if message.source is not ReportSource.TRUSTED_FLAGGER:
        return None
    why = not_trusted(flagger, message.area, received_at)
    return ORDINARY_EFFECT.format(why=WORDS[why]) if why else TRUSTED_EFFECT
