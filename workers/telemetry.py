"""Logs, traces and counters of every process. Neither carries content, names or addresses, not even in an exception's message.

One trace leads from a report to its notice: register `tracing` on the Temporal client only, and its workers inherit it.
"""

import logging
import re
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter, SpanExportResult
from opentelemetry.trace import Status
from temporalio.contrib.opentelemetry import TracingInterceptor
from temporalio.runtime import LogForwardingConfig, LoggingConfig, PrometheusConfig, Runtime, TelemetryConfig
from temporalio.runtime import TelemetryFilter as CoreFilter

from cases.errors import CaseError
from workers.processes import ProcessError
from workers.settings import Settings, SettingsError

_OWN_ERRORS: Final = (CaseError, ProcessError, SettingsError)  # their messages are written by us, without content
_IDENTIFIER: Final = re.compile(r"[\w.:/+-]{0,255}")  # neither prose nor an address passes
_STANDARD_FIELDS: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def set_up_logging(settings: Settings) -> None:
    """Log one JSON object a line to standard output, from every library of this process. Called once, by `main`."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    for chatty in ("httpx2", "httpcore2", "asyncio", "uvicorn.access", "opentelemetry", "mail.log", "temporalio.core"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLogger().level))


class JsonLines(logging.Formatter):
    """A record as time, level, logger, message, its `extra` fields, and the kinds and places of its exceptions.

    No `extra` field takes the place of one of the first four: alarms are set on them.
    """

    def format(self, record: logging.LogRecord) -> str:
        fields = {name: _harmless(value) for name, value in vars(record).items() if name not in _STANDARD_FIELDS}
        own = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line: dict[str, object] = {**own, **fields, **own}
        if record.exc_info and record.exc_info[1]:
            line["errors"] = [_described(error) for error in _causes(record.exc_info[1])]
        return orjson.dumps(line, option=orjson.OPT_NON_STR_KEYS).decode()


def tracer_provider(settings: Settings, process: str) -> TracerProvider | None:
    """Where spans of this process go, as `DUEPROCESS_TELEMETRY` says; None for off. Shut it down at the end.

    process: its name in traces, such as "worker". Raises SettingsError if otlp has no endpoint.
    """
    if settings.telemetry == "off":
        return None
    if settings.telemetry == "otlp" and not settings.otlp_endpoint:
        raise SettingsError("DUEPROCESS_TELEMETRY is 'otlp' and DUEPROCESS_OTLP_ENDPOINT is not set: give it.")
    target = (
        OTLPSpanExporter(endpoint=settings.otlp_endpoint) if settings.telemetry == "otlp" else ConsoleSpanExporter()
    )
    provider = TracerProvider(resource=Resource.create({"service.name": f"dueprocess-{process}"}))
    provider.add_span_processor(BatchSpanProcessor(WithoutMessages(target)))
    return provider


def meter_provider(settings: Settings, process: str) -> MeterProvider | None:
    """Where counters of this process go (refusals at doors, rings left to the sweeper, payloads refused); None for off.

    With otlp, to the metrics path beside the one of traces. Shut it down at the end.
    """
    if settings.telemetry == "off":
        return None
    endpoint = settings.otlp_endpoint.replace("/v1/traces", "/v1/metrics")
    target = OTLPMetricExporter(endpoint=endpoint) if settings.telemetry == "otlp" else ConsoleMetricExporter()
    resource = Resource.create({"service.name": f"dueprocess-{process}"})
    return MeterProvider([PeriodicExportingMetricReader(target)], resource)


def tracing(provider: TracerProvider | None) -> tuple[TracingInterceptor, ...]:
    """The interceptors of a Temporal client; never give them to its workers too, which inherit them."""
    return (TracingInterceptor(provider.get_tracer("dueprocess")),) if provider else ()


def temporal_runtime(settings: Settings) -> Runtime:
    """The process's one Temporal runtime: its core logs through ours, its metrics served where the settings say."""
    address = settings.metrics_address
    metrics = (
        PrometheusConfig(bind_address=address, counters_total_suffix=True, durations_as_seconds=True)
        if address
        else None
    )
    core_logs = LoggingConfig(
        filter=CoreFilter(core_level="WARN", other_level="ERROR"),
        forwarding=LogForwardingConfig(
            logger=logging.getLogger("temporalio.core"), append_log_fields_to_message=False
        ),  # its fields repeat failure messages
    )
    return Runtime(telemetry=TelemetryConfig(logging=core_logs, metrics=metrics))


class WithoutMessages(SpanExporter):
    """Hands spans on without what an exception says: a database's message quotes rows, and so content."""

    def __init__(self, target: SpanExporter) -> None:
        self._target = target

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export the spans, cleaned."""
        return self._target.export([_without_messages(span) for span in spans])

    def shutdown(self) -> None:
        """Shut the target down."""
        self._target.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Flush the target."""
        return self._target.force_flush(timeout_millis)


def _without_messages(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=span.attributes,
        events=[_without_message(event) for event in span.events],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _without_message(event: Event) -> Event:
    kept = {
        name: value
        for name, value in (event.attributes or {}).items()
        if name not in ("exception.message", "exception.stacktrace")
    }
    return Event(event.name, kept, event.timestamp)


def _described(error: BaseException) -> dict[str, Any]:
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    described: dict[str, Any] = {"kind": type(error).__qualname__, "places": places[-8:]}
    return {**described, "message": str(error)} if isinstance(error, _OWN_ERRORS) else described


def _causes(error: BaseException) -> list[BaseException]:
    causes: list[BaseException] = []
    following: BaseException | None = error
    while following and following not in causes:
        causes.append(following)
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
    return causes


def _harmless(value: object) -> object:
    """The value if it is a number, a time or an identifier; what might be prose or an address is withheld."""
    if value is None or isinstance(value, bool | int | float | datetime):
        return value
    if isinstance(value, str):
        return value if _IDENTIFIER.fullmatch(value) else "(withheld)"
    if isinstance(value, dict):
        return {str(name): _harmless(inner) for name, inner in value.items()}
    return [_harmless(inner) for inner in value] if isinstance(value, list | tuple) else f"({type(value).__name__})"
