"""A real browser on a real installation: Debian's Chromium by Playwright, the gateway in this process, axe in every page."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Final

import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from api.doors import Doors
from api.http.app import create_app
from api.http.health import Readiness
from api.http.review_sessions import Sessions
from api.http.tokens import Principal, Role, Tokens
from cases.exposure import Wellbeing
from simulators.serving import address, listen
from tests.browser.axe import ensure_axe
from tests.integration.kit import TENANT, Installation, until
from workers.library import PackLibrary

CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PEOPLE: Final = {
    "rev-1": Role.REVIEWER,
    "rev-2": Role.REVIEWER,
    "rev-3": Role.REVIEWER,
    "lead": Role.OPERATOR,
    "auditor": Role.AUDITOR,
}
FLAGS: Final = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    *(("--no-sandbox",) if os.geteuid() == 0 else ()),  # Chromium's own sandbox does not start as root
)


@dataclass
class Desk:
    """Somebody at a browser. errors: what the page's console said that it should not have; keys: how many were pressed."""

    page: Page
    url: str
    errors: list[str] = field(default_factory=list)
    keys: int = 0

    async def open(self, path: str) -> None:
        """A page of ours, whole."""
        await self.page.goto(f"{self.url}{path}")

    async def sign_in(self, name: str) -> None:
        """By the form, with this person's token."""
        await self.open("/review/queue")
        await self.page.get_by_label("Your token").fill(token_of(name))
        await self.page.get_by_role("button", name="Sign in").click()
        await self.page.wait_for_url("**/review/queue")

    async def press(self, key: str) -> None:
        """One key, counted."""
        self.keys += 1
        await self.page.keyboard.press(key)

    async def take(self, stream: str) -> None:
        """Claim a task of this case by its page."""
        await self.open(f"/review/cases/{stream}")
        await self.page.get_by_role("button", name="Take ").first.click()
        await self.page.get_by_role("heading", name="Your decision").wait_for()

    async def faults(self) -> list[str]:
        """What axe finds against WCAG 2.2 AA on this page: rule and first place."""
        script = ensure_axe()
        assert script is not None, "axe-core is not there: npm fetches it once (tests/browser/axe.py)"
        await self.page.evaluate(script.read_text(encoding="utf-8"))
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found: dict[str, Any] = await self.page.evaluate(
            "tags => axe.run({runOnly: {type: 'tag', values: tags}})", tags
        )
        return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found["violations"]]

    async def first_paint_ms(self) -> float:
        """From the start of navigation to the first contentful paint, as the browser measured it."""
        entry = "performance.getEntriesByName('first-contentful-paint')[0]"
        await self.page.wait_for_function(f"() => {entry} !== undefined")
        return float(await self.page.evaluate(f"{entry}.startTime"))


def token_of(name: str) -> str:
    """A person's token."""
    return f"synthetic-token-of-{name}"


@asynccontextmanager
async def pages_of(installation: Installation, wellbeing: Wellbeing | None = None) -> AsyncIterator[str]:
    """The gateway with reviewers' pages, served on loopback; its address. wellbeing: instead of the pack's."""
    means = installation.means
    record = replace(means.record, wellbeing=wellbeing) if wellbeing else means.record
    assert means.signing
    library = PackLibrary(means.in_force, installation.settings.platform_name)
    doors = Doors(record, means.client, installation.clock, means.signing, means.areas, library=library)
    tokens = Tokens(
        Principal(
            token_sha256=sha256(token_of(name).encode()).hexdigest(),
            tenant=TENANT,
            role=role,
            name=name,
            reviewer_id=name if role is Role.REVIEWER else None,
        )
        for name, role in PEOPLE.items()
    )
    sessions = Sessions(tokens, means.signing, installation.clock, secure=False)
    app = create_app(
        lambda: doors,
        tokens,
        Readiness({}),
        sessions=sessions,
        web_ui="http://127.0.0.1:8233/namespaces/default/workflows",
    )
    socket = listen("127.0.0.1", 0, "pages")
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    serving = asyncio.ensure_future(server.serve([socket]))
    host, port = address(socket)
    try:
        await until(lambda: _started(server))
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        await asyncio.wait([serving], timeout=5)
        await doors.aclose()


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    """Chromium, without a window."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def a_desk(browser: Browser, url: str, **options: Any) -> AsyncIterator[Desk]:
    """A person with a browser of their own."""
    context: BrowserContext = await browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    desk = Desk(await context.new_page(), url)
    desk.page.on("console", lambda said: desk.errors.append(said.text) if said.type == "error" else None)
    desk.page.on("pageerror", lambda error: desk.errors.append(str(error)))
    try:
        yield desk
    finally:
        await context.close()


async def _started(server: uvicorn.Server) -> bool:
    return server.started
