"""What comes in: `report`, `signal`, `appeal`. What operators change: `extend`, `reverse`, `report-filed`."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from api.answers import ChangeAccepted, Receipt
from api.cli.arguments import made, new_id, parse_moment, parse_scores, read_text
from api.cli.exits import BadUsage, ExitCode
from api.cli.output import due, print_json, print_lines
from api.cli.place import COMMON, OPERATOR, SERVICE, Common, Place, PlaceHere
from api.requests import AuthorityReportRequest, ExtensionRequest, ReversalRequest, TextRequest
from cases.messages import AppealMessage, ReportMessage, ReportSource, SignalMessage
from cases.names import SubjectKind

SubjectKindOption = Annotated[SubjectKind, Parameter(name="--kind", help="What it is about.")]
SubjectIdOption = Annotated[str, Parameter(name="--id", help="The platform's own id of it.")]
MessageIdOption = Annotated[str | None, Parameter(help="Your own id; sending it again adds nothing.")]
AccountOption = Annotated[str | None, Parameter(help="The person's account id on the platform.")]
AddressOption = Annotated[str | None, Parameter(help="The person's mail address.")]
OtherwiseOption = Annotated[
    Literal["notice"] | None, Parameter(help="What it is where the sender is no registered trusted flagger.")
]
ReasonOption = Annotated[str, Parameter(help="Why, or @FILE. Sealed in the record.")]


async def report(
    *,
    kind: SubjectKindOption = SubjectKind.CONTENT,
    subject_id: Annotated[str | None, Parameter(name="--id", help="The platform's own id of it.")] = None,
    area: Annotated[str | None, Parameter(help="The policy area, such as harassment or spam.")] = None,
    account: AccountOption = None,
    address: AddressOption = None,
    reason: Annotated[str | None, Parameter(help="What the reporter says, or @FILE. Sealed in the record.")] = None,
    source: Annotated[ReportSource | None, Parameter(help="On whose word: notice, unless it is said.")] = None,
    otherwise: OtherwiseOption = None,
    message_id: MessageIdOption = None,
    from_file: Annotated[
        Path | None, Parameter(name="--from", help="A file of reports and signals, one JSON object a line.")
    ] = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> int:
    """Report a subject, as a service does for its users. Without --account and --address nobody is told.

    With --from, send a whole file: a line is a report's fields, {"report": {…}} or {"signal": {…}}; without a message_id it
    gets one from its own words. What is not taken stands in FILE.refused.ndjson with line, field, value and cure. Cut short,
    it goes on where it was when run again (FILE.resume.json); nothing is counted twice.
    Exit codes: 0 (acknowledged means stored), 1 lines of a file were rejected, 2 bad input, 3 refused, 4 unavailable.
    """
    if from_file:
        if subject_id or area or message_id:
            raise BadUsage("--from: the file says what is reported; leave --id, --area and --message-id out")
        return await _report_file(from_file, common, place)
    if not subject_id or not area:
        raise BadUsage("--id and --area: say what is reported and why, or send a file with --from FILE")
    message = made(
        ReportMessage,
        {
            "message_id": message_id or new_id("cli"),
            "subject": {"kind": kind, "id": subject_id},
            "area": area,
            **({"source": source} if source else {}),
            "otherwise": otherwise,
            "reporter": _person(account, address),
            "reason": read_text("--reason", reason) if reason else None,
        },
    )
    async with place.gateway(*common.of(place, SERVICE)) as gateway:
        receipt = await gateway.submit_report(message)
    print_receipt(receipt, common, place)
    return ExitCode.OK


async def signal(
    *,
    kind: SubjectKindOption = SubjectKind.CONTENT,
    subject_id: SubjectIdOption,
    score: Annotated[tuple[str, ...], Parameter(negative="", help="label=probability, as spam=0.97; may be repeated.")],
    area: Annotated[str | None, Parameter(help="The policy area it speaks of.")] = None,
    vendor: Annotated[str, Parameter(help="Whose detector.")] = "cli",
    name: Annotated[str, Parameter(help="Its name.")] = "by-hand",
    version: Annotated[str, Parameter(help="Its version.")] = "1",
    message_id: MessageIdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Send a machine's indication about a subject.

    Exit codes: 0 (acknowledged means stored), 2 bad input, 3 refused, 4 unavailable.
    """
    message = made(
        SignalMessage,
        {
            "message_id": message_id or new_id("cli"),
            "subject": {"kind": kind, "id": subject_id},
            "detector": {"vendor": vendor, "name": name, "version": version},
            "scores": parse_scores(score),
            "area": area,
        },
    )
    async with place.gateway(*common.of(place, SERVICE)) as gateway:
        receipt = await gateway.submit_signal(message)
    print_receipt(receipt, common, place)


async def appeal(
    *,
    kind: SubjectKindOption = SubjectKind.CONTENT,
    subject_id: SubjectIdOption,
    decision: Annotated[str, Parameter(help="The decision's id, as the notice names it.")],
    account: AccountOption = None,
    address: AddressOption = None,
    grounds: Annotated[str | None, Parameter(help="What the person says, or @FILE. Sealed in the record.")] = None,
    message_id: MessageIdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Appeal a decision for a person who was told of it (DSA Art. 20). Free of charge, no lawyer needed.

    Exit codes: 0 (acknowledged means stored; whether it is heard is an event of the case), 2, 3, 4.
    """
    message = made(
        AppealMessage,
        {
            "message_id": message_id or new_id("cli"),
            "subject": {"kind": kind, "id": subject_id},
            "decision_id": decision,
            "appellant": _person(account, address) or {},
            "grounds": read_text("--grounds", grounds) if grounds else None,
        },
    )
    async with place.gateway(*common.of(place, SERVICE)) as gateway:
        receipt = await gateway.appeal(message)
    print_receipt(receipt, common, place)


async def text(
    case_id: Annotated[str, Parameter(help="The case or appeal it belongs to.")],
    words: Annotated[str, Parameter(help="The text, or @FILE. Sealed in the record.")],
    /,
    *,
    message_id: MessageIdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Store a text and print its id: a rationale for a decision by raw signal, which may not carry words.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    values = {"message_id": message_id or new_id("cli"), "case_id": case_id, "text": read_text("WORDS", words)}
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        stored = await gateway.store_text(made(TextRequest, values))
    if common.json:
        return print_json(stored)
    return print_lines(stored.text_id)


async def extend(
    case_id: Annotated[str, Parameter(help="The case.")],
    /,
    *,
    clock: Annotated[str, Parameter(help="The clock's id, as `case show` names it.")],
    until: Annotated[str, Parameter(help="The new end, ISO 8601 with its zone.")],
    reason: ReasonOption,
    message_id: MessageIdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Give a clock of a case longer, for a reason that is kept.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    values = {"message_id": message_id or new_id("cli"), "case_id": case_id, "clock_id": clock}
    texts = {"due_at": parse_moment("--until", until), "reason": read_text("--reason", reason)}
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        accepted = await gateway.extend(made(ExtensionRequest, {**values, **texts}))
    print_accepted(accepted, common)


async def reverse(
    case_id: Annotated[str, Parameter(help="The case.")],
    /,
    *,
    decision: Annotated[str, Parameter(help="The decision to take back.")],
    reason: ReasonOption,
    keep: Annotated[tuple[str, ...], Parameter(negative="", help="A measure id that stays in force.")] = (),
    message_id: MessageIdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Take a decision back, wholly or but for the measures kept; everyone who was told is told.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    values = {"message_id": message_id or new_id("cli"), "case_id": case_id, "decision_id": decision}
    texts = {"reason": read_text("--reason", reason), "keep": keep}
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        accepted = await gateway.reverse(made(ReversalRequest, {**values, **texts}))
    print_accepted(accepted, common)


async def report_filed(
    *,
    kind: SubjectKindOption = SubjectKind.CONTENT,
    subject_id: SubjectIdOption,
    matter: Annotated[str, Parameter(help="The matter, as child_safety/1.")],
    reference: Annotated[str, Parameter(help="The authority's number of the report.")],
    message_id: MessageIdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Record that the report owed to an authority was filed through its portal; the clock on it stops.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    request = made(
        AuthorityReportRequest,
        {
            "message_id": message_id or new_id("cli"),
            "subject": {"kind": kind, "id": subject_id},
            "matter": matter,
            "reference": reference,
        },
    )
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        receipt = await gateway.report_to_authority(request)
    print_receipt(receipt, common, place)


async def _report_file(path: Path, common: Common, place: Place) -> int:
    from api.cli.bulk import BulkFile, Progress
    from api.cli.progress import FileBar

    file = BulkFile(path)
    async with place.gateway(*common.of(place, SERVICE)) as gateway:
        with FileBar("sending", file.size, quiet=common.json) as bar:

            def show(done: Progress, waited: float) -> None:
                waiting = f", waiting {waited:.0f} s for an answer" if waited else ""
                bar.update(done.offset, f"line {done.line}, {done.rejected} rejected{waiting}")

            done = await file.send(gateway, show)
    rejects = str(file.rejects_file) if done.rejected else None
    if common.json:
        print_json({"lines": done.line, "accepted": done.accepted, "known": done.known, "rejected": done.rejected,
                    "rejects_file": rejects})  # fmt: skip
    else:
        print_lines(f"{done.accepted} stored, {done.known} known from before, {done.rejected} rejected.")
        if rejects:
            print_lines(f"What is wrong with them, and the cure: {rejects}")
    return ExitCode.FAILED if done.rejected else ExitCode.OK


def _person(account: str | None, address: str | None) -> dict[str, str] | None:
    given = {name: value for name, value in (("account_id", account), ("address", address)) if value}
    return given or None


def print_receipt(receipt: Receipt, common: Common, place: Place) -> None:
    """The receipt, what it means in law, and what is missing."""
    if common.json:
        return print_json(receipt)
    known = " (it came before; nothing was added)" if receipt.known else ""
    by = f" ({due(receipt.by, place.now())})" if receipt.by else ""
    print_lines(
        f"{receipt.message_id} is stored{known}.",
        f"case  {receipt.case_id}",
        f"next  {receipt.next}{by}",
        *([f"means {receipt.effect}"] if receipt.effect else []),
        *(f"missing: {one.element} ({one.source}): {one.cure}" for one in receipt.missing),
    )
    return None


def print_accepted(accepted: ChangeAccepted, common: Common) -> None:
    if common.json:
        print_json(accepted)
        return
    print_lines(f"{accepted.message_id} is {accepted.status}. {accepted.next}", f"case  {accepted.case_id}")
