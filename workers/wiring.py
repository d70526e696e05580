"""Where objects are built, once, by hand: the record, the Temporal client, the codec, the effects of every task queue."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from opentelemetry import metrics, trace
from temporalio.client import Client

from activities.account_cases import AccountCases
from activities.alarm_calls import AlarmCalls
from activities.assessing import Assessing
from activities.brakes import Brakes
from activities.bulk import Bulk
from activities.campaigns import Campaigns
from activities.copying import Copying
from activities.deriving import Deriving
from activities.detector_plugins import DetectorPluginError, plugged_in
from activities.detector_port import Detector
from activities.detectors import in_process_detectors, toxicity_detector
from activities.drift_watch import DriftWatch
from activities.enforcements import Enforcements
from activities.event_feed import EventFeed
from activities.evidence import EvidenceCapture
from activities.ladders import Ladders
from activities.late_media import LateMedia
from activities.mail import MailServer
from activities.member_filings import MemberFilings
from activities.member_strikes import MemberStrikes
from activities.notices import Notices
from activities.ordering import Ordering
from activities.packs_in_force import PacksInForce
from activities.pager import Pager
from activities.picture_evidence import PictureEvidence
from activities.platform_client import ANSWER_SECONDS, CONNECT_SECONDS, PlatformClient
from activities.policy_packs import PolicyPacks
from activities.raids import Raids
from activities.raw_rules import RawRules
from activities.recording import Recording
from activities.starting import Starting
from activities.task_watch import Watching
from activities.transparency import Transparency
from activities.transparency_client import TransparencyClient
from activities.vendors import AskingVendors
from api.http.tokens import Tokens, TokensError, read_tokens
from api.ringing import Ringer
from api.signing import SigningKey, load_signing_key
from cases.calibration import UNCALIBRATED, Calibration, CalibrationError, read_calibration
from cases.names import (
    CASES_TASK_QUEUE,
    NOTICES_TASK_QUEUE,
    PLATFORM_TASK_QUEUE,
    SUBSCRIBERS_TASK_QUEUE,
    TRANSPARENCY_TASK_QUEUE,
    vendor_task_queue,
)
from cases.severity import Severity
from cases.subscribers import Subscribers
from cases.vendor_table import Vendors
from record.record import Record, open_record
from workers.codec import CaseCodec, data_converter
from workers.keys import read_kek
from workers.pinned import toxicity_file
from workers.settings import Settings, SettingsError
from workers.telemetry import meter_provider, temporal_runtime, tracer_provider, tracing

POLICIES: Final = Path(__file__).parent.parent / "policies"
BASELINE: Final = "baseline"
Effects = Mapping[str, Sequence[Callable[..., Any]]]


def system_clock() -> datetime:
    """The clock port of production: now, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Means:
    """What a process works with. signing: of the gateway only; areas: what a report may name.

    urgent_areas: those of severity S0 and S1, which no ordinary flood may delay.
    """

    settings: Settings
    record: Record
    client: Client
    codec: CaseCodec
    packs: PolicyPacks
    in_force: PacksInForce
    areas: frozenset[str]
    urgent_areas: frozenset[str]
    signing: SigningKey | None
    _open: AsyncExitStack = field(repr=False, default_factory=AsyncExitStack)

    async def aclose(self) -> None:
        """Give everything back."""
        await self._open.aclose()


async def open_means(settings: Settings, process: str = "tool", *, lazy: bool = True) -> Means:
    """What a process needs. lazy: Temporal is connected to when first needed, since a door accepts without it.

    Raises SettingsError for a key file that cannot be used, PolicyError for a pack with mistakes, RecordUnavailable,
    RuntimeError where Temporal does not answer.
    """
    packs = PolicyPacks(POLICIES)
    pack = packs.active(BASELINE)
    areas = frozenset(pack.areas)
    urgent = frozenset(name for name, area in pack.areas.items() if area.severity <= Severity.S1)
    signing = load_signing_key(settings.signing_key_file) if settings.signing_key_file.is_file() else None
    async with AsyncExitStack() as opened:
        record = await open_record(
            settings.database_dsn.get_secret_value(),
            read_kek(settings),
            read_verifying_keys(settings),
            areas,
            waiting=pack.areas_that_wait,
            rules=pack.reporters,
            queues=pack.queues,
            wellbeing=pack.wellbeing,
            quality=pack.quality,
            serving=read_token_file(settings).serving() if settings.tokens_file.is_file() else None,
        )
        opened.push_async_callback(record.close)
        codec = CaseCodec(record.keyring)
        provider = tracer_provider(settings, process)
        if provider:
            trace.set_tracer_provider(provider)  # doors and effects ask for the process's own
            opened.callback(provider.shutdown)
        if counters := meter_provider(settings, process):
            metrics.set_meter_provider(counters)
            opened.callback(counters.shutdown)
        client = await Client.connect(
            settings.temporal_address,
            namespace=settings.temporal_namespace,
            data_converter=data_converter(codec),
            interceptors=tracing(provider),
            runtime=temporal_runtime(settings),
            lazy=lazy,
        )
        return Means(
            settings,
            record,
            client,
            codec,
            packs,
            PacksInForce(record, packs),
            areas,
            urgent,
            signing,
            opened.pop_all(),
        )


def build_effects(
    means: Means,
    http: httpx2.AsyncClient,
    ringer: Ringer,
    now: Callable[[], datetime],
    vendors: Vendors = MappingProxyType({}),
    subscribers: Subscribers = MappingProxyType({}),
) -> Effects:
    """The activities of every task queue, each vendor's own among them."""
    settings = means.settings
    platform = PlatformClient(http, settings.platform_url, settings.platform_secret.get_secret_value(), now)
    packs = means.in_force
    pictures = PictureEvidence(means.record)
    capture = EvidenceCapture(means.record, platform, packs, pictures)
    ordering = Ordering(means.record, platform, now, versions=settings.platform_versions)
    enforcements = Enforcements(means.record, ordering, now)
    ladders = Ladders(means.record, packs, ringer.ring_soon, now)
    batches = Campaigns(
        means.record,
        means.client,
        platform,
        enforcements,
        settings.campaign_orders_per_second,
        MemberStrikes(means.record, ladders, now),
        now,
        ringer.ring,
    )
    late_media = LateMedia(means.record, capture, ringer.ring, now)
    brakes = Brakes(means.record, packs)
    deriving = Deriving(means.record, ringer.ring_soon, now)
    recording = Recording(means.record, ladders, brakes, deriving, RawRules(means.record, packs))
    assessing = Assessing(
        means.record, packs, brakes, deriving, build_detectors(settings), calibration_of(settings), pictures
    )
    starting = Starting(means.record, means.client, ringer.ring, now, ladders, ringer.knock)
    bulk = Bulk(means.record, packs, ringer.ring, now)
    account_cases = AccountCases(means.record, ringer.ring, now)
    raids = Raids(means.record, ringer.ring, now)
    copying = Copying(means.record, ringer.ring, now)
    server = MailServer(host=settings.smtp_host, port=settings.smtp_port, sender=settings.smtp_sender)
    notices = Notices(means.record, packs, server, settings.platform_name, now, settings.public_url)
    pager = Pager(http, settings.pager_url, settings.pager_secret.get_secret_value(), now)
    watching = Watching(means.record, pager, AlarmCalls(means.record, packs, pager, now), now)
    drifts = DriftWatch(means.record, packs, now)
    database = TransparencyClient(http, settings.transparency_url, settings.transparency_token.get_secret_value())
    transparency = Transparency(means.record, packs, database, now)
    filings = MemberFilings(means.record, packs, platform, database, settings.campaign_orders_per_second, now)
    feed = EventFeed(means.record, subscribers, http, now)
    asking = AskingVendors(means.record, packs, vendors, http, now, settings.public_url, pictures)
    return {
        CASES_TASK_QUEUE: (
            recording.take_mail,
            recording.record_events,
            assessing.assess_case,
            starting.start_filing,
            starting.start_hearing,
            starting.bring_news,
            starting.sweep_inboxes,
            copying.spread_decision,
            account_cases.open_account_case,
            raids.join_campaign,
            batches.start_batch,
            starting.start_consultation,
            asking.called_back,
            bulk.carry_out_bulk_page,
        ),
        PLATFORM_TASK_QUEUE: (
            capture.capture_evidence,
            late_media.ask_for_late_media,
            enforcements.enforce,
            batches.carry_out_page,
        ),
        NOTICES_TASK_QUEUE: (notices.tell_people, watching.watch_tasks, drifts.watch_drift),
        TRANSPARENCY_TASK_QUEUE: (transparency.submit_statement, filings.file_page),
        SUBSCRIBERS_TASK_QUEUE: (feed.deliver_events,),
        **{vendor_task_queue(name): (asking.ask_vendor,) for name in vendors},
    }


def build_detectors(settings: Settings) -> tuple[Detector, ...]:
    """Our own, reading the platform's lists of hosts too, and the plug-ins that the operator named. Raises SettingsError."""
    lists = None if settings.link_lists == Path() else settings.link_lists
    try:
        toxicity = toxicity_detector(toxicity_file(settings.cache))
        return (*in_process_detectors(lists), *((toxicity,) if toxicity else ()), *plugged_in(settings.detectors))
    except DetectorPluginError as error:
        raise SettingsError(f"DUEPROCESS_DETECTORS: {error}") from None
    except (OSError, ValueError, TypeError) as error:
        raise SettingsError(f"DUEPROCESS_LINK_LISTS: {settings.link_lists.name} cannot be used ({error})") from None


def calibration_of(settings: Settings) -> Calibration:
    """What scores have meant, as the operator had it fitted; nothing where no file is named. Raises SettingsError."""
    if settings.calibration == Path():
        return UNCALIBRATED
    try:
        return read_calibration(settings.calibration.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, CalibrationError) as error:
        raise SettingsError(f"DUEPROCESS_CALIBRATION: {settings.calibration.name} cannot be used ({error})") from None


def http_client() -> httpx2.AsyncClient:
    """For the platform and authorities: bounded in time, follows no redirect, reads no proxy from the environment."""
    timeout = httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    return httpx2.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=False)


def read_token_file(settings: Settings) -> Tokens:
    """Every token of the gateway. Raises SettingsError."""
    try:
        return read_tokens(settings.tokens_file)
    except (OSError, TokensError) as error:
        raise SettingsError(f"DUEPROCESS_TOKENS_FILE: cannot be used: {error}") from None


def read_verifying_keys(settings: Settings) -> dict[str, Ed25519PublicKey]:
    """Public keys of decision tokens by key id, the file's name. Raises SettingsError."""
    keys: dict[str, Ed25519PublicKey] = {}
    for file in sorted(settings.verifying_keys_dir.glob("*.pem")):
        try:
            key = load_pem_public_key(file.read_bytes())
        except ValueError:
            raise SettingsError(f"DUEPROCESS_VERIFYING_KEYS_DIR: {file.name} is not a public key in PEM") from None
        if not isinstance(key, Ed25519PublicKey):
            raise SettingsError(f"DUEPROCESS_VERIFYING_KEYS_DIR: {file.name} is not an Ed25519 key")
        keys[file.stem] = key
    return keys
