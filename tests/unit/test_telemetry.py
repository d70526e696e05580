"""Logs and spans: what they hold, and what they never hold."""

import json
import logging
from collections.abc import Sequence
from io import StringIO

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

from cases.errors import IdentityError
from workers.settings import Settings, SettingsError
from workers.telemetry import JsonLines, WithoutMessages, meter_provider, tracer_provider, tracing

PROSE = "an invented sentence of a user"


def logged(message: str, error: BaseException | None = None, **fields: object) -> dict[str, object]:
    """The JSON object of one line."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("tests.telemetry")
    logger.addHandler(handler)
    logger.propagate = False
    try:
        logger.warning(message, exc_info=error, extra=fields)
    finally:
        logger.removeHandler(handler)
    line: dict[str, object] = json.loads(stream.getvalue())
    return line


class Kept(SpanExporter):
    """Keeps spans as an exporter gets them."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.spans.extend(spans)
        return SpanExportResult.SUCCESS


def test_a_line_is_one_json_object_with_its_fields() -> None:
    line = logged("hold placed", event="hold_placed", case_id="case/demo/content/0af1", attempt=2)
    assert line["message"] == "hold placed"
    assert (line["event"], line["case_id"], line["attempt"]) == ("hold_placed", "case/demo/content/0af1", 2)


def test_no_field_takes_the_place_of_the_lines_own_level() -> None:
    assert logged("nobody is called", level=7)["level"] == "WARNING"


@pytest.mark.parametrize("value", [PROSE, "somebody@example.org", {"text": PROSE}, [PROSE], object()])
def test_a_field_that_might_be_content_or_an_address_is_withheld(value: object) -> None:
    line = json.dumps(logged("report taken", detail=value))
    assert PROSE not in line
    assert "example.org" not in line


def test_an_exception_is_told_by_kind_and_place_and_not_by_its_message() -> None:
    try:
        try:
            raise ValueError(f"Key (text)=({PROSE}) already exists")
        except ValueError as cause:
            raise RuntimeError(PROSE) from cause
    except RuntimeError as error:
        line = logged("not stored", error)
    assert PROSE not in json.dumps(line)
    errors = line["errors"]
    assert isinstance(errors, list)
    assert [error["kind"] for error in errors] == ["RuntimeError", "ValueError"]
    assert "test_telemetry.py" in errors[0]["places"][0]


def test_our_own_errors_keep_their_message_which_names_the_cure() -> None:
    errors = logged("refused", IdentityError("a tenant's name is 2 to 32 letters"))["errors"]
    assert isinstance(errors, list)
    assert errors[0]["message"] == "a tenant's name is 2 to 32 letters"


def test_a_span_keeps_its_name_and_outcome_and_loses_what_the_exception_said() -> None:
    kept = Kept()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(WithoutMessages(kept)))

    def send_receipt() -> None:
        with provider.get_tracer("tests").start_as_current_span("send_receipt", attributes={"case_id": "case/demo"}):
            raise ValueError(PROSE)

    with pytest.raises(ValueError, match=PROSE):
        send_receipt()
    (span,) = kept.spans
    assert (span.name, dict(span.attributes or {})) == ("send_receipt", {"case_id": "case/demo"})
    assert not span.status.is_ok
    assert [event.name for event in span.events] == ["exception"]
    assert PROSE not in span.to_json()


def test_telemetry_off_builds_nothing() -> None:
    assert meter_provider(Settings(), "worker") is None
    assert tracer_provider(Settings(), "worker") is None
    assert tracing(None) == ()


def test_otlp_without_an_endpoint_is_refused() -> None:
    with pytest.raises(SettingsError, match="DUEPROCESS_OTLP_ENDPOINT"):
        tracer_provider(Settings(telemetry="otlp"), "worker")
