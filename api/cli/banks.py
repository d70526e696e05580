"""Banks of hashes: `banks make`, `add`, `add-decided`, `fallen`, `remove`, `pause`, `resume`, `list`, `export`."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from api.bank_messages import (
    BankDecisionRequest,
    BankEntriesRequest,
    BankMatchingRequest,
    BankRemovalRequest,
    BankRequest,
)
from api.cli.arguments import made, new_id, read_text
from api.cli.exits import BadUsage
from api.cli.output import print_json, print_lines, print_table
from api.cli.place import COMMON, OPERATOR, Common, PlaceHere
from cases.banks import ENTRIES_AT_ONCE

BankArgument = Annotated[str, Parameter(help="The bank's name.")]


async def make(
    bank: BankArgument,
    /,
    *,
    label: Annotated[str, Parameter(help="What a match is a sign of; the pack's [labels] says of which area.")],
    kind: Annotated[str, Parameter(help="pdq or sha256.")],
    source: Annotated[str, Parameter(help="Whose list it is, and on what terms it is ours to use.")],
    sharing: Annotated[str, Parameter(help="private, partners or public: who may be given its entries.")] = "private",
    within_bits: Annotated[int | None, Parameter(help="Of PDQ: how many of 256 bits may differ. Default: 31.")] = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Set up a bank of hashes.

    Exit codes: 0 (also where there was one of its name), 2 bad input, 3 refused, 4 unavailable.
    """
    values: dict[str, Any] = {"bank": bank, "label": label, "kind": kind, "source": source, "sharing": sharing}
    bits = {} if within_bits is None else {"within_bits": within_bits}
    request = made(BankRequest, {"message_id": new_id("cli"), **values, **bits})
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.make_bank(request)
    if common.json:
        return print_json(answer)
    print_lines(f"{'Made.' if answer.changed else 'There is one of this name, and its terms stand.'} {answer.next}")
    return None


async def add(
    bank: BankArgument,
    hashes: Annotated[tuple[str, ...], Parameter(help="64 hex digits each.")] = (),
    /,
    *,
    from_file: Annotated[Path | None, Parameter(help="A line each: the hash, and after a blank a reference.")] = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Add hashes to a bank. What it has, or had and lost as false, is left as it is: adding again is safe.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    lines = [*hashes, *(_lines(from_file) if from_file else ())]
    if not lines:
        raise BadUsage("Give hashes, or --from-file FILE.")
    entries = [{"hash": one, "reference": reference.strip() or None} for one, _, reference in map(_parted, lines)]
    new = 0
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        for start in range(0, len(entries), ENTRIES_AT_ONCE):
            some = entries[start : start + ENTRIES_AT_ONCE]
            request = made(BankEntriesRequest, {"message_id": new_id("cli"), "bank": bank, "entries": some})
            answer = await gateway.add_to_bank(request)
            new += answer.entries
    if common.json:
        return print_json(answer.evolve(entries=new, changed=new > 0))
    print_lines(f"{new} of {len(entries)} are new. {answer.next}")
    return None


async def add_decided(
    bank: BankArgument,
    case_id: Annotated[str, Parameter(help="The case.")],
    decision_id: Annotated[str, Parameter(help="A person's decision that found a violation, and stands.")],
    /,
    *,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Add the pictures that a decision was about, by their hashes. They fall with it.

    Exit codes: 0, 2 bad input or no such decision to bank, 3 refused or unknown, 4 unavailable.
    """
    values = {"message_id": new_id("cli"), "bank": bank, "case_id": case_id, "decision_id": decision_id}
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.add_decided_to_bank(made(BankDecisionRequest, values))
    if common.json:
        return print_json(answer)
    print_lines(f"{answer.entries} are new. {answer.next}")
    return None


async def fallen(bank: BankArgument, /, *, common: Common = COMMON, place: PlaceHere) -> None:
    """List entries whose decision was reversed, each with the cases in which it had matched, until somebody takes it out.

    Exit codes: 0, 2 bad input, 3 refused or unknown, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.fallen_in_bank(bank)
    if common.json:
        return print_json(answer)
    print_table(
        ("entry", "fell", "with decision", "of case", "had matched in"),
        [
            (one.entry_id, one.fell_at, one.decision_id, one.case_id, "\n".join(one.matched) or "none")
            for one in answer.entries
        ],
        empty="Nothing fell that nobody has looked at.",
    )
    if answer.entries:
        print_lines(answer.next)
    return None


async def remove(
    bank: BankArgument,
    entry: Annotated[str, Parameter(help="The entry's id, as a case's detections and `banks export` have it.")],
    /,
    *,
    reason: Annotated[str, Parameter(help="Why it is false, or @file. It is sealed and kept.")],
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Take a false entry out, and list the cases in which it had matched.

    Exit codes: 0 (also where it was out already), 2 bad input, 3 refused or unknown, 4 unavailable.
    """
    values = {"message_id": new_id("cli"), "bank": bank, "entry_id": entry, "reason": read_text("--reason", reason)}
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.remove_from_bank(made(BankRemovalRequest, values))
    if common.json:
        return print_json(answer)
    print_table(("case",), [(case_id,) for case_id in answer.cases], empty="It had matched in no case.")
    print_lines(answer.next)
    return None


async def pause(bank: BankArgument, /, *, common: Common = COMMON, place: PlaceHere) -> None:
    """Look in a bank no more; its entries stay.

    Exit codes: 0, 2 bad input, 3 refused or unknown, 4 unavailable.
    """
    await _match(place, common, bank, matching=False)


async def resume(bank: BankArgument, /, *, common: Common = COMMON, place: PlaceHere) -> None:
    """Look in it again.

    Exit codes: 0, 2 bad input, 3 refused or unknown, 4 unavailable.
    """
    await _match(place, common, bank, matching=True)


async def listed(*, common: Common = COMMON, place: PlaceHere) -> None:
    """List banks: what each is a sign of, whose it is, who may be given it, how many entries it has.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.banks()
    if common.json:
        return print_json(answer)
    print_table(
        ("bank", "label", "kind", "entries", "removed", "fallen", "sharing", "matching", "source"),
        [
            (
                *(one.bank, one.label, one.kind, one.entries, one.removed, one.fallen, one.sharing),
                *("yes" if one.matching else "no", one.source),
            )
            for one in answer.banks
        ],
        empty="There is no bank.",
    )
    return None


async def export(
    bank: BankArgument,
    /,
    *,
    to: Annotated[str, Parameter(help="partners or public.")],
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Print a bank's entries for others, as `banks add --from-file` reads them; refused where its rule forbids it.

    Exit codes: 0, 2 bad input or not to be shared, 3 refused or unknown, 4 unavailable.
    """
    after: str | None = ""
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        while after is not None:
            page = await gateway.export_bank(bank, to, after)
            if common.json:
                print_json(page)
            else:
                print_lines(*(f"{one.hash} {one.reference or one.entry_id}" for one in page.entries))
            after = page.next_after


async def _match(place: PlaceHere, common: Common, bank: str, *, matching: bool) -> None:
    request = made(BankMatchingRequest, {"message_id": new_id("cli"), "bank": bank, "matching": matching})
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.set_bank_matching(request)
    if common.json:
        return print_json(answer)
    print_lines(f"{'Done.' if answer.changed else 'It was so.'} {answer.next}")
    return None


def _lines(file: Path) -> list[str]:
    try:
        return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise BadUsage(f"--from-file {file}: cannot be read ({type(error).__name__}).") from None


def _parted(line: str) -> tuple[str, str, str]:
    return line.strip().partition(" ")
