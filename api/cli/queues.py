"""Queues and reviewers: `queues`, `task …`, `reviewer …`."""

from typing import Annotated

from cyclopts import Parameter

from api.cli.arguments import made, new_id, parse_moment, read_object, read_text
from api.cli.claims import KeptClaim, KeptClaims
from api.cli.output import due, print_json, print_lines, print_table
from api.cli.place import COMMON, OPERATOR, REVIEWER, Common, PlaceHere
from api.queue_messages import RegisterAnswer, RegisterRequest, TaskChangeRequest, UnregisterRequest

ReasonOption = Annotated[str, Parameter(help="Why, or @file. It is sealed and kept.")]
TaskOption = Annotated[str | None, Parameter(help="Which claim, by task or case id, where several are kept.")]
CaseOption = Annotated[str | None, Parameter(help="As an operator: the case (or appeal) the task is in.")]
IdOption = Annotated[str | None, Parameter(name="--id", help="Your own id; sending it again is safe.")]


async def queues(*, common: Common = COMMON, place: PlaceHere) -> None:
    """List queues: what is open and overdue in each, whether it is open at this hour, whether it pages.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, REVIEWER)) as gateway:
        answer = await gateway.queues()
    if common.json:
        return print_json(answer)
    print_table(
        ("queue", "open", "overdue", "hours", "specialist", "pages", "tiers"),
        [
            (
                *(one.queue, one.open, one.overdue, "open" if one.open_now else "closed"),
                *(*_flags(one.specialist, one.pages), ", ".join(one.tiers)),
            )
            for one in answer.queues
        ],
        empty="The pack names no queue, and nothing is open.",
    )
    return None


async def task_snooze(
    *,
    until: Annotated[str, Parameter(help="ISO 8601, with zone; by the due time at the latest.")],
    reason: ReasonOption,
    task: TaskOption = None,
    case: CaseOption = None,
    message_id: IdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Put a task off until a time: nobody is given it before. Its clock runs on.

    Exit codes: 0, 2 bad input or no claim kept, 3 refused, 4 unavailable.
    """
    moment = parse_moment("--until", until)
    await _change(place, common, "snooze", reason, task, case, message_id, until=moment)


async def task_boost(
    *,
    reason: ReasonOption,
    task: TaskOption = None,
    case: CaseOption = None,
    message_id: IdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Put a task first, after what is S0.

    Exit codes: 0, 2 bad input or no claim kept, 3 refused, 4 unavailable.
    """
    await _change(place, common, "boost", reason, task, case, message_id)


async def task_reassign(
    *,
    reason: ReasonOption,
    to_queue: Annotated[str | None, Parameter(help="Another queue.")] = None,
    to_reviewer: Annotated[str | None, Parameter(help="A person; it is everybody's again once it is due.")] = None,
    task: TaskOption = None,
    case: CaseOption = None,
    message_id: IdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Give a task to another queue, to a person, or both.

    Exit codes: 0, 2 bad input or no claim kept, 3 refused, 4 unavailable.
    """
    await _change(place, common, "reassign", reason, task, case, message_id, to_queue=to_queue, to_reviewer=to_reviewer)


async def task_skip(
    *,
    reason: ReasonOption,
    task: TaskOption = None,
    message_id: IdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Pass over a task you hold: you are not given it again. The queue says how often that may be.

    Exit codes: 0, 2 bad input or no claim kept, 3 refused, 4 unavailable.
    """
    await _change(place, common, "skip", reason, task, None, message_id)


async def task_return(
    *,
    reason: ReasonOption,
    task: TaskOption = None,
    message_id: IdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Give back a task you hold, and say why.

    Exit codes: 0, 2 bad input or no claim kept, 3 refused, 4 unavailable.
    """
    await _change(place, common, "return", reason, task, None, message_id)


async def task_renew(*, task: TaskOption = None, common: Common = COMMON, place: PlaceHere) -> None:
    """Hold a claimed task for longer.

    Exit codes: 0, 2 no claim kept, 3 refused (it is over, claim again), 4 unavailable.
    """
    kept = KeptClaims(place.claims_file)
    chosen = kept.chosen(common.of(place, REVIEWER)[0], common.acting_as, task, place.now())
    async with place.gateway(chosen.tenant, chosen.reviewer) as gateway:
        claimed = await gateway.renew(chosen.lease_id)
    kept.forget(chosen)
    kept.keep(
        KeptClaim.model_validate({**chosen.model_dump(), "expires_at": claimed.expires_at, "token": claimed.token})
    )
    if common.json:
        return print_json(claimed)
    print_lines(f"{chosen.task_id} is yours {due(claimed.expires_at, place.now())}, until {claimed.expires_at}.")
    return None


async def task_changes(
    case: Annotated[str, Parameter(help="The case (or appeal) the task is in.")],
    task: Annotated[str, Parameter(help="The task.")],
    /,
    *,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """List what was done to a task besides deciding it.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, REVIEWER)) as gateway:
        answer = await gateway.task_changes(case, task)
    if common.json:
        return print_json(answer)
    print_table(
        ("at", "what", "by", "until", "to", "tier", "reason"),
        [
            (one.at, one.action, one.by, one.until, one.to_reviewer or one.to_queue, one.tier, one.reason_id)
            for one in answer.changes
        ],
        empty="Nothing was done to it.",
    )
    return None


async def reviewer_add(
    reviewer: Annotated[str, Parameter(help="The reviewer, as tokens name them.")],
    /,
    *,
    profile: Annotated[str, Parameter(help="JSON of their profile, or @file (docs/contract.md).")] = "{}",
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Enter a reviewer in the register, or change what it says of them. From the first one on, only they may claim.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    request = made(RegisterRequest, {"reviewer": reviewer, "profile": read_object("--profile", profile)})
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.register(request)
    _print_register(common, answer)


async def reviewer_remove(
    reviewer: Annotated[str, Parameter(help="The reviewer.")], /, *, common: Common = COMMON, place: PlaceHere
) -> None:
    """Take a reviewer out of the register. What they hold stays theirs until the lease ends.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.unregister(made(UnregisterRequest, {"reviewer": reviewer}))
    _print_register(common, answer)


async def reviewer_list(*, common: Common = COMMON, place: PlaceHere) -> None:
    """List the register of reviewers.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.reviewers()
    _print_register(common, answer)


async def _change(
    place: PlaceHere,
    common: Common,
    action: str,
    reason: str,
    task: str | None,
    case: str | None,
    message_id: str | None,
    **what: object,
) -> None:
    """With --case as an operator, else on a claim that is kept, which a change other than a boost ends."""
    kept, chosen = KeptClaims(place.claims_file), None
    tenant, name = common.of(place, OPERATOR if case else REVIEWER)
    if case is None:
        chosen = kept.chosen(tenant, common.acting_as, task, place.now())
    where = {"stream": case, "task_id": task or ""} if chosen is None else _where(chosen)
    values = {"message_id": message_id or new_id("q"), "action": action, "reason": read_text("--reason", reason)}
    request = made(TaskChangeRequest, {**values, **where, **what})
    async with place.gateway(tenant, chosen.reviewer if chosen else name) as gateway:
        answer = await gateway.change_task(request)
    if chosen and action != "boost":
        kept.forget(chosen)
    if common.json:
        return print_json(answer)
    print_lines(f"{answer.action} of {answer.task_id} is {answer.status}.", f"case  {answer.stream}")
    return None


def _where(chosen: KeptClaim) -> dict[str, str]:
    return {"stream": chosen.case_id, "task_id": chosen.task_id}


def _print_register(common: Common, answer: RegisterAnswer) -> None:
    if common.json:
        return print_json(answer)
    print_table(
        ("reviewer", "tier", "skills", "certifications", "languages", "opted out", "at once", "per day", "holds"),
        [
            (
                *(one.reviewer, one.profile.tier, ", ".join(one.profile.skills)),
                ", ".join(certification.name for certification in one.profile.certifications),
                *(", ".join(one.profile.languages) or "any", ", ".join(one.profile.opted_out)),
                *(one.profile.at_once, one.profile.per_day, one.held),
            )
            for one in answer.reviewers
        ],
        empty="No register is kept: every reviewer may take anything.",
    )
    return None


def _flags(*values: bool) -> tuple[str, ...]:
    return tuple("yes" if value else "" for value in values)
