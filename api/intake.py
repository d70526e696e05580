"""What comes in from outside: reports, signals, appeals, word of a report to an authority. The commit is the receipt."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from api.admission import Admission, Asking
from api.answers import Receipt
from api.errors import NotFound, TooMany
from api.impartiality import refuse_who_has_a_part
from api.problems import nearest
from api.recognising import Recogniser, effect_of, made_of, person_of
from api.requests import AuthorityReportRequest
from api.ringing import Ringer
from cases.case import Case
from cases.errors import BadInput, Problem
from cases.facts import Message
from cases.flaggers import Flagger
from cases.folding import fold_all
from cases.judging_appeals import HEARING_WITHIN
from cases.legal_requests import NOTICE, NoticeMessage, TakeItDownMessage, explained, missing_of_report
from cases.messages import (
    AppealMessage,
    AuthorityReportMessage,
    Person,
    ReportMessage,
    SignalMessage,
    Subject,
    refuse_future,
)
from cases.names import case_workflow_id, person_key, subject_key
from record import events, inbox, views
from record.batching import BatchMessage, accept_all
from record.inbox import Acceptance
from record.record import Record

Clock = Callable[[], datetime]

NEXT_REPORT: Final = (
    "The case is assessed now; a reporter who can be told hears from us, first that we have it, then how it ends."
)
INCOMPLETE_NOTICE: Final = (
    "Taken as a report: it is looked at and decided all the same, but it is no notice under DSA Art. 16 and gives no "
    "actual knowledge by itself. Send a new notice with what is missing to change that."
)
NEXT_SIGNAL: Final = "The case is assessed now, by the rules of the policy pack."
NEXT_APPEAL: Final = (
    "We look whether it can be heard and tell the person; someone who had no part in the decision hears it."
)
DUTIES: Final = frozenset(
    {"authority_report", "authority_order", "order_change", "telling_set", "take_it_down"}
)  # message kinds urgent by law
NEXT_BATCH: Final = "Each case is assessed now; reporters who can be told hear from us."
NEXT_AUTHORITY_REPORT: Final = "The case notes that the report owed was filed."


class Intake:
    """Doors that write one inbox row and ring. areas: the policy areas there are; admission: what else is let in now."""

    def __init__(
        self, record: Record, ringer: Ringer, clock: Clock, areas: frozenset[str], admission: Admission
    ) -> None:
        self._record = record
        self._ringer = ringer
        self._clock = clock
        self._areas = areas
        self._admission = admission
        self.recogniser = Recogniser(record)

    async def report(self, tenant: str, message: ReportMessage, sender: str = "") -> Receipt:
        """Someone tells us. A report about oneself is taken like any other. sender: the token's name."""
        now = self._clock()
        self.check(message, now)
        flagger = await self.recogniser.flagger(tenant, sender, message, now)
        receipt = await self.accept(
            tenant, "report", message.message_id, message.subject, message, message.reporter, now, NEXT_REPORT,
            category=message.area, flagger=flagger,
        )  # fmt: skip
        effect, missing = effect_of(message, flagger, receipt.received_at), missing_of_report(message)
        if missing and effect is None:
            return receipt.evolve(missing=explained(NOTICE, missing), effect=INCOMPLETE_NOTICE)
        return receipt.evolve(effect=effect) if effect else receipt

    async def signal(self, tenant: str, message: SignalMessage) -> Receipt:
        """A machine tells us."""
        now = self._clock()
        self.check(message, now)
        return await self.accept(
            tenant, "signal", message.message_id, message.subject, message, None, now, NEXT_SIGNAL,
            category=message.area,
        )  # fmt: skip

    async def appeal(self, tenant: str, message: AppealMessage) -> Receipt:
        """A person asks us to look again. Whether it is in time is judged by this moment, not by when it is read."""
        now = self._clock()
        case = await self._require_case(tenant, message.subject)
        receipt = await self.accept(
            tenant, "appeal", message.message_id, message.subject, message, message.appellant, now, NEXT_APPEAL,
            appealed=case,
        )  # fmt: skip
        return receipt.evolve(by=receipt.received_at + HEARING_WITHIN)

    async def authority_report(
        self, tenant: str, operator: str, request: AuthorityReportRequest, accounts: Sequence[str] = ()
    ) -> Receipt:
        """A person filed what is owed to an authority. accounts: the operator's own: it is noted by who has no part (P5)."""
        case_id = (await self._require_case(tenant, request.subject)).case_id
        await refuse_who_has_a_part(self._record, tenant, operator, accounts, case_id, "authority_report", request)
        message = AuthorityReportMessage(
            message_id=request.message_id,
            subject=request.subject,
            matter=request.matter,
            reference=request.reference,
            operator=operator,
        )
        return await self.accept(
            tenant, "authority_report", message.message_id, message.subject, message, None, self._clock(),
            NEXT_AUTHORITY_REPORT,
        )  # fmt: skip

    async def admit_each(
        self, tenant: str, messages: Sequence[BatchMessage], over: TooMany | None = None
    ) -> list[TooMany | None]:
        """Which of these are let in: None, or why not. An urgent one is not kept out by the ordinary ones beside it.

        over: a quota that only urgent ones may pass now.
        """
        asking = [Asking(one.case_id, self._admission.urgent(one.message)) for one in messages]
        coming = [one for one in asking if one.urgent or not over]
        refusals = iter(await self._admission.admit_each(tenant, coming) if coming else ())
        return [next(refusals) if one.urgent or not over else over for one in asking]

    async def accept_all(
        self, tenant: str, messages: Sequence[BatchMessage], received_at: datetime
    ) -> list[Acceptance | None]:
        """Keep checked messages that were let in, in one transaction, and ring once for each case; None for a conflict."""
        if not messages:
            return []
        accepted = await accept_all(self._record, tenant, messages, received_at)
        for message, one in zip(messages, accepted, strict=True):
            if one and one.ring:
                self._ringer.ring_soon(one.case_id, one.number, getattr(message.message, "area", None))
        return accepted

    def now(self) -> datetime:
        """The doors' time."""
        return self._clock()

    def check(self, message: ReportMessage | SignalMessage, now: datetime) -> None:
        """Raises BadInput for a time ahead of ours, or an area that the pack does not have."""
        field = "reported_at" if isinstance(message, ReportMessage) else "detected_at"
        refuse_future(field, getattr(message, field), now)
        if message.area is not None:
            self.refuse_unknown_area(message.area)

    async def replay(
        self, tenant: str, case_id: str, kind: str, message: Message, received_at: datetime, made: Mapping[str, Any]
    ) -> inbox.Acceptance:
        """A message of a case that could not be read before, in a form that can be. received_at, made: as it came first."""
        if (area := getattr(message, "area", None)) is not None:
            self.refuse_unknown_area(area)
        message_id: str = getattr(message, "message_id")  # noqa: B009 - every message that is replayed has one
        return await inbox.accept(
            self._record, tenant, case_id, None, None, kind, message_id, message, _sender_of(message), received_at,
            made=made,
        )  # fmt: skip

    def ring(self, accepted: inbox.Acceptance) -> None:
        """Tell the case's run to look."""
        if accepted.ring:
            self._ringer.ring_soon(accepted.case_id, accepted.number)

    async def story(self, tenant: str, subject: Subject) -> Case | None:
        """The case about this subject as it is folded now; None where there is none."""
        case_id = await self.case_id(tenant, subject)
        if await views.case(self._record, tenant, case_id) is None:
            return None
        return fold_all(Case(case_id=case_id), await events.load(self._record, case_id))

    async def pseudonym(self, tenant: str, reference: str) -> str:
        """A person's place in this tenant, from an account or address: a keyed hash, which tells people apart only."""
        return person_key(await self._record.keyring.subject_secret(tenant), reference)

    async def case_id(self, tenant: str, subject: Subject) -> str:
        """The id of the case about this subject, whether there is one or not."""
        secret = await self._record.keyring.subject_secret(tenant)
        return case_workflow_id(tenant, subject.kind, subject_key(secret, subject.kind, subject.id))

    async def accept(
        self,
        tenant: str,
        kind: str,
        message_id: str,
        subject: Subject,
        message: Message,
        person: Person | None,
        received_at: datetime,
        following: str,
        category: str | None = None,
        appealed: views.CaseRow | None = None,
        flagger: Flagger | None = None,
    ) -> Receipt:
        """One message into its case's inbox, if it is let in, and a ring. following: what the receipt says happens next.

        Raises TooMany; a duty's share of what is let in is kept for messages of child safety, danger and authorities.
        """
        case_id = await self.case_id(tenant, subject)
        await self._admission.admit(tenant, case_id, urgent=kind in DUTIES or self._admission.urgent(message))
        accepted = await inbox.accept(
            self._record,
            tenant,
            case_id,
            subject.kind,
            subject.id,
            kind,
            message_id,
            message,
            person,
            received_at,
            made=made_of(flagger),
        )
        if accepted.ring:
            self._ringer.ring_soon(case_id, accepted.number, category, appealed)
        return Receipt(
            case_id=case_id,
            message_id=message_id,
            received_at=accepted.received_at,
            known=accepted.known,
            next=following,
        )

    def refuse_unknown_area(self, area: str) -> None:
        """Raises BadInput where no pack has this area."""
        if area not in self._areas:
            raise BadInput([Problem("area", area, "is not an area of the policy pack", nearest(area, self._areas))])

    async def _require_case(self, tenant: str, subject: Subject) -> views.CaseRow:
        """Raises NotFound where nothing was ever decided about this subject: an empty case would hear nobody."""
        case_id = await self.case_id(tenant, subject)
        case = await views.case(self._record, tenant, case_id)
        if case is None:
            raise NotFound("unknown_case", "subject: there is no case about it; check its kind and id")
        return case


def _sender_of(message: Message) -> Person | None:
    """In whose name a message comes, whatever its form calls them."""
    if isinstance(message, ReportMessage | NoticeMessage):
        return person_of(message)
    if isinstance(message, TakeItDownMessage):
        return message.requester.person if message.requester else None
    return getattr(message, "appellant", None) or getattr(message, "contact", None)
