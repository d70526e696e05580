"""Detectors that other packages bring: an entry point of the group `dueprocess.detectors`, named by the operator to be used.

An installed package that nobody named does nothing. One that was named and cannot be loaded ends the start: a detector that
is missing in silence would look like one that sees nothing.
"""

from collections.abc import Iterable, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from pydantic import ValidationError

from activities.detector_port import About, Detector

GROUP: Final = "dueprocess.detectors"


class DetectorPluginError(Exception):
    """A plug-in cannot be used. The message names it, what is wrong and the cure."""


def plugged_in(names: Sequence[str], installed: Iterable[EntryPoint] | None = None) -> tuple[Detector, ...]:
    """The plug-ins of these names, in their order. installed: instead of what this Python has. Raises DetectorPluginError."""
    found = {one.name: one for one in (entry_points(group=GROUP) if installed is None else installed)}
    return tuple(_loaded(name, found) for name in names)


def _loaded(name: str, found: dict[str, EntryPoint]) -> Detector:
    if name not in found:
        there = ", ".join(sorted(found)) or "none"
        raise DetectorPluginError(
            f"detector {name!r} is not installed (installed: {there}): install its package, or name another"
        )
    try:
        detector: Detector = found[name].load()()
        about = About.model_validate(detector.about.model_dump())
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, one["loc"])) for one in error.errors(include_input=False))
        raise DetectorPluginError(f"detector {name!r} describes itself wrongly in {fields}: mend its `about`") from None
    except Exception as error:  # whatever a stranger's code does when it is loaded, the operator hears which one did it
        raise DetectorPluginError(
            f"detector {name!r} cannot be loaded ({type(error).__name__}): see its own documentation"
        ) from error
    if about.vendor == "dueprocess":
        raise DetectorPluginError(
            f"detector {name!r} names dueprocess as its vendor: that is for the detectors of this repository"
        )
    return detector
