"""Long tellings take breaks, all of a worker's together; a short one waits for nobody."""

import asyncio

from activities.ease import BITE, LONGEST_REST_SECONDS, PATIENCE_SECONDS, REST, Ease


class Time:
    """A clock that only sleep and work move, and what was slept."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


async def told(ease: Ease, time: Time, mails: int, seconds: float, order: list[str], name: str) -> None:
    begun = ease.begun()
    for start in range(0, mails, BITE):
        async with ease.bite(begun, start):
            order.append(name)
            time.now += seconds


async def test_a_long_telling_rests_after_every_bite_but_the_first():
    time = Time()
    await told(Ease(time, time.sleep), time, 4 * BITE, 0.1, [], "storm")
    assert [round(one, 3) for one in time.slept] == [round(REST * 0.1, 3)] * 3


async def test_a_short_telling_goes_before_the_rest_of_a_long_one():
    time, order = Time(), list[str]()
    ease = Ease(time, time.sleep)
    await asyncio.gather(
        told(ease, time, 3 * BITE, 0.1, order, "storm"),
        told(ease, time, 3 * BITE, 0.1, order, "other storm"),
        told(ease, time, BITE, 0.1, order, "short"),
    )
    assert order.index("short") < 4
    assert len(time.slept) == 4


async def test_a_slow_mail_server_is_not_made_slower_and_patience_ends():
    time = Time()
    await told(Ease(time, time.sleep), time, 6 * BITE, PATIENCE_SECONDS / 3, [], "storm")
    assert time.slept == [LONGEST_REST_SECONDS] * 2
