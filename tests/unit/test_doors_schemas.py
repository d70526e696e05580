"""The JSON Schemas in docs/schemas are those of the code."""

import json
import re
from pathlib import Path

from api.schemas import schemas


def test_the_committed_schemas_are_current(repository: Path):
    folder = repository / "docs" / "schemas"
    committed = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in folder.rglob("*.json")
    }

    assert committed == schemas(), "write them anew with: python -m api.schemas"


def test_the_openapi_document_has_every_form_that_it_refers_to():
    text = schemas()["openapi.json"]
    referred = set(re.findall(r'"#/components/schemas/(\w+)"', text))

    assert referred - json.loads(text)["components"]["schemas"].keys() == set()


def test_every_event_kind_has_a_schema_of_its_own():
    envelope = json.loads(schemas()["events/case_event.json"])
    kinds = set(envelope["properties"]["body"]["discriminator"]["mapping"])

    assert {name for name in schemas() if name.startswith("events/")} == {
        "events/case_event.json",
        *(f"events/{kind}.json" for kind in kinds),
    }


def test_messages_refuse_unknown_fields_by_their_schema():
    closed = {name: json.loads(text).get("additionalProperties") for name, text in schemas().items()}

    assert {name for name, value in closed.items() if name.startswith("messages/") and value is not False} == set()
