"""P8: same facts, same policy pack: same outcome. Every decision names rule, pack version and evidence, and can be replayed."""

from pathlib import Path

from activities.policy_packs import PolicyPacks
from cases.events import Triaged
from cases.policy_facts import Facts
from cases.triage import assessment_of, triage
from tests.conftest import Database
from tests.integration.kit import Installation, an_installation
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
    assert asked >= len(TEXTS) * 3


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
