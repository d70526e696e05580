"""How evidence is shown to a person: nothing before they ask, then masked, then clear; and what they are warned of."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import StringConstraints, model_validator

from cases.facts import Fact, Message
from cases.refusals import Refusal
from cases.severity import PROFILES, Exposure, Severity

WarningWords = Annotated[str, StringConstraints(min_length=1, max_length=400, strip_whitespace=True)]


class Level(StrEnum):
    """How much of the words is shown. Each step is asked for, and logged. Attachments have their own (cases.sights)."""

    MASKED = "masked"  # words that detectors marked are dots
    CLEAR = "clear"


class Shading(Message):
    """What a pack says of how an area's evidence is shown; what is left out follows from its severity.

    exposure: only ever stricter than the severity's own. blur, greyscale, mute: how attachments open. pictures: who is shown
    any: `named`, people named for it; `never`, nobody. Left out: nobody where it is restricted, else who holds the task.
    warning: read before the first look.
    """

    exposure: Exposure | None = None
    blur: bool | None = None
    greyscale: bool | None = None
    mute: bool | None = None
    pictures: Literal["named", "never"] | None = None
    warning: WarningWords | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("says nothing; leave the area out, or say how its evidence is shown")
        return self


class Presentation(Fact):
    """How a task's evidence is shown now. level: none = nothing yet; next_level: what may be asked for.

    blur, greyscale, mute: how attachments open, before each is asked for by itself. pictures: whether this person is shown
    any; else their digests only. warning: to be acknowledged before the first look, empty
    where nothing distressing is expected; acknowledged: it was.
    """

    exposure: Exposure
    blur: bool
    greyscale: bool
    mute: bool
    pictures: bool = True
    warning: str = ""
    acknowledged: bool = False
    level: Level | None = None
    next_level: Level | None = None


WARNINGS: Final = {
    Exposure.ORDINARY: "",
    Exposure.SENSITIVE: "This may be distressing. It opens masked; you need not look further to decide, and may give it "
    "back at any time.",
    Exposure.RESTRICTED: "This may be very distressing. It is only ever shown masked; you may give it back at any time.",
}
_STRICTNESS: Final = (Exposure.ORDINARY, Exposure.SENSITIVE, Exposure.RESTRICTED)


def exposure_of(severity: int, shading: Shading | None = None) -> Exposure:
    """What looking exposes a person to: the severity's class, or the area's where that is stricter."""
    own = PROFILES[Severity(severity)].exposure
    said = shading.exposure if shading and shading.exposure else own
    return max(own, said, key=_STRICTNESS.index)


def presentation(
    severity: int,
    shading: Shading | None,
    seen: Iterable[Level] = (),
    *,
    acknowledged: bool = False,
    named: bool = False,
) -> Presentation:
    """How a task of this severity is shown to who has seen so much of it. What may distress is blurred, grey and mute.

    seen: levels that this person had already, under the claim they hold. named: for pictures of what is restricted.
    """
    exposure = exposure_of(severity, shading)
    had = set(seen)
    level = Level.CLEAR if Level.CLEAR in had else Level.MASKED if had else None
    kept = exposure is not Exposure.ORDINARY
    said = shading or Shading.model_construct()
    return Presentation(
        exposure=exposure,
        blur=kept if said.blur is None else said.blur,
        greyscale=kept if said.greyscale is None else said.greyscale,
        mute=kept if said.mute is None else said.mute,
        pictures=_are_shown(exposure, said, named=named),
        warning=(said.warning or WARNINGS[exposure]) if exposure is not Exposure.ORDINARY or said.warning else "",
        acknowledged=acknowledged or level is not None,
        level=level,
        next_level=_next(exposure, level),
    )


def refuse_look(shown: Presentation, wanted: Level, *, acknowledges: bool) -> Refusal | None:
    """Why this may not be shown now; None where it may. Warned, then masked, then clear; what is restricted never is clear."""
    if wanted is Level.CLEAR and shown.exposure is Exposure.RESTRICTED:
        return Refusal(
            code="restricted", text="level: evidence of this severity is never shown in full; judge it masked"
        )
    if shown.warning and not shown.acknowledged and not acknowledges:
        return Refusal(
            code="not_acknowledged", text=f"acknowledged: read the warning first, and say so. {shown.warning}"
        )
    if wanted is Level.CLEAR and shown.exposure is Exposure.SENSITIVE and shown.level is None:
        return Refusal(code="not_masked_yet", text="level: what may distress is looked at masked first; ask for masked")
    return None


def _are_shown(exposure: Exposure, said: Shading, *, named: bool) -> bool:
    if said.pictures is None:
        return exposure is not Exposure.RESTRICTED
    return said.pictures == "named" and named


def _next(exposure: Exposure, level: Level | None) -> Level | None:
    if level is Level.CLEAR:
        return None
    if exposure is Exposure.ORDINARY:
        return Level.CLEAR
    if level is None:
        return Level.MASKED
    return Level.CLEAR if exposure is Exposure.SENSITIVE else None


PLAIN: Final = presentation(Severity.S4, None)
"""Of what distresses nobody."""
