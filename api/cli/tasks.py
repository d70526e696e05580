"""Review: `queue`, `claim`, `release`, `decide`, `withdraw`."""

from typing import Annotated

from cyclopts import Parameter

from api.answers import Claimed, Task
from api.cli.arguments import made, new_id, parse_enforcements, read_text
from api.cli.claims import KeptClaim, KeptClaims
from api.cli.exits import BadUsage, Refused
from api.cli.gateway import Gateway
from api.cli.messages import MessageIdOption, print_accepted
from api.cli.output import due, print_json, print_lines, print_table
from api.cli.place import COMMON, REVIEWER, Common, PlaceHere
from api.problems import nearest
from api.requests import ClaimRequest, DecisionRequest, WithdrawalRequest
from cases.decisions import Ground, Outcome
from cases.projection import ORDERS_QUEUE


async def queue(
    *,
    queue: Annotated[str | None, Parameter(help="Only this queue. Default: all.")] = None,
    limit: Annotated[int, Parameter(help="How many tasks at most.")] = 50,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """List open review tasks, the most urgent first. No content.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, REVIEWER)) as gateway:
        answer = await gateway.queue(queue, limit)
        if queue and not answer.tasks:
            await _refuse_unknown(queue, gateway)
    if common.json:
        return print_json(answer)
    print_table(
        ("due", "S", "queue", "kind", "about", "task", "case", "claimed"),
        [_row(task, due(task.due_at, place.now())) for task in answer.tasks],
        empty="Nothing waits for a person.",
    )
    if answer.more:
        print_lines(f"There are more than {limit}; ask for them with --limit.")
    return None


async def claim(
    *,
    queue: Annotated[str | None, Parameter(help="The most urgent task of this queue. Default: of any.")] = None,
    task: Annotated[str | None, Parameter(help="This task, by its id; needs --case.")] = None,
    case: Annotated[str | None, Parameter(help="The case (or appeal) the task is in.")] = None,
    next_: Annotated[
        bool, Parameter(name="--next", negative="", help="The first that is yours to take: the default.")
    ] = False,
    despite_limits: Annotated[
        bool, Parameter(negative="", help="You were called: take this task though a break is due. It is recorded.")
    ] = False,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Take a review task for a while and print its decision token, which is also kept for `dueprocess decide`.

    Exit codes: 0, 2 bad input, 3 refused (nothing to claim, or taken by another), 4 unavailable.
    """
    if next_ and (task or case):
        raise BadUsage("--next and --task ask for different things; give one of them")
    if (task is None) != (case is None):
        raise BadUsage(
            f"--{'task' if case else 'case'}: is missing; a task is named by both, as dueprocess queue shows them"
        )
    request = made(ClaimRequest, {"queue": queue, "stream": case, "task_id": task, "despite_limits": despite_limits})
    tenant, name = common.of(place, REVIEWER)
    async with place.gateway(tenant, name) as gateway:
        claimed = await gateway.claim(
            queue=request.queue,
            stream=request.stream,
            task_id=request.task_id,
            despite_limits=request.despite_limits,
        )
        if queue and claimed is None:
            await _refuse_unknown(queue, gateway)
    if claimed is None:
        raise Refused(f"no task is free for {name}{f' in queue {queue}' if queue else ''}; see: dueprocess queue")
    KeptClaims(place.claims_file).keep(_kept(tenant, name, claimed))
    if common.json:
        return print_json(claimed)
    task_ = claimed.task
    print_lines(
        f"case      {task_.stream}",
        f"task      {task_.task_id} ({task_.kind} about {task_.subject}, severity S{task_.severity})",
        f"yours     until {claimed.expires_at.isoformat()} ({due(claimed.expires_at, place.now())}), as {name}",
        f"evidence  {claimed.evidence_digest or 'none captured'}",
        f"token     {claimed.token}",
        "Next: dueprocess decide --outcome … --rationale …   or give it back: dueprocess release",
    )
    return None


async def _refuse_unknown(queue: str, gateway: Gateway) -> None:
    """Whoever mistypes a queue is not told that nothing waits in it. Raises BadUsage."""
    known = {ORDERS_QUEUE, *(one.queue for one in (await gateway.queues()).queues)}
    if queue not in known:
        raise BadUsage(f"--queue: there is no queue {queue!r}; {nearest(queue, known)}")


async def release(
    *,
    task: Annotated[str | None, Parameter(help="Which claim, by task or case id, where several are kept.")] = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Give a claimed task back.

    Exit codes: 0, 2 no such claim kept, 3 refused, 4 unavailable.
    """
    kept = KeptClaims(place.claims_file)
    chosen = kept.chosen(common.of(place, REVIEWER)[0], common.acting_as, task, place.now())
    async with place.gateway(chosen.tenant, chosen.reviewer) as gateway:
        await gateway.release(chosen.lease_id)
    kept.forget(chosen)
    if common.json:
        return print_json({"released": chosen.task_id, "case_id": chosen.case_id})
    print_lines(f"{chosen.task_id} of {chosen.case_id} is open again.")
    return None


async def decide(
    *,
    outcome: Annotated[Outcome, Parameter(help="What you find. upheld and reversed are for appeals.")],
    rationale: Annotated[str, Parameter(help="Why, in your words, or @FILE. Sealed in the record.")],
    ground: Annotated[Ground | None, Parameter(help="What it rests on.")] = None,
    rule: Annotated[str | None, Parameter(help="The pack's rule it rests on.")] = None,
    enforce: Annotated[
        tuple[str, ...],
        Parameter(negative="", help="kind[:target][:duration], as hide or suspend:author:P7D. Default: the rule's."),
    ] = (),
    no_enforcement: Annotated[bool, Parameter(negative="", help="Order nothing, whatever the rule says.")] = False,
    task: Annotated[str | None, Parameter(help="Which claim, by task or case id, where several are kept.")] = None,
    token: Annotated[str | None, Parameter(help="A decision token from elsewhere, instead of a kept claim.")] = None,
    seconds: Annotated[str | None, Parameter(help="The decision that this second look is about.")] = None,
    copies: Annotated[bool, Parameter(negative="", help="Decide every case about an exact copy likewise.")] = False,
    sample_violations: Annotated[
        int | None, Parameter(help="Of a campaign: in how many of the sampled members you found it.")
    ] = None,
    responsible: Annotated[
        tuple[str, ...],
        Parameter(
            negative="", help="Of a community: PART=ACCOUNT[=kind[:duration]], as owner=acc-7 or moderator=acc-8=warn."
        ),
    ] = (),
    replaces: Annotated[
        str | None, Parameter(help="Your own decision on this matter, still in its grace, whose place it takes.")
    ] = None,
    excerpt: Annotated[
        tuple[str, ...], Parameter(negative="", help="The piece that it is about, as attachment:2 or text:10-45.")
    ] = (),
    territory: Annotated[tuple[str, ...], Parameter(negative="", help="A country its measures are for, as DE.")] = (),
    duration: Annotated[str | None, Parameter(help="How long its measures last, as P7D.")] = None,
    decision_id: Annotated[str | None, Parameter(name="--id", help="Your own id; sending it again is safe.")] = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Decide the task that was claimed. The answer means: durable; its effect is an event of the case.

    Exit codes: 0, 2 bad input or no claim kept, 3 refused, 4 unavailable (send again with the same --id).
    """
    kept = KeptClaims(place.claims_file)
    tenant, name = common.of(place, REVIEWER)
    chosen = None if token else kept.chosen(tenant, common.acting_as, task, place.now())
    request = made(
        DecisionRequest,
        {
            "decision_id": decision_id or new_id("d"),
            "token": token or (chosen.token if chosen else ""),
            "outcome": outcome,
            "rationale": read_text("--rationale", rationale),
            "ground": ground,
            "rule_id": rule,
            "enforcements": parse_enforcements(enforce) if enforce else () if no_enforcement else None,
            "seconds": seconds,
            "copies": copies,
            "sample_violations": sample_violations,
            "responsible": [_responsible(one) for one in responsible],
            "replaces": replaces,
            "excerpts": excerpt,
            "territory": territory,
            "duration": duration,
        },
    )
    async with place.gateway(tenant, chosen.reviewer if chosen else name) as gateway:
        accepted = await gateway.decide(request)
    if chosen:
        kept.forget(chosen)
    if common.json:
        return print_json(accepted)
    print_lines(f"{accepted.decision_id} is {accepted.status}. {accepted.next}", f"case  {accepted.case_id}")
    return None


async def withdraw(
    case_id: Annotated[str, Parameter(help="The case, or the appeal.")],
    /,
    *,
    decision: Annotated[str, Parameter(help="Your own decision, still in its grace.")],
    reason: Annotated[str | None, Parameter(help="Why, or @FILE. Sealed in the record.")] = None,
    message_id: MessageIdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Take your own decision back, within its grace: the matter is open again, and what was done is undone.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    values = {
        "message_id": message_id or new_id("w"),
        "case_id": case_id,
        "decision_id": decision,
        "reason": read_text("--reason", reason) if reason else None,
    }
    async with place.gateway(*common.of(place, REVIEWER)) as gateway:
        accepted = await gateway.withdraw(made(WithdrawalRequest, values))
    print_accepted(accepted, common)


def _responsible(text: str) -> dict[str, object]:
    part, _, who = text.partition("=")
    account, _, asked = who.partition("=")
    return {"part": part, "account_id": account, "enforcements": parse_enforcements((asked,)) if asked else None}


def _row(task: Task, when: str) -> tuple[object, ...]:
    claimed = task.claimed_until if task.claimed else None
    kind = f"{task.kind}, tier {task.tier}" if task.tier > 1 else task.kind
    return (when, task.severity, task.queue, kind, task.subject, task.task_id, task.stream, claimed)


def _kept(tenant: str, reviewer: str, claimed: Claimed) -> KeptClaim:
    return KeptClaim(
        tenant=tenant,
        reviewer=reviewer,
        case_id=claimed.task.stream,
        task_id=claimed.task.task_id,
        lease_id=claimed.lease_id,
        subject=claimed.task.subject,
        expires_at=claimed.expires_at,
        token=claimed.token,
    )
