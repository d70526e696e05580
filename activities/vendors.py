"""Asking a vendor: what may leave, whether it may be asked now, one request after the other, and what its answer means.

Effect: HTTP to the vendor, Postgres. The breaker is each worker's own; rate and concurrency are the task queue's.
"""

import asyncio
import hmac
import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final, NamedTuple
from uuid import uuid4

import httpx2
import orjson
from opentelemetry import metrics
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import Context, OpenedState
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities import processes
from activities.packs_in_force import PacksInForce
from activities.picture_evidence import PictureEvidence
from activities.platform_client import Snapshot
from cases.assessments import Triaged
from cases.case import Case
from cases.consultations import Consultation
from cases.consulting import must_stay
from cases.durations import parse_duration
from cases.events import CaseEvent
from cases.fingerprints import PICTURE_QUALITY
from cases.fold_consultations import needed
from cases.folding import fold_all
from cases.hook_signatures import Family, key_of, signed
from cases.names import tenant_of
from cases.pictures import PictureHashes
from cases.vendor_forms import Call, Look, Malformed, Medium, RawWord, Sends, detections, public_address
from cases.vendor_table import Vendor, Vendors
from record import events, evidence, vendors
from record.record import Record

logger = logging.getLogger(__name__)

ANSWER_BYTES: Final = 1_000_000
LONGEST_RETRY_AFTER: Final = timedelta(minutes=5)
SHORTEST_RETRY_AFTER: Final = timedelta(seconds=1)


class VendorAway(ApplicationError):
    """The vendor gave no answer that says anything; asking again may help. type: a code."""

    def __init__(self, code: str, retry_after: timedelta | None = None) -> None:
        super().__init__(f"the vendor gave no answer ({code})", type=code, next_retry_delay=retry_after)


class Answer(NamedTuple):
    """One HTTP answer. body: of a success; what comes with a refusal is not read."""

    status: int
    retry_after: str
    body: bytes | None


class AskingVendors:
    """Asks each vendor from a task queue of its own. public_url: where vendors reach the gateway; none: no callbacks."""

    def __init__(
        self,
        record: Record,
        packs: PacksInForce,
        configured: Vendors,
        http: httpx2.AsyncClient,
        now: Callable[[], datetime],
        public_url: str,
        pictures: PictureEvidence | None = None,
    ) -> None:
        self._record, self._packs, self._vendors = record, packs, configured
        self._http, self._now, self._public_url = http, now, public_url.rstrip("/")
        self._pictures = pictures or PictureEvidence(record)
        self._breakers = AsyncCircuitBreakerFactory()
        self._calls = metrics.get_meter("dueprocess").create_counter(
            "dueprocess.vendor_calls", description="consultations of vendors, by what came of them"
        )

    @activity.defn
    async def ask_vendor(self, request: processes.AskVendor) -> processes.VendorWord:
        """Its word, or why it gave none. Raises VendorAway for what a later try may cure. Repeatable; each call is counted."""
        word = await self._asked(request)
        self._count(request.vendor, word.why or word.state)
        return word

    @activity.defn
    async def called_back(self, request: processes.VendorTask) -> processes.VendorWord:
        """What was kept of its callback. What the door has brought already needs no bringing."""
        tenant, vendor = tenant_of(request.case_id), self._vendors.get(request.vendor)
        task = await vendors.task(self._record, tenant, request.vendor, request.task_id)
        if task is None or task.word is None or vendor is None:
            return processes.VendorWord(state="passed", why="late")
        if task.brought_at is not None:
            return processes.VendorWord(state="moot")
        return _word_of_task(vendor, task.consultation or request.consultation, task)

    async def _asked(self, request: processes.AskVendor) -> processes.VendorWord:
        consultation, tenant = request.consultation, tenant_of(request.case_id)
        recorded = await events.load(self._record, request.case_id)
        case = fold_all(Case(case_id=request.case_id), recorded)
        if not needed(case, consultation):
            return processes.VendorWord(state="moot")
        vendor = self._vendors.get(request.vendor)
        if vendor is None:
            return _passed("not_configured")
        if any(one.vendor == vendor.name for one in await vendors.switched_off(self._record, tenant)):
            return _passed("off")
        if vendor.form.sends is not Sends.HASHES and await self._must_stay(case, consultation, recorded):
            return _passed("must_stay")
        look = await self._look(case, consultation, vendor)
        calls = vendor.form.calls(vendor.table, look, vendor.secret)
        if not calls:
            return _passed("nothing_to_look_at")
        if await self._left_alone(vendor):
            return _passed("breaker_open")
        cost = vendor.table.cost_micros * len(calls)
        limits = vendor.table.calls_per_day, vendor.table.micros_per_day
        if not await vendors.spend(self._record, tenant, vendor.name, len(calls), cost, *limits, self._now()):
            return _passed("budget")
        asked = consultation.evolve(partly=not _whole(vendor, look, calls))
        return await self._word(request.evolve(consultation=asked), vendor, calls, cost)

    async def _word(
        self, request: processes.AskVendor, vendor: Vendor, calls: tuple[Call, ...], cost: int
    ) -> processes.VendorWord:
        tenant, began = tenant_of(request.case_id), time.perf_counter()
        try:
            words = [await self._answer(vendor, call) for call in calls]
        except (VendorAway, Malformed, Refused, OpenedState) as failure:
            await vendors.gave_no_word(self._record, tenant, vendor.name, self._now())
            if isinstance(failure, VendorAway):
                self._count(vendor.name, failure.type or "away")
                raise
            return _passed(_WHY.get(type(failure), "") or str(failure))
        if task_id := next((word.task_id for word in words if word.task_id), None):
            return await self._pending(request, vendor, task_id, cost)
        took = (time.perf_counter() - began) * 1000
        return _answered(vendor, request.consultation, words, took, cost)

    async def _answer(self, vendor: Vendor, call: Call) -> RawWord:
        """One request's answer, read. What the breaker counts as failures: no answer, an error of theirs, nonsense."""
        table = vendor.table
        async with await self._breaker(vendor):
            answer = await self._sent(vendor, call)
            if answer.status >= 500:
                raise VendorAway(f"answered_{answer.status}")
            if answer.body is not None:
                return vendor.form.word(table, _json(answer.body))
        if answer.status in (408, 425, 429):  # it is there, and asks for patience
            raise VendorAway(f"answered_{answer.status}", _patience(answer.retry_after))
        raise Refused(f"answered_{answer.status}")

    async def _breaker(self, vendor: Vendor) -> Any:
        table = vendor.table
        return await self._breakers.get_breaker(table.name, threshold=table.opens_after, ttl=table.opens_for_seconds)

    async def _left_alone(self, vendor: Vendor) -> bool:
        """Whether its breaker is open: it is not asked then, and nothing is spent on it."""
        context: Context = (await self._breaker(vendor)).context
        return context.opened_at is not None and time.time() <= context.opened_at + context.ttl

    async def _sent(self, vendor: Vendor, call: Call) -> Answer:
        """What it answered, read as far as it may be long, and in the time that it has for all of it."""
        content = None if call.body is None else orjson.dumps(call.body)
        headers = {"accept-encoding": "identity", **call.headers}  # nothing small that unpacks into something large
        headers |= {"content-type": "application/json"} if content is not None else {}
        if call.signed:
            headers |= self._signed(vendor, content or b"")
        table = vendor.table
        try:
            async with asyncio.timeout(table.answer_seconds):  # of the whole: bytes that drip in are no answer either
                async with self._http.stream(
                    call.method,
                    table.url.rstrip("/") + call.path,
                    params=dict(call.query) or None,
                    headers=headers,
                    content=content,
                    data=dict(call.form) if call.form is not None else None,
                    timeout=table.answer_seconds,
                    follow_redirects=False,
                ) as response:
                    body = await _body(response) if response.is_success else None
                    return Answer(response.status_code, response.headers.get("retry-after", ""), body)
        except TimeoutError:
            raise VendorAway("no_answer") from None
        except httpx2.HTTPError as error:
            reached = not isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout)
            raise VendorAway("no_answer" if reached else "unreachable") from None

    def _signed(self, vendor: Vendor, body: bytes) -> dict[str, str]:
        return signed((key_of(Family.STANDARD, vendor.secret),), f"msg_{uuid4().hex}", self._now(), body)

    async def _pending(
        self, request: processes.AskVendor, vendor: Vendor, task_id: str, cost: int
    ) -> processes.VendorWord:
        """Keep whom the callback is for; it may have been faster than the answer to the request."""
        now = self._now()
        task = await vendors.note_task(
            self._record,
            tenant_of(request.case_id),
            vendor.name,
            task_id,
            request.case_id,
            request.consultation,
            now,
            now + parse_duration(request.consultation.within),
            cost,
        )
        if task.word is not None:
            return _word_of_task(vendor, request.consultation, task)
        return processes.VendorWord(state="pending", task_id=task_id)

    async def _must_stay(self, case: Case, consultation: Consultation, recorded: Sequence[CaseEvent]) -> bool:
        """Looked at afresh at each asking: what was harmless when it was reported may be suspect by now."""
        if consultation.withheld:
            return True
        opened_under = await self._packs.of_matters(case.tenant, case.matters)
        packs = (await self._packs.of(case.tenant, self._now()), *opened_under.values())
        areas = {*case.counts, *(matter.area for matter in case.matters)}
        heard = (one for event in recorded if isinstance(event.body, Triaged) for one in event.body.detections)
        scores = [*case.scores.items(), *((one.label, one.score) for one in heard if one.score is not None)]
        return must_stay(packs, areas, scores)

    async def _look(self, case: Case, consultation: Consultation, vendor: Vendor) -> Look:
        content = await evidence.read(self._record, case.case_id, consultation.evidence_version)
        snapshot = Snapshot.model_validate_json(content)
        secret = await self._record.keyring.subject_secret(case.tenant)
        version = next(one for one in case.evidence if one.version == consultation.evidence_version)
        callback = f"{self._public_url}/v1/vendors/{vendor.name}/{case.tenant}"
        hashes_alone = vendor.form.sends is Sends.HASHES
        seen = await self._pictures.seen(case.case_id, version, snapshot.attachments) if hashes_alone else {}
        return Look(
            seed=hmac.new(secret, f"vendor\0{vendor.name}\0{version.digest}".encode(), sha256).hexdigest()[:32],
            labels=consultation.labels,
            text="" if hashes_alone else snapshot.text,
            language=version.written_in,
            media=tuple(
                medium
                for place, one in enumerate(snapshot.attachments, start=1)
                for medium in _looks_of(_medium(one, hashes_alone=hashes_alone), seen.get(place))
            ),
            callback=callback if self._public_url and vendor.callback_keys else None,
        )

    def _count(self, vendor: str, outcome: str) -> None:
        self._calls.add(1, {"vendor": vendor, "outcome": outcome})


class Refused(Exception):
    """The vendor answered that it will not: a wrong key, a malformed request of ours. Asking again changes nothing."""


_WHY: Final[dict[type[Exception], str]] = {Malformed: "malformed", OpenedState: "breaker_open"}


def _passed(why: str) -> processes.VendorWord:
    return processes.VendorWord(state="passed", why=why)


def _answered(
    vendor: Vendor, consultation: Consultation, words: list[RawWord], latency_ms: float, cost: int
) -> processes.VendorWord:
    """A word that leaves out every label that was asked about says nothing."""
    labels, partly = consultation.labels, consultation.partly
    results = detections(vendor.table, labels, words, round(latency_ms, 3), cost, partly=partly)
    if all(result.failed for result in results):
        return _passed("labels_left_out")
    return processes.VendorWord(state="answered", results=results)


def _word_of_task(vendor: Vendor, consultation: Consultation, task: vendors.Task) -> processes.VendorWord:
    assert task.word is not None
    took = (
        max(0.0, (task.called_at - task.asked_at).total_seconds() * 1000) if task.called_at and task.asked_at else 0.0
    )
    return _answered(vendor, consultation, [task.word], took, task.cost_micros or 0)


def _whole(vendor: Vendor, look: Look, calls: tuple[Call, ...]) -> bool:
    """Whether these calls show all there is to see; a vendor of words judges words, and is shown all of them."""
    if vendor.form.sends is Sends.TEXT:
        return True
    hashes_alone = vendor.form.sends is Sends.HASHES
    seen = [one for one in look.media if one.kind != "other"]
    shown = {(one.pdq if hashes_alone else one.address) or str(place) for place, one in enumerate(seen)}
    return len(shown) <= len(calls)


def _looks_of(medium: Medium, seen: PictureHashes | None) -> tuple[Medium, ...]:
    """A picture that we read ourselves: each of its looks by our own hash; what has none is there, and cannot be shown."""
    if seen is None:
        return (medium,)
    looks = [medium.evolve(kind="picture", pdq=view.hashes[0] if view.usable else None) for view in seen.views]
    unseen = seen.partial or not looks
    return (*looks, medium.evolve(kind="picture", pdq=None)) if unseen else tuple(looks)


def _medium(attachment: dict[str, Any], *, hashes_alone: bool) -> Medium:
    family = str(attachment.get("media_type", "")).partition("/")[0]
    quality = attachment.get("pdq_quality", 100)
    pdq = attachment.get("pdq")
    usable = isinstance(pdq, str) and len(pdq) == 64 and isinstance(quality, int) and quality >= PICTURE_QUALITY
    url = attachment.get("url")
    return Medium(
        kind={"image": "picture", "video": "video"}.get(family, "other"),
        address=None if hashes_alone else public_address(url if isinstance(url, str) else None),
        sha256=sha if isinstance(sha := attachment.get("sha256"), str) else None,
        pdq=pdq if usable else None,
    )


async def _body(response: httpx2.Response) -> bytes:
    """The answer's bytes. Raises Malformed at the first byte too many, and for what comes packed though we asked otherwise."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise Malformed("the answer is packed")
    read = bytearray()
    async for part in response.aiter_raw():
        read += part
        if len(read) > ANSWER_BYTES:
            raise Malformed("the answer is larger than a megabyte")
    return bytes(read)


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Malformed("the answer is no JSON") from None


def _patience(text: str) -> timedelta | None:
    """Seconds as the header has them; None, and then the retry policy says, for anything else."""
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        return None
    return max(SHORTEST_RETRY_AFTER, min(timedelta(seconds=int(text)), LONGEST_RETRY_AFTER))
