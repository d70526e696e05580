"""Workflows call effects by stubs: the real ones answer to the same names, with the same models."""

import inspect
import typing
from collections.abc import Callable
from typing import Any, cast

from temporalio import activity

from activities import stubs
from activities.account_cases import AccountCases
from activities.assessing import Assessing
from activities.bulk import Bulk
from activities.campaigns import Campaigns
from activities.copying import Copying
from activities.drift_watch import DriftWatch
from activities.enforcements import Enforcements
from activities.event_feed import EventFeed
from activities.evidence import EvidenceCapture
from activities.late_media import LateMedia
from activities.member_filings import MemberFilings
from activities.notices import Notices
from activities.raids import Raids
from activities.recording import Recording
from activities.starting import Starting
from activities.task_watch import Watching
from activities.transparency import Transparency
from activities.vendors import AskingVendors
from cases.facts import Fact
from tests.fakes import FakeWorld

ROOMS = (
    AccountCases,
    Assessing,
    Bulk,
    Campaigns,
    Copying,
    Enforcements,
    EventFeed,
    EvidenceCapture,
    LateMedia,
    MemberFilings,
    Notices,
    Raids,
    Recording,
    Starting,
    Transparency,
    DriftWatch,
    Watching,
    AskingVendors,
)


def defined(place: Any) -> dict[str, Callable[..., Any]]:
    """Activities by the name Temporal knows them under."""
    found = {}
    for _, function in inspect.getmembers(place, callable):
        if definition := activity._Definition.from_callable(function):
            found[cast(str, definition.name)] = function
    return found


def signature(function: Callable[..., Any]) -> tuple[list[Any], Any]:
    hints = typing.get_type_hints(function)
    answer = hints.pop("return", None)
    return list(hints.values()), answer


REAL = {name: function for room in ROOMS for name, function in defined(room).items()}
STUBS = defined(stubs)


def test_every_stub_has_a_real_effect_and_every_effect_a_stub():
    assert set(REAL) == set(STUBS)


def test_they_take_and_answer_the_same_models():
    assert {name: signature(real) for name, real in REAL.items()} == {
        name: signature(stub) for name, stub in STUBS.items()
    }


def test_every_effect_takes_at_most_one_model_so_that_fields_can_be_added():
    for name, stub in STUBS.items():
        taken, _ = signature(stub)
        assert len(taken) <= 1, name
        assert all(issubclass(one, Fact) for one in taken), name


def test_the_fakes_of_the_workflows_tests_have_the_same_signatures():
    fakes = defined(FakeWorld)
    assert set(fakes) <= set(STUBS)
    assert {name: signature(fake) for name, fake in fakes.items()} == {name: signature(STUBS[name]) for name in fakes}


def test_workflows_give_their_requests_only_fields_that_exist():
    """Stored models ignore what they do not know, so a misnamed field would be lost without a word."""
    import ast
    from pathlib import Path

    models = {name: one for name, one in vars(stubs).items() if inspect.isclass(one) and issubclass(one, Fact)}
    root = Path(__file__).parents[2]
    for file in [*root.glob("workflows/*.py"), *root.glob("activities/*.py"), *root.glob("cases/*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in models:
                given = {keyword.arg for keyword in node.keywords if keyword.arg}
                unknown = given - set(models[node.func.attr].model_fields)
                assert not unknown, f"{file.name}:{node.lineno}: {node.func.attr} has no {unknown}"
