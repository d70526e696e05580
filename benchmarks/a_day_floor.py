"""The floor of a simulated day: people who claim, look, decide, rest and vanish; a watch; whoever is on call."""

import heapq
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any, Final

from benchmarks.a_day_cases import APPEALED, Arrival, CaseLife, HearingLife, Life, arrivals, seconds_of_work
from benchmarks.a_day_results import DayResults, Log, Question, results_of
from cases.events import DecisionRecorded
from cases.messages import ReportMessage, Subject
from cases.names import SubjectKind, appeal_workflow_id, case_workflow_id, subject_key, tenant_of
from cases.policy import PolicyPack
from cases.presentation import Level
from cases.projection import ReviewTask
from cases.queues import Hours, Weekday
from cases.reviewers import Reason, ReviewerProfile
from cases.task_changes import Action
from record import care, events, fairness, inbox, review, reviewers, task_changes, watching
from record.errors import ClaimRefused
from record.pool import tenant_transaction
from record.record import Record

BEGAN: Final = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
LASTS: Final = timedelta(hours=24)
WEIGHTS: Final = {"demo": 3, "neighbour": 1}
SKILLED: Final = ((3, "specialist"), (5, "intimate_images"), (7, "child_safety"))  # every third, fifth, seventh person
OF_REPORTS: Final = {"demo": 0.85, "neighbour": 0.15}
SHIFTS: Final = ((6, 14, 0.35), (9, 17, 0.35), (14, 22, 0.2), (22, 6, 0.1))  # from, to, share of the people
LEASE_SECONDS: Final = 1_800
LOOK_AGAIN: Final = timedelta(minutes=3)
SEE_IT: Final = 3  # of the idle, when something comes in
WATCH_EVERY: Final = timedelta(seconds=60)
ON_CALL: Final = "on-call"
VANISH: Final = "vanish"
HABITS: Final = ((0.008, VANISH), (0.02, Action.SNOOZE), (0.01, Action.SKIP), (0.01, Action.RETURN))


@dataclass
class Person:
    """Somebody at work. tenants: whom they work for; comes: whether their shift is kept."""

    name: str
    tenants: tuple[str, ...]
    hours: Hours | None
    comes: bool = True
    busy_seconds: float = 0.0


class Day:
    """One day on a record with its own clock. Everything happens one after the other, in the order of simulated time."""

    def __init__(
        self, record: Record, pack: PolicyPack, seed: int, began: datetime = BEGAN, lasts: timedelta = LASTS
    ) -> None:
        self._record, self._pack, self._chance = record, pack, Random(seed)
        self._began, self._ends = began, began + lasts
        self._lives: dict[str, Life] = {}
        self._log = Log()
        self._idle: list[Person] = []
        self._held: dict[Question, tuple[str, datetime]] = {}
        self._ticking: dict[str, datetime] = {}
        self._heap: list[tuple[datetime, int, Callable[[datetime], Awaitable[None]]]] = []

    async def run(self, cases: int, people: int) -> DayResults:
        """Let it be a day."""
        staff = await self._staff(people)
        for arrival in arrivals(self._chance, BEGAN, cases, OF_REPORTS):
            if self._began <= arrival.at:
                self._at(arrival.at, self._reported, arrival)
        for person in staff:
            self._at(self._began + timedelta(seconds=self._chance.uniform(0, 60)), self._works, person)
        self._at(self._began + WATCH_EVERY, self._watches)
        for hour in range(24):
            self._at(BEGAN + timedelta(hours=hour + 1), self._counts, hour)
        while self._heap and self._heap[0][0] <= self._ends:
            now, _, what = heapq.heappop(self._heap)
            await what(now)
        busy = sum(person.busy_seconds for person in staff) / 3600
        at_work = sum(self._hours_of(person) for person in staff if person.comes)
        return await results_of(self._record, self._log, list(self._lives.values()), self._ends, busy, at_work)

    def _hours_of(self, person: Person) -> float:
        """Hours of this day in which somebody is at work, in quarters."""
        quarters = range(int((self._ends - self._began) / timedelta(minutes=15)))
        times = (self._began + quarter * timedelta(minutes=15) for quarter in quarters)
        return sum(person.hours is None or person.hours.open_at(at) for at in times) / 4

    def _at(self, at: datetime, what: Callable[..., Awaitable[None]], *given: Any) -> None:
        async def then(now: datetime) -> None:
            await what(now, *given)

        heapq.heappush(self._heap, (at, self._log.counted["moments"], then))
        self._log.counted["moments"] += 1

    # Who is there -----------------------------------------------------------------------------------------------------

    async def _staff(self, people: int) -> list[Person]:
        """Shifts, skills and languages; of the night shift nobody comes. One is on call around the clock."""
        staff = []
        for number in range(people):
            begins, ends, _ = next(
                shift for shift in SHIFTS if number < people * sum(one[2] for one in SHIFTS[: SHIFTS.index(shift) + 1])
            )
            hours = Hours(days=tuple(Weekday), start=time(begins), end=time(ends))
            both = number % 4 == 0
            person = Person(f"rev-{number}", tuple(WEIGHTS) if both else ("demo",), hours, comes=begins != 22)
            skills = [
                name
                for step, name in ((3, "specialist"), (5, "intimate_images"), (7, "child_safety"))
                if number % step == 0
            ]
            languages = ("en", "de", "fr") if number % 5 == 0 else ("en", "de") if number % 2 else ("en",)
            await self._register(person, skills, languages, tier=1 + (number % 6 == 0) + (number % 12 == 0))
            staff.append(person)
        on_call = Person(ON_CALL, tuple(WEIGHTS), None)
        await self._register(on_call, ["specialist", "intimate_images", "child_safety"], (), tier=5)
        return staff

    async def _register(self, person: Person, skills: list[str], languages: tuple[str, ...], tier: int) -> None:
        profile = ReviewerProfile(skills=tuple(skills), languages=languages, tier=tier, at_once=2, hours=person.hours)
        for tenant in person.tenants:
            await reviewers.register(self._record, tenant, person.name, profile, BEGAN, "operator")

    # What comes in ----------------------------------------------------------------------------------------------------

    async def _reported(self, now: datetime, arrival: Arrival) -> None:
        secret = await self._record.keyring.subject_secret(arrival.tenant)
        subject = Subject(kind=SubjectKind.CONTENT, id=f"post-{arrival.number}")
        stream = case_workflow_id(arrival.tenant, subject.kind, subject_key(secret, subject.kind, subject.id))
        message = ReportMessage(message_id=f"m-{arrival.number}", subject=subject, area=arrival.area)
        await inbox.accept(
            *(
                self._record,
                arrival.tenant,
                stream,
                subject.kind,
                subject.id,
                "report",
                message.message_id,
                message,
                None,
            ),
            now,
        )
        life = CaseLife(stream)
        life.begin(arrival, self._pack)
        self._lives[stream] = life
        self._log.counted["cases"] += 1
        self._log.hours["reported"][now.hour] += 1
        await self._project(now, life)

    async def _appealed(self, now: datetime, case: CaseLife, decision: DecisionRecorded, task: ReviewTask) -> None:
        appeal_id = f"a-{self._log.counted['appeals']}"
        self._log.counted["appeals"] += 1
        tenant = tenant_of(case.stream)
        life = HearingLife(appeal_workflow_id(tenant, appeal_id))
        async with tenant_transaction(self._record.pool, tenant) as connection:
            await self._record.keyring.map_workflow(connection, tenant, life.stream, case.stream)
        life.begin(case, decision.decision.decision_id, decision.decision.by, task.severity, task.queue, now)
        self._lives[life.stream] = life
        await self._project(now, life)

    async def _project(self, now: datetime, life: Life) -> None:
        """Write the rows, remember what is asked since when, and wake for the stream's next clock."""
        rows = life.rows()
        await events.refresh(self._record, life.stream, rows, now)
        there = {(life.stream, task.task_id): task for task in rows.tasks}
        for key in [key for key in self._log.asked if key[0] == life.stream and key not in there]:
            del self._log.asked[key]
            self._log.closed[key] = now
            self._log.counted["answered"] += 1
            self._log.hours["answered"][now.hour] += 1
        if there.keys() - self._log.asked.keys():
            self._log.counted["tasks"] += len(there.keys() - self._log.asked.keys())
            self._tells_the_idle(now)
        for key, task in there.items():
            self._log.asked[key] = self._log.ever[key] = (
                self._log.asked[key][0] if key in self._log.asked else now,
                task,
            )
        tick = life.due()
        if tick and self._ticking.get(life.stream) != tick.at:
            self._ticking[life.stream] = tick.at
            self._at(max(tick.at, now), self._ticks, life)

    async def _ticks(self, now: datetime, life: Life) -> None:
        before = len(life.events)
        life.tick(now)
        if len(life.events) > before or life.due():
            await self._project(now, life)

    # What people do ---------------------------------------------------------------------------------------------------

    def _tells_the_idle(self, now: datetime) -> None:
        """A few of those whose page says that nothing waits see that something does."""
        self._chance.shuffle(self._idle)
        for person in self._idle[:SEE_IT]:
            self._idle.remove(person)
            self._at(now + timedelta(seconds=self._chance.uniform(1, 15)), self._works, person)

    async def _looks_again(self, now: datetime, person: Person) -> None:
        if person in self._idle:
            self._idle.remove(person)
            await self._works(now, person)

    async def _works(self, now: datetime, person: Person) -> None:
        """Take the next task, of whose turn it is; where there is none, or a break is due, look again."""
        if not person.comes or (person.hours and not person.hours.open_at(now)):
            self._at(now + 3 * LOOK_AGAIN, self._works, person)
            return
        try:
            claim = await self._next(person, now)
        except ClaimRefused as refused:
            self._log.counted["breaks"] += refused.code == Reason.BREAK
            self._at(max(refused.until or now, now + LOOK_AGAIN), self._works, person)
            return
        if claim is None:
            self._idle.append(person)
            self._at(now + LOOK_AGAIN, self._looks_again, person)
        else:
            self._claims(now, person.name, claim)
            await self._looks(now, person, claim)

    async def _next(self, person: Person, now: datetime) -> review.Claim | None:
        if len(person.tenants) == 1:
            return await review.claim(self._record, person.tenants[0], person.name, None, None, now, LEASE_SECONDS)
        for tenant in await fairness.tenants_in_turn(self._record, WEIGHTS, person.name, None, now):
            if claim := await review.claim(self._record, tenant, person.name, None, None, now, LEASE_SECONDS):
                return claim
        return None

    def _claims(self, now: datetime, name: str, claim: review.Claim) -> None:
        key = (claim.task.stream_id, claim.task.task_id)
        holder, until = self._held.get(key, ("", now))
        self._log.counted["doubled"] += until > now and holder != name
        self._held[key] = name, claim.expires_at
        if key not in self._log.first and key in self._log.asked:
            self._log.first[key] = now
            minutes = (now - self._log.asked[key][0]).total_seconds() / 60
            self._log.waits[claim.task.queue].append(minutes)
            self._log.waits_of[tenant_of(key[0])].append(minutes)

    async def _looks(self, now: datetime, person: Person, claim: review.Claim) -> None:
        """Look; then decide, or what else people do."""
        task, tenant = claim.task, tenant_of(claim.task.stream_id)
        await care.look(
            *(self._record, tenant, claim.lease_id, person.name, task, task.evidence_version, Level.MASKED, now),
            warned=True,
        )
        fate, drawn = "", self._chance.random()
        for share, what in HABITS:
            fate, drawn = (what, 2.0) if drawn < share else (fate, drawn - share)
        seconds = 20.0 if fate else seconds_of_work(self._chance, task.queue, task.kind == "hearing")
        then = now + timedelta(seconds=seconds)
        if fate == VANISH:
            self._log.counted["crashes"] += 1
            then = now + timedelta(minutes=self._chance.uniform(10, 50))
        elif fate:
            self._at(then, self._puts_off, person, claim, Action(fate))
        else:
            person.busy_seconds += seconds
            self._at(then, self._decides, person.name, claim)
        self._at(then + timedelta(seconds=5), self._works, person)

    async def _puts_off(self, now: datetime, person: Person, claim: review.Claim, action: Action) -> None:
        key = (claim.task.stream_id, claim.task.task_id)
        change = task_changes.TaskChange(
            change_id=f"q-{self._log.counted['moments']}",
            stream_id=key[0],
            task_id=key[1],
            action=action,
            by=person.name,
            until=now + timedelta(hours=1) if action is Action.SNOOZE else None,
        )
        self._log.counted["moments"] += 1
        try:
            await task_changes.change(self._record, tenant_of(key[0]), change, now, operator=False)
        except ClaimRefused:  # danger is never put off, and skips have a limit: it is given back instead
            await review.release(self._record, tenant_of(key[0]), claim.lease_id, person.name, now)
            action = Action.RETURN
        self._log.counted[action] += 1
        self._held.pop(key, None)

    async def _decides(self, now: datetime, name: str, claim: review.Claim) -> None:
        key = (claim.task.stream_id, claim.task.task_id)
        if key not in self._log.asked or self._held.get(key, ("", now))[0] != name:
            return  # somebody called was faster, or it was taken from them
        life, task = self._lives[key[0]], self._log.asked[key][1]
        before = len(life.events)
        life.decide(name, key[1], now)
        self._held.pop(key, None)
        await self._project(now, life)
        if isinstance(life, CaseLife) and self._chance.random() < APPEALED:
            found = [one.body for one in life.events[before:] if isinstance(one.body, DecisionRecorded)]
            for decision in found[:1]:
                self._at(now + timedelta(hours=self._chance.uniform(0.5, 6)), self._appealed, life, decision, task)

    # Who watches ------------------------------------------------------------------------------------------------------

    async def _watches(self, now: datetime) -> None:
        """As the schedule does: tiers, calls. Whoever is called answers after some minutes, and takes it."""
        self._at(now + WATCH_EVERY, self._watches)
        for tenant in WEIGHTS:
            self._log.counted["escalated"] += await watching.escalate(self._record, tenant, now)
            for page in await watching.take_pages(self._record, tenant, now):
                await watching.page_sent(self._record, tenant, page.page_id, now)
                self._log.counted["pages"] += 1
                self._log.called.setdefault((page.stream_id, page.task_id), now)
                answers = now + timedelta(minutes=self._chance.uniform(1, 4))
                self._at(answers, self._answers_a_call, tenant, page)
            left = [one.due_at for one in await watching.due_tasks(self._record, tenant, now, 50)]
            self._log.counted["unsorted"] += left != sorted(left)

    async def _answers_a_call(self, now: datetime, tenant: str, page: watching.Page) -> None:
        if (page.stream_id, page.task_id) not in self._log.asked:
            return
        try:
            await watching.acknowledge(self._record, tenant, page.page_id, ON_CALL, now)
            claim = await review.claim(
                *(self._record, tenant, ON_CALL, None, page.task_id, now, LEASE_SECONDS, page.stream_id),
                despite_limits=True,
            )
        except ClaimRefused:  # a colleague has it, or both hands are full
            self._at(now + LOOK_AGAIN, self._answers_a_call, tenant, page)
            return
        if claim:
            self._claims(now, ON_CALL, claim)
            seconds = seconds_of_work(self._chance, claim.task.queue, hearing=False)
            self._at(now + timedelta(seconds=seconds), self._decides, ON_CALL, claim)

    async def _counts(self, now: datetime, hour: int) -> None:
        self._log.hours["open"][hour] = len(self._log.asked)
