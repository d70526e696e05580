"""Any order of events: reports, decisions, appeals, edits, outages and time come as they like, and the rules hold.

The machine does what the case's run does (messages judged as they come, duties carried out one at a time, ticks when
due) and lets hypothesis choose what happens next. After every step each rule below is looked at.
"""

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cases.appeals import Role
from cases.assessments import Assessment, Triaged
from cases.case import Case, CaseStage
from cases.changes import revoked
from cases.decisions import APPEAL_OUTCOMES, MATTER_OUTCOMES, Decision, FourEyes, Outcome
from cases.duties import Capture, Enforce, File, Hear, Tell, assessment_due, duties
from cases.events import DecisionRecorded
from cases.folding import compacted, fold_all
from cases.holds import ever_in_force
from cases.interventions import Step
from cases.judging import unjudged
from cases.matters import MatterStage
from cases.measures import OrderStage, Target
from cases.messages import ReportSource
from cases.projection import project, review_tasks, stage_of, strikes, unanswered, untold
from cases.telling import NoticeKind, Stance, Telling
from tests.builders import HIDE, REMOVE, SUSPEND, TERMINATE, an_ask, an_assessment, automatic, terms
from tests.paper import PaperRun

AREAS = ("harassment", "spam", "child_safety")
HIDE_A_WEEK = HIDE.model_copy(update={"duration": "P7D"})
STANCES = {"harassment": Stance.TELL, "spam": Stance.GENERIC, "child_safety": Stance.NEVER}
URGENCY = list(CaseStage)
SEEN_TO = {OrderStage.STUCK, OrderStage.GIVEN_UP, OrderStage.SKIPPED}


def area_terms(area: str) -> Any:
    return terms(
        queue=area,
        author=Telling(stance=STANCES[area], source="a test"),
        four_eyes=FourEyes.AFTER if area == "child_safety" else FourEyes.NONE,
        authority_report_within="PT24H" if area == "child_safety" else None,
        authority_report_source="a test" if area == "child_safety" else None,
        severity=0 if area == "child_safety" else 3,
    )


class CaseLives(RuleBasedStateMachine):
    """One case, and a world that answers when and as it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.run = PaperRun()
        self.decided_once: set[str] = set()
        self.own_ids = 0

    def fresh(self, prefix: str) -> str:
        self.own_ids += 1
        return f"{prefix}-{self.own_ids}"

    @property
    def case(self) -> Case:
        return self.run.case

    @property
    def waiting_for_a_second(self) -> list[Decision]:
        return [d for d in (*self.case.proposals, *self.case.decisions) if d.second is not FourEyes.NONE]

    @initialize(
        areas=st.lists(st.sampled_from(AREAS), max_size=3),
        hold=st.sampled_from([(), (HIDE,), (HIDE_A_WEEK,)]),
        by_rule=st.booleans(),
        caught_up=st.booleans(),
    )
    def begin(self, areas: list[str], hold: Any, by_rule: bool, caught_up: bool) -> None:
        """Most lives begin with a report that was looked into; an empty list leaves all to chance."""
        for area in areas:
            self.run.report(area)
        if areas:
            self.run.captured()
            self.triage(hold, by_rule)
        if caught_up:
            self.run.settle()

    # What comes in ----------------------------------------------------------------------------------------------------

    @rule(
        area=st.sampled_from(AREAS), source=st.sampled_from(ReportSource), told=st.integers(0, 1), new=st.integers(0, 1)
    )
    def report(self, area: str, source: ReportSource, told: int, new: int) -> None:
        self.run.report(area, source=source, contactable=told, independent=new)

    @rule(score=st.floats(0, 1))
    def signal(self, score: float) -> None:
        self.run.signal(harassment=score)

    @rule(
        data=st.data(),
        outcome=st.sampled_from([*sorted(MATTER_OUTCOMES), *[Outcome.VIOLATION] * 4]),
        reviewer=st.sampled_from(["rev-1", "rev-2"]),
        wanted=st.sampled_from([None, (), (REMOVE,), (SUSPEND,), (REMOVE, SUSPEND), (TERMINATE,)]),
    )
    def decide(self, data: st.DataObject, outcome: Outcome, reviewer: str, wanted: Any) -> None:
        open_matters = [m.matter_id for m in self.case.matters if m.open]
        matters = open_matters or [m.matter_id for m in self.case.matters] or ["harassment/1"]
        restricts = outcome is Outcome.VIOLATION
        self.run.decide(
            self.fresh("d"),
            matter=data.draw(st.sampled_from(matters)),
            outcome=outcome,
            reviewer=reviewer,
            enforcements=wanted if restricts else None,
        )

    @precondition(lambda self: bool(self.waiting_for_a_second))
    @rule(
        data=st.data(), outcome=st.sampled_from(sorted(MATTER_OUTCOMES)), reviewer=st.sampled_from(["rev-1", "rev-3"])
    )
    def second(self, data: st.DataObject, outcome: Outcome, reviewer: str) -> None:
        first = data.draw(st.sampled_from(self.waiting_for_a_second))
        agreed = data.draw(st.sampled_from([first.outcome, outcome]))
        self.run.decide(
            self.fresh("s"), matter=first.matter_id, outcome=agreed, reviewer=reviewer, seconds=first.decision_id
        )

    @precondition(lambda self: bool(self.case.decisions))
    @rule(data=st.data())
    def the_same_decision_again(self, data: st.DataObject) -> None:
        first = data.draw(st.sampled_from(self.case.decisions))
        self.run.decide(first.decision_id, digest=first.digest, matter=first.matter_id, outcome=first.outcome)

    @precondition(lambda self: bool(self.case.decisions or self.own_ids % 5 == 4))
    @rule(
        data=st.data(), role=st.sampled_from(Role), who=st.sampled_from(["a" * 16, "b" * 16]), days=st.integers(0, 400)
    )
    def appeal(self, data: st.DataObject, role: Role, who: str, days: int) -> None:
        known = [d.decision_id for d in self.case.decisions] or ["d-0"]
        informed = self.run.at - timedelta(days=days)
        self.run.appeal(
            data.draw(st.sampled_from(known)), self.fresh("a"), role=role, appellant=who, informed_at=informed
        )

    @precondition(lambda self: bool(self.case.appeals))
    @rule(data=st.data(), outcome=st.sampled_from(sorted(APPEAL_OUTCOMES)))
    def hear(self, data: st.DataObject, outcome: Outcome) -> None:
        self.run.hear(outcome, data.draw(st.sampled_from(self.case.appeals)).appeal_id)

    @precondition(lambda self: bool(self.case.decisions))
    @rule(data=st.data(), partly=st.booleans())
    def reverse(self, data: st.DataObject, partly: bool) -> None:
        decision = data.draw(st.sampled_from(self.case.decisions))
        self.run.reverse(decision.decision_id, self.fresh("r"), decision.measure_ids[:1] if partly else ())

    @precondition(lambda self: bool(self.case.clocks))
    @rule(data=st.data(), hours=st.integers(-10, 1000))
    def extend(self, data: st.DataObject, hours: int) -> None:
        clock = data.draw(st.sampled_from(self.case.clocks))
        self.run.extend(clock.clock_id, clock.due_at + timedelta(hours=hours))

    # What the world does ----------------------------------------------------------------------------------------------

    @precondition(lambda self: any(isinstance(duty, Capture) for duty in self.run.duties))
    @rule(author=st.booleans())
    def capture(self, author: bool) -> None:
        self.run.captured(**({} if author else {"author": None, "author_target": None}))

    @precondition(lambda self: assessment_due(self.case) is not None)
    @rule(
        hold=st.sampled_from([(), (HIDE,), (HIDE_A_WEEK,)]),
        by_rule=st.booleans(),
    )
    def triage(self, hold: Any, by_rule: bool) -> None:
        version = self.case.evidence[-1].version
        found = tuple(self._found(area, version, hold, by_rule) for area in (*self.case.counts,) or ("harassment",))
        through = self.case.triage_owed_through
        asked = self.run.add(
            f"triage:{through}/{version}",
            Triaged(through=through, evidence_version=version, assessments=found, facts={}),
        )
        for one in found:
            if one.automatic:
                self.run.add(f"decision:rule:{one.matter_id}", DecisionRecorded(decision=by_the_rule(one, asked)))

    def _found(self, area: str, version: int, hold: Any, by_rule: bool) -> Assessment:
        known = any(m.matter_id == f"{area}/{version}" for m in self.case.matters)
        alone = by_rule and area == "spam" and not known
        return an_assessment(
            area, version, terms=area_terms(area), hold=() if alone else hold, automatic=automatic() if alone else None
        )

    @precondition(lambda self: bool(any(isinstance(duty, Enforce) for duty in self.run.duties)))
    @rule(data=st.data(), answer=st.sampled_from(["confirm", "confirm", "confirm", "void", "stick"]))
    def the_platform_answers(self, data: st.DataObject, answer: str) -> None:
        order = data.draw(st.sampled_from([duty.order for duty in self.run.duties if isinstance(duty, Enforce)]))
        if answer == "confirm":
            self.run.confirm(order.order_id)
        elif answer == "void" and order.content_version:
            self.run.void(order.order_id)
        else:
            self.run.stick(order.order_id)

    @precondition(lambda self: any(order.stage in SEEN_TO for order in self.case.orders))
    @rule(data=st.data(), step=st.sampled_from(Step))
    def an_operator_steps_in(self, data: st.DataObject, step: Step) -> None:
        order = data.draw(st.sampled_from([order for order in self.case.orders if order.stage in SEEN_TO]))
        self.run.step_in(step, order.order_id, self.fresh("i"))

    @precondition(lambda self: any(order.stage is OrderStage.STUCK for order in self.case.orders))
    @rule(data=st.data())
    def the_packs_time_is_over(self, data: st.DataObject) -> None:
        order = data.draw(st.sampled_from([one for one in self.case.orders if one.stage is OrderStage.STUCK]))
        self.run.give_up(order.order_id)

    @rule()
    def the_world_catches_up(self) -> None:
        self.run.settle()

    @precondition(lambda self: bool(any(isinstance(duty, Tell) for duty in self.run.duties)))
    @rule()
    def mail_is_sent(self) -> None:
        self.run.tell()

    @precondition(lambda self: bool(any(isinstance(duty, File) for duty in self.run.duties)))
    @rule()
    def the_database_answers(self) -> None:
        self.run.file()

    @rule(hours=st.sampled_from([1, 13, 25, 200, 2000]))
    def time_passes(self, hours: int) -> None:
        self.run.forward(hours=hours)

    # What always holds ------------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        """State equals fold, whether read event by event, again, or with neighbouring reports summed up."""
        assert fold_all(Case(case_id=self.case.case_id), self.run.events) == self.case
        assert fold_all(self.case, self.run.events) == self.case, "events already folded change nothing"
        assert fold_all(Case(case_id=self.case.case_id), compacted(self.run.events)) == self.case

    @invariant()
    def a_decided_matter_never_returns(self) -> None:
        decided = {matter.matter_id for matter in self.case.matters if matter.stage is MatterStage.DECIDED}
        assert self.decided_once <= decided
        self.decided_once = decided
        assert {m.matter_id for m in self.case.matters if not m.open} == decided

    @invariant()
    def nobody_is_told_of_what_is_not_confirmed(self) -> None:
        void_or_done = {order.order_id for order in self.case.orders if not order.open}
        for duty in self.run.duties:
            if isinstance(duty, Tell):
                assert all(set(notice.after) <= void_or_done for notice in duty.notices)
            if isinstance(duty, File):
                assert set(duty.filing.after) <= void_or_done
        for notice in self.case.notices:
            if notice.told_at:
                assert set(notice.after) <= void_or_done

    @invariant()
    def nobody_is_told_of_what_was_void(self) -> None:
        void = {order.order_id for order in self.case.orders if order.stage is OrderStage.VOID}
        for notice in self.case.notices:
            assert not void & set(notice.after), notice

    @invariant()
    def nobody_is_told_of_what_was_skipped(self) -> None:
        for duty in self.run.duties:
            said = duty.notices if isinstance(duty, Tell) else (duty.filing,) if isinstance(duty, File) else ()
            assert not any(self.case.all_skipped(one.after) for one in said), duty

    @invariant()
    def every_open_matter_has_one_task(self) -> None:
        tasks = [task.subject for task in review_tasks(self.case) if not task.task_id.startswith("second:")]
        seconds = [task.task_id for task in review_tasks(self.case) if task.task_id.startswith("second:")]
        assert len({task.task_id for task in review_tasks(self.case)}) == len(review_tasks(self.case))
        for matter in self.case.matters:
            asked = tasks.count(matter.matter_id) + seconds.count(f"second:{matter.proposed_id}")
            assert asked == int(matter.open), matter

    @invariant()
    def what_is_owed_and_what_is_shown_agree(self) -> None:
        settled = stage_of(self.case) is CaseStage.SETTLED
        waits_for_an_end = {clock.kind for clock in self.case.clocks} == {"expiry"}
        assert self.run.owes == (not settled or waits_for_an_end)

    @invariant()
    def no_clock_is_kept_for_what_is_over(self) -> None:
        orders = [order for order in self.case.orders if order.stage is not OrderStage.SKIPPED]
        revoked = {measure for order in orders for measure in order.revoke}
        expiring = {clock.subject for clock in self.case.clocks if clock.kind == "expiry"}
        assert not revoked & expiring
        open_matters = {matter.matter_id for matter in self.case.matters if matter.open}
        assert {clock.subject for clock in self.case.clocks if clock.kind == "review"} == open_matters
        looked = {d.decision_id for d in self.case.decisions if d.second_by or d.reversed}
        assert not looked & {clock.subject for clock in self.case.clocks if clock.kind == "second_look"}

    @invariant()
    def something_is_done_about_every_open_order(self) -> None:
        for target in Target:
            orders = [order for order in self.case.orders if order.open and order.target is target]
            asked = [
                duty.order for duty in self.run.duties if isinstance(duty, Enforce) and duty.order.target is target
            ]
            given_up = bool(orders) and orders[0].stage is OrderStage.GIVEN_UP
            assert asked == orders[: 0 if given_up else 1], "one at a time for each target, in order"

    @invariant()
    def nobody_is_asked_to_see_to_what_was_taken_back(self) -> None:
        for order in self.case.orders:
            left = {measure.measure_id for measure in order.impose} - set(order.missed)
            if order.stage is OrderStage.GIVEN_UP and left:
                assert not left & revoked(self.case), order

    @invariant()
    def nobody_hears_that_a_hold_is_lifted_that_never_was(self) -> None:
        for duty in self.run.duties:
            for notice in duty.notices if isinstance(duty, Tell) else ():
                lifted = [one for order_id in notice.after for one in self.case.order(order_id).revoke]
                if notice.kind is NoticeKind.HOLD_LIFTED and notice.cause in {
                    d.decision_id for d in self.case.decisions
                }:
                    assert ever_in_force(self.case, lifted), notice

    @invariant()
    def every_unanswered_filing_and_open_appeal_has_a_duty(self) -> None:
        filings = {f.filing_id for f in self.case.filings if unanswered(self.case, f) and self.case.confirmed(f.after)}
        assert {duty.filing.filing_id for duty in self.run.duties if isinstance(duty, File)} == filings
        opened = {appeal.appeal_id for appeal in self.case.appeals if appeal.stage == "opened"}
        assert {duty.appeal_id for duty in self.run.duties if isinstance(duty, Hear)} == opened

    @invariant()
    def a_strike_counts_only_if_confirmed_and_unreversed(self) -> None:
        for strike in strikes(self.case):
            decision = self.case.decision(strike.decision_id)
            stages = {self.case.order(order_id).stage for order_id in decision.order_ids}
            if strike.active:
                assert not decision.reversed
                assert stages <= {OrderStage.CONFIRMED}

    @invariant()
    def the_stage_is_the_most_urgent(self) -> None:
        stage = URGENCY.index(stage_of(self.case))
        facts = {
            CaseStage.ENFORCING: any(order.open for order in self.case.orders),
            CaseStage.HELD: any(matter.stage is MatterStage.HELD for matter in self.case.matters),
            CaseStage.IN_REVIEW: bool(review_tasks(self.case)),
            CaseStage.TELLING: any(untold(self.case, notice) for notice in self.case.notices),
            CaseStage.UNDER_APPEAL: any(appeal.stage == "opened" for appeal in self.case.appeals),
            CaseStage.FILING: any(unanswered(self.case, filing) for filing in self.case.filings),
        }
        assert all(stage <= URGENCY.index(name) for name, holds in facts.items() if holds)

    @invariant()
    def ids_are_given_once(self) -> None:
        for ids in (
            [order.order_id for order in self.case.orders],
            [notice.notice_id for notice in self.case.notices],
            [filing.filing_id for filing in self.case.filings],
            [clock.clock_id for clock in self.case.clocks],
            [measure.measure_id for order in self.case.orders for measure in order.impose],
            [duty.key for duty in duties(self.case, self.run.at)],
        ):
            assert len(set(ids)) == len(ids), ids

    @invariant()
    def every_message_was_judged(self) -> None:
        assert unjudged(self.run.events) == ()

    @invariant()
    def the_projection_can_be_written(self) -> None:
        assert project(self.case).model_dump_json()


def by_the_rule(found: Assessment, asked: Any) -> Decision:
    assert found.automatic
    ask = an_ask()
    return Decision(
        decision_id=f"rule:{found.matter_id}",
        digest="rule",
        matter_id=found.matter_id,
        outcome=found.automatic.outcome,
        by=f"rule:{found.rule_id}",
        automated=True,
        decided_at=asked.occurred_at,
        ground=ask.ground,
        rule_id=found.rule_id,
        evidence_version=found.evidence_version,
        enforcements=found.automatic.enforcements,
        strike=found.terms.strike,
    )


CaseLives.TestCase.settings = settings(
    max_examples=100,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)
test_whatever_happens_in_whatever_order_the_rules_hold = CaseLives.TestCase
