"""Many messages in one request: each is judged by itself, all that are in order are kept in one transaction.

A message has the same meaning, idempotency and receipt here as at its own door.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

import orjson

from api.answers import BatchAnswer, BatchResult, ResultProblem
from api.counting import Refusals
from api.errors import NotJson, TooMany
from api.intake import NEXT_BATCH, Intake
from api.problems import parse
from api.recognising import effect_of, made_of
from api.requests import BATCH_LIMIT
from cases.errors import BadInput, Problem
from cases.flaggers import Flagger
from cases.messages import ReportMessage, SignalMessage
from record.batching import BatchMessage

DOOR: Final = "batch"
_MODELS: Final[dict[str, type[ReportMessage] | type[SignalMessage]]] = {
    "report": ReportMessage,
    "signal": SignalMessage,
}
_AT_ONCE: Final = 50  # items read between two looks at the event loop
_CONFLICT: Final = Problem("message_id", "", "came before with other content", "use a new id for a new message")


@dataclass(frozen=True)
class Item:
    """One item as it was sent: a message, or what is wrong with it. kind: report or signal."""

    kind: str
    message_id: str | None
    message: ReportMessage | SignalMessage | None
    problems: tuple[Problem, ...] = ()


async def read_items(raw: bytes) -> list[Item]:
    """The items of a request's body, each read by itself. Raises NotJson and BadInput for the body as a whole."""
    try:
        body = orjson.loads(raw)
    except ValueError:
        raise NotJson([Problem("body", "", "is not JSON", "send one JSON object in UTF-8")]) from None
    given = body.get("items") if isinstance(body, dict) else None
    if not isinstance(given, list) or len(body) != 1:
        cure = 'send {"items": [{"report": {…}}, {"signal": {…}}, …]} and nothing beside it'
        raise BadInput([Problem("items", "", "is not the one list of the body", cure)])
    if not 1 <= len(given) <= BATCH_LIMIT:
        cure = f"send 1 to {BATCH_LIMIT} items a request"
        raise BadInput([Problem("items", str(len(given)), "is not a number of items taken at once", cure)])
    items = []
    for place, one in enumerate(given):
        if place % _AT_ONCE == 0:
            await asyncio.sleep(0)
        items.append(_read(one))
    return items


def _read(given: Any) -> Item:
    if not isinstance(given, dict) or len(given) != 1 or not given.keys() <= _MODELS.keys():
        cure = 'write {"report": {…}} or {"signal": {…}}'
        return Item("", None, None, (Problem("item", "", "is neither a report nor a signal", cure),))
    ((kind, fields),) = given.items()
    sent = fields.get("message_id") if isinstance(fields, dict) else None
    message_id = sent[:128] if isinstance(sent, str) else None
    try:
        return Item(kind, message_id, parse(_MODELS[kind], orjson.dumps(fields)))
    except BadInput as error:
        return Item(kind, message_id, None, error.problems)


class Batches:
    """The batch door. Every item that is not kept is counted as a refusal."""

    def __init__(self, intake: Intake, refusals: Refusals) -> None:
        self._intake = intake
        self._refusals = refusals

    async def accept(
        self, tenant: str, items: Sequence[Item], sender: str = "", over: TooMany | None = None
    ) -> BatchAnswer:
        """An answer for each item, in their order.

        sender: the token's name. over: the quota by which only urgent ones may come now.
        Raises RecordUnavailable: then none of them is known to be kept; TooMany where nothing is let in.
        """
        now = self._intake.now()
        results: dict[int, BatchResult] = {}
        good: list[tuple[int, BatchMessage]] = []
        flaggers: dict[int, Flagger | None] = {}
        for place, item in enumerate(items):
            try:
                flaggers[place] = await self._flagger(tenant, item, sender, now)
                good.append((place, await self._checked(tenant, item, flaggers[place], now)))
            except BadInput as error:
                results[place] = self._refused(tenant, place, item, "bad_input", error.problems)
        refusals = await self._intake.admit_each(tenant, [message for _, message in good], over)
        late = [refusal for refusal in refusals if refusal]
        if late and len(late) == len(items):
            raise late[0]
        for (place, _), refusal in zip(good, refusals, strict=True):
            if refusal:
                results[place] = self._refused(tenant, place, items[place], refusal.code, refusal.problems, "postponed")
        good = [one for one, refusal in zip(good, refusals, strict=True) if refusal is None]
        accepted = await self._intake.accept_all(tenant, [message for _, message in good], now)
        for (place, message), one in zip(good, accepted, strict=True):
            if one is None:
                results[place] = self._refused(tenant, place, items[place], "conflict", (_CONFLICT,), "conflict")
            else:
                results[place] = BatchResult(
                    index=place,
                    outcome="known" if one.known else "accepted",
                    message_id=message.message_id,
                    case_id=one.case_id,
                    received_at=one.received_at,
                    effect=_effect(items[place], flaggers[place], one.received_at),
                )
        wait = max((refusal.retry_after_seconds for refusal in late), default=None)
        return answer_of([results[place] for place in range(len(items))], wait)

    async def _flagger(self, tenant: str, item: Item, sender: str, now: datetime) -> Flagger | None:
        """Raises BadInput for a claim that nobody on the register makes."""
        if not isinstance(item.message, ReportMessage):
            return None
        return await self._intake.recogniser.flagger(tenant, sender, item.message, now)

    async def _checked(self, tenant: str, item: Item, flagger: Flagger | None, now: datetime) -> BatchMessage:
        if item.message is None:
            raise BadInput(item.problems)
        self._intake.check(item.message, now)
        subject = item.message.subject
        return BatchMessage(
            case_id=await self._intake.case_id(tenant, subject),
            subject_kind=subject.kind,
            subject_id=subject.id,
            message_kind=item.kind,
            message_id=item.message.message_id,
            message=item.message,
            person=item.message.reporter if isinstance(item.message, ReportMessage) else None,
            made=made_of(flagger),
        )

    def _refused(
        self,
        tenant: str,
        place: int,
        item: Item,
        code: str,
        problems: Sequence[Problem],
        outcome: Literal["refused", "conflict", "postponed"] = "refused",
    ) -> BatchResult:
        self._refusals.count(DOOR, code, tenant)
        return BatchResult(
            index=place,
            outcome=outcome,
            message_id=item.message_id,
            code=code,
            errors=tuple(
                ResultProblem(field=one.field, value=one.value, problem=one.problem, cure=one.cure) for one in problems
            ),
        )


def _effect(item: Item, flagger: Flagger | None, received_at: datetime) -> str | None:
    return effect_of(item.message, flagger, received_at) if isinstance(item.message, ReportMessage) else None


def answer_of(results: Sequence[BatchResult], retry_after_seconds: int | None = None) -> BatchAnswer:
    """The answer to a batch, its outcomes counted."""
    counts = dict.fromkeys(("accepted", "known", "conflict", "refused", "postponed"), 0)
    for one in results:
        counts[one.outcome] += 1
    return BatchAnswer(**counts, retry_after_seconds=retry_after_seconds, next=NEXT_BATCH, results=tuple(results))
