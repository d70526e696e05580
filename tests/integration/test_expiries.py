"""Measures end by their own clocks, together or alone, across cases on one account; the person is told of each."""

from datetime import timedelta
from pathlib import Path

from tests.conftest import Database
from tests.integration.kit import an_installation, until


async def test_a_suspension_and_a_limit_ending_in_the_same_minute_both_end_and_a_third_stays(
    postgres: Database, tmp_path: Path
):
    """Two cases, one account, one minute: in bluesky-social/ozone such two cancel each other out."""
    ends = {"post-1": "suspend", "post-2": "limit", "post-3": "demonetise"}
    async with an_installation(postgres, tmp_path) as here, here.working():
        streams = {}
        for post in ends:
            here.world.post(post)
        for number, (post, kind) in enumerate(ends.items(), start=1):
            streams[post] = (await here.report(post, area="other")).case_id
            lasts = {"duration": "P7D"} if kind != "demonetise" else {}
            await here.decide(
                streams[post],
                f"d-{number}",
                task_id="other/1",
                rule_id="other.unmapped",
                enforcements=[{"kind": kind, "target": "author", **lasts}],
            )
            await here.reaches(streams[post], "told", times=2)
        assert sorted(here.world.measures("account-author", "account")) == ["demonetise", "limit", "suspend"]
        here.clock.ahead += timedelta(days=7, minutes=1)
        for post in ("post-1", "post-2"):
            await here.environment.fast_forward(here.handle(streams[post]), timedelta(days=7, minutes=1))
        for post in ("post-1", "post-2"):
            await here.reaches(streams[post], "measure_expired")
            await here.reaches(streams[post], "told", times=3)

        async def left() -> bool:
            return here.world.measures("account-author", "account") == ["demonetise"]

        await until(left)
        assert here.world.told().count(("author@example.invalid", "measure_expired")) == 2
