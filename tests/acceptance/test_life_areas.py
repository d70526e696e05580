"""The baseline pack's areas, each as a whole life: held, automatic, supported, child safety; and a measure that ends."""

from datetime import timedelta
from pathlib import Path

from api.requests import AuthorityReportRequest
from cases.decisions import Outcome
from cases.messages import Subject
from cases.names import SubjectKind
from cases.projection import strikes
from tests.conftest import Database
from tests.integration.kit import TENANT, an_installation


async def test_a_held_post_is_hidden_stated_twice_and_filed_twice(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        await here.signal("post-1", harassment=0.99)
        for _ in range(3):
            stream = (await here.report("post-1")).case_id
        await here.reaches(stream, "order_confirmed")
        assert here.world.measures("post-1") == ["hide"]
        await here.reaches(stream, "told")
        await here.decide(stream)
        case = await here.settles(stream)
        assert here.world.measures("post-1") == ["remove"]
        author = [kind for who, kind in here.world.told() if who.startswith("author@")]
        assert author == ["statement_provisional", "statement"]
        assert [(filing.cause, filing.accepted) for filing in case.filings] == [
            ("hold:harassment/1", True),
            ("d-1", True),
        ]
        assert not (await here.reconciled()).differences


async def test_support_sends_resources_punishes_nobody_and_waits_minutes(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1", "Synthetic words of someone in danger.")
        stream = (await here.report("post-1", area="self_harm")).case_id
        claimed = await here.claim(stream, "self_harm/1")
        assert claimed.task.queue == "specialist"
        assert claimed.task.due_at - here.clock() < timedelta(minutes=10)
        await here.doors.release(TENANT, "rev-1", claimed.lease_id)
        await here.decide(stream, task_id="self_harm/1", outcome="support")
        case = await here.settles(stream)
        assert (case.decision("d-1").outcome, strikes(case), case.filings) == (Outcome.SUPPORT, (), ())
        assert not here.world.orders()
        (letter,) = [mail for mail in here.world.mails() if mail["kind"] == "support_resources"]
        assert letter["to"] == ["author@example.invalid"]
        assert not {"violat", "remov", "strike", "suspend"} & set(letter["text"].lower().split())


async def test_child_safety_is_held_told_to_nobody_looked_at_twice_and_owes_a_report(
    postgres: Database, tmp_path: Path
):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1", "Synthetic words; nothing is here.")
        stream = (await here.report("post-1", area="child_safety")).case_id
        await here.signal("post-1", known_hash=1.0)
        await here.reaches(stream, "order_confirmed")
        assert here.world.measures("post-1") == ["hide"]
        await here.decide(stream, task_id="child_safety/1", ground="law", rule_id="child_safety.reported")
        await here.reaches(stream, "decision_recorded")
        await here.reaches(stream, "order_confirmed", times=3)
        assert here.world.measures("account-author", "account") == ["suspend"], "no safeguard delays a duty"
        assert not [kind for who, kind in here.world.told() if who.startswith("author@")]
        await here.decide(
            stream, "d-2", "second:d-1", "rev-2", seconds="d-1", ground="law", rule_id="child_safety.reported"
        )
        await here.reaches(stream, "second_look_taken")
        assert [clock.kind for clock in (await here.case(stream)).clocks] == ["authority_report"]
        filed = AuthorityReportRequest(
            message_id="ar-1",
            subject=Subject(kind=SubjectKind.CONTENT, id="post-1"),
            matter="child_safety/1",
            reference="A-1",
        )
        await here.doors.authority_report(TENANT, "op-1", filed)
        await here.settles(stream)
        assert not [kind for who, kind in here.world.told() if who.startswith("author@")]


async def test_a_suspension_of_seven_days_ends_by_its_timer(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        await here.decide(stream, enforcements=[{"kind": "suspend", "target": "author", "duration": "P7D"}])
        await here.reaches(stream, "told", times=2)
        await here.reaches(stream, "filing_answered")
        assert here.world.measures("account-author", "account") == ["suspend"]
        await here.forward(stream, days=7, minutes=1)
        await here.reaches(stream, "measure_expired")
        await here.settles(stream)
        assert ("author@example.invalid", "measure_expired") in here.world.told()
        assert here.world.measures("account-author", "account") == []
