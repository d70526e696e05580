"""P8: same facts, same policy pack: same outcome. Every decision names rule, pack version and evidence, and can be replayed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from activities.policy_packs import PolicyPacks
from api.brake_messages import BrakeRequest, ProtectRequest
from api.explaining_rules import explain_case
from cases.assessments import Triaged
from cases.brakes import Brake, guarded, reviewed
from cases.ladder_decisions import step_answer, step_assessment, step_matter_id
from cases.names import SubjectKind, case_workflow_id, subject_key
from cases.policy_facts import Facts
from cases.received import StepCrossed
from cases.triage import assessment_of, triage
from tests.conftest import Database
from tests.integration.kit import Installation, an_installation, until
from workers.backtest import Asked, Tally, tallied_share
from workers.library import PackLibrary
from workers.listing import list_cases
from workers.wiring import POLICIES

PITCH = "Buy cheap pills now, best price, click http://a.invalid http://b.invalid limited offer, act now, money back!!!"
TEXTS = {
    "post-1": "Synthetic words, nothing special.",
    "post-2": PITCH,
    "post-3": "You are an idiot and everybody hates you, you stupid pathetic loser.",
    "post-4": "I do not want to live any more.",
}


async def some_lives(here: Installation) -> list[str]:
    """Reports of every area, by one person and by several, with and without machines' words."""
    streams = []
    for post, text in TEXTS.items():
        here.world.post(post, text)
        for area in ("harassment", "spam", "self_harm"):
            streams.append((await here.report(post, area=area)).case_id)
        await here.report(post)
        await here.report(post)
        await here.signal(post, harassment=0.99, spam=0.4)
    cases = list(dict.fromkeys(streams))
    for stream in cases:
        await here.reaches(stream, "signal_received")
        await here.reaches(stream, "triaged")
    return cases


async def test_every_recorded_triage_gives_the_same_answer_when_it_is_asked_again(postgres: Database, tmp_path: Path):
    packs = PolicyPacks(POLICIES)
    asked = 0
    async with an_installation(postgres, tmp_path) as here, here.working():
        for stream in await some_lives(here):
            for event in await here.events(stream):
                if isinstance(event.body, Triaged):
                    asked += replayed(packs, event.body, event.occurred_at)
        why = PackLibrary(here.means.in_force, "Plaza")
        for stream in await some_streams(here):
            await here.reaches(stream, "triaged")  # a ladder may just have opened it
            answer = await explain_case(here.means.record, why, "demo", stream)
            assert answer.areas
            assert all(area.same for area in answer.areas)
            assert {area.decided_by for area in answer.areas if area.decided_by} <= {
                rule.rule_id for area in answer.areas for rule in area.rules if rule.said == "held"
            }
        tally = await everything_again(here, packs)
    assert asked >= len(TEXTS) * 3
    assert tally.cases >= len(TEXTS)
    assert [cell for cell in tally.matters if cell.was != cell.would or cell.was_rule != cell.would_rule] == []


async def some_streams(here: Installation) -> list[str]:
    return [row.case_id for row in await list_cases(here.means.record, "demo", None, 100)]


async def everything_again(here: Installation, packs: PolicyPacks) -> Tally:
    """All that was recorded, asked of the pack that is in force: a backtest, in this process."""
    now = here.clock() + timedelta(minutes=1)
    asked = Asked(here.settings, "demo", {}, now - timedelta(days=1), now, processes=1)
    return await tallied_share(asked, packs.active("baseline"), 0)


def replayed(packs: PolicyPacks, body: Triaged, at: object) -> int:
    """Ask the pinned pack about the recorded facts; nothing else is looked at."""
    for found in body.assessments:
        pack = packs.load(found.terms.pack.pack_id, found.terms.pack.digest)
        facts = Facts.model_validate(body.facts[found.area])
        answer = triage(pack, facts)
        again = assessment_of(pack, answer, body.evidence_version, at)  # type: ignore[arg-type]
        assert again == found
        assert triage(pack, facts) == answer
    return len(body.assessments)


async def test_every_decision_names_rule_pack_and_the_version_that_was_judged(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        await here.decide(stream)
        case = await here.settles(stream)
        decision = case.decision("d-1")
        pack = case.matter(decision.matter_id).terms.pack
        assert (decision.rule_id, pack.pack_id, decision.evidence_version) == ("harassment.reported", "baseline", 1)
        assert pack.digest.startswith("sha256:")
        assert case.evidence[0].digest.startswith("sha256:")
        assert PolicyPacks(POLICIES).load(pack.pack_id, pack.digest).version == pack.version


async def test_what_was_braked_guarded_or_brought_by_a_ladder_is_found_again_from_what_is_recorded(
    postgres: Database, tmp_path: Path
):
    packs = PolicyPacks(POLICIES)
    async with an_installation(postgres, tmp_path) as here, here.working():
        person = {"account_id": "account-known", "reason": "journalist", "source": "synthetic: press register"}
        await here.doors.protect("demo", "op-1", ProtectRequest.model_validate(person))
        streams = [await pitched(here, "post-known", "known")]
        stop = {"message_id": "b-1", "rule": "spam.certain", "reason": "synthetic: it misfires"}
        await here.doors.stop("demo", "op-1", BrakeRequest.model_validate(stop))
        await until(lambda: held_back(here, streams))
        for number in (1, 2):
            here.world.post(f"post-{number}", author="struck")
            streams.append((await here.report(f"post-{number}")).case_id)
            await here.decide(streams[-1], f"d-{number}")
            await here.reaches(streams[-1], "order_confirmed")
        secret = await here.means.record.keyring.subject_secret("demo")
        account = case_workflow_id(
            "demo", SubjectKind.ACCOUNT, subject_key(secret, SubjectKind.ACCOUNT, "account-struck")
        )
        await here.reaches(account, "triaged")
        seen: set[str] = set()
        for stream in (*streams, account):
            crossed = {step_matter_id(body): body for body in await here.bodies(stream, "step_crossed")}
            for event in await here.events(stream):
                if isinstance(event.body, Triaged):
                    seen |= found_again(packs, event.body, event.occurred_at, crossed)
        assert seen >= {"plain", "stopped", "guarded", "ladder"}


async def pitched(here: Installation, post: str, author: str) -> str:
    """A post that a rule would decide alone."""
    here.world.post(post, PITCH, author=author)
    stream = (await here.signal(post, spam=0.99)).case_id
    await here.reaches(stream, "triaged")
    return stream


async def held_back(here: Installation, streams: list[str]) -> bool:
    """Another pitch, until one meets the stop: it is known within seconds."""
    streams.append(await pitched(here, f"post-stopped-{len(streams)}", f"author-{len(streams)}"))
    (body,) = await here.bodies(streams[-1], "triaged")
    return any(note.reason == "stopped" for note in body.braked)


def found_again(packs: PolicyPacks, body: Triaged, at: datetime, crossed: Mapping[str, StepCrossed]) -> set[str]:
    """Of which sorts the assessments are; each of them is made again from the recorded facts, notes and steps."""
    notes = {note.matter_id: note for note in body.braked}
    seen = set()
    for found in body.assessments:
        pack = packs.load(found.terms.pack.pack_id, found.terms.pack.digest)
        if step := crossed.get(found.matter_id):
            answer = step_answer(pack, step.crossing)
            assert step_assessment(pack, answer, step, body.evidence_version, at) == found
            seen.add("ladder")
            continue
        facts = Facts.model_validate(body.facts[found.area])
        again = assessment_of(pack, triage(pack, facts), body.evidence_version, at)
        again = guarded(again) if facts.author.protected else again
        if note := notes.get(found.matter_id):
            brake = Brake(reason=note.reason, name=note.name)
            filed = pack.areas[pack.area_named(found.area)].transparency.file
            again, said = reviewed(again, brake, file_statements=filed)
            assert said == note
        assert again == found
        seen.add(note.reason if note else "guarded" if facts.author.protected else "plain")
    return seen
