"""`dueprocess campaign …`: open one from a file of members, see how it stands, pause, resume, undo."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from pydantic import ValidationError

from api.cli.arguments import made, new_id, read_text
from api.cli.exits import BadUsage
from api.cli.output import print_json, print_lines, print_table
from api.cli.place import COMMON, OPERATOR, Common, PlaceHere
from api.requests import CampaignPause, CampaignRequest, ReversalRequest
from cases.campaigns import MEMBERS_AT_ONCE, CampaignMember

CampaignCase = Annotated[str, Parameter(help="The campaign's case id, as `campaign open` prints it.")]


async def campaign_open(
    name: Annotated[str, Parameter(help="What to call it; more members may be sent under the same name.")],
    /,
    *,
    members: Annotated[Path, Parameter(help="A file, one member a line: subject, account, content_version, seen_at.")],
    area: Annotated[str, Parameter(help="The policy area, such as spam.")],
    message_id: Annotated[str | None, Parameter(help="Your own id; sending the file again adds nothing.")] = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Open a campaign, or add members to one. Each line: {"subject": {"kind": "content", "id": "p-1"}, "account": "a-1"}.

    Exit codes: 0 (members are stored, the case opens), 2 bad input, 3 refused, 4 unavailable (send the file again).
    """
    pages = list(_pages(members))
    own, joined, case_id = message_id or new_id("campaign"), 0, ""
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        for number, page in enumerate(pages, start=1):
            fields = {
                "message_id": own,
                "name": name,
                "area": area,
                "members": page,
                "complete": number == len(pages),
            }
            answer = await gateway.join_campaign(made(CampaignRequest, fields))
            joined, case_id = joined + answer.joined, answer.case_id
    if common.json:
        return print_json({"case_id": case_id, "message_id": own, "joined": joined})
    print_lines(f"{joined} new members. A sample of them is looked at: dueprocess campaign show", case_id)
    return None


async def campaign_show(case: CampaignCase, /, *, common: Common = COMMON, place: PlaceHere) -> None:
    """Show how a campaign stands, and how far each of its orders came.

    Exit codes: 0, 2 bad input, 3 no such campaign for this token, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.campaign(case)
    if common.json:
        return print_json(answer)
    paused = f", PAUSED since {answer.paused_at:%Y-%m-%d %H:%M}" if answer.paused_at else ""
    print_lines(
        f"{answer.members} members of {answer.accounts} accounts, {answer.sampled} sampled, "
        f"{answer.split_off} split off{paused}"
    )
    print_table(
        ("order", "on", "confirmed", "void", "waiting", "state"),
        [
            (
                batch.order_id,
                batch.target,
                batch.confirmed,
                batch.void,
                batch.waiting,
                "stopped" if batch.stopped_at else "done" if batch.ended_at else "under way",
            )
            for batch in answer.batches
        ],
        empty="Nothing was ordered yet.",
    )
    return None


async def campaign_pause(case: CampaignCase, /, *, common: Common = COMMON, place: PlaceHere) -> None:
    """Pause a campaign: no further order goes out until `campaign resume`. What was ordered stays.

    Exit codes: 0, 2, 3 no such campaign, 4.
    """
    await _pause(case, True, common, place)


async def campaign_resume(case: CampaignCase, /, *, common: Common = COMMON, place: PlaceHere) -> None:
    """Resume a paused campaign where it stopped.

    Exit codes: 0, 2, 3 no such campaign, 4.
    """
    await _pause(case, False, common, place)


async def campaign_undo(
    case: CampaignCase,
    /,
    *,
    decision: Annotated[str, Parameter(help="The campaign's decision.")],
    reason: Annotated[str, Parameter(help="Why, or @FILE. Sealed in the record.")],
    message_id: Annotated[str | None, Parameter(help="Your own id; sending it again adds nothing.")] = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Take a campaign's decision back, for all members but those that split off. It stops what is still under way.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    fields = {
        "message_id": message_id or new_id("undo"),
        "case_id": case,
        "decision_id": decision,
        "reason": read_text("--reason", reason),
    }
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        accepted = await gateway.reverse(made(ReversalRequest, fields))
    if common.json:
        return print_json(accepted)
    print_lines(f"{accepted.message_id} is {accepted.status}. Every member is freed, at the rate that is set.")
    return None


async def _pause(case: str, paused: bool, common: Common, place: PlaceHere) -> None:
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.pause_campaign(CampaignPause(case_id=case, paused=paused))
    if common.json:
        return print_json(answer)
    print_lines(f"{'Paused' if answer.paused else 'Resumed'}: {answer.batches} batches under way.")
    return None


def _pages(file: Path) -> Iterator[list[CampaignMember]]:
    """The file's members, as many as one request takes. Raises BadUsage naming the line."""
    page: list[CampaignMember] = []
    if not file.is_file():
        raise BadUsage(f"--members: there is no file {file}")
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                page.append(CampaignMember.model_validate_json(line))
            except ValidationError as error:
                problem = error.errors(include_input=False)[0]
                where = ".".join(map(str, problem["loc"]))
                raise BadUsage(f"--members: line {number}, {where}: {problem['msg']}") from None
            if len(page) == MEMBERS_AT_ONCE:
                yield page
                page = []
    if page:
        yield page
