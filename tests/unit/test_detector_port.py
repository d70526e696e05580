"""The port: whoever looks answers every label, fails loudly, keeps no words; and the kit that shows it."""

import sys
from importlib.metadata import EntryPoint

import pytest

from activities.detector_conformance import DetectorConformance, breaches
from activities.detector_plugins import GROUP, DetectorPluginError, plugged_in
from activities.detector_port import About, Finding, Given, Kind, asked, failed_labels, max_scores
from activities.detectors import in_process_detectors, look_at
from tests.unit.docs_pages import ROOT

SAMPLE = ROOT / "docs" / "samples" / "detector-plugin"
ABOUT = About(vendor="example", name="odd", model="none", version="1", kind=Kind.TEXT, labels=("spam", "shouting"))


class Odd:
    """A detector whose author can be made to err."""

    about = ABOUT

    def __init__(self, *findings: Finding, fault: Exception | None = None, echo: bool = False) -> None:
        self.findings, self.fault, self.echo, self.looks = findings, fault, echo, 0

    def look(self, given: Given) -> list[Finding]:
        self.looks += 1
        if self.fault:
            raise self.fault
        echoed = [Finding(label=label, score=0.0, raw_label=given.text[:64]) for label in self.about.labels]
        return echoed if self.echo else list(self.findings)


@pytest.mark.parametrize("number", range(5))
class TestOurOwn(DetectorConformance):
    number = 0

    @pytest.fixture(autouse=True)
    def _chosen(self, number: int) -> None:
        self.number = number

    def make(self):
        return in_process_detectors()[self.number]


def test_a_label_left_out_has_failed_and_is_never_clean():
    results = asked(Odd(Finding(label="spam", score=0.7)), Given(text="x"))
    assert max_scores(results) == {"spam": 0.7}
    assert failed_labels(results) == {"shouting"}
    assert [one.error for one in results] == [None, "LabelLeftOut"]


def test_a_label_nobody_named_fails_all_of_them():
    (spam, shouting) = asked(Odd(Finding(label="fraud", score=0.7)), Given(text="x"))
    assert spam.error == shouting.error == "ValueError"


def test_a_detector_that_raises_fails_each_of_its_labels_and_no_other_detector():
    results = look_at(Given(text="x"), [Odd(fault=ZeroDivisionError("secret words")), *in_process_detectors()])
    assert failed_labels(results) == {"shouting"}  # of spam another one answered
    assert "secret words" not in "".join(one.model_dump_json() for one in results)


def test_of_several_findings_of_a_label_the_highest_counts():
    results = asked(Odd(*(Finding(label="spam", score=score) for score in (0.2, 0.9, 0.4))), Given())
    assert max_scores(results) == {"spam": 0.9}


def test_a_result_keeps_who_said_it_in_which_words_for_how_much():
    about = ABOUT.evolve(cost_micros=1_500)
    detector = Odd(Finding(label="spam", score=0.25, raw_label="LIKELY", raw_score=2.0))
    detector.about = about
    result = asked(detector, Given())[0]
    assert (result.vendor, result.detector, result.model, result.version) == ("example", "odd", "none", "1")
    assert (result.raw_label, result.raw_score, result.cost_micros) == ("LIKELY", 2.0, 1_500)


def test_the_kit_finds_what_an_author_did_wrong():
    good = (Finding(label="spam", score=0.0), Finding(label="shouting", score=0.0))
    assert breaches(lambda: Odd(*good)) == ()
    assert any("LabelLeftOut" in one for one in breaches(lambda: Odd(good[0])))
    assert any("ZeroDivisionError" in one for one in breaches(lambda: Odd(fault=ZeroDivisionError())))
    assert any("words of the content" in one for one in breaches(lambda: Odd(echo=True)))
    assert any("is not seen" in one for one in breaches(lambda: Odd(*good), sees=["LOOK"]))
    assert any("everyday" in one for one in breaches(lambda: Odd(*(f.evolve(score=1.0) for f in good)), sees=["LOOK"]))


def test_the_kit_finds_an_answer_that_depends_on_what_came_before():
    class Forgetful(Odd):
        def look(self, given: Given) -> list[Finding]:
            self.looks += 1
            return [Finding(label=label, score=1 / self.looks) for label in self.about.labels]

    assert any("two answers" in one for one in breaches(Forgetful))


def test_the_example_plug_in_is_found_by_its_entry_point_and_conforms(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(SAMPLE))
    installed = [EntryPoint("shouting", "shouting_detector:ShoutingDetector", GROUP)]
    (detector,) = plugged_in(("shouting",), installed)
    assert breaches(lambda: detector, sees=["CAN NOBODY HERE READ WHAT I WROTE"]) == ()
    assert f'shouting = "{installed[0].value}"' in (SAMPLE / "pyproject.toml").read_text()
    sys.modules.pop("shouting_detector", None)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("nowhere:Nothing", "cannot be loaded (ModuleNotFoundError)"),
        ("tests.unit.test_detector_port:Impostor", "names dueprocess as its vendor"),
        ("tests.unit.test_detector_port:Nameless", "describes itself wrongly"),
    ],
)
def test_a_plug_in_that_was_named_and_cannot_be_used_ends_the_start(value: str, said: str):
    with pytest.raises(DetectorPluginError) as refused:
        plugged_in(("odd",), [EntryPoint("odd", value, GROUP)])
    assert said in str(refused.value)


def test_a_plug_in_that_is_not_installed_is_named_with_those_that_are():
    with pytest.raises(DetectorPluginError, match=r"'shout' is not installed \(installed: shouting\)"):
        plugged_in(("shout",), [EntryPoint("shouting", "x:y", GROUP)])


class Impostor(Odd):
    about = ABOUT.evolve(vendor="dueprocess")


class Nameless(Odd):
    about = ABOUT.model_copy(update={"labels": ()})
