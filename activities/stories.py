"""A case's events and their fold, as a telling needs them. In a storm a case is told of every few seconds, and its ten
thousand events are read once: afterwards only what is new.
"""

from collections import OrderedDict
from typing import Final

from cases.case import Case
from cases.events import CaseEvent
from cases.folding import compacted, fold_all
from record import events
from record.record import Record

LONG: Final = 200  # events; a shorter story is read anew each time
KEPT: Final = 8  # long stories; one of ten thousand events is some ten megabytes

Story = tuple[Case, tuple[CaseEvent, ...]]


class Stories:
    """The events of cases. An event is never changed, so what was read stays true; what an erasure took is not noticed in
    what is kept: whoever meets a destroyed key forgets the story and asks again.
    """

    def __init__(self, record: Record) -> None:
        self._record = record
        self._kept: OrderedDict[str, Story] = OrderedDict()

    async def of(self, case_id: str) -> Story:
        """The case as the record has it now, and its events. Raises RecordUnavailable."""
        case, known = self._kept.pop(case_id, (Case(case_id=case_id), ()))
        new = await events.load(self._record, case_id, known[-1].sequence if known else 0)
        story = fold_all(case, compacted(new)), (*known, *new)
        if len(story[1]) >= LONG:
            self._kept[case_id] = story
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return story

    def forget(self, case_id: str) -> None:
        """Read it whole the next time."""
        self._kept.pop(case_id, None)
