"""Assessment: detectors read the evidence, the policy pack is asked, and what they say is recorded. Effect: Postgres."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from temporalio import activity

from activities import stubs
from activities.detectors import DetectorResult, assess_text, failed_labels, max_scores
from activities.platform_client import Snapshot
from activities.policy_packs import PolicyPacks
from activities.text_features import count_links
from cases.case import Case, ReportCount
from cases.decisions import Decision
from cases.events import Assessment, CaseEvent, DecisionRecorded, Detection, Triaged
from cases.evidence import EvidenceVersion
from cases.matters import matter_id
from cases.names import kind_of
from cases.policy import PolicyPack
from cases.policy_facts import AuthorFacts, ContentFacts, Facts, ReportFacts, SignalFacts
from cases.triage import assessment_of, triage
from cases.trust import Heard
from record import events, evidence, fingerprints, reporting, review
from record.record import Record
from record.tenants import tenant_settings

COPIES_WITHIN = timedelta(hours=24)  # the same words of the same author within this time are volume


class Assessing:
    """Asks about a case. The first answer stands: whoever asks again gets what is recorded."""

    def __init__(self, record: Record, packs: PolicyPacks) -> None:
        self._record = record
        self._packs = packs

    @activity.defn
    async def assess_case(self, request: stubs.AssessCase) -> stubs.Stored:
        """What the pack says, and the decisions rules take alone, as recorded. Detectors run off the event loop."""
        case, version = request.case, request.case.evidence[-1]
        content = await evidence.read(self._record, case.case_id, version.version)
        snapshot = Snapshot.model_validate_json(content)
        results = await asyncio.to_thread(assess_text, snapshot.text, version.language)
        told = await self._told(case, version, snapshot, results, request.now)
        rules = self._packs.active(told.area).reporters
        heard = await reporting.heard_in(self._record, case.case_id, request.now, rules)
        body = self._triaged(case, version, results, told, heard, request)
        event_id = f"triage:{request.through}/{version.version}"
        asked = CaseEvent(event_id=event_id, occurred_at=request.now, body=body)
        decided = automatic_decisions(asked)
        stored = await events.append(self._record, case.case_id, (asked, *decided), request.now)
        if stored[0].body != asked.body:  # an earlier answer stands, and so do the decisions that follow from it
            decided = automatic_decisions(stored[0])
            again = await events.append(self._record, case.case_id, decided, request.now) if decided else []
            stored = [stored[0], *again]
        return stubs.Stored(events=tuple(stored))

    def _triaged(
        self,
        case: Case,
        version: EvidenceVersion,
        results: tuple[DetectorResult, ...],
        told: Facts,
        heard: Mapping[str, Heard],
        request: stubs.AssessCase,
    ) -> Triaged:
        found: dict[str, Assessment] = {}
        seen: dict[str, Facts] = {}
        active = self._packs.active(told.area)
        areas = list(case.counts) or [active.area_of_label(_loudest(case.scores))]
        while areas:
            area = areas.pop(0)
            pack = self._pinned(case, area, version) or active
            facts = told.evolve(area=area, reports=reports_of(case.counts.get(area), heard.get(area)))
            answer = triage(pack, facts)
            if answer.area in found:
                continue
            seen[answer.area] = facts
            found[answer.area] = assessment_of(pack, answer, version.version, request.now)
            areas += [other for other in answer.also if other not in found]
        return Triaged(
            through=request.through,
            evidence_version=version.version,
            assessments=tuple(found.values()),
            facts={area: facts.model_dump(mode="json") for area, facts in seen.items()},
            detections=tuple(_detection(result) for result in results),
        )

    def _pinned(self, case: Case, area: str, version: EvidenceVersion) -> PolicyPack | None:
        """A matter keeps the pack it opened under; a new pack never reaches back."""
        opened = matter_id(area, version.version)
        matter = next((one for one in case.matters if one.matter_id == opened), None)
        return self._packs.load(matter.terms.pack.pack_id, matter.terms.pack.digest) if matter else None

    async def _told(
        self,
        case: Case,
        version: EvidenceVersion,
        snapshot: Snapshot,
        results: tuple[DetectorResult, ...],
        now: datetime,
    ) -> Facts:
        """The facts but for the reports of one area; `area` holds the tenant's pack until an area takes its place."""
        account = version.author_target
        strikes = await review.active_strikes(self._record, case.tenant, account, now) if account else 0
        born = snapshot.author.created_at if snapshot.author else None
        scores = max_scores(results)
        both = {label: max(scores.get(label, 0.0), case.scores.get(label, 0.0)) for label in {*scores, *case.scores}}
        settings = await tenant_settings(self._record, case.tenant)
        copies = await fingerprints.copies_of(self._record, case.case_id)
        return Facts(
            area=settings.pack_id,
            subject_kind=kind_of(case.case_id),
            surface=version.surface,
            jurisdiction=version.jurisdiction,
            signals=SignalFacts(
                max_score=dict(sorted(both.items())),
                failed=tuple(sorted(failed_labels(results) - both.keys())),
            ),
            author=AuthorFacts(strikes=strikes, account_age_days=max(0, (now - born).days) if born else None),
            content=ContentFacts(
                length=len(snapshot.text),
                links=count_links(snapshot.text),
                duplicates=await fingerprints.repeated(self._record, case.case_id, now - COPIES_WITHIN),
                copies=sum(copy.exact for copy in copies),
                near_copies=sum(not copy.exact for copy in copies),
                language=version.language,
            ),
        )


def automatic_decisions(asked: CaseEvent) -> tuple[CaseEvent, ...]:
    """The decisions that follow from a triage without a person; nothing but the recorded triage decides them."""
    body = asked.body
    if not isinstance(body, Triaged):
        return ()
    return tuple(_decided(asked, found) for found in body.assessments if found.automatic)


def _decided(asked: CaseEvent, found: Assessment) -> CaseEvent:
    assert found.automatic is not None
    decision = Decision(
        decision_id=f"rule:{found.matter_id}".replace("/", "."),
        digest=asked.event_id,
        matter_id=found.matter_id,
        outcome=found.automatic.outcome,
        by=f"rule:{found.rule_id}",
        automated=True,
        decided_at=asked.occurred_at,
        ground=found.automatic.ground,
        rule_id=found.rule_id,
        evidence_version=found.evidence_version,
        enforcements=found.automatic.enforcements,
        strike=found.terms.strike,
    )
    event_id = f"decision:{decision.decision_id}"
    return CaseEvent(event_id=event_id, occurred_at=asked.occurred_at, body=DecisionRecorded(decision=decision))


def _loudest(scores: dict[str, float]) -> str:
    """The label a machine is surest of; where only machines spoke, that is the allegation, and rules may add others."""
    return max(sorted(scores), key=lambda label: scores[label], default="")


def reports_of(count: ReportCount | None, heard: Heard | None) -> ReportFacts:
    """What rules see of the reports of an area. count: by the events; heard: of those the record can tell apart.

    People who reported before reports were told apart count in full, as they did then.
    """
    if count is None:
        return ReportFacts()
    known = heard.people if heard else 0
    untold = max(0, count.independent - known)
    return ReportFacts(
        count=count.reports,
        independent=untold + (heard.independent if heard else 0),
        trusted_flagger=count.trusted > 0,
        weight=round(untold + heard.weight, 6) if heard else None,
        trust=round(heard.trust, 6) if heard else None,
    )


def _detection(result: DetectorResult) -> Detection:
    return Detection(
        detector=f"{result.vendor}/{result.detector}",
        version=f"{result.model}@{result.version}",
        label=result.label,
        score=result.score,
        failed=result.score is None,
    )
