"""Lives by chance: some cases on two accounts, and what may befall them, one act after another, by a seeded generator."""

import random
import sqlite3
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from activities import stubs
from api.brake_messages import BrakeRequest
from api.braking import Braking
from cases.case import Case
from cases.duties import Duty, Enforce
from cases.interventions import Step
from cases.measures import Order, OrderStage, Target
from cases.messages import Detector, Person, ReportMessage, SignalMessage, Subject
from cases.names import SubjectKind, case_workflow_id, kind_of, subject_key
from record import inbox, overtaking, texts
from simulators.faults import Fault
from tests.driven import Driven, DrivenRun
from tests.integration.kit import TENANT

PITCH = "Buy cheap pills now, best price, click http://a.invalid http://b.invalid limited offer, act now, money back!!!"
WANTED: tuple[list[dict[str, Any]], ...] = (
    [{"kind": "remove"}],
    [{"kind": "hide", "duration": "PT6H"}],
    [{"kind": "label"}, {"kind": "demote", "duration": "P2D"}],
    [{"kind": "remove"}, {"kind": "suspend", "target": "author", "duration": "P7D"}],
    [
        {"kind": "suspend", "target": "author", "duration": "P1D"},
        {"kind": "limit", "target": "author", "duration": "P1D"},
    ],
    [{"kind": "demonetise", "target": "author"}],
    [{"kind": "remove"}, {"kind": "terminate", "target": "author"}],
)
# Twice the most that any of 400 lives of 25 steps wrote (62 and 8). All of it follows from what befalls a life, and ends with
# that: what writes on by itself, an order that brings about its like, doubles it before the end does.
EVENTS, ORDERS = 124, 16
WRONG = ("500", "garbage", "lost", "apply_then_500", "apply_then_lost")


@dataclass
class Lives:
    """Some cases on one or two accounts, and what befalls them. name: of the seed, in every id."""

    driven: Driven
    chance: random.Random
    name: str
    secret: bytes
    deadly: float = 0.04
    forgetful: float = 0.05
    impatient: float = 0.3
    deaths: int = 0
    runs: dict[str, DrivenRun] = field(default_factory=dict)
    story: list[str] = field(default_factory=list)
    forgotten: dict[tuple[str, str], sqlite3.Row] = field(default_factory=dict)
    written: dict[str, tuple[int, int]] = field(default_factory=dict)
    _numbers: int = 0

    def fresh(self, prefix: str) -> str:
        self._numbers += 1
        return f"{prefix}-{self.name}-{self._numbers}"

    def stream_of(self, kind: SubjectKind, subject_id: str) -> str:
        return case_workflow_id(TENANT, kind, subject_key(self.secret, kind, subject_id))

    def run_of(self, stream: str) -> DrivenRun:
        return self.runs.setdefault(stream, DrivenRun(self.driven, stream, self.dies, self.gives_up))

    def dies(self) -> bool:
        """Whether the process of a run dies at this step."""
        dead = self.chance.random() < self.deadly
        self.deaths += dead
        return dead

    def gives_up(self) -> bool:
        """Whether the pack has a stuck order tried no more."""
        return self.chance.random() < self.impatient

    @property
    def posts(self) -> list[str]:
        return [f"post-{self.name}-{number}" for number in range(3)]

    @property
    def authors(self) -> dict[str, str]:
        """Who wrote which post: two are of one author."""
        return dict(zip(self.posts, [f"a-{self.name}", f"a-{self.name}", f"b-{self.name}"], strict=True))

    @property
    def targets(self) -> list[tuple[str, str]]:
        """What orders are about: kind and id at the platform."""
        accounts = [("account", f"account-{author}") for author in dict.fromkeys(self.authors.values())]
        return [*(("content", post) for post in self.posts), *accounts]

    @property
    def cases(self) -> list[tuple[DrivenRun, Case]]:
        return [(run, run.case) for run in self.runs.values() if run.case is not None]

    @property
    def _given_up(self) -> list[tuple[DrivenRun, Order]]:
        return [(run, one) for run, case in self.cases for one in case.orders if one.stage is OrderStage.GIVEN_UP]

    async def begin(self) -> None:
        for post, author in self.authors.items():
            text = PITCH if self.chance.random() < 0.3 else "Synthetic words of a post."
            self.driven.world.post(post, text, author=author)
            await self.report(post)
            if self.chance.random() < self.forgetful:
                self._forget("content", post)
            await self.work(3)

    # What befalls them ----------------------------------------------------------------------------------------------

    async def something(self) -> None:
        acts = {
            self.work: 40,
            self.decide: 16,
            self.second: 8,
            self.reverse: 8,
            self.time_passes: 6,
            self.platform_fails: 6,
            self.all_is_well: 5,
            self.step_in: 8,
            self.report_something: 5,
            self.signal: 4,
            self.author_acts: 4,
            self.platform_forgets: 5,
            self.mail_fails: 2,
            self.somebody_dies: 3,
            self.automation_stops: 2,
        }
        act = self.chance.choices(list(acts), list(acts.values()))[0]
        self.story.append(act.__name__)
        await act()

    async def work(self, turns: int = 2) -> None:
        """Some cases get on, in any order and with any duty first."""
        for stream in self.driven.rung & {stream for stream in self.driven.rung if self._mine(stream)}:
            self.run_of(stream)
        if self._given_up:
            await overtaking.tell_overtaken(self.driven.means.record, TENANT, self.driven.clock())
        for _ in range(turns):
            if self.runs:
                await self._turn(self.chance.choice(list(self.runs.values())))

    def _mine(self, stream: str) -> bool:
        accounts = {self.stream_of(SubjectKind.ACCOUNT, f"account-{author}") for author in self.authors.values()}
        return stream in self.runs or stream in accounts

    async def report_something(self) -> None:
        await self.report(self.chance.choice(self.posts))

    async def report(self, post: str, area: str | None = None) -> None:
        name = self.fresh("m")
        reporter = Person(account_id=f"account-{name}", address=f"{name}@example.invalid")
        subject = Subject(kind=SubjectKind.CONTENT, id=post)
        area = area or self.chance.choice(["harassment", "harassment", "other", "spam"])
        await self._accept(
            "report", name, ReportMessage(message_id=name, subject=subject, area=area, reporter=reporter)
        )

    async def signal(self) -> None:
        """A machine's word: a pitch is removed by rule, what several reported is held."""
        name, subject = self.fresh("s"), Subject(kind=SubjectKind.CONTENT, id=self.chance.choice(self.posts))
        scores = self.chance.choice([{"spam": 0.99}, {"harassment": 0.99}])
        detector = Detector(vendor="synthetic", name="rule", version="1")
        await self._accept(
            "signal", name, SignalMessage(message_id=name, subject=subject, detector=detector, scores=scores)
        )

    async def _accept(self, kind: str, name: str, message: Any) -> None:
        subject, person = message.subject, getattr(message, "reporter", None)
        stream = self.stream_of(subject.kind, subject.id)
        now = self.driven.clock()
        record = self.driven.means.record
        await inbox.accept(record, TENANT, stream, subject.kind, subject.id, kind, name, message, person, now)
        self.run_of(stream)

    async def _turn(self, run: DrivenRun, raw: tuple[stubs.RawMessage, ...] = ()) -> bool:
        """Any duty first; sometimes the platform forgets what an order is about just before it comes."""

        def first(ready: list[Duty]) -> Duty:
            duty = self.chance.choice(ready)
            if isinstance(duty, Enforce) and self.chance.random() < self.forgetful:
                self._forget(*self._target_of(run.stream, duty.order.target))
            return duty

        busy = await run.turn(first, raw)
        if run.case is not None:
            self.written[run.stream] = run.case.sequence, len(run.case.orders)
        self._writes_no_end()
        return busy

    def _writes_no_end(self) -> None:
        events, orders = (sum(each) for each in zip(*self.written.values(), strict=True)) if self.written else (0, 0)
        assert events <= EVENTS, f"{events} events: what ends this?"
        assert orders <= ORDERS, f"{orders} orders: what ends this?"

    def _target_of(self, stream: str, target: Target) -> tuple[str, str]:
        about = next((post for post in self.posts if self.stream_of(SubjectKind.CONTENT, post) == stream), None)
        if about is None:
            return next(one for one in self.targets if self.stream_of(SubjectKind(one[0]), one[1]) == stream)
        return ("content", about) if target is Target.SUBJECT else ("account", f"account-{self.authors[about]}")

    async def say(self, run: DrivenRun, kind: str, **payload: Any) -> None:
        name = payload.get("message_id") or payload["decision_id"]
        raw = stubs.RawMessage(kind=kind, channel="signal", payload=payload, message_id=name)
        await self._turn(run, (raw,))

    async def text(self, stream: str) -> str:
        """Somebody's reasons, stored."""
        return await texts.put(
            self.driven.means.record, stream, "rationale", "synthetic", "rev-1", self.driven.clock(), "t"
        )

    async def decide(self) -> None:
        """Of an open matter, by somebody; sometimes sent twice."""
        found = [
            (run, matter)
            for run, case in self.cases
            for matter in case.matters
            if matter.open and not matter.proposed_id
        ]
        if not found:
            return
        run, matter = self.chance.choice(found)
        restricts = self.chance.random() < 0.8
        on_account = kind_of(run.stream) is SubjectKind.ACCOUNT
        payload: dict[str, Any] = {
            "decision_id": self.fresh("d"),
            "matter": matter.matter_id,
            "outcome": "violation" if restricts else "no_violation",
            "rationale_id": await self.text(run.stream),
            "reviewer": self.chance.choice(["rev-1", "rev-2"]),
        }
        if restricts:
            wanted = None if on_account or self.chance.random() < 0.2 else self.chance.choice(WANTED)
            payload |= {"ground": matter.terms.ground.value, "rule_id": matter.rule_id, "enforcements": wanted}
        for _ in range(self.chance.choice([1, 1, 1, 2])):
            await self.say(run, "decide", **payload)

    async def second(self) -> None:
        found = [(run, one) for run, case in self.cases for one in case.proposals]
        if not found:
            return
        run, first = self.chance.choice(found)
        agrees = self.chance.random() < 0.8
        payload: dict[str, Any] = {"outcome": "violation" if agrees else "no_violation"}
        if agrees:
            payload |= {"ground": first.ground.value if first.ground else None, "rule_id": first.rule_id}
        await self.say(
            run,
            "decide",
            decision_id=self.fresh("d"),
            matter=first.matter_id,
            seconds=first.decision_id,
            rationale_id=await self.text(run.stream),
            reviewer=self.chance.choice(["rev-1", "rev-2", "rev-3"]),
            **payload,
        )

    async def reverse(self) -> None:
        found = [(run, one) for run, case in self.cases for one in case.decisions if not one.reversed]
        if not found:
            return
        run, decision = self.chance.choice(found)
        partly = len(decision.measure_ids) > 1 and self.chance.random() < 0.5
        keep = list(decision.measure_ids[:1]) if partly else []
        names = {"message_id": self.fresh("r"), "decision_id": decision.decision_id, "keep": keep}
        await self.say(run, "reverse", **names, reason_id=await self.text(run.stream), operator="op-1")

    async def step_in(self) -> None:
        """An operator, at an order that is stuck or was skipped. Nothing is done by hand here."""
        seen_to = (OrderStage.STUCK, OrderStage.GIVEN_UP, OrderStage.SKIPPED)
        found = [(run, one) for run, case in self.cases for one in case.orders if one.stage in seen_to]
        if not found:
            return
        run, order = self.chance.choice(found)
        step = Step.RESUME if order.stage is OrderStage.SKIPPED else self.chance.choice([Step.RETRY, Step.SKIP])
        names = {"message_id": self.fresh("i"), "order_id": order.order_id, "step": step.value}
        await self.say(run, "intervene", **names, reason_id=await self.text(run.stream), operator="op-1")

    async def author_acts(self) -> None:
        post = self.chance.choice(self.posts)
        subject = self.driven.world.platform.world.subject("content", post)
        if subject is None:
            return  # forgotten: there is nothing to act on
        if self.chance.random() < 0.6:
            self.driven.world.edit(post, f"Synthetic words of a post, edited: {self.fresh('e')}.")
        else:
            self.driven.world.delete(post, subject["deleted_at"] is None)

    async def platform_forgets(self) -> None:
        """A post or an account, altogether; or it is there again, as somebody new to it."""
        if self.forgotten and self.chance.random() < 0.6:
            self.driven.world.recall(self.forgotten.pop(self.chance.choice(list(self.forgotten))))
        else:
            self._forget(*self.chance.choice(self.targets))

    def _forget(self, kind: str, target_id: str) -> None:
        if (kind, target_id) not in self.forgotten:
            self.forgotten[kind, target_id] = self.driven.world.forget(kind, target_id)

    async def time_passes(self) -> None:
        self.driven.clock.ahead += timedelta(hours=self.chance.choice([1, 7, 25, 60, 200]))

    async def platform_fails(self) -> None:
        paths = self.chance.choice([("/orders",), ("/orders", "/targets"), ()])
        fault = Fault(wrong=self.chance.choice(WRONG), times=self.chance.choice([1, 2, None]), paths=paths)
        self.driven.world.platform.faults.fault = self.chance.choice([fault, fault, Fault(down=True)])

    async def mail_fails(self) -> None:
        self.driven.world.mailbox.faults.fault = Fault(down=True, times=self.chance.choice([1, 2]))

    async def all_is_well(self) -> None:
        self.driven.world.heal()

    async def somebody_dies(self) -> None:
        if self.runs:
            self.chance.choice(list(self.runs.values())).case = None

    async def automation_stops(self) -> None:
        braking = Braking(self.driven.means.record, self.driven.clock)
        request = BrakeRequest(message_id=self.fresh("b"), reason="synthetic", rule="spam.certain")
        await self.chance.choice([braking.stop, braking.resume])(TENANT, "op-1", request)

    # The end ----------------------------------------------------------------------------------------------------------

    async def end(self) -> None:
        """The world is well again, nobody dies any more, and what is owed is done."""
        self.driven.world.heal()
        self.deadly = self.forgetful = 0.0
        for _ in range(60):
            await self.work(0)
            await self._somebody_sees_to_what_is_given_up()
            busy = [await self._turn(run) for run in list(self.runs.values())]
            if not any(busy):
                return
        raise AssertionError("there is always something left to do")

    async def _somebody_sees_to_what_is_given_up(self) -> None:
        for run, order in self._given_up:
            names = {"message_id": self.fresh("i"), "order_id": order.order_id, "step": Step.RETRY.value}
            await self.say(run, "intervene", **names, reason_id=await self.text(run.stream), operator="op-1")
