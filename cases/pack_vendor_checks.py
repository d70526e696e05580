"""What is wrong with a pack's asks of vendors beyond their form."""

from collections import Counter
from collections.abc import Iterator

from cases.conditions import VARIABLES, ConditionError, Conditions
from cases.pack_mistakes import PackMistake, TomlFile, nearest
from cases.policy import PackBody


def vendor_mistakes(file: TomlFile, pack: PackBody) -> Iterator[PackMistake]:
    """Ids given twice, labels that are a sign of nothing here, conditions that do not compile."""
    conditions = Conditions({name: threshold.value for name, threshold in pack.thresholds.items()})
    seen = Counter(ask.id for ask in pack.vendors)
    for index, ask in enumerate(pack.vendors):
        path = ("vendors", index)
        if seen[ask.id] > 1:
            cure = "Give each its own id: what was asked is known by it."
            yield file.mistake((*path, "id"), f"{seen[ask.id]} asks are called {ask.id!r}", cure)
        for label in ask.labels:
            if label not in pack.labels:
                cure = f"Say in [labels] which area it is a sign of. {nearest(label, pack.labels)}"
                yield file.mistake((*path, "labels"), f"unknown label {label!r}", cure)
        try:
            conditions.compile(ask.when)
        except ConditionError as error:
            names = ", ".join(sorted(VARIABLES))
            yield file.mistake(
                (*path, "when"), f"column {error.column} of the condition: {error}", f"It may name: {names}."
            )
