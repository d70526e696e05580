"""Every page by Tab alone: each control is reached once, in the order it is read in, seen, and not covered (WCAG 2.2)."""

from typing import Any

from tests.browser.floor import NEEDED, Floor, a_reported_post
from tests.browser.kit import Desk

pytestmark = NEEDED

LEAST = 24  # CSS pixels a side: Success Criterion 2.5.8
OUTLINE = 2  # and as many around what has the focus: 2.4.13

# What a reader without a mouse must come to: shown, not disabled; of a group of radios the one that is chosen, or the first.
CONTROLS = """() => {
  const seen = (one) => one.checkVisibility() && !one.closest('details:not([open]) > :not(summary)');
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, video, audio, [tabindex="0"]')];
  const groups = new Set();
  const first = (one) => {
    if (one.type !== 'radio') return true;
    const chosen = document.querySelector(`input[name="${one.name}"]:checked`);
    if (chosen ? chosen !== one : groups.has(one.name)) return false;
    groups.add(one.name);
    return true;
  };
  const wanted = all.filter((one) => seen(one) && !one.disabled && one.type !== 'hidden' && first(one));
  wanted.forEach((one, place) => (one.dataset.place = place));
  return wanted.length;
}"""
FOCUSED = """() => {
  const one = document.activeElement;
  if (one === document.body || one === document.documentElement) return null;
  const box = one.getBoundingClientRect();
  const style = getComputedStyle(one);
  const x = Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1);
  const y = Math.min(Math.max(box.top + Math.min(box.height, 20) / 2, 0), innerHeight - 1);
  const top = document.elementFromPoint(x, y);
  return {
    what: one.outerHTML.slice(0, 120),
    place: Number(one.dataset.place ?? -1),
    outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
    shown: box.bottom > 0 && box.top < innerHeight && !!top && (one.contains(top) || top.contains(one)),
    inline: one.matches('a:not(nav a)'),
    width: box.width,
    height: box.height,
  };
}"""


async def walk(desk: Desk) -> list[dict[str, Any]]:
    """From the top of the page by Tab until the browser's own controls: what had the focus, in order."""
    count = await desk.page.evaluate(CONTROLS)
    found: list[dict[str, Any]] = []
    while len(found) <= count + 1:
        await desk.page.keyboard.press("Tab")
        one = await desk.page.evaluate(FOCUSED)
        if one is None or (found and one["place"] == found[0]["place"]):
            break
        found.append(one)
    reached = [one["place"] for one in found]
    if 0 in reached:  # a page that says what is wrong begins there
        reached = reached[reached.index(0) :] + reached[: reached.index(0)]
    assert reached == list(range(count)), (desk.page.url, reached, count)
    return found


async def test_each_control_of_each_page_is_reached_by_tab_seen_and_large_enough(floor: Floor):
    case_id = await a_reported_post(floor, "keys-1")
    desk, lead = floor.first, floor.lead
    await desk.take(case_id)
    held = f"/review/cases/{case_id}"
    places = [(desk, one) for one in (held, "/review/queue", "/review/you", "/review/conflicts", "/review/cases/none")]
    places += [(lead, one) for one in ("/review/lead", "/review/on-call", held)]
    for who, place in places:
        await who.open(place)
        await who.page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        for one in await walk(who):
            assert one["outline"] >= OUTLINE, (place, one)
            assert one["shown"], (place, one)
            assert one["inline"] or min(one["width"], one["height"]) >= LEAST, (place, one)
    desk.errors.clear()
    await desk.open(held)
    await desk.page.get_by_role("button", name="Give it back").click()
    await desk.page.wait_for_url("**done=released")
