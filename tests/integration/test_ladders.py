"""Strikes of several cases add up on the account's own case; what they led to falls with a decision it rests on."""

from pathlib import Path

from api.requests import ReversalRequest
from cases.messages import Person
from cases.names import SubjectKind, case_workflow_id, subject_key
from tests.conftest import Database
from tests.integration.kit import Installation, an_installation, until


async def struck(here: Installation, number: int) -> str:
    """A post of the same author, and a decision on it."""
    here.world.post(f"post-{number}")
    stream = (await here.report(f"post-{number}")).case_id
    await here.decide(stream, f"d-{number}", reviewer=f"rev-{1 + number % 2}")
    await here.reaches(stream, "order_confirmed")
    return stream


async def account_case(here: Installation, account_id: str = "account-author") -> str:
    secret = await here.means.record.keyring.subject_secret("demo")
    return case_workflow_id("demo", SubjectKind.ACCOUNT, subject_key(secret, SubjectKind.ACCOUNT, account_id))


async def has(here: Installation, *kinds: str) -> None:
    async def there() -> bool:
        return sorted(here.world.measures("account-author", "account")) == sorted(kinds)

    await until(there)


async def test_three_strikes_suspend_and_a_reversal_of_one_lifts_what_they_led_to(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        account = await account_case(here)
        first = await struck(here, 1)
        assert await here.events(account) == []  # a first strike leads to nothing, and writes nothing
        await struck(here, 2)
        await has(here, "warn")
        await struck(here, 3)
        await has(here, "warn", "suspend")
        await here.reaches(account, "told", times=2)
        case = await here.case(account)
        assert [(one.by, len(one.sources)) for one in case.decisions] == [
            ("rule:ladder.harassment.2", 2),
            ("rule:ladder.harassment.3", 3),
        ]
        statements = [mail["text"] for mail in here.world.mails() if mail["kind"] == "statement"]
        assert any(f"{first} · d-1" in text and "3 decisions left a strike each" in text for text in statements)

        wanted = ReversalRequest(message_id="r-1", case_id=first, decision_id="d-1", reason="synthetic: we were wrong")
        await here.doors.reverse("demo", "op-1", wanted)
        await here.reaches(account, "step_fell")
        await has(here, "warn")  # two strikes are left, and they would have led to the warning
        await here.reaches(account, "decision_reversed")
        await until(lambda: told(here, "reversal_author", 2))  # of the post's decision, and of the suspension
        assert (await here.kinds(account)).count("step_crossed") == 2

        subject = (await here.case(account)).decisions[0].decision_id
        author = Person(account_id="account-author", address="author@example.invalid")
        message = await here.appeal("account-author", subject, author, kind=SubjectKind.ACCOUNT)
        assert message.case_id == account
        await here.reaches(account, "appeal_opened")
        assert not (await here.reconciled()).differences


async def told(here: Installation, kind: str, times: int) -> bool:
    return [one for _, one in here.world.told()].count(kind) == times
