"""What scores have meant: fitted from what people found, worth its keep on what it has not seen, and read without a library."""

import json
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from cases.calibration import Calibration, CalibrationError, Curve, read_calibration
from cases.judged_scores import JudgedScore
from workers import detectors_command
from workers.calibrating import accuracies, calibration_of, fittings, share_of

AT = datetime(2026, 6, 1, tzinfo=UTC)


def scores(many: int, seed: int = 1, language: str = "en") -> list[JudgedScore]:
    """Of a detector that says twice what is true: synthetic."""
    chance = Random(seed)
    said = [chance.random() for _ in range(many)]
    return [
        JudgedScore(
            detector="dueprocess/spam-words",
            version="words@1",
            label="spam",
            language=language,
            score=score,
            right=chance.random() < score / 2,
            at=AT,
        )
        for score in said
    ]


@pytest.mark.parametrize(("many", "method"), [(2_000, "isotonic"), (300, "logistic")])
def test_a_curve_comes_closer_to_what_people_found_on_contents_held_out(many: int, method: str):
    (found,) = fittings(scores(many), 0.9)
    assert found.curve is not None
    assert found.curve.method == method
    assert found.gained > 0
    assert abs(found.curve.at(0.8) - 0.4) < 0.12
    assert sum(one.judged for one in found.reliability) == many


def test_of_too_few_nothing_is_fitted_and_nothing_written():
    (found,) = fittings(scores(40), 0.9)
    assert found.curve is None
    assert calibration_of([found], AT).curves == ()


def test_a_threshold_is_suggested_with_what_it_rests_on():
    sure = [one.model_copy(update={"right": one.score > 0.7}) for one in scores(400)]
    (found,) = fittings(sure, 0.9)
    suggested = found.suggestion
    assert suggested.threshold is not None
    assert 0.6 < suggested.threshold < 0.72
    assert suggested.precision is not None
    assert suggested.precision.share is not None
    assert suggested.precision.share >= 0.9
    assert suggested.precision.of == sum(one.score >= suggested.threshold for one in sure)
    (none,) = fittings([one.model_copy(update={"right": False}) for one in sure], 0.9)
    assert none.suggestion.threshold is None


@pytest.mark.parametrize(("sure", "told"), [(19, False), (20, True)])
def test_no_threshold_is_suggested_on_a_handful_of_contents(sure: int, told: bool):
    few = [one.model_copy(update={"right": True, "score": 0.9}) for one in scores(sure)]
    (found,) = fittings(few, 0.9)
    assert (found.suggestion.threshold is not None) is told


def test_accuracy_is_told_by_language_with_its_interval():
    found = list(accuracies([*scores(200), *scores(50, 2, "de")], 0.5))
    assert [(one.language, one.judged) for one in found] == [("all", 250), ("de", 50), ("en", 200)]
    for one in found:
        assert one.precision.low is not None
        assert one.precision.high is not None
        assert one.precision.low < (one.precision.share or 0) < one.precision.high
    assert share_of(0, 0).share is None


async def a_command(monkeypatch: pytest.MonkeyPatch, said: list[JudgedScore], **options: Any) -> None:
    """`detectors calibrate` over these judged scores."""

    async def judged(*_: object) -> SimpleNamespace:
        return SimpleNamespace(cases=len(said), scores=said, rules=[])

    monkeypatch.setattr(detectors_command, "_judged", judged)
    here: Any = SimpleNamespace(now=lambda: AT)
    await detectors_command.calibrate(**options, common=detectors_command.COMMON, here=here)


async def test_curves_that_workers_read_are_not_emptied_where_there_is_nothing_to_fit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "curves.json"
    await a_command(monkeypatch, scores(2_000), write=file)
    before = file.read_text()
    assert "1 curves are in" in capsys.readouterr().out
    for few in (scores(40), []):
        await a_command(monkeypatch, few, write=file)
        told = " ".join(capsys.readouterr().out.split())
        assert "No curve is worth writing" in told
        assert file.read_text() == before
    assert "Of 0 cases in this time, there are none: look further back with --since" in told


def test_a_curve_is_straight_between_its_knots_and_another_version_has_none():
    curve = Curve(
        detector="d", version="1", label="spam", method="isotonic", judged=100, right=50, knots=((0.2, 0.1), (0.6, 0.5))
    )
    assert [curve.at(score) for score in (0.0, 0.2, 0.4, 0.6, 1.0)] == [0.1, 0.1, 0.3, 0.5, 0.5]
    fitted = Calibration(fitted_at=AT, curves=(curve,))
    assert fitted.calibrated([("d", "1", "spam", 0.4), ("d", "1", "spam", None), ("d", "2", "spam", 0.9)]) == {
        "spam": 0.3
    }
    with pytest.raises(ValueError, match="rise in score"):
        Curve(
            detector="d", version="1", label="x", method="isotonic", judged=1, right=0, knots=((0.5, 0.5), (0.2, 0.6))
        )


def test_a_file_of_curves_is_read_and_what_is_none_is_named():
    (found,) = fittings(scores(300), 0.9)
    assert read_calibration(calibration_of([found], AT).model_dump_json()).curves[0].label == "spam"
    for broken, named in (("no json", "not JSON"), (json.dumps({"curves": [{"label": 3}]}), "curves.0")):
        with pytest.raises(CalibrationError, match=named):
            read_calibration(broken)
