"""An operator takes the weight of a crowd's reports: the hold it brought about is lifted, and comes back with them."""

from collections.abc import AsyncIterator

import pytest

from api.errors import Refused
from api.requests import ReporterName, StandingRequest
from cases.case import Case
from cases.matters import MatterStage
from cases.measures import MeasureKind
from cases.messages import Person
from tests.integration.kit import TENANT, Installation, a_modules_installation, until
from workers.postgres_server import PostgresServer

CROWD = tuple(Person(account_id=f"account-c{number}", address=f"c-{number}@example.invalid") for number in range(3))


@pytest.fixture(scope="module")
async def here(
    anyio_backend: str, postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    async with a_modules_installation(postgres_server, tmp_path_factory, "standing") as here:
        yield here


def asked(message_id: str, people: tuple[Person, ...] = CROWD) -> StandingRequest:
    names = tuple(ReporterName(account_id=person.account_id) for person in people)
    return StandingRequest(message_id=message_id, reporters=names, reason="synthetic reason: they agreed to do it")


async def stands(here: Installation, stream: str, stage: MatterStage) -> Case:
    async def look() -> Case | None:
        case = await here.case(stream)
        settled = case.matters and case.matters[0].stage is stage and not any(order.open for order in case.orders)
        return case if settled else None

    return await until(look)


async def test_invalidated_reports_lift_the_hold_and_reinstated_ones_place_it_again(here: Installation):
    here.world.post("post-1")
    for person in CROWD:
        stream = (await here.report("post-1", area="spam", reporter=person)).case_id
    await stands(here, stream, MatterStage.HELD)
    assert here.world.measures("post-1") == [MeasureKind.HIDE]

    with pytest.raises(Refused, match="of 1 of the 1 cases"):  # one of the crowd, as an operator
        await here.doors.invalidate_reports(TENANT, "op-9", asked("x-0"), [str(CROWD[0].account_id)])
    changed = await here.doors.invalidate_reports(TENANT, "op-1", asked("x-1"))
    assert (changed.cases, changed.people) == ((stream,), 3)
    case = await stands(here, stream, MatterStage.IN_REVIEW)
    assert here.world.measures("post-1") == []
    assert case.counts["spam"].reports == 0

    async def author_told() -> bool:
        return ("author@example.invalid", "hold_lifted") in here.world.told()

    await until(author_told)

    assert (await here.doors.invalidate_reports(TENANT, "op-1", asked("x-1"))).cases == ()  # nothing left to change

    back = await here.doors.reinstate_reports(TENANT, "op-1", asked("y-1"))
    assert back.cases == (stream,)
    case = await stands(here, stream, MatterStage.HELD)
    assert here.world.measures("post-1") == [MeasureKind.HIDE]
    assert case.counts["spam"].independent == 3


async def test_reports_of_danger_keep_their_weight_whoever_sent_them(here: Installation):
    here.world.post("post-2")
    worried = Person(account_id="account-worried", address="worried@example.invalid")
    stream = (await here.report("post-2", area="self_harm", reporter=worried)).case_id
    await here.reaches(stream, "triaged")
    assert (await here.doors.invalidate_reports(TENANT, "op-1", asked("z-1", (worried,)))).cases == ()
    assert (await here.case(stream)).counts["self_harm"].reports == 1
