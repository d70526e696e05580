"""Builders: one valid thing each, with what the test is about given by name."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cases.assessments import Assessment, AutomaticDecision, Triaged
from cases.case import Case
from cases.decisions import EnforcementRequest, Ground, Outcome
from cases.events import CaseEvent, EvidenceCaptured
from cases.evidence import EvidenceOrigin, EvidenceVersion
from cases.matters import PackRef, Terms
from cases.measures import MeasureKind, Target
from cases.messages import ReportSource
from cases.names import SubjectKind, case_workflow_id, subject_key
from cases.received import DecisionAsk, ReportReceived
from cases.telling import Stance, Telling

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECRET = b"synthetic secret of a test tenant"
HIDE = EnforcementRequest(kind=MeasureKind.HIDE)
REMOVE = EnforcementRequest(kind=MeasureKind.REMOVE)
SUSPEND = EnforcementRequest(kind=MeasureKind.SUSPEND, target=Target.AUTHOR, duration="P7D")
TERMINATE = EnforcementRequest(kind=MeasureKind.TERMINATE, target=Target.AUTHOR)


def a_case_id(subject_id: str = "post-1", tenant: str = "demo", kind: SubjectKind = SubjectKind.CONTENT) -> str:
    return case_workflow_id(tenant, kind, subject_key(SECRET, kind, subject_id))


def terms(**changes: Any) -> Terms:
    plain: dict[str, Any] = {
        "pack": PackRef(pack_id="test", version="1.0.0", digest="sha256:0"),
        "severity": 2,
        "queue": "harassment",
        "review_within": "PT24H",
        "review_source": "a test's pack",
        "ground": Ground.TERMS,
        "author": Telling(stance=Stance.TELL, source="DSA Art. 17"),
        "reporters": Telling(stance=Stance.TELL, source="DSA Art. 16(5)"),
        "enforcements": (REMOVE,),
        "strike": True,
    }
    return Terms(**{**plain, **changes})


def an_assessment(area: str = "harassment", version: int = 1, **changes: Any) -> Assessment:
    plain: dict[str, Any] = {
        "matter_id": f"{area}/{version}",
        "area": area,
        "evidence_version": version,
        "rule_id": f"{area}.rule",
        "rule_ids": (f"{area}.rule",),
        "terms": terms(queue=area),
    }
    return Assessment(**{**plain, **changes})


def automatic(*enforcements: EnforcementRequest) -> AutomaticDecision:
    return AutomaticDecision(outcome=Outcome.VIOLATION, enforcements=enforcements or (REMOVE,), ground=Ground.TERMS)


def evidence(version: int = 1, **changes: Any) -> EvidenceVersion:
    plain: dict[str, Any] = {
        "version": version,
        "digest": f"sha256:{version:064x}",
        "origin": EvidenceOrigin.PLATFORM,
        "captured_at": NOON,
        "content_version": f"v{version}",
        "author": "a" * 16,
        "author_target": "b" * 32,
    }
    return EvidenceVersion(**{**plain, **changes})


def an_event(event_id: str, body: Any, at: datetime = NOON, sequence: int = 0) -> CaseEvent:
    return CaseEvent(event_id=event_id, occurred_at=at, body=body, sequence=sequence)


def a_report(number: int = 1, area: str = "harassment", at: datetime = NOON, **changes: Any) -> CaseEvent:
    plain: dict[str, Any] = {"source": ReportSource.NOTICE, "contactable": 1, "received_at": at}
    return an_event(f"inbox:{number}", ReportReceived(number=number, area=area, **{**plain, **changes}), at)


def captured(version: int = 1, **changes: Any) -> CaseEvent:
    return an_event(f"evidence:{version}", EvidenceCaptured(evidence=evidence(version, **changes)))


def triaged(*assessments: Assessment, through: int = 1, version: int = 1) -> CaseEvent:
    body = Triaged(through=through, evidence_version=version, assessments=assessments, facts={})
    return an_event(f"triage:{through}:{version}", body)


def an_ask(decision_id: str = "d-1", **changes: Any) -> DecisionAsk:
    plain: dict[str, Any] = {
        "digest": f"digest of {decision_id}",
        "matter": "harassment/1",
        "outcome": Outcome.VIOLATION,
        "reviewer": "rev-1",
        "channel": "update",
        "ground": Ground.TERMS,
        "rule_id": "harassment.rule",
        "rationale_id": "txt-" + "0" * 32,
    }
    return DecisionAsk(decision_id=decision_id, **{**plain, **changes})


def a_case(**changes: Any) -> Case:
    return Case(case_id=a_case_id(), **changes)


def later(**time: float) -> datetime:
    return NOON + timedelta(**time)
