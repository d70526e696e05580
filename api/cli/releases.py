"""Releases of policy packs: `policy release`, `approve`, `withdraw`, `rollback`, `releases`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from api.cli.arguments import made, new_id, read_text
from api.cli.exits import CheckFailed
from api.cli.output import print_json, print_lines, print_table
from api.cli.place import COMMON, OPERATOR, Common, PlaceHere

if TYPE_CHECKING:
    from api.policy_messages import PolicyChanged

ReleaseArgument = Annotated[str, Parameter(help="The release's id, as `policy releases` shows it.")]
ReasonOption = Annotated[str, Parameter(help="Why, or @file. It is sealed and kept.")]
SECOND = "operator-2"


async def release(
    folder: Annotated[Path, Parameter(help="The pack's folder.")],
    /,
    *,
    reason: ReasonOption,
    backtest: Annotated[
        str | None, Parameter(help="Which recorded backtest. Default: the newest of this pack.")
    ] = None,
    override: Annotated[
        str | None, Parameter(help="Why rules may newly decide alone without a backtest, in your name.")
    ] = None,
    release_id: Annotated[str | None, Parameter(name="--id", help="The release's id. Default: a new one.")] = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Propose a pack for release. It is checked whole, and nothing changes until somebody else approves it.

    Where rules would newly decide alone, a recorded backtest of this very pack is asked for, or your own word.

    Exit codes: 0, 1 the pack has mistakes, 2 bad input, 3 refused, 4 unavailable.
    """
    from api.policy_messages import ReleaseRequest

    if mistakes := place.check_pack(folder):
        print_lines(*(f"{folder}/{mistake}" for mistake in mistakes))
        raise CheckFailed(f"{len(mistakes)} mistakes; mend them, then release it.")
    values = {
        "release_id": release_id or new_id("release"),
        "files": dict(place.pack_files(folder)),
        "reason": read_text("--reason", reason),
        "backtest_id": backtest,
        "override": read_text("--override", override) if override else None,
    }
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.propose_release(made(ReleaseRequest, values))
    _print(common, answer)


async def approve(release_id: ReleaseArgument, /, *, common: Common = COMMON, place: PlaceHere) -> None:
    """Approve a release that somebody else proposed: it is in force at once, or from the time it names.

    Exit codes: 0, 2 bad input (also your own release), 3 refused, 4 unavailable.
    """
    from api.policy_messages import ApprovalRequest

    async with place.gateway(*common.of(place, SECOND)) as gateway:
        answer = await gateway.approve_release(made(ApprovalRequest, {"release_id": release_id}))
    _print(common, answer)


async def withdraw(
    release_id: ReleaseArgument, /, *, reason: ReasonOption, common: Common = COMMON, place: PlaceHere
) -> None:
    """Take back a release that has not taken effect.

    Exit codes: 0, 2 bad input (also one in force: see rollback), 3 refused, 4 unavailable.
    """
    from api.policy_messages import ReleaseWithdrawal

    values = {"release_id": release_id, "reason": read_text("--reason", reason)}
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.withdraw_release(made(ReleaseWithdrawal, values))
    _print(common, answer)


async def rollback(
    *,
    reason: ReasonOption,
    to: Annotated[
        str | None, Parameter(help="A release that was in force, or `folder`. Default: what was in force before.")
    ] = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Go back to what was in force before, at once. One person is enough: it was in force as it is.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    from api.policy_messages import RollbackRequest

    values = {"message_id": new_id("rollback"), "to": to, "reason": read_text("--reason", reason)}
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.roll_back_policy(made(RollbackRequest, values))
    _print(common, answer)


async def releases(*, common: Common = COMMON, place: PlaceHere) -> None:
    """Show which pack is in force, every release with author and approver, and the ways back that were taken.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.releases()
    if common.json:
        return print_json(answer)
    print_lines(f"In force: {answer.in_force.pack_id} {answer.in_force.version}  {answer.in_force.digest}")
    print_table(
        ("release", "version", "state", "proposed by", "approved by", "takes effect", "tried on", "why"),
        [
            (
                one.release_id,
                one.pack.version,
                one.state,
                one.proposed_by,
                one.approved_by,
                one.effective_at,
                one.backtest_id or (f"no backtest: {one.override}" if one.override else None),
                one.reason,
            )
            for one in answer.releases
        ],
        empty="Nothing was released: the pack in its folder decides.",
    )
    for over in (one for one in answer.releases if one.not_started_over):
        found = over.not_started_over.version if over.not_started_over else ""
        print_lines(f"{over.release_id} did not start: version {found} decided by then. Propose it anew.")
    for one in answer.rollbacks:
        print_lines(f"{one.at:%Y-%m-%d %H:%M}Z {one.by} went back to {one.to}: {one.reason}")
    return None


def _print(common: Common, answer: "PolicyChanged") -> None:
    if common.json:
        return print_json(answer)
    if answer.release:
        print_lines(f"{answer.release.release_id}: {answer.release.pack.version}, {answer.release.state}.")
    print_lines(f"In force: {answer.in_force.pack_id} {answer.in_force.version}. {answer.next}")
    return None
