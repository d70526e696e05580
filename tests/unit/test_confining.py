"""A decision on a piece of the content, for some countries, for a time: ordered so, stated so, within the pack's bounds."""

from typing import Any

import pytest

from activities.platform_client import _on_the_wire
from cases.decisions import Outcome
from cases.telling import NoticeKind
from tests.builders import HIDE, SUSPEND, an_assessment, terms
from tests.lives import Life
from tests.paper import PaperRun

LIST: dict[str, Any] = {"terms": terms(enforcements=(HIDE,), longest="P30D", territory=("DE", "FR"))}


def a_run() -> PaperRun:
    return PaperRun().report().captured(characters=60, attachments=2).triaged(an_assessment(**LIST))


def test_what_is_confined_is_ordered_so():
    run = a_run().decide(excerpts=("attachment:2", "text:10-45"), territory=("DE",), duration="P7D")
    (measure,) = run.case.orders[0].impose
    assert (measure.excerpts, measure.reach) == (("attachment:2", "text:10-45"), ("DE",))
    assert measure.until is not None
    assert _on_the_wire(measure)["excerpts"] == ["attachment:2", "text:10-45"]
    assert run.case.decision("d-1").excerpts == ("attachment:2", "text:10-45")


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"excerpts": ("attachment:3",)}, "attachment:3 is not there; the version has 2 attachments"),
        ({"excerpts": ("text:10-61",)}, "goes beyond the text; the version has 60 characters"),
        ({"excerpts": ("text:9-9",)}, "is empty; give the first character and the one after the last"),
        ({"territory": ("ES",)}, "reach: ES is none of the pack's; it has DE, FR"),
        ({"duration": "P31D"}, "lasts P31D here; the pack allows P30D at most"),
        ({"enforcements": (SUSPEND,), "territory": ("DE",)}, "territory: suspend holds in every country"),
        ({"enforcements": (SUSPEND.model_copy(update={"duration": None}),)}, "lasts for good here"),
        ({"outcome": Outcome.NO_VIOLATION, "ground": None, "duration": "P1D"}, "no_violation restricts nothing"),
    ],
)
def test_what_cannot_be_confined_so_names_field_value_and_cure(asked: dict[str, Any], text: str):
    (refused,) = a_run().decide(**asked).kinds("message_refused")
    assert text in refused.problem


def test_the_areas_own_list_is_never_out_of_bounds():
    assert a_run().decide().case.decisions


def test_the_statement_says_which_piece_it_is_about():
    life = Life().reported().captured().triaged()
    piece = HIDE.model_copy(update={"excerpts": ("attachment:2", "text:10-45")})
    letter = life.decided(Outcome.VIOLATION, piece).confirmed().letter(NoticeKind.STATEMENT)
    assert "attachment 2, characters 10 to 45" in letter.text
