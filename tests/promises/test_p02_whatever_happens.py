"""P2 and P4 as a whole: whatever happens in whatever order, platform and people end where the record says they are.

Seeded lives of cases on two accounts: decisions by people and by rules, strikes and what they lead to, second looks,
reversals whole and partial, expiries, edits, deletions, posts and accounts that the platform forgets altogether (404) and
knows again, orders that the pack gives up on, operators' steps, stops of automation, outages of platform and mail, lost
answers, and deaths of the process after any step. After every turn a life has written no more than lives do. Real are
Postgres, every activity, the platform's and the mail server's own code behind HTTP and SMTP; Temporal is not: its part, what
comes next and from where a dead run goes on, is played by tests/driven.py. Left out are filings, appeals, campaigns, and work
done by hand (tests of their own have them), and platforms that forget a target and then have it as it was before: what a 404
says is that nothing is in force.

MODEL_RUNS=1000 for the long form; MODEL_SEED=n for one life again, MODEL_SEED=500-999 for a part of the thousand.
"""

import json
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from cases.case import Case
from cases.causes import still_in_force
from cases.decisions import Decision, EnforcementRequest
from cases.durations import parse_duration
from cases.enforcement_kinds import KINDS
from cases.events import CaseEvent, DecisionRecorded, DecisionReversed, OrderConfirmed, OrderVoided
from cases.folding import fold_all
from cases.interventions import OrderDropped, OrderIntervened, Step
from cases.measures import Order, OrderStage, Target
from cases.names import SubjectKind, kind_of
from record import events, measures
from tests.chance import Lives
from tests.conftest import a_database
from tests.driven import Driven, a_driven_installation
from tests.integration.kit import TENANT
from workers.postgres_server import PostgresServer

STEPS = 25


def seeds(environment: Mapping[str, str]) -> range:
    """Which lives are played: those named by MODEL_SEED, both ends included, or the first MODEL_RUNS."""
    if named := environment.get("MODEL_SEED"):
        first, _, last = named.partition("-")
        return range(int(first), int(last or first) + 1)
    return range(int(environment.get("MODEL_RUNS", "50")))


@pytest.fixture(scope="module")
async def driven(
    anyio_backend: str, postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Driven]:
    folder = tmp_path_factory.mktemp("model")
    async with a_database(postgres_server) as database, a_driven_installation(database, folder) as installation:
        yield installation


@dataclass(frozen=True)
class Ending:
    """What holds at the end of such lives."""

    driven: Driven
    lives: Lives

    async def platform_is_as_the_record_says(self) -> None:
        """On every target: what visitors meet, what the table of measures says, and what the events say."""
        record, now = self.driven.means.record, self.driven.clock()
        stories = {stream: await events.load(record, stream) for stream in self.lives.runs}
        for stream, story in stories.items():
            assert self.lives.runs[stream].case == fold_all(Case(case_id=stream), story), "state equals fold"
            assert await events.verify(record, stream) == []
        accounts = [(SubjectKind.ACCOUNT, f"account-{author}") for author in set(self.lives.authors.values())]
        for kind, target_id in [*((SubjectKind.CONTENT, post) for post in self.lives.posts), *accounts]:
            there = {one["measure_id"] for one in self.driven.world.platform.world.met(kind, target_id, None)}
            kept = {one.measure_id for one in await measures.in_force(record, TENANT, kind, target_id, now)}
            said = {
                f"{stream.rpartition('/')[2][:12]}:{measure}"
                for stream, story in stories.items()
                for measure in standing(story, self._target(stream, kind, target_id), now)
            }
            assert kept == said, f"{target_id}: the table has {kept}, the events say {said}"
            if self._ordered(kind, target_id):
                assert there == kept, f"{target_id}: the platform has {there}, the table {kept}"

    def _target(self, stream: str, kind: SubjectKind, target_id: str) -> Target | None:
        """As what this case names the target, if it is about it."""
        if stream == self.lives.stream_of(kind, target_id):
            return Target.SUBJECT
        about = next(
            (post for post in self.lives.posts if self.lives.stream_of(SubjectKind.CONTENT, post) == stream), None
        )
        if kind is SubjectKind.ACCOUNT and about and f"account-{self.lives.authors[about]}" == target_id:
            return Target.AUTHOR
        return None

    def _ordered(self, kind: SubjectKind, target_id: str) -> bool:
        """Whether the platform keeps the state that was ordered last. What it forgot, it forgot with all that was in force."""
        database = self.driven.world.platform.world.database
        return database.one("target", tenant=TENANT, kind=kind, id=target_id) is not None

    def people_were_told_what_is_true(self) -> None:
        """Each statement names what the platform had, and no more; whatever it had was told; what was taken back, too."""
        applied = self._applied()
        assert set(Counter(one["order_id"] for one in applied if one["outcome"] == "applied").values()) <= {1}
        had = {
            one["measure_id"]
            for order in applied
            for one in json.loads(order["measures"])
            if not over(one["until"] and datetime.fromisoformat(one["until"]), datetime.fromisoformat(order["at"]))
        }
        mails = [
            mail for author in set(self.lives.authors.values()) for mail in self._mails(f"{author}@example.invalid")
        ]
        assert all(len(mail["arrivals"]) <= 1 + self.lives.deaths for mail in mails)
        assert len({(mail["notice"], mail["to"][0], mail["message_id"]) for mail in mails}) == len(mails)
        for stream, run in self.lives.runs.items():
            mine = [mail for mail in mails if f"Reference: {stream}" in mail["text"]]
            for decision in run.case.decisions if run.case else ():
                self._told_of(stream, run.case, decision, had, mine)

    def _told_of(
        self, stream: str, case: Case, decision: Decision, had: set[str], mails: Sequence[Mapping[str, Any]]
    ) -> None:
        if any(self._lost_unheard(stream, one) for one in map(case.order, decision.order_ids)):
            return  # whether it was in force before the platform forgot what it was about, nobody can tell
        key, terms = stream.rpartition("/")[2][:12], case.matter(decision.matter_id).terms
        orders = [case.order(one) for one in decision.order_ids]
        skipped = any(one.stage is OrderStage.SKIPPED for one in orders)
        unsure = skipped or any(one.stage is OrderStage.CONFIRMED and overtaken(one) for one in orders)
        effective = [one for one in decision.measure_ids if f"{key}:{one}" in had]
        statements = [mail["text"] for mail in mails if is_about(mail, "statement", decision.decision_id)]
        judged = next(one for one in case.evidence if one.version == decision.evidence_version)
        if judged.author is None:
            return  # deleted before it was captured: nobody knows whom to tell
        if terms.statement_exempt or not (effective or unsure):
            assert not statements, f"{decision.decision_id}: told of what never was"
        elif not skipped:
            assert statements, f"{decision.decision_id}: nobody heard of what was done"
        for number, wanted in enumerate(decision.enforcements, start=1):
            said = any(label_of(wanted, stream) in text for text in statements)
            if f"{decision.decision_id}/{number}" in effective:
                assert said or skipped or not statements, f"{decision.decision_id}: not told of {wanted.kind}"
            else:
                assert unsure or not said, f"{decision.decision_id}: told of {wanted.kind}, which never was"
        for reversal in (one for one in case.reversals if one.decision_id == decision.decision_id):
            lifted = not any(case.order(one).stage is OrderStage.SKIPPED for one in reversal.order_ids)
            heard = any(is_about(mail, "reversal_author", reversal.reversal_id) for mail in mails)
            taken_back = {f"{key}:{one}" for one in decision.measure_ids if one not in reversal.keep}
            if lifted and not skipped and (reversal.whole or taken_back & had):
                assert heard == bool(statements), f"{reversal.reversal_id}: who heard of it hears that it is over"

    def _lost_unheard(self, stream: str, order: Order) -> bool:
        """Carried out, and its answer lost; when it was sent again, the platform had forgotten the target."""
        names = {measures.platform_order_id(stream, order.order_id, number) for number in range(order.round + 1)}
        return order.stage is OrderStage.VOID and any(one["order_id"] in names for one in self._applied())

    def _applied(self) -> list[Mapping[str, Any]]:
        """Orders that changed something at the platform, by its own log."""
        targets = [*self.lives.posts, *{f"account-{author}" for author in self.lives.authors.values()}]
        database = self.driven.world.platform.world.database
        rows = [row for one in targets for row in database.all("orders_page", before=2**62, limit=10_000, id=one)]
        return [row for row in rows if row["outcome"] == "applied" or row["http_status"] == 410]

    def _mails(self, address: str) -> list[dict[str, Any]]:
        store = self.driven.world.mailbox.store
        found = store.mails({"to": address, "notice": None, "message_id": None}, 2**62, 1_000)
        return [store.mail(one["sequence"]) for one in found]


def is_about(mail: Mapping[str, Any], kind: str, cause: str) -> bool:
    """`statement:d-1`, or what was said once more after an order was taken up again."""
    return mail["kind"] == kind and (mail["notice"] + ":").startswith(f"{kind}:{cause}:")


def overtaken(order: Order) -> bool:
    """Confirmed by a newer order, after its time: whether it was in force meanwhile, nobody can tell."""
    return not order.missed and any(
        one.until and order.confirmed_at and one.until <= order.confirmed_at for one in order.impose
    )


def label_of(wanted: EnforcementRequest, stream: str) -> str:
    """As a statement names it."""
    on_account = wanted.target is Target.AUTHOR or kind_of(stream) is SubjectKind.ACCOUNT
    return KINDS[wanted.kind].words.format("account" if on_account else "post")


def standing(story: Sequence[CaseEvent], target: Target | None, at: datetime) -> set[str]:
    """Which measures on this target the events say are in force: read without the product's fold, but for holds."""
    case = fold_all(Case(case_id="case/demo/content/" + "0" * 32), story)
    found = {
        one.measure_id
        for one in still_in_force(case, at)
        if one.target is target and one.measure_id.startswith("hold:")
    }
    ends: dict[str, datetime | None] = {}
    orders: dict[str, list[str]] = {}  # which measures each order imposes, or lifts
    off: set[str] = set()  # orders that were skipped or void
    for event in story:
        match event.body:
            case DecisionRecorded(decision=decision):
                for number, wanted in enumerate(decision.enforcements, start=1):
                    name = f"{decision.decision_id}/{number}"
                    if name in case.decision(decision.decision_id).measure_ids:  # its author is known
                        orders.setdefault(f"{decision.decision_id}:{wanted.target}", []).append(name)
                        ends[name] = event.occurred_at + parse_duration(wanted.duration) if wanted.duration else None
            case OrderVoided(order_id=order_id):
                off.add(order_id)
            case OrderIntervened(order_id=order_id, step=Step.SKIP):
                off.add(order_id)
            case OrderDropped(order_id=order_id) if case.order(order_id).stage is OrderStage.SKIPPED:
                off.add(order_id)
            case OrderIntervened(order_id=order_id, step=Step.RESUME) | OrderConfirmed(order_id=order_id):
                off.discard(order_id)
    for name, imposed in orders.items():
        if name.endswith(f":{target}") and name not in off:
            found.update(one for one in imposed if not over(ends[one], at) and not taken_back(story, one, target, off))
    return found


def over(end: datetime | None, at: datetime) -> bool:
    return end is not None and end <= at


def taken_back(story: Sequence[CaseEvent], measure: str, target: Target | None, off: set[str]) -> bool:
    """Whether a reversal lifted it, by an order that was carried out."""
    reversals = [event.body for event in story if isinstance(event.body, DecisionReversed)]
    return any(
        one.decision_id == measure.rpartition("/")[0]
        and measure not in one.keep
        and f"reversal:{one.reversal_id}:{target}" not in off
        for one in reversals
    )


# In a night's corner of a busy machine a life may take minutes; what it may not take is another end.
@pytest.mark.timeout(1_800 if {"MODEL_RUNS", "MODEL_SEED"} & os.environ.keys() else 180)
@pytest.mark.parametrize("seed", seeds(os.environ))
async def test_whatever_happens_platform_and_people_end_where_the_record_says(driven: Driven, seed: int):
    driven.clock.ahead += timedelta(days=2)  # nothing of the last life is near
    secret = await driven.means.record.keyring.subject_secret(TENANT)
    lives = Lives(driven, random.Random(seed), f"{seed}", secret)
    try:
        await lives.begin()
        for _ in range(STEPS):
            await lives.something()
        await lives.end()
        ending = Ending(driven, lives)
        await ending.platform_is_as_the_record_says()
        ending.people_were_told_what_is_true()
    except AssertionError as error:
        raise AssertionError(f"{error}\nMODEL_SEED={seed}: {' '.join(lives.story)}") from error
