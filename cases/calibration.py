"""Calibrated scores: what a detector's score has meant, as the share of cases in which people agreed. Pure; fitted elsewhere.

`dueprocess detectors calibrate` fits the curves and writes them to a file; a worker that is given the file
(`DUEPROCESS_CALIBRATION`) tells rules the calibrated score as `calibrated["label"]`, beside the detector's own.
"""

import json
from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Final, Literal, Self

from pydantic import AwareDatetime, Field, ValidationError, model_validator

from cases.errors import CaseError
from cases.facts import Fact

Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]


class CalibrationError(CaseError):
    """The file cannot be used. The message names field and cure."""


class Curve(Fact):
    """Of one detector's label: score to share, straight between the knots, rising. judged: contents it rests on."""

    detector: str
    version: str
    label: str
    method: Literal["isotonic", "logistic"]
    judged: Annotated[int, Field(ge=1)]
    right: Annotated[int, Field(ge=0)]
    knots: Annotated[tuple[tuple[Share, Share], ...], Field(min_length=2, max_length=1_000)]

    @model_validator(mode="after")
    def _rising(self) -> Self:
        scores, shares = zip(*self.knots, strict=True)
        if list(scores) != sorted(set(scores)) or list(shares) != sorted(shares):
            raise ValueError("knots rise in score, and do not fall in share")
        return self

    def at(self, score: float) -> float:
        """The share of contents with this score in which people agreed."""
        scores = [knot[0] for knot in self.knots]
        after = bisect_right(scores, score)
        if after == 0:
            return self.knots[0][1]
        if after == len(scores):
            return self.knots[-1][1]
        (left, low), (right, high) = self.knots[after - 1], self.knots[after]
        return round(low + (high - low) * (score - left) / (right - left), 6)


class Calibration(Fact):
    """Every curve of one fitting."""

    fitted_at: AwareDatetime
    curves: tuple[Curve, ...]

    def calibrated(self, said: Iterable[tuple[str, str, str, float | None]]) -> dict[str, float]:
        """By label, the highest calibrated score of what (detector, version, label, score) was said.

        A detector of another version than was fitted has no curve: what an older one's scores meant says nothing of it.
        """
        curves = {(one.detector, one.version, one.label): one for one in self.curves}
        shares: dict[str, float] = {}
        for detector, version, label, score in said:
            curve = curves.get((detector, version, label))
            if curve is not None and score is not None:
                shares[label] = max(curve.at(score), shares.get(label, 0.0))
        return shares


UNCALIBRATED: Final = Calibration(fitted_at=datetime.min.replace(tzinfo=UTC), curves=())


def read_calibration(text: str) -> Calibration:
    """The curves in a file's text. Raises CalibrationError where it holds none."""
    try:
        return Calibration.model_validate(json.loads(text))
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, one["loc"])) for one in error.errors(include_input=False)[:5])
        raise CalibrationError(f"{fields}: is not as `dueprocess detectors calibrate` writes it") from None
    except ValueError:
        raise CalibrationError("is not JSON; write it anew: dueprocess detectors calibrate") from None
