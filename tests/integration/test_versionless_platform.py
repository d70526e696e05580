"""A platform that keeps no versions: read before an order and after, and only the reading confirms."""

from pathlib import Path

from simulators.faults import Fault
from tests.conftest import Database
from tests.integration.kit import an_installation

VERSIONLESS = {"DUEPROCESS_PLATFORM_VERSIONS": "false"}


async def test_without_versions_only_what_was_judged_is_restricted_and_a_lost_answer_is_found_by_reading(
    postgres: Database, tmp_path: Path
):
    async with an_installation(postgres, tmp_path, **VERSIONLESS) as here, here.working():
        here.world.platform.world.versions = False
        here.world.post("post-1")
        await here.signal("post-1", harassment=0.99)
        stream = (await here.report("post-1")).case_id
        await here.reaches(stream, "order_confirmed")
        (held,) = await here.bodies(stream, "order_confirmed")
        assert (held.order_id, held.how) == ("hold:harassment/1:subject", "read_back")
        assert here.world.measures("post-1") == ["hide"]

        await here.claim(stream)
        here.world.edit("post-1", "Entirely other synthetic words.")
        await here.decide(stream)
        await here.reaches(stream, "order_voided")
        await here.reaches(stream, "evidence_captured", times=2)
        assert "remove" not in here.world.measures("post-1")
        assert here.world.orders("edited") == []  # read before, not sent
        assert ("author@example.invalid", "statement") not in here.world.told()

        here.world.platform.faults.fault = Fault(wrong="apply_then_500", paths=("/orders",))
        await here.decide(stream, "d-2", "harassment/2", "rev-2")
        await here.settles(stream, seconds=20)
        assert here.world.measures("post-1") == ["remove"]
        assert here.world.told().count(("author@example.invalid", "statement")) == 1
        here.world.heal()
        assert not (await here.reconciled()).differences
