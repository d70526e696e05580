"""docs/contract.md says what is: every example is one the models take, every list is the code's own."""

import ast
import json
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from activities.platform_client import Snapshot, TargetState
from api import (
    answers,
    bank_messages,
    brake_messages,
    bulk_messages,
    care_messages,
    conflict_messages,
    flagger_messages,
    operator_answers,
    order_answers,
    policy_messages,
    quality_messages,
    queue_messages,
    requests,
    status_answers,
    vendor_messages,
)
from api.cli.exits import ExitCode
from api.http.problem_json import ProblemDocument
from cases import interventions, legal_requests, messages, order_messages, stances, withdrawals
from cases.case import CaseStage
from cases.events import CaseEvent, EventBody
from cases.impartiality import CONFLICT, DECIDED
from cases.measures import MeasureKind
from cases.names import SEARCH_ATTRIBUTES, SubjectKind
from cases.tokens import Claims
from record.raw_models import RawAppealMessage, RawReportMessage
from simulators.platform.orders import parse_order
from tests.unit.docs_pages import ROOT, Example, code_words, examples, page, table_rows
from workers.worker import WORKFLOWS
from workflows.appeal import AppealWorkflow
from workflows.case import CaseWorkflow

CONTRACT = page("docs/contract.md")
JSON_EXAMPLES = [example for example in examples(CONTRACT) if example.language == "json"]
OURS: tuple[type[BaseModel], ...] = (RawReportMessage, RawAppealMessage, Claims, CaseEvent, ProblemDocument)


def _model(name: str) -> type[BaseModel]:
    named = {model.__name__: model for model in OURS}
    found = named.get(name) or next(
        getattr(room, name, None)
        for room in (
            messages,
            interventions,
            legal_requests,
            order_messages,
            requests,
            answers,
            operator_answers,
            order_answers,
            status_answers,
            brake_messages,
            care_messages,
            conflict_messages,
            quality_messages,
            vendor_messages,
            bank_messages,
            bulk_messages,
            flagger_messages,
            policy_messages,
            queue_messages,
            stances,
            withdrawals,
        )
        if hasattr(room, name)
    )
    assert isinstance(found, type)
    assert issubclass(found, BaseModel)
    return found


def _place(example: Example) -> str:
    return f"line {example.line} {example.info}"


@pytest.mark.parametrize("example", [one for one in JSON_EXAMPLES if one.info.startswith("message=")], ids=_place)
def test_an_example_is_taken_as_it_stands(example: Example):
    model = _model(example.info.removeprefix("message="))

    model.model_validate_json(example.text, strict=True)

    unknown = _strangers(model, json.loads(example.text))
    assert not unknown, f"stored models ignore what they do not know, so a misspelt field would pass: {unknown}"


def test_an_order_is_one_that_the_simulated_platform_takes():
    (order,) = [one for one in JSON_EXAMPLES if one.info == "schema=order"]

    assert parse_order(order.text.encode()).unsupported == frozenset()


@pytest.mark.parametrize(("name", "model"), [("snapshot", Snapshot), ("target", TargetState)])
def test_what_the_platform_is_to_answer_is_what_we_read(name: str, model: type[BaseModel]):
    (example,) = [one for one in JSON_EXAMPLES if one.info == f"schema={name}"]

    read = model.model_validate_json(example.text)

    missing = set(model.model_fields) - set(json.loads(example.text))
    assert not missing, f"fields that we read and the page does not show: {missing}"
    assert read.model_fields_set == set(model.model_fields)


def test_every_example_is_json():
    for example in JSON_EXAMPLES:
        json.loads(example.text)


def test_every_message_and_answer_has_an_example():
    shown = {example.info.removeprefix("message=") for example in JSON_EXAMPLES}
    wanted = {
        model.__name__
        for model in (
            *_models(messages),
            *_models(legal_requests),
            *_models(order_messages),
            *_models(interventions),
            *_models(requests),
            *_models(answers),
            *_models(brake_messages),
            *_models(conflict_messages),
            *_models(vendor_messages),
            *_models(bank_messages),
            *_models(bulk_messages),
            *_models(flagger_messages),
            *_models(order_answers),
            *_models(policy_messages),
            *_models(queue_messages),
        )
    }
    parts = {
        *(
            "InterventionReceived",
            "OrderIntervened",
            "OrderGivenUp",
            "OrderOvertaken",
            "OrderDropped",
        ),  # events, listed below
        "OrderOvertakenMessage",  # brought by the sweeper
        "AttachmentsCameMessage",  # brought by the sweep for late attachments
        *("Subject", "Person", "Detector", "Task", "TimelineEntry", "EvidenceContent", "StuckOrder", "StuckCase"),
        *(
            "Flag",
            "ToldLetter",
            "OpenToAppeal",
            "CopyAnswer",
            "RestingAnswer",
            "BatchItem",
            "BatchResult",
            "ResultProblem",
        ),
        *("MissingElement", "Sender", "Signature", "ReporterName", "Misuser", "Authority", "OrderFacts", "ListedOrder"),
        *(
            "LiveStop",
            "HeldBack",
            "RuleUse",
            "PersonUse",
            "ProtectedOne",
            "VendorState",
            "BankTerms",
            "BankEntry",
            "Bank",
            "SharedEntry",
        ),
        *("NoticeElements", "FlaggerStanding", "ListedFlagger", "KnownConflict"),
        *("BlastRadius", "BulkProgress", "BulkSampled", "BulkRowAnswer"),
        *("OnCallClock", "OnCallTask", "OnCallPage", "OnCallAlarm"),
        *("KeptTaskChange", "RegisteredReviewer", "QueueLine"),
        *("ReleaseAnswer", "RollbackAnswer"),
        *("AreaExplained", "RuleLooked", "PartLooked"),
    }
    inside = {
        "AuthorityReportMessage",
        "AuthorityOrderMessage",
        "OrderChangeMessage",
    }  # made by the door from AuthorityReportRequest

    seen_with_a_case = {"AccountAnswer", "AccountMatterAnswer", "CampaignBatch"}

    assert wanted - parts - inside - seen_with_a_case - shown == set()


def test_every_signal_update_and_query_is_named_and_no_other():
    for workflow in (CaseWorkflow, AppealWorkflow):
        for group in _handlers(workflow).values():
            assert group <= code_words(CONTRACT), workflow.__name__
    signals = {row[0].strip("`") for row in table_rows(CONTRACT, "| signal | message |")}
    updates = {row[0].strip("`") for row in table_rows(CONTRACT, "| update | of |")}

    assert signals == _handlers(CaseWorkflow)["signals"]
    assert updates == _handlers(CaseWorkflow)["updates"] | _handlers(AppealWorkflow)["updates"]


def test_workflow_types_search_attributes_stages_and_kinds_are_the_codes_own():
    types = {row[0].strip("`") for row in table_rows(CONTRACT, "| workflow type |")}
    attributes = {row[0].strip("`"): row[1] for row in table_rows(CONTRACT, "| name | type | value |")}

    assert types == {workflow.__name__ for workflow in WORKFLOWS}
    assert attributes == dict(SEARCH_ATTRIBUTES)
    assert set(CaseStage) | set(SubjectKind) <= code_words(CONTRACT)
    assert all(kind in CONTRACT for kind in MeasureKind)


def test_exit_codes_are_those_of_the_command_line():
    assert [int(row[0]) for row in table_rows(CONTRACT, "| exit code |")] == [int(code) for code in ExitCode]


def test_every_route_is_named_with_its_method():
    from api.http.app import create_app
    from api.http.health import Readiness
    from api.http.tokens import Tokens

    def no_doors() -> Any:
        raise AssertionError

    document = create_app(no_doors, Tokens(()), Readiness({})).openapi()
    served = {f"{method.upper()} {path}" for path, operations in document["paths"].items() for method in operations} | {
        "POST /codec/decode",
        "POST /codec/encode",
    }
    named = {word for row in table_rows(CONTRACT, "| route | role |") for word in code_words(row[0])}

    assert named == served


def test_every_event_kind_is_in_the_table_and_has_a_schema():
    kinds = {model.model_fields["kind"].default for model in get_args(get_args(EventBody)[0])}
    rows = table_rows(CONTRACT, "| kind | event id | says |")

    assert {word for row in rows for word in code_words(row[0])} == kinds
    assert all((ROOT / "docs" / "schemas" / "events" / f"{kind}.json").is_file() for kind in kinds)


def test_every_code_of_a_refusal_is_listed():
    listed = code_words(CONTRACT.partition("Codes of refusals:")[2].partition("###")[0])

    assert listed == _refusal_codes()


def _refusal_codes() -> set[str]:
    """Every `Refusal(code="…")` in the rooms that refuse, the guard's own, and those of who has a part."""
    codes = {"not_proven", "unknown_rule", CONFLICT, DECIDED}
    for name in (
        "cases/judging.py",
        "cases/judging_destruction.py",
        "cases/judging_reversals.py",
        "cases/hearings.py",
        "cases/judging_orders.py",
        "cases/judging_interventions.py",
        "cases/judging_withdrawals.py",
        "cases/confining.py",
        "cases/second_looks.py",
    ):
        for node in ast.walk(ast.parse(page(name))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refusal":
                named = (one.value for one in node.keywords if one.arg == "code")
                codes |= {str(one.value) for one in named if isinstance(one, ast.Constant)}
    return codes


def _handlers(workflow: type) -> dict[str, set[str]]:
    definition = workflow.__temporal_workflow_definition  # type: ignore[attr-defined]
    return {
        "signals": set(definition.signals),
        "updates": set(definition.updates),
        "queries": {name for name in definition.queries if not name.startswith("__")},
    }


def _models(room: Any) -> list[type[BaseModel]]:
    here = vars(room).values()
    return [
        one for one in here if isinstance(one, type) and issubclass(one, BaseModel) and one.__module__ == room.__name__
    ]


def _strangers(model: type[BaseModel], given: Any) -> set[str]:
    """Names in the example that the model does not have, one level deep."""
    return set(given) - set(model.model_fields)
