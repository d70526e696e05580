"""Reversals on a whole installation: holds appealed, and decisions that rest on others.

A worker killed at every step of one: tests/promises/test_p02_seven_crashes.py.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.quality_messages import GoldenRequest
from api.requests import ReversalRequest
from cases.decisions import SourceDecision
from cases.judging_reversals import fallen_id
from cases.messages import Person, Subject
from cases.names import SubjectKind
from cases.projection import strikes
from cases.stances import TellingRequest
from tests.integration.kit import TENANT, Installation, a_modules_installation
from workers.postgres_server import PostgresServer

AUTHOR = Person(account_id="account-author", address="author@example.invalid")
HOLD = "hold:harassment/1"
BOTH: list[dict[str, Any]] = [{"kind": "remove"}, {"kind": "suspend", "target": "author", "duration": "P7D"}]


def a_reversal(stream: str, message_id: str = "r-1") -> ReversalRequest:
    return ReversalRequest(message_id=message_id, case_id=stream, decision_id="d-1", reason="synthetic reason")


def a_stance(message_id: str, stance: str | None) -> TellingRequest:
    plain = {"message_id": message_id, "subject": {"kind": "content", "id": "post-2"}, "person": "author"}
    return TellingRequest.model_validate({**plain, "stance": stance, "source": "a test", "reason": "synthetic reason"})


@pytest.fixture(scope="module")
async def here(
    anyio_backend: str, postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    async with a_modules_installation(postgres_server, tmp_path_factory, "reversals") as installation:
        yield installation


async def test_a_hold_is_appealed_and_a_decision_elsewhere_falls_with_the_one_it_rests_on(here: Installation):
    held = await a_held_case(here)
    appeal = await here.appeal("post-held", HOLD, AUTHOR)
    await here.reaches(held, "appeal_opened")
    await here.decide("appeal/demo/a-1", "d-a", "appeal", "rev-2", outcome="reversed")
    assert appeal.message_id == "a-1"

    here.world.post("post-1")
    source = (await here.report("post-1")).case_id
    await here.decide(source, enforcements=BOTH)
    here.world.post("post-2", author="second")
    resting = (await here.report("post-2")).case_id
    rests_on = SourceDecision(case_id=source, decision_id="d-1")
    await here.doors.telling(TENANT, "op-1", a_stance("st-1", "never"))
    await here.decide(resting, "d-2", derived_from=[rests_on], enforcements=[{"kind": "remove"}])
    await here.settles(resting)
    assert ("second@example.invalid", "statement") not in here.world.told(), "withheld, and yet nothing is owed"
    assert here.world.measures("post-2") == ["remove"]
    assert here.world.says_to("second")["post-2"] == ["visible"], "the platform says no more than we do"
    await here.doors.telling(TENANT, "op-1", a_stance("st-2", None))
    await here.reaches(resting, "telling_set", times=2)
    await here.settles(resting)
    assert ("second@example.invalid", "statement") in here.world.told()
    assert here.world.says_to("second")["post-2"] == ["removed"]
    assert [one.retold != () for one in (await here.case(resting)).orders] == [False, True]
    shown = (await here.doors.case(TENANT, source)).resting
    assert [(one.case_id, one.decision_id, one.fall_brought_at) for one in shown] == [(resting, "d-2", None)]

    await here.doors.reverse(TENANT, "op-1", a_reversal(source))
    await here.reaches(resting, "decision_reversed")
    case = await here.settles(resting)
    assert [one.reversal_id for one in case.reversals] == [fallen_id(rests_on)]
    assert here.world.measures("post-2") == []
    assert ("second@example.invalid", "reversal_author") in here.world.told()
    assert (await here.doors.case(TENANT, source)).resting[0].fall_brought_at

    await here.reaches(held, "hold_released")
    await here.reaches(held, "filing_answered", times=2, seconds=120)
    assert here.world.measures("post-held") == []
    assert ("author@example.invalid", "hold_lifted") in here.world.told()
    assert (await here.case(held)).matters[0].open, "what is alleged is still looked at"


async def a_held_case(here: Installation) -> str:
    here.world.post("post-held")
    stream = (await here.report("post-held")).case_id
    for _ in range(2):
        await here.report("post-held")
    await here.signal("post-held", harassment=0.99, toxicity=0.99)
    await here.reaches(stream, "filing_answered")
    assert here.world.measures("post-held") == ["hide"]
    return stream


LIMIT: list[dict[str, Any]] = [{"kind": "limit"}]


async def an_account(here: Installation, name: str, area: str = "harassment") -> str:
    """A case about an account that somebody reported."""
    subject = Subject(kind=SubjectKind.ACCOUNT, id=f"account-{name}")
    return (await here.report(f"account-{name}", area=area, subject=subject)).case_id


async def test_linked_accounts_are_free_when_the_source_is_and_stay_restricted_for_what_they_did_themselves(
    here: Installation,
):
    """A ban evaded: the accounts of one person, restricted for it, and an appeal that takes the ban itself back."""
    for name in ("ann", "ann-2", "ann-3"):
        here.world.author(name)
    source, linked, guilty = [await an_account(here, name) for name in ("ann", "ann-2", "ann-3")]
    await an_account(here, "ann-3", area="spam")
    await here.decide(source, "d-s", enforcements=[{"kind": "suspend"}])
    await here.reaches(source, "filing_answered")
    evaded = {"derived_from": [SourceDecision(case_id=source, decision_id="d-s")], "enforcements": LIMIT}
    await here.decide(linked, "d-l", **evaded)
    await here.decide(guilty, "d-g", "spam/1", rule_id="spam.reported", **evaded)
    await here.decide(guilty, "d-own", enforcements=[{"kind": "demonetise"}])
    for stream in (source, linked, guilty):
        await here.settles(stream)
    assert accounts(here) == [["suspend"], ["limit"], ["demonetise", "limit"]]
    assert [one.derived_from[0].decision_id for one in (await here.case(linked)).decisions] == ["d-s"]

    owner = Person(account_id="account-ann", address="ann@example.invalid")
    await here.appeal("account-ann", "d-s", owner, "a-ann", SubjectKind.ACCOUNT)
    await here.reaches(source, "appeal_opened")
    await here.decide("appeal/demo/a-ann", "d-heard", "appeal", "rev-2", outcome="reversed")
    for stream in (source, linked, guilty):
        await here.reaches(stream, "decision_reversed")
    cases = [await here.settles(stream) for stream in (source, linked, guilty)]
    assert accounts(here) == [[], [], ["demonetise"]]
    assert [[one.active for one in strikes(case)] for case in cases] == [[False], [False], [True]]
    for name in ("ann", "ann-2", "ann-3"):
        assert here.world.told().count((f"{name}@example.invalid", "reversal_author")) == 1
    for case in cases:
        fallen = next(one.decision_id for one in case.decisions if one.reversed)
        first = next(one for one in case.filings if one.cause == fallen)
        assert [one.filing_id for one in case.filings if first.filing_id in one.supersedes], (
            "what was filed is superseded"
        )
    assert not (await here.reconciled()).differences


def accounts(here: Installation) -> list[list[str]]:
    return [sorted(here.world.measures(f"account-{name}", "account")) for name in ("ann", "ann-2", "ann-3")]


async def test_what_the_platform_does_not_know_is_taken_back_once_and_for_all(here: Installation):
    stream = (await here.report("post-elsewhere", snapshot="synthetic text")).case_id
    await here.decide(stream, enforcements=[{"kind": "remove"}])
    await here.settles(stream)
    await here.doors.reverse(TENANT, "op-1", a_reversal(stream, "r-elsewhere"))
    await here.reaches(stream, "order_confirmed")
    case = await here.settles(stream, seconds=20)
    assert [order.order_id for order in case.orders] == ["d-1:subject", "reversal:r-elsewhere:subject"]


async def test_what_reviewers_are_measured_by_does_not_outlive_the_decision_it_was_taken_from(here: Installation):
    here.world.post("post-known")
    stream = (await here.report("post-known")).case_id
    await here.decide(stream, enforcements=[{"kind": "remove"}])
    await here.settles(stream)
    known = {"message_id": "g-known", "case_id": stream, "matter": "harassment/1", "outcome": "violation"}
    asked = GoldenRequest.model_validate({**known, "reason": "synthetic reason"})
    (kept,) = (await here.doors.add_golden(TENANT, "lead", asked)).items
    assert kept.retired_at is None
    await here.doors.reverse(TENANT, "op-1", a_reversal(stream, "r-known"))
    await here.reaches(stream, "decision_reversed")
    await here.settles(stream)
    (retired,) = (await here.doors.golden(TENANT)).items
    assert retired.retired_at is not None
