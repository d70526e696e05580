"""What the record says happened, compared with what the world says. Pure: both sides come in as values.

A difference is something that is wrong now and stays wrong; what is still under way is pending, and no difference.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

INBOX_PATIENCE: Final = timedelta(seconds=60)  # the sweeper rings for unread rows after ten seconds

MeasureState = tuple[str, str, str | None, tuple[str, ...]]
"""Measure id, kind, until (UTC, to the second) and reach."""


@dataclass(frozen=True)
class InboxRow:
    """One acknowledged message. event: whether the stream has its event."""

    stream: str
    number: int
    kind: str
    received_at: datetime
    consumed: bool
    event: bool


@dataclass(frozen=True)
class StreamState:
    """One stream's chain. problem: what its verification found, empty where it holds. orphans: inbox events of no row."""

    stream: str
    problem: str = ""
    orphans: tuple[int, ...] = ()


@dataclass(frozen=True)
class CaseOrder:
    """One order as the case's events have it, and as the orders table has it; None where it does not."""

    case_id: str
    order_id: str
    told_by_events: str | None
    told_by_table: str | None


@dataclass(frozen=True)
class RecordedTarget:
    """What should be in force on one target. version: the newest confirmed; open: orders not answered yet.

    by_hand: what was ordered last was done without us, so what the platform shows of it is not ours to compare.
    """

    tenant: str
    key: str
    cases: tuple[str, ...]
    version: int
    open: int
    measures: frozenset[MeasureState]
    by_hand: bool = False


@dataclass(frozen=True)
class PlatformTarget:
    """What is in force on it; version 0: it never had an order. None measures: the platform does not know it.

    None version: it keeps none.
    """

    version: int | None
    measures: frozenset[MeasureState] | None


@dataclass(frozen=True)
class RecordedNotice:
    """One person's notice. state: owed, sending, sent or undeliverable."""

    case_id: str
    notice_id: str
    message_id: str
    state: str


@dataclass(frozen=True)
class Mail:
    """One distinct mail in the mailbox, by Message-ID. notice: its X-Dueprocess-Notice."""

    message_id: str
    notice: str | None
    arrivals: int


@dataclass(frozen=True)
class RecordedFiling:
    """One statement owed to a public database. state: owed, accepted or refused."""

    case_id: str
    filing_id: str
    puid: str
    state: str
    uuid: str | None


@dataclass(frozen=True)
class Statement:
    """One statement in the public database."""

    puid: str
    uuid: str


@dataclass(frozen=True)
class RecordSide:
    """What the record says."""

    streams: Sequence[StreamState] = ()
    inbox: Sequence[InboxRow] = ()
    orders: Sequence[CaseOrder] = ()
    targets: Sequence[RecordedTarget] = ()
    notices: Sequence[RecordedNotice] = ()
    filings: Sequence[RecordedFiling] = ()


@dataclass(frozen=True)
class WorldSide:
    """What the world says; None for a party that was not asked (production has no mailbox to look into)."""

    targets: Mapping[tuple[str, str], PlatformTarget] | None = None
    mails: Sequence[Mail] | None = None
    statements: Sequence[Statement] | None = None


@dataclass(frozen=True)
class Difference:
    """One thing that is wrong. case_id: or the stream, or what names it where no case does."""

    kind: str
    case_id: str
    what: str
    record: str
    world: str
    cure: str


@dataclass(frozen=True)
class Pending:
    """One thing still under way."""

    kind: str
    case_id: str
    what: str


@dataclass(frozen=True)
class Known:
    """One thing in which record and world part by an operator's own step: neither wrong nor under way."""

    kind: str
    case_id: str
    what: str


@dataclass(frozen=True)
class Comparison:
    """The outcome. counts: how much was compared, by kind; repeated: mails that arrived more than once."""

    differences: tuple[Difference, ...]
    pending: tuple[Pending, ...]
    known: tuple[Known, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    repeated: int = 0


Finding = Difference | Pending | Known


def compare(record: RecordSide, world: WorldSide, now: datetime) -> Comparison:
    """Everything that differs, and everything still under way, in the order of the rooms: record, platform, mail, filings."""
    findings = [
        *_streams(record.streams),
        *_inbox(record.inbox, now),
        *_orders(record.orders),
        *(_targets(record.targets, world.targets) if world.targets is not None else ()),
        *(_mails(record.notices, world.mails) if world.mails is not None else ()),
        *(_statements(record.filings, world.statements) if world.statements is not None else ()),
    ]
    return Comparison(
        differences=tuple(found for found in findings if isinstance(found, Difference)),
        pending=tuple(found for found in findings if isinstance(found, Pending)),
        known=tuple(found for found in findings if isinstance(found, Known)),
        counts=_counts(record, world),
        repeated=sum(1 for mail in world.mails or () if mail.arrivals > 1),
    )


def measure_states(measures: Iterable[Mapping[str, Any]]) -> frozenset[MeasureState]:
    """Measures of the wire format, as they are compared."""
    return frozenset(
        (str(one["measure_id"]), str(one["kind"]), _second(one.get("until")), tuple(sorted(one.get("reach") or ())))
        for one in measures
    )


def _streams(streams: Iterable[StreamState]) -> Iterator[Finding]:
    for one in streams:
        if one.problem:
            cure = "somebody changed the record: compare with a backup before anything else"
            yield Difference("chain_broken", one.stream, one.problem, "chain", "does not hold", cure)
        for number in one.orphans:
            cure = "the inbox row is gone: compare with a backup"
            yield Difference("event_without_inbox", one.stream, f"inbox:{number}", "event", "no row", cure)


def _inbox(rows: Iterable[InboxRow], now: datetime) -> Iterator[Finding]:
    for row in rows:
        what = f"{row.kind}, inbox {row.number}"
        if row.consumed and not row.event:
            cure = "the run lost it: report this as a bug, and send the message again under a new id"
            yield Difference("message_lost", row.stream, what, "consumed", "no event", cure)
        elif row.event and not row.consumed:
            cure = "event and mark belong to one transaction: report this as a bug"
            yield Difference("message_not_marked", row.stream, what, "not consumed", "has its event", cure)
        elif not row.consumed and now - row.received_at > INBOX_PATIENCE:
            cure = "no run takes it: look at the workflow in Temporal, and at the worker's log"
            yield Difference("message_unread", row.stream, what, "acknowledged", "never taken", cure)
        elif not row.consumed:
            yield Pending("message_unread", row.stream, what)


def _orders(orders: Iterable[CaseOrder]) -> Iterator[Finding]:
    for order in orders:
        by_events, by_table = order.told_by_events, order.told_by_table
        if by_events is None:
            cure = "no decision stands behind it: look at who wrote the orders table"
            yield Difference("order_unfounded", order.case_id, order.order_id, "no event", by_table or "", cure)
        elif by_events in ("issued", "stuck", "given_up"):
            yield Pending("order_open", order.case_id, f"{order.order_id} ({by_events})")
        elif by_table is None:
            cure = "the decision's order was never sent: report this as a bug, and decide anew"
            yield Difference("order_never_issued", order.case_id, order.order_id, by_events, "not in the table", cure)
        elif by_events != by_table:
            cure = "event and table disagree: the case's next run adopts the table's answer; roll the case"
            yield Difference("order_disagrees", order.case_id, order.order_id, by_events, by_table, cure)
        elif by_events == "skipped":
            yield Known("order_skipped", order.case_id, f"{order.order_id}: an operator left it out")


def _targets(targets: Iterable[RecordedTarget], world: Mapping[tuple[str, str], PlatformTarget]) -> Iterator[Finding]:
    for target in targets:
        case_id = target.cases[0] if target.cases else target.key
        others = f" (and {len(target.cases) - 1} more cases)" if len(target.cases) > 1 else ""
        what = f"target of {case_id.rpartition('/')[2][:8]}…{others}"
        there = world.get((target.tenant, target.key))
        if target.open:
            yield Pending("target_open", case_id, f"{what}: {target.open} orders unanswered")
        elif target.by_hand:
            yield Known("done_by_hand", case_id, f"{what}: the order last confirmed was done by hand")
        elif there is None or there.measures is None:
            if target.version:
                cure = "the platform confirmed and does not know it now: ask the platform what was deleted"
                yield Difference("target_unknown", case_id, what, f"version {target.version}", "unknown", cure)
        elif there.version not in (None, target.version):
            cure = "another sender orders with our secret, or the platform was restored: send the state anew"
            versions = f"version {target.version}", f"version {there.version}"
            yield Difference("version_differs", case_id, what, *versions, cure)
        elif there.measures != target.measures:
            cure = "same version, other measures: the platform changed them by itself; order the state anew"
            both = _shown(target.measures), _shown(there.measures)
            yield Difference("measures_differ", case_id, what, *both, cure)


def _mails(notices: Sequence[RecordedNotice], mails: Sequence[Mail]) -> Iterator[Finding]:
    by_id = {bare(mail.message_id): mail for mail in mails}
    for notice in notices:
        there = by_id.get(bare(notice.message_id))
        if notice.state == "sent" and there is None:
            cure = "the mail server took it and lost it: look at its log, then send the notice again"
            yield Difference("mail_missing", notice.case_id, notice.notice_id, "sent", "not in the mailbox", cure)
        elif notice.state in ("owed", "undeliverable") and there is not None:
            cure = "the person has what the record says was not sent: report this as a bug"
            yield Difference("mail_unsent", notice.case_id, notice.notice_id, notice.state, "arrived", cure)
        elif notice.state in ("owed", "sending"):
            yield Pending("mail_open", notice.case_id, f"{notice.notice_id} ({notice.state})")
    known = {bare(notice.message_id) for notice in notices}
    for mail in mails:
        if mail.notice is not None and bare(mail.message_id) not in known:
            cure = "somebody sent a notice that the record does not have: look at who writes with our sender"
            yield Difference("mail_unknown", mail.notice, bare(mail.message_id), "nothing", "arrived", cure)


def _statements(filings: Sequence[RecordedFiling], statements: Sequence[Statement]) -> Iterator[Finding]:
    there = Counter(statement.puid for statement in statements)
    uuids = {statement.puid: statement.uuid for statement in statements}
    for filing in filings:
        count = there.get(filing.puid, 0)
        if filing.state == "owed":
            yield Pending("filing_open", filing.case_id, filing.filing_id)
        elif filing.state == "accepted" and count == 0:
            cure = "ask the database's operator; file a new statement only if it is provably not there"
            yield Difference("filing_missing", filing.case_id, filing.filing_id, "accepted", "not there", cure)
        elif filing.state == "refused" and count:
            cure = "it was refused and is there: read it back by its uuid, and correct the record by a filing"
            yield Difference("filing_refused", filing.case_id, filing.filing_id, "refused", "there", cure)
        elif filing.state == "accepted" and filing.uuid and filing.uuid != uuids[filing.puid]:
            cure = "the answer kept is of another statement: report this as a bug"
            yield Difference("filing_other", filing.case_id, filing.filing_id, filing.uuid, uuids[filing.puid], cure)
        if count > 1:
            cure = "the database took one puid twice: ask its operator to withdraw one"
            yield Difference("filing_twice", filing.case_id, filing.filing_id, "once", f"{count} times", cure)
    known = {filing.puid for filing in filings}
    for puid in sorted(there.keys() - known):
        cure = "a statement of ours that no decision stands behind: look at who files with our token"
        yield Difference("filing_unknown", puid, puid, "nothing", "there", cure)


def bare(message_id: str) -> str:
    """A Message-ID without its angle brackets."""
    return message_id.strip().removeprefix("<").removesuffix(">")


def _second(until: Any) -> str | None:
    if until is None:
        return None
    moment = until if isinstance(until, datetime) else datetime.fromisoformat(str(until))
    return str(int(moment.timestamp()))


def _shown(measures: frozenset[MeasureState]) -> str:
    return ", ".join(sorted(f"{kind} ({measure_id})" for measure_id, kind, _, _ in measures)) or "nothing in force"


def _counts(record: RecordSide, world: WorldSide) -> dict[str, int]:
    asked: dict[str, Sequence[Any] | Mapping[Any, Any] | None] = {
        "streams": record.streams,
        "messages": record.inbox,
        "orders": record.orders,
        "targets": record.targets,
        "notices": record.notices,
        "filings": record.filings,
        "mails": world.mails,
        "statements": world.statements,
    }
    return {name: len(values) for name, values in asked.items() if values is not None}
