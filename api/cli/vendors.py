"""Vendors: `vendor off`, `vendor on`, `vendor list`."""

from typing import Annotated

from cyclopts import Parameter

from api.cli.arguments import made, new_id, read_text
from api.cli.output import print_json, print_lines, print_table
from api.cli.place import COMMON, OPERATOR, Common, PlaceHere
from api.vendor_messages import VendorState, VendorSwitchRequest

NameArgument = Annotated[str, Parameter(help="The vendor's name, as `dueprocess vendor list` has it.")]
ReasonOption = Annotated[str, Parameter(help="Why, or @file. It is sealed and kept.")]


async def off(name: NameArgument, /, *, reason: ReasonOption, common: Common = COMMON, place: PlaceHere) -> None:
    """Ask a vendor no more, from the next call on: the next of the chain is asked, or the pack's stance holds.

    Exit codes: 0 (also where it was off already), 2 bad input, 3 refused, 4 unavailable.
    """
    await _switch(place, common, name, reason, off=True)


async def on(
    name: NameArgument, /, *, reason: ReasonOption = "It works again.", common: Common = COMMON, place: PlaceHere
) -> None:
    """Ask it again. What waits for a word asks it at its next try.

    Exit codes: 0 (also where it was on), 2 bad input, 3 refused, 4 unavailable.
    """
    await _switch(place, common, name, reason, off=False)


async def listed(*, common: Common = COMMON, place: PlaceHere) -> None:
    """List vendors: what is switched off and why, and today's calls and money against their limits.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.vendors()
    if common.json:
        return print_json(answer)
    print_table(
        ("vendor", "form", "state", "calls today", "without a word", "money today", "why"),
        [
            (
                *(one.vendor, one.form or "not configured", "off" if one.off_at else "on"),
                *(_of(one.calls, one.calls_per_day), one.failed, _money(one), one.off_reason or ""),
            )
            for one in answer.vendors
        ],
        empty="No vendor is configured.",
    )
    if answer.unclaimed_callbacks:
        print_lines(f"{answer.unclaimed_callbacks} callbacks are about tasks that nobody here asked for.")
    return None


async def _switch(place: PlaceHere, common: Common, name: str, reason: str, *, off: bool) -> None:
    values = {"message_id": new_id("cli"), "vendor": name, "off": off, "reason": read_text("--reason", reason)}
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.switch_vendor(made(VendorSwitchRequest, values))
    if common.json:
        return print_json(answer)
    done = ("Switched off." if off else "Switched on.") if answer.changed else ("It was off." if off else "It was on.")
    print_lines(f"{done} {answer.next}")
    return None


def _of(used: int, limit: int | None) -> str:
    return f"{used}" if limit is None else f"{used} of {limit}"


def _money(one: VendorState) -> str:
    spent = f"{one.micros / 1_000_000:.2f}"
    return spent if one.micros_per_day is None else f"{spent} of {one.micros_per_day / 1_000_000:.2f}"
