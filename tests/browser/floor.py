"""The floor where reviewers work: one installation, one browser, a desk for each of them. Every browser test works on it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.axe import ensure_axe
from tests.browser.kit import CHROMIUM, Desk, a_browser, a_desk, pages_of
from tests.conftest import a_database
from tests.integration.kit import Installation, an_installation, until
from workers.postgres_server import PostgresServer

RUDE = "Synthetic post: you are such an idi\u043et, and everybody here knows it."  # with a Cyrillic letter
NEEDED = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt install chromium"),
    pytest.mark.skipif(
        CHROMIUM is not None and ensure_axe() is None, reason="axe-core cannot be fetched: npm is needed once"
    ),
]


@dataclass
class Floor:
    """The installation and three reviewers with a browser each, and their lead.

    url: where the pages are. browser: for desks beside.
    """

    installation: Installation
    url: str
    browser: Browser
    first: Desk
    second: Desk
    third: Desk
    lead: Desk


@asynccontextmanager
async def a_floor(server: PostgresServer, folder: Path) -> AsyncIterator[Floor]:
    """Everybody signed in."""
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(a_database(server))
        installation = await stack.enter_async_context(an_installation(database, folder))
        await stack.enter_async_context(installation.working())
        url = await stack.enter_async_context(pages_of(installation))
        browser = await stack.enter_async_context(a_browser())
        desks = [await stack.enter_async_context(a_desk(browser, url)) for _ in range(4)]
        for desk, name in zip(desks, ("rev-1", "rev-2", "rev-3", "lead"), strict=True):
            await desk.sign_in(name)
        yield Floor(installation, url, browser, *desks)


async def a_reported_post(floor: Floor, post_id: str, text: str = RUDE, **changes: object) -> str:
    """A rude post by an author of its own, reported twice and waiting for a person; its case."""
    floor.installation.world.post(post_id, text, f"of-{post_id}", **changes)
    await floor.installation.report(post_id)
    case_id = (await floor.installation.report(post_id)).case_id

    async def waits() -> bool:
        return any(task.stream == case_id for task in (await floor.installation.doors.queue("demo")).tasks)

    await until(waits)
    return case_id


async def is_open(installation: Installation, stream: str, task_id: str) -> bool:
    return any(
        (task.stream, task.task_id) == (stream, task_id) for task in (await installation.doors.queue("demo")).tasks
    )
