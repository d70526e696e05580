"""The published OpenAPI document keeps its word: every operation, asked with generated data, against a real record.

schemathesis makes requests that fit the document and requests that do not; every answer must be of a status, a media type
and a form that the document names, what does not fit must be refused, and a token must be asked for.
"""

import asyncio
import os
import traceback
from collections.abc import Iterator

import pytest
import requests
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.conftest import Database
from tests.integration.gateway_kit import a_gateway, served
from tests.unit.docs_pages import code_words, page, table_rows

# Of requests that fit, and as many of requests that do not, for each operation; the long form asks for more, and other ones.
EXAMPLES = int(os.environ.get("OPENAPI_EXAMPLES", "4"))
SEED = int(os.environ.get("OPENAPI_SEED", "20261122"))
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
)
PER_ITEM = ("/v1/batches",)  # a bad item is refused by itself, in an answer of 200, and spoils no other
ONCE = (ignored_auth, unsupported_method)  # they ask again without a token, and by another method


def _roles() -> dict[str, str]:
    """Whose token opens which operation, by the contract's own table."""
    rows = table_rows(page("docs/contract.md"), "| route | role |")
    return {word: row[1].partition(",")[0] for row in rows for word in code_words(row[0])}


def _operations(app: FastAPI) -> Iterator[APIOperation]:
    schema = schemathesis.openapi.from_dict(app.openapi())
    refused = schema.config.checks.negative_data_rejection
    refused.expected_statuses = [*refused.expected_statuses, "413"]  # so is a field that makes the body too long
    for found in schema.get_all_operations():
        yield found.ok()


def _ask(operation: APIOperation, mode: GenerationMode, url: str, headers: dict[str, str]) -> None:
    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def asked(data: st.DataObject) -> None:
        case: Case = data.draw(operation.as_strategy(generation_mode=mode))
        checks = [*CHECKS, *(ONCE if not asked_before else ())]
        if operation.path in PER_ITEM:
            checks.remove(negative_data_rejection)
        asked_before.append(case)
        case.call_and_validate(base_url=url, headers=headers, checks=checks, allow_redirects=False, session=session)

    asked_before: list[Case] = []
    with requests.Session() as session:
        asked()


@pytest.mark.timeout(
    400 if EXAMPLES <= 4 else 7_200
)  # a thousand requests, one after another; the long form's many more
async def test_every_operation_answers_as_the_document_says(postgres: Database):
    roles = _roles()
    wrong: list[str] = []
    async with a_gateway(postgres) as gateway, served(gateway.app) as url:
        for operation in _operations(gateway.app):
            name = f"{operation.method.upper()} {operation.path}"
            role = {"reviewer": "rev-1"}.get(roles[name], roles[name])
            for mode in GenerationMode:
                try:
                    await asyncio.to_thread(_ask, operation, mode, url, {"Authorization": f"Bearer {role}"})
                except BaseException as error:  # every operation is asked, whatever the others answer
                    if type(error).__name__ == "Unsatisfiable":
                        continue
                    wrong.append(
                        "".join(traceback.format_exception_only(error)).replace("", f"{name} ({mode.value})\n", 1)
                    )
                    wrong.extend(map(str, getattr(error, "exceptions", ())))
    assert not wrong, "\n\n".join(wrong)
