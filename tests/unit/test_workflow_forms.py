"""Every handler says in the Web UI what it takes, by an example that its model takes as it stands."""

import json
import re
from typing import Any
from urllib.parse import unquote

import pytest
from pydantic import BaseModel
from temporalio import workflow

from api.http.web_ui import views_of
from cases.interventions import InterventionMessage
from cases.messages import DecisionMessage, ExtensionMessage, ReversalMessage
from cases.order_messages import RawAuthorityOrderMessage
from cases.withdrawals import WithdrawalMessage
from record.raw_models import RawAppealMessage, RawReportMessage
from tests.builders import NOON
from workers.case_pages import CasePages
from workers.worker import WORKFLOWS
from workflows.appeal import AppealWorkflow
from workflows.case import CaseWorkflow

MODELS: dict[tuple[type, str, str], type[BaseModel]] = {
    (CaseWorkflow, "signal", "report"): RawReportMessage,
    (CaseWorkflow, "signal", "decide"): DecisionMessage,
    (CaseWorkflow, "signal", "appeal"): RawAppealMessage,
    (CaseWorkflow, "signal", "authority_order"): RawAuthorityOrderMessage,
    (CaseWorkflow, "update", "decide"): DecisionMessage,
    (CaseWorkflow, "update", "extend_deadline"): ExtensionMessage,
    (CaseWorkflow, "update", "reverse"): ReversalMessage,
    (CaseWorkflow, "update", "intervene"): InterventionMessage,
    (CaseWorkflow, "update", "withdraw"): WithdrawalMessage,
    (AppealWorkflow, "update", "withdraw"): WithdrawalMessage,
    (AppealWorkflow, "signal", "decide"): DecisionMessage,
    (AppealWorkflow, "update", "decide"): DecisionMessage,
}
HINTS = {"ring", "roll", "look"}  # signals that take nothing that matters


def handlers() -> list[tuple[type, str, str, str]]:
    found = []
    for one in WORKFLOWS:
        definition = workflow._Definition.must_from_class(one)
        for kind, by_name in (("signal", definition.signals), ("update", definition.updates)):
            found += [(one, kind, str(name), handler.description or "") for name, handler in by_name.items()]
    return found


def example_of(description: str) -> Any:
    """The JSON object in a description, with stand-ins for what is left out."""
    found = re.search(r"\{.*\}", description)
    assert found, description
    return json.loads(found.group().replace("txt-…", f"txt-{'0' * 32}").replace('"…"', '"token"'))


@pytest.mark.parametrize(
    ("owner", "kind", "name", "description"), handlers(), ids=lambda one: getattr(one, "__name__", None)
)
def test_a_handlers_example_is_one_that_it_takes(owner: type, kind: str, name: str, description: str):
    assert description, "says in the Web UI what it takes"
    if (owner, kind, name) in MODELS:
        MODELS[owner, kind, name].model_validate(example_of(description))
    else:
        assert (kind, name in HINTS) == ("signal", True), f"{name} needs a model here, and an example"


def test_a_link_leads_to_the_page_of_the_case_and_is_left_out_where_nobody_said_where_pages_are():
    assert CasePages("https://review.example/").page_of("case/demo/content/ab") == (
        "https://review.example/review/cases/case/demo/content/ab"
    )
    functions: dict[str, Any] = {}
    for url in ("", "https://review.example"):
        functions.clear()
        CasePages(url).workflow_interceptor_class(type("Input", (), {"unsafe_extern_functions": functions})())  # type: ignore[arg-type]
        assert bool(functions) is bool(url)


def test_views_of_the_web_ui_have_the_time_filled_in():
    views = {one.name: unquote(one.address) for one in views_of("http://ui/workflows", "demo", NOON, {"self_harm"})}

    assert views_of("", "demo", NOON, {"spam"}) == ()
    assert views["Stuck"] == 'http://ui/workflows?query=CaseTenant = "demo" AND CaseStuck = true'
    assert 'CaseDueAt < "2026-03-02T13:00:00Z"' in views["Due within the hour, or missed"]
    assert 'CaseCategory = "self_harm"' in views["Self harm, waiting for a reviewer"]
    assert all(" = " not in one.address for one in views_of("http://ui", "demo", NOON, ()))
