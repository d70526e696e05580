"""What a notice becomes under the stances of a case: owed, owed later or in general words, or withheld. The platform says
no more than we do: each measure carries what its author may hear."""

from collections.abc import Sequence

from pydantic import AwareDatetime

from cases.case import Case
from cases.matters import Matter
from cases.measures import Measure
from cases.stances import AUTHOR, REPORTERS, of_audience, stricter
from cases.telling import GENERIC_KIND, Audience, Notice, NoticeKind, Stance, Telling


def withheld_or_owed(case: Case, notice: Notice, at: AwareDatetime) -> Case:
    """The notice as the stances that people set leave it: owed, later, in general words, or withheld until they are lifted."""
    packs = _of_pack(case, notice)
    binding = packs
    named = (notice.only, REPORTERS) if notice.only else (of_audience(notice.audience),)
    for one in case.stances:
        binding = stricter(binding, one.telling, at) if one.person in named else binding
    not_before = packs.until if packs.stance is Stance.DELAY_UNTIL else None
    if binding is packs:
        owed = notice.evolve(not_before=not_before)
    elif binding.stance is Stance.GENERIC:
        owed = notice.evolve(kind=GENERIC_KIND.get(notice.kind, notice.kind), not_before=not_before)
    elif binding.until is None:
        return case.evolve(withheld=(*case.withheld, notice))
    else:
        owed = notice.evolve(not_before=binding.until)
    return case.evolve(notices=(*case.notices, owed))


def told_by_platform(
    case: Case, matter: Matter, by: str, measures: Sequence[Measure], at: AwareDatetime
) -> tuple[Measure, ...]:
    """The same measures, with what the platform may say of them to their author: no more than our own letters.

    by: who decided them, since an authority's order may ask for silence for a time (Regulation (EU) 2021/784, Article 11(3)).
    """
    order = next((one for one in case.authority_orders if one.by == by and one.tell_after), None)
    silent = Telling(stance=Stance.DELAY_UNTIL, source=order.order, until=order.tell_after) if order else None
    binding = silent or stance_of(matter, Audience.AUTHOR)
    for one in case.stances:
        binding = stricter(binding, one.telling, at) if one.person == AUTHOR else binding
    stance, until = binding.stance, binding.until
    if stance in (Stance.TELL, Stance.GENERIC) or (until is not None and until <= at):
        stance, until = Stance.TELL, None
    elif until is not None:
        stance = Stance.DELAY_UNTIL
    else:
        stance = Stance.NEVER
    return tuple(one.evolve(telling=stance, tell_from=until) for one in measures)


def _of_pack(case: Case, notice: Notice) -> Telling:
    """What would bind without anybody's setting: the pack's, or an authority's order's."""
    order = next((one for one in case.authority_orders if one.order_id == notice.cause), None)
    if order is not None and notice.kind is NoticeKind.ORDER_AUTHOR:
        kept = Stance.DELAY_UNTIL if order.tell_after else Stance.TELL
        return Telling(stance=kept, source=order.order, until=order.tell_after)
    matter = next((one for one in case.matters if one.matter_id == notice.matter_id), None)
    return stance_of(matter, notice.audience)


def stance_of(matter: Matter | None, audience: Audience) -> Telling:
    """What the pack says of this audience; who appealed is always answered."""
    if matter is None or audience is Audience.APPELLANT:
        return Telling(stance=Stance.TELL, source="Regulation (EU) 2022/2065, Article 20(5)")
    return matter.terms.author if audience is Audience.AUTHOR else matter.terms.reporters
