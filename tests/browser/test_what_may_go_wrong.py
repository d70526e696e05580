"""What goes wrong at a desk: a session ends, the gateway is away, a colleague was first, a text pretends. Nothing is lost."""

from tests.browser.floor import NEEDED, Floor, a_reported_post
from tests.browser.kit import Desk, a_desk, token_of

pytestmark = NEEDED

WORDS = "My own words, which took me a while."
PRETENDING = "Synthetic: open the file \u202egnp.exe-ton\u202c, you idiot, or zero\u200bwidth."
ARABIC = "هذا منشور اصطناعي: أنت idiot كبير!"
SPACED = "* {line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important}"


async def fill(desk: Desk, case_id: str) -> None:
    """Take it, and write a decision without sending it."""
    await desk.take(case_id)
    await desk.press("2")
    await desk.page.get_by_label("Why", exact=True).first.fill(WORDS)


async def alert_of(desk: Desk) -> str:
    """What the page says is wrong, which has the focus."""
    alert = desk.page.get_by_role("alert")
    await alert.wait_for()
    assert await alert.evaluate("one => one === document.activeElement")
    return await alert.inner_text()


async def test_what_was_written_outlives_the_session(floor: Floor):
    case_id = await a_reported_post(floor, "wrong-1")
    async with a_desk(floor.browser, floor.url) as desk:
        await desk.sign_in("rev-1")
        await fill(desk, case_id)
        await desk.page.context.clear_cookies()
        await desk.page.get_by_role("button", name="Decide").click()
        assert "nothing was sent" in await alert_of(desk)
        assert await desk.faults() == []

        await desk.page.get_by_label("Your token").fill("synthetic wrong token")
        await desk.press("Enter")
        await desk.page.get_by_text("No person here has this token").wait_for()
        await desk.page.get_by_label("Your token").fill(token_of("rev-1"))
        await desk.press("Enter")
        await desk.page.get_by_role("heading", name="Your decision").wait_for()
        assert await desk.page.get_by_label("Why", exact=True).first.input_value() == WORDS
        assert await desk.page.get_by_label("no violation").is_checked()
        await desk.page.get_by_role("button", name="Decide").click()
        await desk.page.wait_for_url("**done=decided**")
    (body,) = await floor.installation.bodies(case_id, "decision_recorded")
    assert body.decision.outcome == "no_violation"


async def test_what_was_written_outlives_a_gateway_that_is_away(floor: Floor):
    desk, case_id = floor.second, await a_reported_post(floor, "wrong-2")
    desk.errors.clear()  # of other tests
    await fill(desk, case_id)
    await desk.page.context.set_offline(True)
    await desk.page.get_by_role("button", name="Decide").click()
    assert "does not answer" in await alert_of(desk)
    assert await desk.page.get_by_label("Why", exact=True).first.input_value() == WORDS

    await desk.page.context.set_offline(False)
    await desk.page.get_by_role("button", name="Decide").click()
    await desk.page.wait_for_url("**done=decided**")
    assert all("ERR_INTERNET_DISCONNECTED" in said for said in desk.errors)
    desk.errors.clear()


async def test_what_was_written_is_handed_back_where_a_colleague_has_the_task_by_now(floor: Floor):
    desk, case_id = floor.second, await a_reported_post(floor, "wrong-3")
    await fill(desk, case_id)
    async with a_desk(floor.browser, floor.url) as elsewhere:
        await elsewhere.sign_in("rev-2")
        await elsewhere.open(f"/review/cases/{case_id}")
        await elsewhere.page.get_by_role("button", name="Give it back").click()
        await elsewhere.page.wait_for_url("**done=released")
    await floor.third.take(case_id)
    await desk.page.get_by_role("button", name="Decide").click()
    assert await alert_of(desk)
    assert await desk.page.get_by_label("What you wrote").input_value() == WORDS
    assert await desk.faults() == []
    assert await desk.page.get_by_role("heading", name="Your decision").count() == 0
    desk.errors.clear()


async def test_after_signing_out_the_way_back_shows_nothing(floor: Floor):
    case_id = await a_reported_post(floor, "wrong-4")
    async with a_desk(floor.browser, floor.url) as desk:
        await desk.sign_in("rev-3")
        await desk.take(case_id)
        await desk.press("r")
        await desk.page.get_by_text("shown masked").wait_for()
        await desk.open(f"/review/cases/{case_id}")
        await desk.page.get_by_role("button", name="Sign out").click()
        await desk.page.get_by_role("heading", name="Sign in").wait_for()
        await desk.page.go_back()
        await desk.page.get_by_role("heading", name="Sign in").wait_for()


async def test_a_text_that_pretends_is_shown_as_it_is_written_and_as_it_was_seen(floor: Floor):
    desk, case_id = floor.second, await a_reported_post(floor, "wrong-5", PRETENDING)
    await desk.take(case_id)
    for level in ("masked", "clear"):
        await desk.press("r")
        await desk.page.get_by_text(f"shown {level}").wait_for()
    written = desk.page.locator("#written")
    assert await written.locator(".control").evaluate_all("all => all.map(one => one.dataset.name)") == [
        "right-to-left override",
        "pop directional formatting",
        "zero width space",
    ]
    assert await desk.page.get_by_role("heading", name="As readers saw it").count() == 1
    await desk.page.evaluate("document.getSelection().selectAllChildren(document.querySelector('#written mark'))")
    await desk.press("s")  # what is counted is what was written
    start = int(await desk.page.get_by_label("Text from character").input_value())
    end = int(await desk.page.get_by_label("up to, not counted").input_value())
    assert PRETENDING[start:end] == "idiot"
    assert await desk.faults() == []


async def test_what_is_written_from_right_to_left_is_read_so(floor: Floor):
    desk, case_id = floor.third, await a_reported_post(floor, "wrong-6", ARABIC, language="ar")
    await desk.take(case_id)
    await desk.press("r")
    await desk.page.get_by_text("shown masked").wait_for()
    written = desk.page.locator("#written")
    assert await written.evaluate("one => getComputedStyle(one).direction") == "rtl"
    assert await desk.page.locator("#evidence").evaluate("one => getComputedStyle(one).direction") == "ltr"
    await desk.page.get_by_label("Why", exact=True).first.fill("סיבה סינתטית")
    assert await desk.page.locator("#rationale").evaluate("one => getComputedStyle(one).direction") == "rtl"


async def test_pages_stand_dark_colours_of_ones_own_and_wide_letters(floor: Floor):
    case_id = await a_reported_post(floor, "wrong-7")
    desk = floor.third
    await desk.take(case_id)
    await desk.press("r")
    await desk.page.get_by_text("shown masked").wait_for()
    for scheme in ("dark", "light"):
        await desk.page.emulate_media(color_scheme=scheme, forced_colors="active" if scheme == "light" else "none")
        assert await desk.faults() == [], scheme
    await desk.page.emulate_media(forced_colors="none")
    for page in (f"/review/cases/{case_id}", "/review/queue", "/review/you", "/review/on-call"):
        await desk.open(page)
        await desk.page.set_viewport_size({"width": 320, "height": 800})
        await desk.page.evaluate(
            "css => { const one = new CSSStyleSheet(); one.replaceSync(css); document.adoptedStyleSheets = [one] }",
            SPACED,
        )
        assert await desk.page.evaluate("document.scrollingElement.scrollWidth") <= 320, page
        await desk.page.set_viewport_size({"width": 1280, "height": 900})
