"""Copies on a whole installation: found when assessed, decided likewise where asked, undone with their source."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from activities.policy_packs import PolicyPacks
from api.bank_messages import BankDecisionRequest, BankRemovalRequest, BankRequest
from api.banking import Banking
from api.errors import Refused
from api.requests import ReversalRequest
from cases.copying import derived_id
from cases.decisions import SourceDecision
from cases.errors import BadInput
from cases.measures import OrderStage
from tests.conftest import Database
from tests.integration.kit import TENANT, Installation, an_installation, until
from workers.judged import read_judged
from workers.wiring import POLICIES

# One word of many: what is nearly alike is found by chance, with the tenant's secret as the die; here once in 10,000 not.
WORDS = (
    "The blue bicycle is for sale again, ask at the harbour kiosk before noon on any Saturday in spring. It has new tyres, a "
    "lamp that works, two baskets, and a bell that was made in the year my grandmother was born. Whoever takes it for a ride "
    "along the quay first will want to keep it; bring it back before the ferry leaves, and tell the man with the hat."
)
NEARLY = WORDS.replace("bicycle", "tricycle")
LINKS = "Synthetic pages of the harbour: " + " ".join(f"https://harbour.example/{page}" for page in range(4))
PDQ = "f8" * 32
NEAR_PDQ = "f8" * 30 + "07f8"


@pytest.fixture
async def here(postgres: Database, tmp_path) -> AsyncIterator[Installation]:
    async with an_installation(postgres, tmp_path) as installation, installation.working():
        yield installation


def _a_reversal(case_id: str) -> ReversalRequest:
    return ReversalRequest(message_id="r-1", case_id=case_id, decision_id="d-1", reason="synthetic reason")


async def reported(here: Installation, name: str, text: str, area: str = "harassment", **changes: object) -> str:
    here.world.post(f"post-{name}", text=text, author=name, **changes)
    receipt = await here.report(f"post-{name}", area=area)
    await here.reaches(receipt.case_id, "triaged")
    return receipt.case_id


async def _judged_by_people(here: Installation, *, right: bool) -> None:
    """What detectors said is kept beside what people found in the end, of copies too."""
    pack = PolicyPacks(POLICIES).active("baseline", TENANT)
    judged = await read_judged(here.means.record, TENANT, datetime.min.replace(tzinfo=UTC), pack)
    assert judged.cases == 4
    assert {one.label for one in judged.scores} == {"harassment"}, "of other areas nobody judged"
    assert {one.right for one in judged.scores} == {right}
    assert {one.right for one in judged.rules} == {right}
    assert len(judged.said) > len(judged.scores)


async def test_a_decision_for_copies_is_taken_over_by_their_cases_and_undone_with_them(here: Installation):
    near = await reported(here, "near", NEARLY)
    copies = [await reported(here, name, WORDS) for name in ("one", "two")]
    source = await reported(here, "source", WORDS)

    triaged = (await here.bodies(source, "triaged"))[0]
    assert triaged.facts["harassment"]["content"]["copies"] == 2
    assert triaged.facts["harassment"]["content"]["near_copies"] == 1
    shown = (await here.doors.case(TENANT, source)).copies
    assert [(one.case_id, one.likeness) for one in shown] == [
        *((one, "content") for one in sorted(copies)),
        (near, "wording"),
    ]

    await here.decide(source, "d-1", copies=True)
    await here.settles(source)
    own = derived_id(SourceDecision(case_id=source, decision_id="d-1"))
    for copy, author in zip(copies, ("one", "two"), strict=True):
        case = await here.settles(copy)
        decision = case.decision(own)
        assert (decision.by, decision.copy_of.case_id) == ("rev-1", source)
        assert [order.stage for order in case.orders] == [OrderStage.CONFIRMED]
        assert here.world.measures(f"post-{author}") == ["remove"]
        assert here.world.told().count((f"{author}@example.invalid", "statement")) == 1
    assert (await here.case(near)).matters[0].open

    await _judged_by_people(here, right=True)
    await here.doors.reverse(TENANT, "op-1", _a_reversal(source))
    await here.settles(source)
    for copy, author in zip(copies, ("one", "two"), strict=True):
        await here.reaches(copy, "decision_reversed")
        await here.settles(copy)
        assert here.world.measures(f"post-{author}") == []

    async def agreed() -> bool:
        return not (await here.reconciled()).differences

    await until(agreed)
    await _judged_by_people(here, right=False)


async def test_the_same_picture_is_known_again_and_what_a_bank_learnt_from_a_decision_falls_with_it(here: Installation):
    def attached(pdq: str, digest: str) -> dict[str, object]:
        picture = {"name": "a.png", "media_type": "image/png", "sha256": digest * 64, "pdq": pdq, "pdq_quality": 90}
        return {"attachments": [picture]}

    first = await reported(here, "p1", "", **attached(PDQ, "1"))
    await reported(here, "p2", "", **attached("0f" * 32, "2"))
    second = await reported(here, "p3", "", **attached(NEAR_PDQ, "3"))

    (found,) = (await here.doors.case(TENANT, second)).copies
    assert (found.case_id, found.likeness, found.differing) == (first, "picture", 8)

    later = Banking(here.means.record, lambda: datetime.now(UTC) + timedelta(days=1))
    made = {
        "message_id": "b-1",
        "bank": "ours",
        "label": "spam",
        "kind": "pdq",
        "source": "Synthetic decisions of our own.",
    }
    await later.make(TENANT, "op-1", BankRequest.model_validate(made))
    wanted = BankDecisionRequest(message_id="b-2", bank="ours", case_id=first, decision_id="d-1")
    with pytest.raises(BadInput, match="is not of this case"):
        await later.add_decided(TENANT, "op-1", wanted)
    await here.decide(first, "d-1")
    await here.settles(first)
    with pytest.raises(BadInput, match="may still be taken back"):
        await Banking(here.means.record, lambda: datetime.now(UTC)).add_decided(TENANT, "op-1", wanted)
    with pytest.raises(Refused, match="has a part in this case"):
        await later.add_decided(TENANT, "op-2", wanted, ["account-p1"])
    assert (await later.add_decided(TENANT, "op-1", wanted)).entries == 1

    known = await reported(here, "p4", LINKS, area="spam", **attached(PDQ, "4"))
    (decision,) = (await here.settles(known)).decisions
    source = SourceDecision(case_id=first, decision_id="d-1")
    assert (decision.automated, decision.derived_from) == (True, (source,))
    assert here.world.measures("post-p4") != []

    await here.doors.reverse(TENANT, "op-1", _a_reversal(first))
    await here.reaches(known, "decision_reversed")
    await here.settles(known)
    assert here.world.measures("post-p4") == [], "what a machine knew again by it falls with it"
    (gone,) = (await later.fallen(TENANT, "ours")).entries
    assert (gone.case_id, gone.decision_id, gone.matched) == (first, "d-1", (known,))
    await reported(here, "p5", LINKS, area="spam", **attached(PDQ, "5"))
    assert here.world.measures("post-p5") == [], "it matches no more"
    with pytest.raises(BadInput, match="was reversed"):
        await later.add_decided(TENANT, "op-1", wanted)
    looked = BankRemovalRequest(message_id="b-3", bank="ours", entry_id=gone.entry_id, reason="Looked at: a mistake.")
    assert (await later.remove(TENANT, "op-1", looked)).cases == (known,)
    assert (await later.fallen(TENANT, "ours")).entries == ()
