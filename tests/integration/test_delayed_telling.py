"""Until a delay is over nobody says it, and from then on everybody says the same: mail, platform, status page, appeals."""

from datetime import timedelta
from pathlib import Path

import pytest

from api.errors import Refused
from cases.messages import Person
from cases.stances import TellingRequest
from tests.conftest import Database
from tests.integration.kit import TENANT, Installation, an_installation, until
from tests.integration.test_status_pages import PUBLIC, link_in_mail

AUTHOR = Person(account_id="account-author", address="author@example.invalid")
DELAY = timedelta(hours=3)


async def delayed(here: Installation) -> None:
    wanted = TellingRequest.model_validate(
        {
            "message_id": "st-1",
            "subject": {"kind": "content", "id": "post-1"},
            "person": "author",
            "stance": "delay_until",
            "until": here.clock() + DELAY,
            "source": "Order 123/26, DSA Art. 10(5)",
            "reason": "synthetic reason",
        }
    )
    await here.doors.telling(TENANT, "op-1", wanted)


def statements(here: Installation) -> list[str]:
    """What the author's letters of a restriction say, oldest first."""
    return [mail["text"] for mail in here.world.mails() if AUTHOR.address in mail["to"] and mail["kind"] == "statement"]


async def by_link(here: Installation, token: str) -> str | None:
    """Appeal the second decision as the status page's form does; the refusal's code."""
    try:
        form = here.doors.form_of(token, "d-2")
        await here.doors.appeal_by_link(token, "d-2", "synthetic grounds", form)
    except Refused as refused:
        return refused.code
    return None


@pytest.mark.timeout(120)
async def test_mail_platform_status_page_and_appeals_keep_silent_until_the_same_moment_and_then_say_the_same(
    postgres: Database, tmp_path: Path
):
    async with an_installation(postgres, tmp_path, DUEPROCESS_PUBLIC_URL=PUBLIC) as here, here.working():
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        await here.report("post-1", area="spam")
        await here.decide(stream, enforcements=[{"kind": "label"}])
        token = (await link_in_mail(here, "author@example.invalid", "statement")).removeprefix("/status/")
        await delayed(here)
        await here.reaches(stream, "telling_set")
        await here.decide(stream, "d-2", "spam/1", "rev-2", rule_id="spam.reported", enforcements=[{"kind": "demote"}])
        await here.reaches(stream, "order_confirmed", times=3)  # and what the platform may say of the first

        for passed in (timedelta(minutes=1), DELAY - timedelta(minutes=6)):
            await here.forward(stream, seconds=passed.total_seconds())
            assert sorted(here.world.measures("post-1")) == ["demote", "label"], "in force all the while"
            assert here.world.says_to("author")["post-1"] == ["visible"], "nor what they had heard of"
            assert len(statements(here)) == 1
            page = await here.doors.status(token)
            assert [one.decision_id for one in page.appeals] == ["d-1"]
            assert [one.kind for one in page.told].count("statement") == 1
            assert await by_link(here, token) == "nothing_to_appeal"
        await here.appeal("post-1", "d-2", AUTHOR)
        await here.reaches(stream, "appeal_refused")
        assert [body.reason for body in await here.bodies(stream, "appeal_refused")] == ["not_informed"]

        await here.forward(stream, minutes=6)

        async def written() -> bool:
            return len(statements(here)) == 2

        await until(written)
        assert set(here.world.says_to("author")["post-1"]) == {"labelled", "demoted"}

        async def open_to_appeal() -> bool:
            return {one.decision_id for one in (await here.doors.status(token)).appeals} == {"d-1", "d-2"}

        await until(open_to_appeal, 20)  # what was sent before they knew of anything took nothing away
        page = await here.doors.status(token)
        assert (page.told[0].kind, page.told[0].text) == ("statement", statements(here)[1])
        assert await by_link(here, token) is None
        await here.reaches(stream, "appeal_opened")
