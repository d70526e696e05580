"""What operators do about orders that the platform does not confirm: `enforcement retry`, `skip`, `by-hand`, `resume`."""

from typing import Annotated

from cyclopts import Parameter

from api.cli.arguments import made, new_id, read_text
from api.cli.messages import MessageIdOption, ReasonOption, print_accepted
from api.cli.place import COMMON, OPERATOR, Common, PlaceHere
from api.requests import InterventionRequest
from cases.interventions import Step

CaseArgument = Annotated[str, Parameter(help="The case, as `dueprocess stuck` names it.")]
OrderArgument = Annotated[str, Parameter(help="The order, as `dueprocess stuck` or `case show` names it.")]


async def retry(
    case: CaseArgument,
    order: OrderArgument,
    /,
    *,
    reason: ReasonOption = "the operator had it tried now",
    message_id: MessageIdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Try an order that is stuck now, and from the shortest pause on.

    Exit codes: 0, 2 bad input, 3 refused (it is not stuck), 4 unavailable (send again with the same --message-id).
    """
    await _step_in(Step.RETRY, case, order, reason, message_id, None, common, place)


async def skip(
    case: CaseArgument,
    order: OrderArgument,
    /,
    *,
    reason: ReasonOption,
    message_id: MessageIdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Leave an order out that is stuck. It has no effect, and nobody is told of one; what was confirmed beside it stands.

    Exit codes: 0, 2 bad input, 3 refused (it is not stuck), 4 unavailable (send again with the same --message-id).
    """
    await _step_in(Step.SKIP, case, order, reason, message_id, None, common, place)


async def by_hand(
    case: CaseArgument,
    order: OrderArgument,
    /,
    *,
    reference: Annotated[str, Parameter(help="Where the proof is kept, such as a ticket's number.")],
    reason: ReasonOption,
    message_id: MessageIdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Say that an order was carried out by hand: it counts as confirmed, and people are told.

    Exit codes: 0, 2 bad input, 3 refused (it is neither stuck nor skipped), 4 unavailable.
    """
    await _step_in(Step.BY_HAND, case, order, reason, message_id, reference, common, place)


async def resume(
    case: CaseArgument,
    order: OrderArgument,
    /,
    *,
    reason: ReasonOption,
    message_id: MessageIdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Carry out a skipped order after all: it is ordered anew, and people are told once it is confirmed.

    Exit codes: 0, 2 bad input, 3 refused (it is not skipped, or was decided otherwise since), 4 unavailable.
    """
    await _step_in(Step.RESUME, case, order, reason, message_id, None, common, place)


async def _step_in(
    step: Step,
    case: str,
    order: str,
    reason: str,
    message_id: str | None,
    reference: str | None,
    common: Common,
    place: PlaceHere,
) -> None:
    values = {
        "message_id": message_id or new_id("cli"),
        "case_id": case,
        "order_id": order,
        "step": step,
        "reason": read_text("--reason", reason),
        "reference": reference,
    }
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        accepted = await gateway.intervene(made(InterventionRequest, values))
    print_accepted(accepted, common)
