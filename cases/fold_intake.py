"""The fold of what came in: reports and signals counted, evidence kept, matters opened and held by what triage says."""

from functools import reduce

from cases.assessments import Assessment, Triaged
from cases.case import AccountAsk, Case, ReportCount
from cases.changes import review_clock, with_matter
from cases.events import AccountCaseOpened, CaseEvent, EvidenceCaptured, EvidenceDelayed
from cases.evidence import AttachmentsCame, EvidenceVersion
from cases.fold_authority import ordered_without_evidence
from cases.fold_consultations import consulted
from cases.fold_holding import held
from cases.fold_requests import with_request_clocks
from cases.fold_standing import freed
from cases.fold_telling import noticed, reporters_kind
from cases.legal_requests import NOTICE
from cases.matters import Matter, MatterStage, move
from cases.messages import ReportSource
from cases.names import SubjectKind, kind_of
from cases.raids import CampaignFound
from cases.received import REFUSALS_KEPT, MessageRefused, ReportReceived, SignalReceived, StepCrossed, StepFell
from cases.telling import Audience


def report_received(case: Case, event: CaseEvent, body: ReportReceived) -> Case:
    """Counted by area; whoever can be told is owed a receipt."""
    before = case.counts.get(body.area, ReportCount())
    trusted = body.count if body.source is ReportSource.TRUSTED_FLAGGER else 0
    notices = body.count if body.source is not ReportSource.OTHER else 0
    count = ReportCount(
        reports=before.reports + body.count,
        independent=before.independent + body.independent,
        trusted=before.trusted + trusted,
        notices=before.notices + notices,
        complete=before.complete + (notices if body.request == NOTICE and not body.missing else 0),
    )
    case = case.evolve(
        counts={**case.counts, body.area: count},
        triage_owed_through=body.number,
        receipts_owed_through=max(case.receipts_owed_through, body.answer_owed_through),
    )
    return with_request_clocks(case, body) if body.request else case


def signal_received(case: Case, event: CaseEvent, body: SignalReceived) -> Case:
    """The highest score of each label counts."""
    higher = {label: max(score, case.scores.get(label, 0.0)) for label, score in body.scores.items()}
    counts = case.counts if body.area is None or body.area in case.counts else {**case.counts, body.area: ReportCount()}
    return case.evolve(
        scores={**case.scores, **higher}, signals=case.signals + 1, counts=counts, triage_owed_through=body.number
    )


def step_crossed(case: Case, event: CaseEvent, body: StepCrossed) -> Case:
    """A step that the account's strikes reached is assessed like a report."""
    return case.evolve(steps=(*case.steps, body), triage_owed_through=body.number)


def step_fell(case: Case, event: CaseEvent, body: StepFell) -> Case:
    """A step without its ground is not carried out; what it led to is reversed by an event of its own."""
    steps = tuple(
        one.evolve(fallen=True) if one.crossing.crossing_id == body.crossing_id else one for one in case.steps
    )
    return case.evolve(steps=steps)


def message_refused(case: Case, event: CaseEvent, body: MessageRefused) -> Case:
    """Counted; of the latest few it is kept why."""
    return case.evolve(refused=case.refused + 1, refusals=(*case.refusals, body)[-REFUSALS_KEPT:])


def evidence_captured(case: Case, event: CaseEvent, body: EvidenceCaptured) -> Case:
    """A new version is assessed afresh; one that is known changes nothing."""
    known = any(version.version == body.evidence.version for version in case.evidence)
    evidence = case.evidence if known else (*case.evidence, body.evidence)
    if case.evidence and kind_of(case.case_id) is SubjectKind.CAMPAIGN:
        return _sample_drawn_again(case.evolve(evidence=evidence, recapture_for=None), body.evidence)
    asked = known or not case.triage_owed_through  # an order for information alleges nothing
    owed = case.triage_owed_through if asked else max(case.triage_owed_through, case.inbox_through)
    assessed = case.assessed_through if known or not case.evidence else -1  # an edit is assessed afresh
    return case.evolve(
        evidence=evidence,
        recapture_for=None,
        evidence_delayed=False,
        triage_owed_through=owed,
        assessed_through=assessed,
    )


def _sample_drawn_again(case: Case, drawn: EvidenceVersion) -> Case:
    """It is the same raid: what is open is decided on the larger sample, and nothing is assessed afresh."""
    matters = (
        matter.evolve(evidence_version=drawn.version) if matter.open and not matter.proposed_id else matter
        for matter in case.matters
    )
    return case.evolve(matters=tuple(matters), evidence_delayed=False)


def attachments_came(case: Case, event: CaseEvent, body: AttachmentsCame) -> Case:
    """What the subject is now is assessed again, with what was missing; of what it was before nothing is asked."""
    latest = case.latest_evidence
    if latest is None or latest.version != body.evidence_version:
        return case
    return case.evolve(triage_owed_through=body.number)


def evidence_delayed(case: Case, event: CaseEvent, body: EvidenceDelayed) -> Case:
    """Reporters get their receipts meanwhile."""
    return ordered_without_evidence(case.evolve(evidence_delayed=True))


def triaged(case: Case, event: CaseEvent, body: Triaged) -> Case:
    """Matters open, are held, or were decided already, area by area."""
    assessed = reduce(
        lambda so_far, assessment: _assessed(so_far, event, assessment, body.through),
        body.assessments,
        case.evolve(assessed_through=body.through),
    )
    assessed = consulted(assessed, body)
    if body.raid and not assessed.raid:
        assessed = assessed.evolve(raid=body.raid)
    return assessed.evolve(ground_withdrawn=False) if assessed.ground_withdrawn else assessed


def account_case_opened(case: Case, event: CaseEvent, body: AccountCaseOpened) -> Case:
    """That account has heard."""
    heard = tuple(one.evolve(done=True) if one.area == body.area else one for one in case.account_asks)
    return case.evolve(account_asks=heard)


def campaign_found(case: Case, event: CaseEvent, body: CampaignFound) -> Case:
    """The subject is a member; its own matters stay open until somebody decides them, here or there."""
    return case.evolve(raid=case.raid.evolve(done=True)) if case.raid else case


def _with_account_asked(case: Case, found: Assessment) -> Case:
    """Once for each area: the account's case is one, and looks at everything itself."""
    if not found.account_rule or any(one.area == found.area for one in case.account_asks):
        return case
    ask = AccountAsk(rule_id=found.account_rule, area=found.area)
    return case.evolve(account_asks=(*case.account_asks, ask))


def _assessed(case: Case, event: CaseEvent, found: Assessment, through: int) -> Case:
    case = _with_account_asked(case, found)
    known = next((matter for matter in case.matters if matter.matter_id == found.matter_id), None)
    if known is None:
        opened = Matter(
            matter_id=found.matter_id,
            area=found.area,
            evidence_version=found.evidence_version,
            stage=MatterStage.ASSESSING,
            stage_since=event.occurred_at,
            rule_id=found.rule_id,
            terms=found.terms,
            sources=found.sources,
        )
        return _opened(case.evolve(matters=(*case.matters, opened)), event, opened, found)
    if not known.open:
        return _told_again(case, event, known, through)
    if found.hold and known.hold_order is None and not known.unheld:
        return held(case, event, known, found.hold, found.rule_id)
    if case.ground_withdrawn and not found.hold and known.stage is MatterStage.HELD:
        return freed(case, event, known)
    return case


def _opened(case: Case, event: CaseEvent, matter: Matter, found: Assessment) -> Case:
    if found.automatic:
        return case  # the decision is an event of its own, recorded with this one
    if found.hold:
        case = held(case, event, matter, found.hold, found.rule_id)
    else:
        case = with_matter(case, move(matter, MatterStage.IN_REVIEW, event.occurred_at))
    return case.evolve(clocks=(*case.clocks, review_clock(matter, event.occurred_at)))


def _told_again(case: Case, event: CaseEvent, matter: Matter, through: int) -> Case:
    """Those who report what is decided already are answered with the decision."""
    decision = next((one for one in case.decisions if one.decision_id == matter.decision_id), None)
    if decision is None or case.receipts_owed_through <= case.receipted_through:
        return case
    kind = reporters_kind(decision.outcome)
    return noticed(case, event, kind, Audience.REPORTERS, decision.decision_id, matter, decision.order_ids)
