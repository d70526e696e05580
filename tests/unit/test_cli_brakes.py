"""`dueprocess stop`, `resume`, `brakes`, `protect`: what they ask of the gateway, what they print, how they end."""

import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from api.brake_messages import BrakesAnswer, BrakeSet, HeldBack, LiveStop, ProtectedAnswer, ProtectedOne, RuleUse
from api.cli.program import run_program
from api.client import Refused
from cases.brakes import Scope
from workers.console import build_program, explain

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
STOP = LiveStop(
    stop_id="s-1",
    scope=Scope.RULE,
    name="spam.certain",
    cause="corridor",
    by="corridor",
    reason="reversals: 4 of 20",
    at=NOON,
)
ANN = ProtectedOne(account_id="ann", reason="journalist", source="press register", added_by="op-1", added_at=NOON)


class FakeGateway:
    """Answers as a gateway would; `asked` is what reached it. changed: whether it was otherwise before."""

    def __init__(self) -> None:
        self.asked: list = []
        self.changed = True

    def _set(self, asked) -> BrakeSet:
        self.asked.append(asked)
        return BrakeSet(changed=self.changed, within_seconds=5.0, next="synthetic: what follows")

    async def stop(self, request):
        if request.area == "gardening":
            raise Refused("area: gardening is no area of the policy pack", 422, "bad_input")
        return self._set(request.scope)

    async def resume(self, request):
        return self._set(request.scope)

    async def protect(self, request):
        return self._set((request.account_id, request.reason, request.expires_at))

    async def unprotect(self, request):
        return self._set(request.account_id)

    async def brakes(self):
        held = HeldBack(reason="cap", rule="spam.certain", area="spam", acts=7, latest=NOON)
        return BrakesAnswer(stops=(STOP,), held_back=(held,), rules=(RuleUse(rule="spam.certain", hour=3, day=40),))

    async def protected(self):
        return ProtectedAnswer(accounts=(ANN,))


class FakePlace:
    tenant = "demo"

    def __init__(self) -> None:
        self.doors = FakeGateway()

    @asynccontextmanager
    async def gateway(self, tenant, name):
        assert (tenant, name) == ("demo", "operator")
        yield self.doors


@pytest.fixture
def place():
    return FakePlace()


@pytest.fixture
def dueprocess(place):
    return lambda *words: run_program(build_program(), words, {"place": lambda: place}, explain)


PROTECT = ("protect", "add", "ann", "--because", "journalist", "--source", "press register")


@pytest.mark.parametrize(
    ("words", "asked", "says", "again"),
    [
        (("stop", "--reason", "A test."), (Scope.TENANT, ""), "Stopped.", "It was stopped already."),
        (("stop", "--area", "spam", "--reason", "A test."), (Scope.AREA, "spam"), "Stopped.", "already"),
        (
            ("resume", "--rule", "spam.certain", "--reason", "A test."),
            (Scope.RULE, "spam.certain"),
            "It goes on.",
            "Nothing",
        ),
        (PROTECT, ("ann", "journalist", None), "Protected.", "Protected."),
        (("protect", "remove", "ann"), "ann", "Done.", "It was not protected."),
    ],
)
def test_what_was_done_is_said_and_what_was_so_before_is_no_error(place, dueprocess, capsys, words, asked, says, again):
    assert dueprocess(*words) == 0
    assert says in capsys.readouterr().out
    assert place.doors.asked == [asked]
    place.doors.changed = False
    assert dueprocess(*words) == 0
    assert again in capsys.readouterr().out
    assert dueprocess(*words, "--json") == 0
    assert json.loads(capsys.readouterr().out)["changed"] is False


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("brakes",), ("spam.certain", "reversals: 4 of 20", "cap", "40")),
        (("protect", "list"), ("ann", "journalist", "press register", "for good")),
    ],
)
def test_how_things_stand_is_a_table_or_json(dueprocess, capsys, words, says):
    assert dueprocess(*words) == 0
    shown = capsys.readouterr().out
    assert all(one in shown for one in says)
    assert dueprocess(*words, "--json") == 0
    json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("stop",), 2),
        (("stop", "--area", "spam", "--rule", "spam.certain", "--reason", "A test."), 2),
        (("stop", "--area", "gardening", "--reason", "A test."), 2),
        (("protect", "add", "ann", "--because", "fame", "--source", "a test"), 2),
        (("protect", "add", "ann", "--because", "minor", "--source", "a test", "--until", "tomorrow"), 2),
    ],
)
def test_what_is_wrong_ends_with_its_code(dueprocess, capsys, words, code):
    assert dueprocess(*words) == code
    assert capsys.readouterr().err
