"""Telling people: receipts, statements of reasons, outcomes. Effect: mail, and the record of who was told what and when.

Each person has a row in the outbox before their mail is handed over, and the server's word after. A worker that dies
between the server's "250" and our commit sends again on the next attempt, the same mail under the same Message-ID: a
statement of reasons lost is worse than one received twice. What is recorded as sent is never sent again.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any, Final

import orjson
from opentelemetry import trace
from temporalio import activity

from activities import mail, stubs
from activities.ease import BITE, Ease
from activities.letters import Letter, LetterPaper, paper_of
from activities.packs_in_force import PacksInForce
from activities.post import Post
from activities.recipients import Recipient, recipients_of, unreceipted
from activities.status_links import StatusLinks
from activities.stories import Stories
from cases.appeals import Role
from cases.case import Case
from cases.causes import Cause, cause_of_notice
from cases.decisions import SourceDecision
from cases.errors import KeyDestroyed, UnknownSomething
from cases.events import CaseEvent, ReceiptsSent
from cases.facts import Fact
from cases.notice_words import NoticeWords
from cases.policy import PolicyPack
from cases.projection import strikes
from cases.received import ReportReceived
from cases.standing import ReportSetAside
from cases.statement_contents import made_at
from cases.telling import Audience, Notice, NoticeKind
from cases.wording import view_of
from record import authority, evidence, ladders, notices
from record.notices import OwedMail
from record.record import Record

RECEIPTS: Final = "receipts"

_log = logging.getLogger(__name__)
_tracer = trace.get_tracer("dueprocess")


class _Telling(Fact):
    """The case as the record has it, and the time people are told."""

    case: Case
    events: tuple[CaseEvent, ...]
    at: datetime


class Notices:
    """Effect: mail to the people of a case. clock: what the time is; platform_name: in whose name we write.
    public_url: where people reach the gateway; letters have no links to it where it is empty."""

    def __init__(
        self,
        record: Record,
        packs: PacksInForce,
        server: mail.MailServer,
        platform_name: str,
        clock: Callable[[], datetime],
        public_url: str = "",
    ) -> None:
        self._record, self._packs, self._server = record, packs, server
        self._platform_name, self._clock = platform_name, clock
        self._links = StatusLinks(record.keyring, public_url)
        self._stories = Stories(record)
        self._ease = Ease()

    @activity.defn(name="tell_people")
    async def tell_people(self, request: stubs.TellPeople) -> list[stubs.Delivery]:
        """Send these notices, and receipts where asked: how many the mail server took, how many it refused for good.

        The counts are of the whole telling, earlier attempts included. Raises MailUnavailable, and Postponed after
        everybody else was told; Temporal tries again.
        """
        async with AsyncExitStack() as stack:
            post = Post(self._record, self._server, stack, lambda: max(self._clock(), request.now))
            case, stored = await self._stories.of(request.case_id)
            deliveries = []
            try:
                telling = _Telling(case=case, events=stored, at=post.now())
                deliveries += [await self._tell(post, telling, notice) for notice in request.notices]
                if request.receipts_through:
                    deliveries.append(await self._receipt(post, telling, request.receipts_through))
            except (UnknownSomething, KeyDestroyed):
                self._stories.forget(request.case_id)
                if not _erased((await self._stories.of(request.case_id))[1]):
                    raise
                return _nothing(request, deliveries)
            post.raise_if_postponed()
            return deliveries

    async def _tell(self, post: Post, telling: _Telling, notice: Notice) -> stubs.Delivery:
        case = telling.case
        cause = cause_of_notice(case, notice, telling.events)
        async with self._record.together(case.tenant):
            recipients = await recipients_of(self._record, case, notice, cause)
        with _tracer.start_as_current_span(f"send_{notice.kind}", attributes={"case_id": case.case_id}):
            await self._write(post, telling, notice, cause, recipients)
            done = await notices.of_notice(self._record, case.case_id, notice.notice_id)
        delivery = stubs.Delivery(
            notice_id=notice.notice_id, sent=done.get("sent", 0), undeliverable=done.get("undeliverable", 0)
        )
        _log.info("notice sent", extra={"event": "notice_sent", "case_id": case.case_id, **delivery.model_dump()})
        return delivery

    async def _receipt(self, post: Post, telling: _Telling, through: int) -> stubs.Delivery:
        """Receipts are counted per area: a second report, of something else, has a receipt of its own."""
        case, done = telling.case, {"sent": 0, "undeliverable": 0}
        aside = {event.body.area for event in telling.events if isinstance(event.body, ReportSetAside)}
        for area in sorted({*case.counts, *aside}):
            notice = Notice(
                notice_id=f"{NoticeKind.RECEIPT}:{area}",
                kind=NoticeKind.RECEIPT,
                audience=Audience.REPORTERS,
                cause=f"{NoticeKind.RECEIPT}:{area}",
                through=through,
            )
            async with self._record.together(case.tenant):
                recipients = await unreceipted(self._record, case, area, through, notice.notice_id)
            with _tracer.start_as_current_span("send_receipt", attributes={"case_id": case.case_id}):
                await self._write(post, telling, notice, cause_of_notice(case, notice, telling.events), recipients)
                for state, mails in (await notices.of_notice(self._record, case.case_id, notice.notice_id)).items():
                    done[state] = done.get(state, 0) + mails
        before = sum(event.body.sent for event in telling.events if isinstance(event.body, ReceiptsSent))
        delivery = stubs.Delivery(
            notice_id=RECEIPTS, sent=max(done["sent"] - before, 0), undeliverable=done["undeliverable"]
        )
        _log.info("receipts sent", extra={"event": "receipts_sent", "case_id": case.case_id, **delivery.model_dump()})
        return delivery

    async def _write(
        self, post: Post, telling: _Telling, notice: Notice, cause: Cause, recipients: Sequence[Recipient]
    ) -> None:
        """Render, record and hand over, a bite at a time. A mail that an earlier attempt recorded stays as it was."""
        case_id, kind, reference = telling.case.case_id, notice.kind, notice.cause
        if recipients:
            await post.open()  # before anything is rendered: the letters of a day's outage would be dated too early
            render = await self._renderer(telling, notice, cause)
            begun = self._ease.begun()
            for start in range(0, len(recipients), BITE):
                async with self._ease.bite(begun, start):
                    # A millisecond or two each: in the event loop, ten thousand would stop the whole worker.
                    post.pulse.beat(start)
                    batch = await asyncio.to_thread(render, recipients[start : start + BITE])
                    await notices.owe(self._record, case_id, notice.notice_id, kind, reference, batch, telling.at)
                    await post.send(case_id, notice.notice_id)
        else:
            await post.send(case_id, notice.notice_id)  # what an earlier attempt owed to people who are gone since

    async def _renderer(
        self, telling: _Telling, notice: Notice, cause: Cause
    ) -> Callable[[Sequence[Recipient]], list[OwedMail]]:
        """Makes a mail for each, in their language. Who reported on the same day and reads the same gets the same letter."""
        pack = await self._pack(telling.case, cause)
        templates = await self._packs.templates(telling.case.tenant, pack.ref)
        spoken: dict[str, tuple[PolicyPack, LetterPaper]] = {}
        made_on = made_at(await self._snapshot(telling.case, cause))
        received = {event.body.number: event.body for event in telling.events if isinstance(event.body, ReportReceived)}
        order = cause.order.order_id if cause.order else None
        order_texts = await authority.order_texts(self._record, telling.case.case_id, order) if order else {}
        forgiven = await self._forgiven(telling.case, cause, pack)
        letters: dict[tuple[str, NoticeWords], Letter] = {}
        roles = {Role.AUTHOR: Role.AUTHOR, Role.REPORTER: Role.REPORTER, "appellant": cause.role}

        def speaking(language: str) -> tuple[PolicyPack, LetterPaper]:
            if language not in spoken:
                said = pack.in_language(language)
                spoken[language] = said, paper_of(said, templates)
            return spoken[language]

        def rendered(recipient: Recipient) -> OwedMail:
            said, paper = speaking(pack.language_for(recipient.language))
            words = view_of(
                telling.case,
                notice,
                said,
                cause,
                platform_name=self._platform_name,
                informed_at=telling.at,
                made_on=made_on,
                report=received.get(recipient.first_number or 0),
                order_texts=order_texts,
                strike_forgiven=forgiven,
            )
            named = paper.language, words
            letter = letters.get(named) or letters.setdefault(named, paper.write(notice.kind, words))
            url = self._links.of(telling.case.case_id, recipient.person, roles.get(recipient.role), telling.at)
            return self._mail(telling, notice, letter.with_link(url) if url else letter, recipient)

        return lambda recipients: [rendered(one) for one in recipients]

    def _mail(self, telling: _Telling, notice: Notice, letter: Letter, recipient: Recipient) -> OwedMail:
        """One person's mail, whole; an empty one where the address is none, so that it is in nobody else's way."""
        try:
            body = mail.compose(
                letter,
                sender=self._server.sender,
                recipient=recipient.address,
                at=telling.at,
                message_id=notices.message_id_of(telling.case.case_id, notice.notice_id, recipient.person),
                notice_id=notice.notice_id,
                kind=notice.kind,
            )
        except ValueError:
            body = b""
        return OwedMail(person=recipient.person, role=recipient.role, body=body)

    async def _forgiven(self, case: Case, cause: Cause, pack: PolicyPack) -> bool:
        """Whether the strike of the decision it is about is a first one, under an area that forgives those."""
        named = cause.decision.decision_id if cause.decision else None
        strike = next((one for one in strikes(case) if one.decision_id == named and one.active), None)
        if strike is None or named is None or not (counting := pack.counting_of(strike.area)).first_forgiven:
            return False
        source = SourceDecision(case_id=case.case_id, decision_id=named)
        return await ladders.is_forgiven(self._record, case.tenant, strike.account, strike.area, counting, source)

    async def _pack(self, case: Case, cause: Cause) -> PolicyPack:
        """The pack the matter opened under; before there is a matter, and for an authority's order, the tenant's."""
        if cause.matter is None or cause.order is not None:
            return await self._packs.of(case.tenant, self._clock())
        return await self._packs.pinned(case.tenant, cause.matter.terms.pack)

    async def _snapshot(self, case: Case, cause: Cause) -> Mapping[str, Any] | None:
        """What was captured and judged; None where nothing was."""
        versions = [one.version for one in case.evidence]
        wanted = cause.matter.evidence_version if cause.matter else max(versions, default=0)
        if wanted not in versions:
            return None
        content = orjson.loads(await evidence.read(self._record, case.case_id, wanted))
        return content if isinstance(content, dict) else None


def _erased(stored: Sequence[CaseEvent]) -> bool:
    """Whether events are missing that a destroyed key had sealed."""
    return not stored or len(stored) < stored[-1].sequence


def _nothing(request: stubs.TellPeople, done: Sequence[stubs.Delivery]) -> list[stubs.Delivery]:
    """Nobody is left to tell: what was to be told was erased with its key."""
    _log.info("nobody left to tell", extra={"event": "case_erased", "case_id": request.case_id})
    wanted = [*(notice.notice_id for notice in request.notices), *([RECEIPTS] if request.receipts_through else [])]
    known = {delivery.notice_id for delivery in done}
    rest = (stubs.Delivery(notice_id=one, sent=0, undeliverable=0) for one in wanted if one not in known)
    return [*done, *rest]
