"""`dueprocess parked` and `dueprocess flags`: what they ask of the gateway, what they print, how they end."""

import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from api.cli.program import run_program
from api.client import Refused
from api.operator_answers import Flag, FlagsAnswer, ParkedAnswer, ParkedMessage
from workers.console import build_program, explain

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CASE = "case/demo/content/" + "0123456789abcdef" * 2
WAITING = ParkedMessage(
    parked_id="park-1",
    message_id="hook:acme:1",
    kind="hook",
    source="acme",
    reason="unmappable",
    problem="object.id: is missing; mend the table of sources",
    parked_at=NOON,
)
CLOSED = {"closed_at": NOON, "closed_by": "operator"}


class FakeGateway:
    """Answers as a gateway would; `asked` is what reached it."""

    def __init__(self) -> None:
        self.asked: list = []

    async def parked(self, limit=100, *, closed=False):
        self.asked.append((limit, closed))
        return ParkedAnswer(parked=(WAITING,), more=True)

    async def parked_message(self, parked_id):
        if parked_id != "park-1":
            raise Refused("nothing is parked as that", 404, "unknown")
        return WAITING

    async def replay(self, parked_id):
        return WAITING.evolve(**CLOSED, closed_as="replayed", replayed_as="hook:acme:1")

    async def discard(self, parked_id, request):
        return WAITING.evolve(**CLOSED, closed_as="discarded", why=request.reason)

    async def flags(self):
        return FlagsAnswer(flags=(Flag(stream=CASE, flag="history_holds_text", raised_at=NOON),))

    async def clear_flag(self, request):
        self.asked.append((request.stream, request.flag))
        return FlagsAnswer(flags=())


class FakePlace:
    tenant = "demo"

    def __init__(self) -> None:
        self.doors = FakeGateway()

    @asynccontextmanager
    async def gateway(self, tenant, name):
        assert (tenant, name) == ("demo", "operator")
        yield self.doors


@pytest.fixture
def dueprocess():
    place = FakePlace()
    return lambda *words: run_program(build_program(), words, {"place": lambda: place}, explain)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("parked", "list"), "There are more than 100"),
        (("parked", "list", "--all", "--limit", "1"), "object.id: is missing; mend the table of sources"),
        (("parked", "show", "park-1"), "2026-11-22 12:00:00, waits"),
        (("parked", "replay", "park-1"), "replayed 2026-11-22 12:00 by operator"),
        (("parked", "discard", "park-1", "--reason", "A test."), "A test."),
        (("flags", "list"), CASE),
        (("flags", "clear", CASE, "history_holds_text"), "is cleared; 0 left"),
    ],
)
def test_people_are_told_in_words_and_programs_in_json(dueprocess, capsys, words, says):
    assert dueprocess(*words) == 0
    assert says in capsys.readouterr().out
    assert dueprocess(*words, "--json") == 0
    json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("parked", "show", "park-2"), 3),
        (("parked", "discard", "park-1"), 2),
        (("parked", "discard", "park-1", "--reason", " "), 2),
        (("flags", "clear", CASE, "No flag!"), 2),
    ],
)
def test_what_is_wrong_ends_with_its_code(dueprocess, capsys, words, code):
    assert dueprocess(*words) == code
    assert capsys.readouterr().err
