"""`python -m benchmarks.backtest`: a candidate pack over synthetic recorded cases, on a stack of its own; what it took.

Cases are as the product records them: sealed under keys of their own, each with its triages and what people decided. They are
written by COPY, since making a hundred thousand through the doors would take an hour and measure the doors.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import asyncpg

from activities.policy_packs import read_pack_files
from benchmarks.stack import data_folder, forget_environment, running
from cases.assessing import assess, automatic_decisions
from cases.case import Case, ReportCount
from cases.decisions import Decision, Outcome
from cases.events import CaseEvent, DecisionRecorded, DecisionReversed, EventBody
from cases.names import SubjectKind, case_workflow_id
from cases.packs import load_pack, reopen_pack
from cases.policy import PolicyPack
from cases.policy_facts import ContentFacts, Facts, ReportFacts, SignalFacts
from record.keys import Keyring
from record.sealing import seal
from workers.backtest import Asked, run_backtest
from workers.backtest_report import BacktestReport, report_of
from workers.here import PACKS
from workers.shadow_report import Assumptions
from workers.wiring import open_means

TENANT = "demo"
MONTH = timedelta(days=30)
LIVES = 2_000  # different ones; each case is one of them under a key of its own
WRITTEN_AT_ONCE = 5_000


class Life(NamedTuple):
    """The events of a case: id, kind, body as stored."""

    events: tuple[tuple[str, str, bytes], ...]


def lives(pack: PolicyPack, seed: int, at: datetime) -> list[Life]:
    """Synthetic lives: reported or flagged, judged by the pack once or twice, two in five looked at by a person."""
    chance = random.Random(seed)
    return [_life(pack, chance, at) for _ in range(LIVES)]


def _life(pack: PolicyPack, chance: random.Random, at: datetime) -> Life:
    area = chance.choice(["spam", "spam", "harassment", "self_harm", "other"])
    label = area if area != "other" else "spam"
    facts = Facts(
        area=area,
        reports=ReportFacts(count=(count := chance.choice([0, 1, 1, 2, 4])), independent=count),
        signals=SignalFacts(max_score={label: round(chance.random(), 3)}),
        content=ContentFacts(length=chance.randrange(400), links=chance.randrange(4), duplicates=chance.randrange(4)),
        key=f"{chance.getrandbits(64):016x}",
        judged_at=at,
    )
    bodies: list[tuple[str, EventBody]] = []
    for through in range(1, chance.choice([2, 3])):
        case = Case(
            case_id="case/demo/content/" + "0" * 32,
            counts={area: ReportCount(reports=count, independent=count)} if count else {},
            scores=facts.signals.max_score,
            signals=1,
        )
        triaged = assess(case, 1, facts, {}, lambda _: pack, pack.area_of_label, through, at)
        asked = CaseEvent(event_id=f"triage:{through}/1", occurred_at=at, body=triaged)
        bodies.append((asked.event_id, triaged))
    taken = [(event.event_id, event.body) for event in automatic_decisions(asked)]
    bodies += taken
    if taken and chance.random() < 0.1:
        wrong = DecisionReversed(reversal_id="r-1", decision_id=taken[0][0].removeprefix("decision:"), by="appeal:a-1")
        bodies.append(("reversal:r-1", wrong))
    elif not taken and chance.random() < 0.4:
        bodies.append(
            ("decision:d-1", DecisionRecorded(decision=_decided(triaged.assessments[0].matter_id, chance, at)))
        )
    return Life(tuple((event_id, body.kind, body.model_dump_json().encode()) for event_id, body in bodies))


def _decided(matter_id: str, chance: random.Random, at: datetime) -> Decision:
    return Decision(
        decision_id="d-1",
        digest="",
        matter_id=matter_id,
        outcome=chance.choice([Outcome.VIOLATION, Outcome.VIOLATION, Outcome.NO_VIOLATION]),
        by="reviewer-1",
        automated=False,
        decided_at=at,
        evidence_version=1,
    )


async def write(superuser_dsn: str, keyring: Keyring, cases: int, known: list[Life], at: datetime) -> None:
    """So many cases, each with its key, its stream and its events."""
    connection = await asyncpg.connect(superuser_dsn)
    try:
        for start in range(0, cases, WRITTEN_AT_ONCE):
            rows = list(_rows(keyring, range(start, min(start + WRITTEN_AT_ONCE, cases)), cases, known, at))
            for table, columns, place in (
                ("data_keys", ("tenant", "key_id", "case_id", "person", "wrapped", "kek_version", "created_at"), 0),
                ("streams", ("tenant", "stream_id", "case_id"), 1),
                ("cases", ("tenant", "case_id", "kind", "opened_at"), 2),
            ):
                await connection.copy_records_to_table(table, records=[row[place] for row in rows], columns=columns)
            events = (
                "tenant",
                "stream_id",
                "sequence",
                "event_id",
                "kind",
                "occurred_at",
                "recorded_at",
                "body",
                "previous_hash",
            )
            await connection.copy_records_to_table(
                "case_events", records=[event for row in rows for event in row[3]], columns=events
            )
        await connection.execute("ANALYZE cases; ANALYZE case_events; ANALYZE data_keys")
    finally:
        await connection.close()


def _rows(keyring: Keyring, numbers: range, cases: int, known: list[Life], at: datetime) -> Iterator[tuple[Any, ...]]:
    for number in numbers:
        case_id = case_workflow_id(TENANT, SubjectKind.CONTENT, f"{number:032x}")
        opened, key = at - MONTH * (number + 1) / (cases + 1), keyring.fresh(TENANT)
        events = [
            (TENANT, case_id, place, event_id, kind, opened, opened,
             seal(key, body, f"event\0{case_id}\0{event_id}"), b"")
            for place, (event_id, kind, body) in enumerate(known[number % len(known)].events, start=1)
        ]  # fmt: skip
        stored = (TENANT, key.key_id, case_id, "", keyring.wrapped(key), keyring.kek_version, opened)
        yield stored, (TENANT, case_id, case_id), (TENANT, case_id, "content", opened), events


async def run(cases: int, processes: int, seed: int) -> BacktestReport:
    """The backtest of a pack in which one rule is only recorded, over so many cases."""
    forget_environment()
    files = read_pack_files(PACKS / "baseline")
    now = datetime.now(UTC)
    async with data_folder() as folder, running(folder) as stack:
        settings = stack.here.settings
        means = await open_means(settings)
        try:
            known = lives(load_pack(files), seed, now)
            _say(f"writing {cases} cases")
            await write(stack.superuser_dsn, means.record.keyring, cases, known, now)
        finally:
            await means.aclose()
        shadow = files["pack.toml"].replace('id = "spam.certain"\n', 'id = "spam.certain"\nmode = "shadow"\n', 1)
        candidate = {**files, "pack.toml": shadow}
        _say(f"trying the candidate with {processes} processes")
        began = time.perf_counter()
        tally = await asyncio.to_thread(run_backtest, Asked(settings, TENANT, candidate, now - MONTH, now, processes))
        seconds = time.perf_counter() - began
        return report_of(tally, reopen_pack(candidate), TENANT, now - MONTH, now, Assumptions(), seconds)


def main() -> int:
    """Print what it took; 1 where a case was left out."""
    parser = argparse.ArgumentParser(description="A candidate pack over synthetic recorded cases.")
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    report = asyncio.run(run(chosen.cases, chosen.processes, chosen.seed))
    found = {
        "cases": report.cases,
        "triages": report.triages,
        "matters": report.matters,
        "changed": sum(one.matters for one in report.changed),
        "seconds": report.seconds,
        "cases_a_second": round(report.cases / report.seconds),
    }
    sys.stdout.write(json.dumps(found) + "\n")
    return 0 if report.cases == chosen.cases else 1


def _say(step: str) -> None:
    sys.stderr.write(f"... {step}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
