"""The fold of telling and filing: who is owed which notice, what is owed to a public database, what was done of it."""

from collections.abc import Sequence
from hashlib import sha256

from cases.case import Case, Filing
from cases.changes import replaced, stopped
from cases.decisions import FiledBefore, Outcome
from cases.events import CaseEvent, ReceiptsSent, Told
from cases.fold_authority import authority_told
from cases.fold_requests import notice_told, receipts_told
from cases.holds import LIFTED, hold_causes
from cases.matters import Matter
from cases.names import SubjectKind, kind_of
from cases.received import AuthorityReportFiled, FilingAnswered
from cases.stances import AUTHOR, REPORTERS
from cases.telling import Audience, Notice, NoticeKind, Stance, worded
from cases.withholding import stance_of, withheld_or_owed


def restriction_stated(
    case: Case, event: CaseEvent, matter: Matter, cause: str, kind: NoticeKind, after: tuple[str, ...]
) -> Case:
    """A restriction owes the person a statement of reasons (DSA Art. 17) and the public database a copy (Art. 24(5))."""
    if matter.terms.statement_exempt:
        return case
    case = noticed(case, event, kind, Audience.AUTHOR, cause, matter, after)
    if not matter.terms.file_statements:
        return case
    filing = Filing(filing_id=filing_id(case.case_id, cause), cause=cause, after=after)
    if before := _filed_before(case, cause):
        filing = filing.evolve(
            filing_id=before.filing_id, answered_at=event.occurred_at, accepted=True, reference=before.reference
        )
    return case.evolve(filings=(*case.filings, filing))


def _filed_before(case: Case, cause: str) -> FiledBefore | None:
    """By a campaign that this was a member of when it was restricted."""
    return next((one.filed for one in case.decisions if one.decision_id == cause), None)


def superseded(case: Case, wrong: Sequence[str], cause: str, after: tuple[str, ...]) -> Case:
    """What was filed for these causes no longer holds: a statement of its own says so (ADR 0007). Corrections of before,
    which stated what then was left, are superseded with them."""
    filed = tuple(one.filing_id for one in case.filings if one.cause in wrong)
    again = tuple(one.filing_id for one in case.filings if set(one.supersedes) & set(filed))
    if not filed or any(one.cause == cause for one in case.filings):
        return case
    own = filing_id(case.case_id, cause)
    return case.evolve(
        filings=(*case.filings, Filing(filing_id=own, cause=cause, after=after, supersedes=(*filed, *again)))
    )


def hold_corrected(case: Case, matter: Matter, after: tuple[str, ...]) -> Case:
    """A hold that was stated in public and led to nothing was lifted."""
    causes = hold_causes(case, matter.matter_id)
    if not causes or not after or not matter.terms.corrects:
        return case
    return superseded(case, causes, f"{causes[-1]}{LIFTED}", after)


def noticed(
    case: Case,
    event: CaseEvent,
    kind: NoticeKind,
    audience: Audience,
    cause: str,
    matter: Matter | None,
    after: tuple[str, ...],
) -> Case:
    """A notice is owed to this audience, in the words its stance allows, once the orders are confirmed."""
    stance = stance_of(matter, audience)
    spoken = worded(kind, stance, event.occurred_at)
    if spoken is None or (audience is Audience.AUTHOR and not _has_author(case)):
        return case
    apart = tuple(one.person for one in case.stances if one.person not in (AUTHOR, REPORTERS))
    apart = apart if audience is Audience.REPORTERS else ()
    through = case.inbox_through
    notice_id = f"{kind}:{cause}" + (f":{through}" if audience is Audience.REPORTERS else "")
    if any(notice.notice_id == notice_id for notice in case.notices):
        return case
    notice = Notice(
        notice_id=notice_id,
        kind=spoken,
        audience=audience,
        cause=cause,
        matter_id=matter.matter_id if matter else None,
        after=after,
        not_before=stance.until if stance.stance is Stance.DELAY_UNTIL else None,
        through=through,
        without=apart,
    )
    case = withheld_or_owed(case, notice, event.occurred_at)
    for person in apart:
        own = notice.evolve(notice_id=f"{notice.notice_id}:{person}", only=person, without=())
        case = withheld_or_owed(case, own, event.occurred_at)
    return case


def reporters_kind(outcome: Outcome) -> NoticeKind:
    """What reporters hear of this outcome."""
    return NoticeKind.SUPPORT_REPORTER if outcome is Outcome.SUPPORT else NoticeKind.OUTCOME_REPORTER


def _has_author(case: Case) -> bool:
    if kind_of(case.case_id) is SubjectKind.CAMPAIGN:
        return True  # its members have
    return case.latest_evidence is not None and case.latest_evidence.author is not None


def filing_id(case_id: str, cause: str) -> str:
    """The filing's id, and the statement's identifier towards the database: one decision, one id, whatever reruns."""
    return sha256(f"{case_id}\0{cause}".encode()).hexdigest()[:32]


def told(case: Case, event: CaseEvent, body: Told) -> Case:
    """The notice went out; if it answered everybody who reported, no receipt is owed any more."""
    told_at, sent, lost = event.occurred_at, body.sent, body.undeliverable
    case = case.evolve(
        notices=replaced(case.notices, "notice_id", body.notice_id, told_at=told_at, sent=sent, undeliverable=lost)
    )
    case = authority_told(notice_told(case, body), body)
    notice = next((one for one in case.notices if one.notice_id == body.notice_id), None)
    answers_all = notice is not None and notice.audience is Audience.REPORTERS and len(case.counts) == 1
    return _receipted(case, notice.through) if notice and answers_all else case


def receipts_sent(case: Case, event: CaseEvent, body: ReceiptsSent) -> Case:
    """Everyone up to this inbox number has an answer."""
    return _receipted(case, body.through)


def _receipted(case: Case, through: int) -> Case:
    return receipts_told(case.evolve(receipted_through=max(case.receipted_through, through)))


def filing_answered(case: Case, event: CaseEvent, body: FilingAnswered) -> Case:
    """The database answered."""
    return case.evolve(
        filings=replaced(
            case.filings,
            "filing_id",
            body.filing_id,
            answered_at=event.occurred_at,
            accepted=body.accepted,
            reference=body.reference,
        )
    )


def authority_report_filed(case: Case, event: CaseEvent, body: AuthorityReportFiled) -> Case:
    """The clock of the report owed, or of putting it right, stops."""
    return stopped(stopped(case, f"authority_report:{body.matter_id}"), f"authority_correction:{body.matter_id}")
