"""How evidence is shown: warned, masked, clear, in this order; a pack may only be stricter than the severity."""

import pytest
from pydantic import ValidationError

from cases.presentation import Level, Shading, exposure_of, presentation, refuse_look
from cases.severity import Exposure

SENSITIVE, ORDINARY, RESTRICTED = 2, 4, 0


def test_attachments_of_what_may_distress_open_blurred_grey_and_mute_however_far_the_words_were_shown():
    for seen in ((), (Level.MASKED,), (Level.MASKED, Level.CLEAR)):
        shown = presentation(SENSITIVE, None, seen)
        assert (shown.blur, shown.greyscale, shown.mute) == (True, True, True)
    assert shown.next_level is None


def test_the_ordinary_opens_at_once_and_warns_of_nothing():
    shown = presentation(ORDINARY, None)
    assert (shown.warning, shown.next_level, shown.blur) == ("", Level.CLEAR, False)
    assert refuse_look(shown, Level.CLEAR, acknowledges=False) is None


def test_a_warning_is_read_first_then_it_is_masked_then_clear():
    first = presentation(SENSITIVE, None)
    assert refuse_look(first, Level.MASKED, acknowledges=False).code == "not_acknowledged"  # type: ignore[union-attr]
    assert refuse_look(first, Level.CLEAR, acknowledges=True).code == "not_masked_yet"  # type: ignore[union-attr]
    assert refuse_look(first, Level.MASKED, acknowledges=True) is None
    assert refuse_look(presentation(SENSITIVE, None, (Level.MASKED,)), Level.CLEAR, acknowledges=False) is None


def test_what_is_restricted_is_never_shown_clear():
    for seen in ((), (Level.MASKED,)):
        shown = presentation(RESTRICTED, None, seen, acknowledged=True)
        assert refuse_look(shown, Level.CLEAR, acknowledges=True).code == "restricted"  # type: ignore[union-attr]
        assert shown.next_level in (None, Level.MASKED)


def test_an_area_may_be_stricter_than_its_severity_and_never_laxer():
    assert exposure_of(ORDINARY, Shading(exposure=Exposure.RESTRICTED)) is Exposure.RESTRICTED
    assert exposure_of(RESTRICTED, Shading(exposure=Exposure.ORDINARY)) is Exposure.RESTRICTED


def test_an_area_may_warn_and_shade_in_its_own_words():
    shown = presentation(ORDINARY, Shading(warning="Synthetic: loud sounds.", mute=True))
    assert (shown.warning, shown.mute, shown.blur) == ("Synthetic: loud sounds.", True, False)
    assert refuse_look(shown, Level.CLEAR, acknowledges=False).code == "not_acknowledged"  # type: ignore[union-attr]
    with pytest.raises(ValidationError, match="says nothing"):
        Shading()
