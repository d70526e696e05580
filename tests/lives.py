"""Lives of cases for tests of what is told and filed: written as events, under the baseline pack, folded when asked."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from activities.letters import Letter, paper_of
from activities.policy_packs import PolicyPacks
from cases.appeals import AppealRefusal, Role
from cases.areas import Area
from cases.assessments import Triaged
from cases.case import Case, Filing
from cases.causes import Cause, cause_of_filing, cause_of_notice, pieces_of
from cases.decisions import Decision, EnforcementRequest, Ground, Outcome
from cases.events import (
    AppealClosed,
    AppealOpened,
    AppealRefused,
    CaseEvent,
    DecisionRecorded,
    DecisionReversed,
    OrderConfirmed,
)
from cases.folding import fold_all
from cases.matters import PackRef, Terms
from cases.messages import ReportSource
from cases.names import SubjectKind, kind_of
from cases.notice_words import NoticeWords
from cases.received import AppealReceived
from cases.statement_contents import FiledContent, filed_content
from cases.statement_form import StatementOfReasons
from cases.statements import statement_of
from cases.telling import Notice, NoticeKind, Telling
from cases.wording import view_of
from tests.builders import NOON, REMOVE, a_case_id, a_report, an_assessment, an_event, captured, terms

PACKS = PolicyPacks(Path(__file__).parents[1] / "policies")
PACK = PACKS.active("baseline")
PAPER = paper_of(PACK, PACKS.templates("baseline", PACK.digest))
PLATFORM = "Plaza"


def baseline_terms(area: str, **changes: Any) -> Terms:
    """The terms a matter of this area opens under, as the baseline pack says them."""
    of: Area = PACK.areas[area]
    author, reporters = of.telling.author, of.telling.reporters
    said: dict[str, Any] = {
        "pack": PackRef(pack_id=PACK.id, version=PACK.version, digest=PACK.digest),
        "severity": int(of.severity),
        "queue": of.queue,
        "ground": of.ground.kind,
        "author": Telling(stance=author.stance, source=author.source),
        "reporters": Telling(stance=reporters.stance, source=reporters.source),
        "strike": of.strike is not None,
        "file_statements": of.transparency.file,
    }
    return terms(**{**said, **changes})


class Life:
    """A case as it goes on, an hour a step."""

    def __init__(
        self, area: str = "harassment", kind: SubjectKind = SubjectKind.CONTENT, subject: str = "post-1"
    ) -> None:
        self.area, self.case_id = area, a_case_id(subject, kind=kind)
        self.events: list[CaseEvent] = []
        self.at = NOON
        self._number = 0

    @property
    def case(self) -> Case:
        return fold_all(Case(case_id=self.case_id), self.events)

    @property
    def matter_id(self) -> str:
        return f"{self.area}/1"

    def add(self, event_id: str, body: Any) -> "Life":
        self.at += timedelta(hours=1)
        event = an_event(event_id, body, self.at, len(self.events) + 1)
        self.events.append(event)
        return self

    def reported(self, times: int = 1, source: ReportSource = ReportSource.NOTICE) -> "Life":
        for _ in range(times):
            self._number += 1
            self.add(f"inbox:{self._number}", a_report(self._number, self.area, source=source).body)
        return self

    def captured(self, **evidence: Any) -> "Life":
        return self.add("evidence:1", captured(**evidence).body)

    def triaged(self, *rules: str, **changes: Any) -> "Life":
        matched = rules or (f"{self.area}.reported",)
        found = an_assessment(
            self.area, **{"rule_id": matched[0], "rule_ids": matched, "terms": baseline_terms(self.area), **changes}
        )
        return self.add(
            f"triage:{len(self.events)}",
            Triaged(through=self._number, evidence_version=1, assessments=(found,), facts={}),
        )

    def decided(
        self, outcome: Outcome = Outcome.VIOLATION, *enforcements: EnforcementRequest, **changes: Any
    ) -> "Life":
        restricts = outcome is Outcome.VIOLATION
        plain: dict[str, Any] = {
            "decision_id": "d-1",
            "digest": "digest",
            "matter_id": self.matter_id,
            "outcome": outcome,
            "by": "rev-1",
            "automated": False,
            "decided_at": self.at,
            "ground": Ground.TERMS if restricts else None,
            "rule_id": f"{self.area}.reported",
            "evidence_version": 1,
            "enforcements": enforcements or ((REMOVE,) if restricts else ()),
            "strike": restricts and PACK.areas[self.area].strike is not None,
        }
        decision = Decision(**{**plain, **changes})
        return self.add(f"decision:{decision.decision_id}", DecisionRecorded(decision=decision))

    def confirmed(self) -> "Life":
        for order in self.case.orders:
            if order.open:
                done = OrderConfirmed(order_id=order.order_id, target_version=1, how="applied")
                self.add(f"order:{order.order_id}:confirmed", done)
        return self

    def appealed(self, role: Role = Role.AUTHOR) -> "Life":
        who, due = "a" * 16, self.at + timedelta(days=14)
        opened = AppealOpened(appeal_id="a-1", decision_id="d-1", appellant=who, role=role, due_at=due)
        return self.add("appeal:a-1:opened", opened)

    def upheld(self) -> "Life":
        return self.add("appeal:a-1:closed", AppealClosed(appeal_id="a-1", outcome=Outcome.UPHELD, by="rev-2"))

    def refused(self, reason: AppealRefusal, role: Role | None = Role.AUTHOR) -> "Life":
        who = "a" * 16
        asked = AppealReceived(
            number=9,
            appeal_id="a-1",
            decision_id="d-1",
            appellant=who,
            role=role,
            informed_at=None,
            received_at=self.at,
        )
        refusal = AppealRefused(appeal_id="a-1", decision_id="d-1", appellant=who, reason=reason)
        return self.add("inbox:9", asked).add("appeal:a-1:refused", refusal)

    def reversed(self, keep: tuple[str, ...] = (), by: str = "appeal:a-1") -> "Life":
        return self.add("reversal:r-1", DecisionReversed(reversal_id="r-1", decision_id="d-1", keep=keep, by=by))

    # What is told and filed of it -----------------------------------------------------------------------------------

    def notice(self, kind: NoticeKind) -> Notice:
        return next(notice for notice in self.case.notices if notice.kind is kind)

    def words(
        self, kind: NoticeKind, informed_at: datetime | None = None, language: str = "en", **known: Any
    ) -> NoticeWords:
        case, notice = self.case, self.notice(kind)
        cause = cause_of_notice(case, notice, self.events)
        at = informed_at or self.at
        return view_of(case, notice, PACK.in_language(language), cause, platform_name=PLATFORM, informed_at=at, **known)

    def letter(self, kind: NoticeKind, language: str = "en", **known: Any) -> Letter:
        paper = paper_of(PACK.in_language(language), PACKS.templates("baseline", PACK.digest))
        return paper.write(kind, self.words(kind, language=language, **known))

    def filing(self, cause: str) -> Filing:
        return next(filing for filing in self.case.filings if filing.cause == cause)

    def cause(self, cause: str) -> Cause:
        return cause_of_filing(self.case, self.filing(cause), self.events)

    def statement(self, cause: str = "d-1", snapshot: dict[str, Any] | None = None) -> StatementOfReasons:
        case = self.case
        return statement_of(case, self.filing(cause), PACK, self.cause(cause), self.content(snapshot, cause))

    def content(self, snapshot: dict[str, Any] | None = None, cause: str | None = None) -> FiledContent:
        shown = (
            {"text": "Synthetic words.", "created_at": "2026-02-27T23:30:00+00:00"} if snapshot is None else snapshot
        )
        pieces = pieces_of(self.cause(cause).decision) if cause else ()
        return filed_content(kind_of(self.case_id), self.case.latest_evidence, shown, NOON, pieces)


def a_held_life(rules: Sequence[str] = ("harassment.flagged-and-reported", "harassment.reported")) -> Life:
    """Three reports and a machine's word; hidden, and confirmed."""
    hide = (EnforcementRequest(kind="hide"),)  # type: ignore[arg-type]  # as a pack would write it
    return Life().reported(3).captured().triaged(*rules, hold=hide).confirmed()


def a_decided_life(area: str = "harassment", outcome: Outcome = Outcome.VIOLATION, **changes: Any) -> Life:
    """One report, reviewed, decided and confirmed."""
    return Life(area).reported().captured().triaged().decided(outcome, **changes).confirmed()
