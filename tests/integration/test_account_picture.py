"""The account picture on a whole installation: three contents in question open one case about the account."""

from collections.abc import AsyncIterator

import pytest

from cases.names import SubjectKind, case_workflow_id, subject_key
from tests.conftest import Database
from tests.integration.kit import TENANT, Installation, an_installation, until


@pytest.fixture
async def here(postgres: Database, tmp_path) -> AsyncIterator[Installation]:
    async with an_installation(postgres, tmp_path) as installation, installation.working():
        yield installation


async def test_the_third_content_in_question_opens_one_case_about_the_account(here: Installation):
    contents = []
    for number in range(4):
        here.world.post(f"post-{number}", text=f"Synthetic words of post {number}.")
        receipt = await here.report(f"post-{number}")
        contents.append(receipt.case_id)
        await here.reaches(receipt.case_id, "triaged")

        async def there(case_id: str = receipt.case_id) -> bool:
            return (await here.doors.case(TENANT, case_id)).account is not None

        await until(there)

    secret = await here.means.record.keyring.subject_secret(TENANT)
    account = case_workflow_id(TENANT, SubjectKind.ACCOUNT, subject_key(secret, SubjectKind.ACCOUNT, "account-author"))
    await here.reaches(account, "signal_received", times=2)  # of the third and the fourth content
    await here.reaches(account, "triaged")
    shown = await here.doors.case(TENANT, account)
    assert shown.stage == "in_review"
    assert shown.rule == "harassment.account-in-question"
    assert [task.task_id for task in shown.tasks] == ["harassment/1"]
    assert shown.account is not None
    assert {one.case_id for one in shown.account.matters} >= set(contents)
    assert await here.bodies(contents[0], "account_case_opened") == []
    for case_id in contents[2:]:
        await here.reaches(case_id, "account_case_opened")

    await here.decide(account, "d-account", rule_id="harassment.account-in-question")
    await here.reaches(account, "order_confirmed")  # for seven days, so the run lives on
    assert here.world.measures("account-author", "account") == ["suspend"]
