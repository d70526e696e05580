"""What a reviewer's page shows of a text: in pieces that are the text, marked where detectors found something."""

from hypothesis import given
from hypothesis import strategies as st

from activities.text_folding import fold
from api.agreement import AgreementFigures, KnownFigures, share
from api.answers import CaseAnswer, Task
from api.boards import Agreement, Bar
from api.dossiers import Dossier, Shown, masked, normalised_of, passages_of
from api.explaining import in_words
from api.http.review_rendering import left
from api.library import ReadText
from api.pages.plots import bars, intervals
from api.quality_messages import QualityLine
from cases.names import SubjectKind
from cases.presentation import Level, presentation
from cases.severity import Exposure
from tests.builders import NOON, REMOVE, SUSPEND, later

SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=6)


@given(text=st.text(max_size=40), spans=SPANS)
def test_the_pieces_of_a_text_are_the_text(text: str, spans: list[tuple[int, int]]):
    pieces = passages_of(text, spans)

    assert "".join(one.text for one in pieces) == text
    marked = [one.marked for one in pieces for _ in one.text]
    assert marked == [any(start <= place < end for start, end in spans) for place in range(len(text))]


@given(text=st.text(max_size=40), spans=SPANS)
def test_masked_words_keep_their_length_and_nothing_else(text: str, spans: list[tuple[int, int]]):
    for one, hidden in zip(passages_of(text, spans), masked(passages_of(text, spans)), strict=True):
        assert len(one.text) == len(hidden.text)
        assert set(hidden.text) <= {"•", *filter(str.isspace, one.text)} if one.marked else hidden == one


def test_what_detectors_read_is_shown_where_it_differs_with_its_own_marks():
    text = "you i\u200bdi\u043et"  # an invisible character and a Cyrillic letter
    folded = fold(text)
    read = ReadText(spans=((4, 10),), folded=folded.text, offsets=folded.offsets)

    assert [(one.text, one.marked) for one in normalised_of(text, read)] == [("you ", False), ("idiot", True)]
    assert normalised_of("plain", ReadText(folded="plain", offsets=tuple(range(5)))) == ()


SEVERITY = {Exposure.ORDINARY: 4, Exposure.SENSITIVE: 2, Exposure.RESTRICTED: 0}


def a_dossier(exposure: Exposure, level: Level | None = None, *, held: bool = True) -> Dossier:
    task = Task(stream="s", task_id="t", kind="matter", subject="t", queue="q", severity=2, tier=1, due_at=NOON)
    shown = Shown(level=level, version=1, digest="sha256:0") if level else None
    return Dossier(
        case=CaseAnswer(case_id="c", stream="s", stage="held"),
        now=NOON,
        task=task if held else None,
        presentation=presentation(SEVERITY[exposure], None, (level,) if level else ()),
        shown=shown,
    )


def test_evidence_opens_step_by_step_by_what_it_exposes_people_to():
    assert a_dossier(Exposure.ORDINARY).next_level is Level.CLEAR
    assert a_dossier(Exposure.SENSITIVE).next_level is Level.MASKED
    assert a_dossier(Exposure.SENSITIVE, Level.MASKED).next_level is Level.CLEAR
    assert a_dossier(Exposure.RESTRICTED).next_level is Level.MASKED
    assert a_dossier(Exposure.RESTRICTED, Level.MASKED).next_level is None
    assert a_dossier(Exposure.SENSITIVE, held=False).next_level is None


def test_time_left_is_said_in_words():
    assert left(later(hours=3, minutes=20), NOON) == "in 3 h 20 min"
    assert left(later(minutes=-40), NOON) == "40 min late"
    assert left(later(days=2, hours=1), NOON) == "in 2 d 1 h"


def test_an_agreement_of_few_is_not_told():
    assert Agreement(what="", of=4, agreed=4).told == "too few to say (under 5)"
    assert Agreement(what="", of=10, agreed=9).told == "9 of 10"


def test_a_plot_escapes_its_words_and_says_every_number():
    plot = str(bars("Open <tasks>", [Bar(label="a&b", value=3, late=1), Bar(label="none", value=0)]))

    assert "<tasks>" not in plot
    assert "a&amp;b" in plot
    assert ">3</text>" in plot
    assert "style=" not in plot


def test_measures_are_said_as_what_is_asked_for():
    week = SUSPEND.model_copy(update={"reach": ("DE", "FR")})

    assert in_words((REMOVE, week), SubjectKind.CONTENT) == (
        "remove: the post",
        "suspend: the author's account, P7D, in DE, FR",
    )


def test_agreement_is_drawn_with_its_interval_or_said_to_be_too_little():
    said = AgreementFigures(items=50, share=share(35, 50))
    lines = [
        QualityLine(name="a<b", agreement=said, known=KnownFigures(answers=0)),
        QualityLine(
            name="few", agreement=AgreementFigures(items=3, words="too few to say: 3"), known=KnownFigures(answers=0)
        ),
    ]
    plot = str(intervals("Agreement", lines))

    assert "a&lt;b" in plot
    assert ">0.70</text>" in plot
    assert ">too few to say</text>" in plot
