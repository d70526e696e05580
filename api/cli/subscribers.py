"""Subscribers of events: `subscriber list`, `stop`, `start`, `retry`, `skip`, `replay`."""

from typing import Annotated, Any

from cyclopts import Parameter

from api.cli.arguments import made, new_id, read_text
from api.cli.output import print_json, print_lines, print_table
from api.cli.place import COMMON, OPERATOR, Common, PlaceHere
from api.subscriber_messages import SubscriberChanged, SubscriberChangeRequest
from cases.subscribers import SubscriberState

NameArgument = Annotated[str, Parameter(help="The subscriber's name, as `dueprocess subscriber list` has it.")]
ReasonOption = Annotated[str, Parameter(help="Why, or @file. It is sealed and kept.")]
CaseOption = Annotated[str | None, Parameter(help="Of this case and its appeals only.")]
SinceOption = Annotated[str | None, Parameter(help="What was recorded from then on, such as 2026-03-01T00:00:00Z.")]


async def listed(*, common: Common = COMMON, place: PlaceHere) -> None:
    """List who is sent events: what waits, what was refused, who does not answer.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.subscribers()
    if common.json:
        return print_json(answer)
    print_table(
        ("subscriber", "state", "sent", "waiting", "oldest", "refused", "events"),
        [
            (
                *(one.name, _state(one), one.delivered, one.waiting),
                *(f"{one.oldest:%Y-%m-%d %H:%M}" if one.oldest else "", one.refused, ", ".join(one.kinds) or "all"),
            )
            for one in answer.subscribers
        ],
        empty="No subscriber is configured: DUEPROCESS_SUBSCRIBERS_FILE names a file of them.",
    )
    print_lines(
        *(
            f"{one.subscriber} refused {one.kind} ({one.stream_id}, {one.sequence}): {one.answer}. Later events of that "
            "stream wait: mend it there and `subscriber retry`, or `subscriber skip`."
            for one in answer.refused
        )
    )
    return None


async def stop(name: NameArgument, /, *, reason: ReasonOption, common: Common = COMMON, place: PlaceHere) -> None:
    """Send it nothing for now; events go on being put aside for it.

    Exit codes: 0 (also where it was stopped), 2 bad input, 3 refused, 4 unavailable.
    """
    _print(common, await _change(place, common, name, "stop", reason))


async def start(
    name: NameArgument, /, *, reason: ReasonOption = "It is to go on.", common: Common = COMMON, place: PlaceHere
) -> None:
    """Send it what waits.

    Exit codes: 0 (also where it was not stopped), 2 bad input, 3 refused, 4 unavailable.
    """
    _print(common, await _change(place, common, name, "start", reason))


async def retry(
    name: NameArgument,
    /,
    *,
    reason: ReasonOption = "It was mended.",
    case: CaseOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Send what it refused once more.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    _print(common, await _change(place, common, name, "retry", reason, case_id=case))


async def skip(
    name: NameArgument, /, *, reason: ReasonOption, case: CaseOption = None, common: Common = COMMON, place: PlaceHere
) -> None:
    """Leave out what it refused, so that later events of those cases are sent.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    _print(common, await _change(place, common, name, "skip", reason, case_id=case))


async def replay(
    name: NameArgument,
    /,
    *,
    reason: ReasonOption,
    since: SinceOption = None,
    case: CaseOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Send once more what was recorded: of a case, or of all since a time.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    events, after = 0, None
    while True:
        asked = {"case_id": case, "since": since, "after": after}
        done = await _change(place, common, name, "replay", reason, **asked)
        events, after = events + done.events, done.after
        if after is None:
            return _print(common, done.evolve(events=events, changed=events > 0))


async def _change(
    place: PlaceHere, common: Common, name: str, step: str, reason: str, **asked: Any
) -> SubscriberChanged:
    given = {field: value for field, value in asked.items() if value is not None}
    values = {"message_id": new_id("cli"), "subscriber": name, "step": step, "reason": read_text("--reason", reason)}
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        return await gateway.change_subscriber(made(SubscriberChangeRequest, {**values, **given}))


def _print(common: Common, done: SubscriberChanged) -> None:
    if common.json:
        return print_json(done)
    if done.step in ("stop", "start"):
        print_lines(f"{'Done' if done.changed else 'It was so already'}. {done.next}")
    else:
        print_lines(f"{done.events} events. {done.next if done.changed else 'There were none.'}")
    return None


def _state(one: SubscriberState) -> str:
    if one.ended_at:
        return "ended: no file names it"
    if one.stopped_at:
        return f"stopped by {one.stopped_by}"
    return f"away since {one.away_since:%Y-%m-%d %H:%M} ({one.answer})" if one.away_since else "sent to"
