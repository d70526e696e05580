"""A raid on a whole installation: one case, one decision, one undo; nobody lost or doubled.

30 accounts with 120 messages, or as many as TEST_RAID says: `60x600`.
"""

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import record.member_filings
from activities import member_filings
from activities.transparency_client import BatchReply, TransparencyClient
from api.errors import ServiceUnavailable
from api.requests import CampaignPause, ReversalRequest
from cases.campaigns import SAMPLE, batch_name
from cases.copying import split_id
from cases.decisions import SourceDecision
from cases.errors import BadInput
from cases.matters import MatterStage
from cases.measures import OrderStage
from cases.messages import Person
from cases.names import SubjectKind, batch_workflow_id, case_workflow_id, subject_key
from record import campaigns
from record.pool import tenant_transaction
from record.record import Record
from simulators.faults import Fault
from tests.conftest import Database
from tests.integration import raids
from tests.integration.kit import TENANT, Installation, an_installation, until
from tests.integration.test_status_pages import PUBLIC, link_in_mail

ROOT = Path(__file__).parents[2]
ACCOUNTS, MESSAGES = map(int, os.environ.get("TEST_RAID", "30x120").split("x"))
FAST = {"DUEPROCESS_CAMPAIGN_ORDERS_PER_SECOND": "10000"}
VIOLATION: dict[str, Any] = {"rule_id": "spam.reported", "sample_violations": SAMPLE}


async def begun(here: Installation, accounts: int = ACCOUNTS, messages: int = MESSAGES, area: str = "spam") -> str:
    campaign = await raids.opened(here, raids.make(here, accounts, messages), area)
    await here.reaches(campaign, "triaged")
    return campaign


async def confirmed(here: Installation, campaign: str, order_id: str, times: int) -> None:
    async def there() -> bool:
        batches = (await here.doors.campaign(TENANT, campaign)).batches
        return any(one.order_id == order_id and one.confirmed >= times for one in batches)

    await until(there)


def applied(here: Installation) -> Counter[str]:
    """How often the platform changed each post."""
    log = here.world.platform.world.read_log(0, 100_000)
    return Counter(one["id"] for one in log if one["event"] == "order" and one["outcome"] == "applied")


def filed(here: Installation) -> list[dict[str, Any]]:
    """Every statement that the EU database has."""
    rows = here.world.database.filings.database.all("statements", before=2**62, limit=100_000, puid=None)
    return [{**json.loads(row["body"]), "puid": row["puid"]} for row in rows]


async def strikes(here: Installation, campaign: str) -> int:
    """How many strikes of this case's decisions count."""
    async with tenant_transaction(here.means.record.pool, TENANT) as connection:
        found = await connection.fetchval("SELECT count(*) FROM strikes WHERE case_id = $1 AND active", campaign)
    return int(found)


def refusing(
    monkeypatch: pytest.MonkeyPatch, places: Sequence[int], times: int
) -> tuple[Counter[str], list[str | None]]:
    """The EU database finds statements of the first request wrong, those at these places, each so many times; of a request
    with one of them it stores nothing. How often it refused each, and the reasons that were kept beside them.
    """
    refused, reasons = Counter[str](), list[str | None]()
    file_many, note = TransparencyClient.file_many, record.member_filings.note_attempts

    async def asked(self: TransparencyClient, payloads: Sequence[dict[str, Any]]) -> BatchReply:
        if not refused:
            refused.update({payloads[place]["puid"]: 0 for place in places})
        wrong = {n: ("decision_facts",) for n, one in enumerate(payloads) if refused.get(one["puid"], times) < times}
        refused.update(payloads[place]["puid"] for place in wrong)
        return BatchReply(how="refused", wrong=wrong) if wrong else await file_many(self, payloads)

    async def noted(means: Record, tenant: str, filings: Sequence[str], error: str | None, *, more: int = 0) -> None:
        reasons.extend(error for one in filings if one in refused)
        await note(means, tenant, filings, error, more=more)

    monkeypatch.setattr(TransparencyClient, "file_many", asked)
    monkeypatch.setattr(record.member_filings, "note_attempts", noted)
    return refused, reasons


async def agrees(here: Installation) -> None:
    async def nothing_differs() -> bool:
        return not (await here.reconciled()).differences

    await until(nothing_differs)


async def test_a_raid_is_one_case_with_one_decision_and_one_undo_and_who_objects_goes_their_own_way(
    postgres: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(member_filings, "LOCK", timedelta(seconds=0.2))
    monkeypatch.setattr(member_filings, "MENDING", timedelta(seconds=0.2))
    refused, reasons = refusing(monkeypatch, (3, 40, 99), times=4)
    async with an_installation(postgres, tmp_path, **FAST) as here, here.working():
        here.world.database.faults.fault = Fault(wrong="apply_then_lost", times=1)  # the first hundred statements
        campaign = await begun(here, area="harassment")
        version = (await here.case(campaign)).evidence[-1]
        assert (version.members, version.sample) == (MESSAGES, SAMPLE)

        await here.decide(campaign, "d-1", "harassment/1", **{**VIOLATION, "rule_id": "harassment.reported"})
        await confirmed(here, campaign, "d-1:subject", 20)
        paused = await here.doors.pause_campaign(TENANT, "op-1", CampaignPause(case_id=campaign, paused=True))
        assert paused.batches == 1
        await here.doors.pause_campaign(TENANT, "op-1", CampaignPause(case_id=campaign, paused=False))
        await here.reaches(campaign, "told")

        decision = (await here.case(campaign)).decision("d-1")
        assert decision.sample is not None
        assert (decision.sample.members, decision.sample.size, decision.sample.violations) == (MESSAGES, SAMPLE, SAMPLE)
        assert set(applied(here).values()) == {1}
        assert len(applied(here)) == MESSAGES
        told = Counter(address for address, kind in here.world.told() if kind == "statement")
        assert set(told.values()) == {1}
        assert len(told) == ACCOUNTS
        await here.reaches(campaign, "filing_answered")
        assert len(filed(here)) == MESSAGES
        assert set(refused.values()) == {4}, "sent again each time, and once it was mended it was taken"
        assert {one["puid"] for one in filed(here)} > set(refused), (
            "none was left out, and the rest did not wait for them"
        )
        assert max(Counter(one["puid"] for one in filed(here)).values()) == 1
        assert reasons.count("refused: decision_facts") == 4 * len(refused), "why is kept with each"
        assert await strikes(here, campaign) == ACCOUNTS, "one each, however many messages"

        objecting = Person(account_id="account-raid-7", address="raid-7@example.invalid")
        own = (await here.appeal("raid-post-7", "d-1", objecting)).case_id
        await here.reaches(own, "appeal_opened")
        await here.reaches(own, "order_confirmed")
        again = await here.appeal("raid-post-7", "d-1", objecting)
        assert again.known
        own_decision = split_id(SourceDecision(case_id=campaign, decision_id="d-1"))
        taken_over = (await here.case(own)).decision(own_decision)
        assert taken_over.copy_of is not None
        assert not taken_over.strike, "the account has others in the campaign"
        assert taken_over.filed is not None
        assert [one.filing_id for one in (await here.case(own)).filings] == [taken_over.filed.filing_id]
        assert here.world.measures("raid-post-7") == ["remove"]

        undo = ReversalRequest(message_id="r-1", case_id=campaign, decision_id="d-1", reason="synthetic reason")
        await here.doors.reverse(TENANT, "op-1", undo)
        await here.reaches(campaign, "batch_done", times=2)
        await here.reaches(campaign, "filing_answered", times=2)
        corrected = [one for one in filed(here) if "supersedes" in (one["decision_visibility_other"] or "")]
        assert (len(corrected), len(filed(here))) == (MESSAGES - 1, 2 * MESSAGES - 1)
        assert await strikes(here, campaign) == 0
        assert here.world.measures("raid-post-7") == ["remove"], "what its own case decided stands"
        assert [n for n in range(MESSAGES) if here.world.measures(f"raid-post-{n}") == ["remove"]] == [7]
        shown = await here.doors.campaign(TENANT, campaign)
        assert (shown.members, shown.accounts, shown.sampled, shown.split_off) == (MESSAGES, ACCOUNTS, SAMPLE, 1)
        assert [(one.order_id, one.confirmed) for one in shown.batches] == [
            ("d-1:subject", MESSAGES),
            ("reversal:r-1:subject", MESSAGES - 1),
        ]
        case = await here.settles(campaign)
        assert [order.stage for order in case.orders] == [OrderStage.CONFIRMED, OrderStage.CONFIRMED]
        history = await here.handle(campaign).fetch_history()
        assert len(history.events) < 150
        batch = batch_workflow_id(TENANT, batch_name(campaign, "d-1:subject"))
        assert len((await here.handle(batch).fetch_history()).events) < 60
        await agrees(here)


async def test_members_own_cases_follow_the_campaign_and_who_joins_late_and_who_objects_too(
    postgres: Database, tmp_path: Path
):
    linked = {**FAST, "DUEPROCESS_PUBLIC_URL": PUBLIC}
    async with an_installation(postgres, tmp_path, **linked) as here, here.working():
        members = raids.make(here, accounts=10, messages=45)
        campaign = await raids.opened(here, members[:20])
        await here.reaches(campaign, "triaged")
        await raids.opened(here, members[:40])
        await here.reaches(campaign, "evidence_captured", times=2)
        again = await here.case(campaign)
        assert (again.evidence[-1].members, again.evidence[-1].sample) == (40, 40)
        assert [(one.matter_id, one.evidence_version) for one in again.matters] == [("spam/1", 2)]
        reported = (await here.report("raid-post-3", area="spam")).case_id
        await here.reaches(reported, "triaged")
        cleared = (await here.report("raid-post-8", area="spam")).case_id
        await here.reaches(cleared, "triaged")
        await here.decide(cleared, "d-own", "spam/1", outcome="no_violation")
        await here.reaches(cleared, "told")
        here.world.edit("raid-post-5", "Synthetic words about a garden.")

        await here.decide(campaign, "d-1", "spam/1", **{**VIOLATION, "sample_violations": 40})
        await here.reaches(campaign, "copies_reached")
        await here.reaches(reported, "copy_decided")
        await here.settles(reported)
        (own,) = (await here.case(reported)).decisions
        assert (own.outcome, own.copy_of) == ("duplicate", SourceDecision(case_id=campaign, decision_id="d-1"))
        outcomes = Counter(address for address, kind in here.world.told() if kind == "outcome_reporter")
        assert set(outcomes.values()) == {1}
        assert len(outcomes) == 2
        secret = await here.means.record.keyring.subject_secret(TENANT)
        edited = case_workflow_id(TENANT, SubjectKind.CONTENT, subject_key(secret, SubjectKind.CONTENT, "raid-post-5"))
        await here.reaches(edited, "triaged")
        assert here.world.measures("raid-post-5") == []

        author = (await campaigns.named(here.means.record, campaign, [cleared.rpartition("/")[2]]))[0].account
        assert author
        await here.appeal("raid-post-8", "d-1", Person(account_id=author, address="objecting@example.invalid"))
        await here.reaches(cleared, "appeal_opened")
        await here.reaches(cleared, "order_confirmed")
        assert here.world.measures("raid-post-8") == ["remove"]

        theirs = [one.subject.id for one in members[:40] if one.account == "account-raid-9"]
        link = (await link_in_mail(here, "raid-9@example.invalid", "statement")).rpartition("/")[2]
        assert [one.decision_id for one in (await here.doors.status(link)).appeals] == ["d-1"]
        await here.doors.appeal_by_link(link, "d-1", "synthetic grounds", here.doors.form_of(link, "d-1"))
        assert not (await here.doors.status(link)).appeals, "one appeal of everything they made in it"
        for post in theirs:
            gone = case_workflow_id(TENANT, SubjectKind.CONTENT, subject_key(secret, SubjectKind.CONTENT, post))
            await here.reaches(gone, "appeal_opened")
            await here.reaches(gone, "order_confirmed")

        late = (await here.report("raid-post-44", area="spam")).case_id
        await here.reaches(late, "triaged")
        await raids.opened(here, members)
        await here.reaches(late, "copy_decided")
        assert [here.world.measures(f"raid-post-{number}") for number in range(40, 45)] == [["remove"]] * 5
        assert len([one for one in here.world.told() if one[1] == "statement"]) == 10, "each was told before"

        undo = ReversalRequest(message_id="r-1", case_id=campaign, decision_id="d-1", reason="synthetic reason")
        await here.doors.reverse(TENANT, "op-1", undo)
        await here.reaches(reported, "decision_reversed")
        await here.reaches(late, "decision_reversed")
        with pytest.raises(BadInput, match="late members"):
            await raids.opened(here, members)
        await here.reaches(campaign, "batch_done", times=3)
        own_way = {one.subject.id for one in members if one.account == "account-raid-9"}
        joined_late = {f"raid-post-{number}" for number in range(40, 45)} - own_way
        assert not any(map(here.world.measures, joined_late))
        assert [here.world.measures(post) for post in theirs] == [["remove"]] * len(theirs), "their own cases decide"
        (open_again,) = (await here.case(reported)).matters
        assert (open_again.stage, open_again.decision_id) == (MatterStage.IN_REVIEW, None), "nobody has judged it"
        await here.decide(reported, "d-own", "spam/1", outcome="no_violation")
        await here.settles(reported)
        await agrees(here)


async def test_an_undo_stops_what_is_still_under_way(postgres: Database, tmp_path: Path):
    slowly = {"DUEPROCESS_CAMPAIGN_ORDERS_PER_SECOND": "4"}  # half a minute for all: no stall is over before the undo
    async with an_installation(postgres, tmp_path, **slowly) as here, here.working():
        campaign = await begun(here)
        await here.decide(campaign, "d-1", "spam/1", **VIOLATION)
        await confirmed(here, campaign, "d-1:subject", 10)

        undo = ReversalRequest(message_id="r-1", case_id=campaign, decision_id="d-1", reason="synthetic reason")
        await here.doors.reverse(TENANT, "op-1", undo)
        await here.reaches(campaign, "batch_done", times=2)

        (stopped, _) = await here.bodies(campaign, "batch_done")
        assert stopped.stopped
        assert stopped.confirmed < MESSAGES
        assert [n for n in range(MESSAGES) if here.world.measures(f"raid-post-{n}")] == []
        await agrees(here)


async def asked_to_decide(here: Installation, campaign: str) -> bool:
    """Whether the run took it; one whose worker was killed answers after its task's timeout."""
    try:
        await here.decide(campaign, "d-1", "spam/1", **VIOLATION)
    except ServiceUnavailable:
        return False
    return True


async def test_a_worker_killed_amid_the_members_neither_loses_nor_doubles_an_order(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path, **FAST) as here:
        async with here.working():
            campaign = await begun(here, accounts=10, messages=60)
        for _ in range(2):
            async with a_worker_dying(here, "eleventh_order") as worker:
                if (await here.case(campaign)).matters[0].open:
                    await until(lambda: asked_to_decide(here, campaign))
                assert await worker.wait() == -signal.SIGKILL
        async with here.working():
            await here.reaches(campaign, "batch_done")
            assert set(applied(here).values()) == {1}
            assert len(applied(here)) == 60
            await here.settles(campaign)
            await agrees(here)


class a_worker_dying:
    """A worker process that is killed at a point of `dying_worker`."""

    def __init__(self, here: Installation, point: str) -> None:
        self._here, self._point = here, point

    async def __aenter__(self) -> asyncio.subprocess.Process:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.integration.dying_worker", self._point),
            cwd=ROOT,
            env={**{k: v for k, v in os.environ.items() if not k.startswith("DUEPROCESS_")}, **self._here.variables},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        return self._process

    async def __aexit__(self, *_: object) -> None:
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
