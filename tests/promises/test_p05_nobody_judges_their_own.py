"""P5: nobody judges their own decision, own account or own report; what cannot be undone takes two people."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from activities.packs_in_force import PacksInForce
from api.conflict_messages import ConflictEnded, ConflictRequest
from api.doors import Doors
from api.errors import Refused
from api.requests import ClaimRequest, DecisionRequest, WithdrawalRequest
from cases.errors import CaseError
from cases.messages import Person, Subject
from cases.names import SubjectKind, person_key
from record.tenants import ensure_reviewer
from tests.conftest import Database
from tests.integration.gateway_kit import AREAS, PACKS
from tests.integration.kit import TENANT, Installation, an_installation
from workers.library import PackLibrary

AUTHOR = Person(account_id="account-author", address="author@example.invalid")


async def who_is(here: Installation, reviewer: str, *references: str) -> None:
    """Who a reviewer is on the platform."""
    secret = await here.means.record.keyring.subject_secret(TENANT)
    await ensure_reviewer(here.means.record, TENANT, reviewer, [person_key(secret, one) for one in references])


@pytest.mark.parametrize("own", ["account-author", "account-r1"], ids=["own account", "own report"])
async def test_who_has_a_part_in_a_case_can_neither_claim_nor_decide_it(own: str, postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path, tokenless=True) as here, here.working():
        await who_is(here, "rev-1", own)
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        await here.reaches(stream, "triaged")
        with pytest.raises(Refused):
            await here.claim(stream)
        raw: dict[str, Any] = {"decision_id": "d-1", "matter": "harassment/1", "outcome": "no_violation"}
        await here.handle(stream).signal("decide", {**raw, "reviewer": "rev-1", "rationale_id": "txt-" + "0" * 32})
        await here.reaches(stream, "message_refused")
        assert "nobody judges their own account or report" in (await here.bodies(stream, "message_refused"))[0].problem
        await here.decide(stream, "d-2", reviewer="rev-2")
        await here.settles(stream)


async def test_who_decided_neither_claims_nor_hears_the_appeal_by_any_door(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path, tokenless=True) as here, here.working():
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        await here.decide(stream)
        await here.settles(stream)
        await here.appeal("post-1", "d-1", AUTHOR)
        await here.reaches(stream, "appeal_opened")
        hearing = "appeal/demo/a-1"
        with pytest.raises(Refused):
            await here.claim(hearing, "appeal", "rev-1")
        rationale = (await here.bodies(stream, "decision_recorded"))[0].decision.rationale_id
        own = {"decision_id": "d-9", "matter": "appeal", "outcome": "upheld", "reviewer": "rev-1"}
        await here.handle(hearing).signal("decide", {**own, "rationale_id": rationale})
        await here.reaches(hearing, "message_refused")
        assert "appeal_decided" not in await here.kinds(hearing)
        await here.decide(hearing, "d-2", "appeal", "rev-2", outcome="upheld")
        await here.reaches(stream, "appeal_closed")


async def test_a_claimed_token_is_of_no_use_to_anybody_else(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        claimed = await here.claim(stream)
        stolen = DecisionRequest(decision_id="d-1", token=claimed.token, outcome="no_violation", rationale="synthetic")  # type: ignore[arg-type]
        with pytest.raises(CaseError, match="given to somebody else"):
            await here.doors.decide(TENANT, "rev-2", stolen)
        assert "decision_recorded" not in await here.kinds(stream)


async def test_of_ten_who_claim_at_once_one_has_it(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        await here.doors.release(TENANT, "rev-0", (await here.claim(stream, reviewer="rev-0")).lease_id)
        wanted = ClaimRequest(stream=stream, task_id="harassment/1")
        asked = [here.doors.claim(TENANT, f"rev-{number}", wanted) for number in range(1, 11)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(not isinstance(answer, Exception) and answer is not None for answer in answers) == 1


async def test_termination_waits_for_a_second_person_and_the_first_cannot_be_it(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        await here.decide(stream, enforcements=[{"kind": "terminate", "target": "author"}])
        await here.reaches(stream, "decision_proposed")
        with pytest.raises(Refused):
            await here.claim(stream, "second:d-1", "rev-1")
        assert here.world.measures("account-author", "account") == []
        assert not here.world.orders()
        with pytest.raises(Refused, match="enforcements: a second look says whether d-1 stands as it is"):
            await here.decide(stream, "d-2", "second:d-1", "rev-2", seconds="d-1", enforcements=[{"kind": "hide"}])
        await here.decide(stream, "d-2", "second:d-1", "rev-2", seconds="d-1")
        await here.reaches(stream, "decision_recorded")
        decision = (await here.bodies(stream, "decision_recorded"))[0].decision
        assert (decision.by, decision.second_by) == ("rev-1", "rev-2")


async def test_who_hears_a_complaint_refuses_no_payment_alone(postgres: Database, tmp_path: Path):
    """A colleague found nothing, the complaint is right, and what the area asks for cannot be undone: another person looks."""
    async with an_installation(postgres, tmp_path) as here, here.working():
        sale = {
            "id": "sale-1",
            "author_id": "account-author",
            "text": "Synthetic sale.",
            "amount": "12.50",
            "currency": "EUR",
        }
        here.world.author()
        here.world._create("transactions", sale)
        subject = Subject(kind=SubjectKind.TRANSACTION, id="sale-1")
        stream = (await here.report(subject=subject)).case_id
        await here.decide(stream, outcome="no_violation")
        await here.settles(stream)
        who = Person(account_id="account-r1", address="reporter-1@example.invalid")
        await here.appeal("sale-1", "d-1", who, kind=SubjectKind.TRANSACTION)
        await here.reaches(stream, "appeal_opened")
        await here.decide("appeal/demo/a-1", "d-2", "appeal", "rev-2", outcome="reversed", rationale="heard by rev-2")
        await here.reaches(stream, "decision_proposed")
        assert not here.world.orders()
        with pytest.raises(Refused):
            await here.claim(stream, "second:appeal-a-1", "rev-2")
        await here.claim(stream, "second:appeal-a-1", "rev-3")
        library = PackLibrary(PacksInForce(here.means.record, PACKS), "Plaza")
        pages = Doors(here.means.record, here.means.client, here.clock, None, AREAS, library=library)
        judged = (await pages.desk.dossier(TENANT, stream, "rev-3")).judged
        await pages.aclose()
        assert judged is not None
        assert judged.rationale == "heard by rev-2"
        await here.decide(stream, "d-3", "second:appeal-a-1", "rev-3", seconds="appeal-a-1")
        await here.settles(stream)
        assert here.world.measures("sale-1", "transaction") == ["refuse"]


@pytest.mark.parametrize(
    ("about", "name"), [("account", "account-author"), ("topic", "harassment"), ("community", "cm-1")]
)
async def test_what_was_declared_is_refused_at_claim_at_decision_and_for_a_token_given_before(
    about: str, name: str, postgres: Database, tmp_path: Path
):
    async with an_installation(postgres, tmp_path, tokenless=True) as here, here.working():
        here.world._create("communities", {"id": "cm-1", "name": "Synthetic group"})
        here.world.post("post-1", community_id="cm-1")
        stream = (await here.report("post-1")).case_id
        claimed = await here.claim(stream)
        said = ConflictRequest.model_validate({"message_id": "k-1", "about": about, "name": name})
        assert (await here.doors.declare_conflict(TENANT, "rev-1", "rev-1", said)).given_back == 1
        decision = DecisionRequest(
            decision_id="d-1", token=claimed.token, outcome="no_violation", rationale="synthetic"
        )  # type: ignore[arg-type]
        with pytest.raises(Refused, match="declared a conflict"):
            await here.doors.decide(TENANT, "rev-1", decision)
        with pytest.raises(Refused, match="declared a conflict"):
            await here.claim(stream)
        assert await here.doors.claim(TENANT, "rev-1", ClaimRequest()) is None
        raw: dict[str, Any] = {"decision_id": "d-2", "matter": "harassment/1", "outcome": "no_violation"}
        await here.handle(stream).signal("decide", {**raw, "reviewer": "rev-1", "rationale_id": "txt-" + "0" * 32})
        await here.reaches(stream, "message_refused")
        assert "r1" not in (await here.bodies(stream, "message_refused"))[0].problem  # nothing of who reported
        await here.doors.end_conflict(TENANT, "op-1", ConflictEnded(conflict_id="k-1"))
        await here.decide(stream, "d-3")
        await here.reaches(stream, "decision_recorded")


async def test_of_a_claim_and_a_conflict_at_once_no_decision_comes(postgres: Database, tmp_path: Path):
    """Whichever was first: the lease is refused, or given back; and a token that slipped through decides nothing."""
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        first = await here.claim(stream)
        await here.doors.release(TENANT, "rev-1", first.lease_id)
        said = ConflictRequest(message_id="k-1", about="topic", name="harassment")
        wanted = ClaimRequest(stream=stream, task_id="harassment/1")
        claimed, declared = await asyncio.gather(
            here.doors.claim(TENANT, "rev-1", wanted),
            here.doors.declare_conflict(TENANT, "rev-1", "lead", said),
            return_exceptions=True,
        )
        assert not isinstance(declared, BaseException)
        token = first.token if claimed is None or isinstance(claimed, BaseException) else claimed.token
        decision = DecisionRequest(decision_id="d-1", token=token, outcome="no_violation", rationale="synthetic")  # type: ignore[arg-type]
        with pytest.raises(Refused, match="declared a conflict"):
            await here.doors.decide(TENANT, "rev-1", decision)
        assert "decision_received" not in await here.kinds(stream)


async def test_nobody_takes_a_case_about_their_own_account_before_its_evidence_is_there(
    postgres: Database, tmp_path: Path
):
    async with an_installation(postgres, tmp_path) as here, here.working():
        about = Subject(kind=SubjectKind.ACCOUNT, id="account-gone")
        stream = (await here.report("account-gone", subject=about)).case_id
        wanted = await here.claim(stream)
        await here.doors.release(TENANT, "rev-1", wanted.lease_id)
        named = ClaimRequest(stream=stream, task_id="harassment/1")
        with pytest.raises(Refused, match="nobody judges their own account"):
            await here.doors.claim(TENANT, "rev-2", named, ["account-gone"])


async def test_second_thoughts_are_ones_own_and_undo_everything(postgres: Database, tmp_path: Path):
    """In a case whose run is over, by whoever decided; nobody else, and by no token that is another's."""
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        await here.decide(stream, enforcements=[{"kind": "remove"}])
        await here.settles(stream)
        wanted = WithdrawalRequest(message_id="w-1", case_id=stream, decision_id="d-1", reason="synthetic reason")
        assert await here.doors.changeable_until(TENANT, "rev-1", stream, "harassment/1", "d-1")
        with pytest.raises(Refused, match="is another's"):
            await here.doors.withdraw(TENANT, "rev-2", wanted)
        await here.doors.withdraw(TENANT, "rev-1", wanted)
        await here.reaches(stream, "decision_withdrawn")
        assert (await here.doors.withdraw(TENANT, "rev-1", wanted)).status == "known"
        await here.decide(stream, "d-2", enforcements=[{"kind": "hide"}])
        await here.settles(stream)
        assert here.world.measures("post-1") == ["hide"]
        (first, second) = (await here.case(stream)).decisions
        assert (first.reversed, second.reversed) == (True, False)
        assert (await here.reconciled()).differences == ()


async def test_of_two_seconds_at_once_one_counts(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        await here.decide(stream, enforcements=[{"kind": "terminate", "target": "author"}])
        await here.reaches(stream, "decision_proposed")
        first = await here.claim(stream, "second:d-1", "rev-2")
        await here.doors.release(TENANT, "rev-2", first.lease_id)
        other = await here.claim(stream, "second:d-1", "rev-3")
        asked = [
            DecisionRequest(decision_id=name, token=token, outcome=outcome, rationale="synthetic", seconds="d-1")  # type: ignore[arg-type]
            for name, token, outcome in (("d-2", first.token, "violation"), ("d-3", other.token, "no_violation"))
        ]
        answers = await asyncio.gather(
            here.doors.decide(TENANT, "rev-2", asked[0]),
            here.doors.decide(TENANT, "rev-3", asked[1]),
            return_exceptions=True,
        )
        await here.reaches(stream, "second_look_taken")
        assert sum(isinstance(one, CaseError) for one in answers) == 1, answers
        assert (await here.kinds(stream)).count("second_look_taken") == 1
