"""Attachments open veiled and are looked at step by step; what is restricted is shown only where pack and name say so."""

from itertools import product

import pytest

from cases.media import MediaKind
from cases.presentation import Level, Presentation, Shading, presentation
from cases.sights import Sight, may_see, next_sight, refuse_sight, sights

SENSITIVE, ORDINARY, RESTRICTED = 2, 4, 0
NAMED = Shading(pictures="named")
PICTURE, FILM, SOUND, OTHER = MediaKind.PICTURE, MediaKind.FILM, MediaKind.SOUND, MediaKind.OTHER


def shown(severity: int, shading: Shading | None = None, *, named: bool = False) -> Presentation:
    """To who looked at the words already."""
    return presentation(severity, shading, (Level.MASKED,), named=named)


def test_what_may_distress_opens_blurred_and_grey_then_sharp_and_grey_then_in_colour():
    how = shown(SENSITIVE)
    assert sights(how, PICTURE) == (Sight.VEILED, Sight.GREY, Sight.CLEAR)
    assert next_sight(how, PICTURE, ()) is Sight.GREY
    assert next_sight(how, PICTURE, (Sight.GREY,)) is Sight.CLEAR
    assert next_sight(how, PICTURE, (Sight.GREY, Sight.CLEAR)) is None
    assert refuse_sight(how, PICTURE, (), Sight.CLEAR).code == "not_grey_yet"  # type: ignore[union-attr]
    assert refuse_sight(how, PICTURE, (), Sight.GREY) is None


def test_films_are_not_played_before_they_are_asked_for_and_then_mute():
    assert sights(shown(SENSITIVE), FILM) == (Sight.VEILED, Sight.GREY, Sight.CLEAR)
    assert sights(shown(SENSITIVE), SOUND) == (Sight.VEILED, Sight.CLEAR)


def test_the_ordinary_opens_as_it_is_unless_the_pack_says_blur_grey_or_mute():
    assert sights(shown(ORDINARY), PICTURE) == (Sight.CLEAR,)
    assert sights(shown(ORDINARY, Shading(greyscale=True)), PICTURE) == (Sight.GREY, Sight.CLEAR)
    assert sights(shown(ORDINARY, Shading(blur=True)), PICTURE) == (Sight.VEILED, Sight.CLEAR)
    assert sights(shown(ORDINARY, Shading(mute=True)), SOUND) == (Sight.VEILED, Sight.CLEAR)


@pytest.mark.parametrize("shading", [None, Shading(warning="Synthetic."), Shading(pictures="never"), NAMED])
def test_of_what_is_restricted_nobody_sees_a_pixel_whom_pack_and_name_do_not_let(shading: Shading | None):
    assert sights(shown(RESTRICTED, shading), PICTURE) == ()
    for wanted in Sight:
        refusal = refuse_sight(shown(RESTRICTED, shading), PICTURE, tuple(Sight), wanted)
        assert refusal
        assert refusal.code == "restricted"
        assert not may_see(shown(RESTRICTED, shading), PICTURE, tuple(Sight), wanted)


def test_a_person_named_for_it_never_sees_it_in_colour_nor_hears_it():
    how = shown(RESTRICTED, NAMED, named=True)
    assert sights(how, PICTURE) == (Sight.VEILED, Sight.GREY)
    assert sights(how, SOUND) == (Sight.VEILED,)
    assert refuse_sight(how, PICTURE, (Sight.GREY,), Sight.CLEAR).code == "restricted"  # type: ignore[union-attr]
    assert not shown(RESTRICTED, None, named=True).pictures, "the name alone lets nobody"
    assert sights(shown(SENSITIVE, Shading(pictures="named")), PICTURE) == ()


def test_words_come_first():
    how = presentation(SENSITIVE, None)
    assert refuse_sight(how, PICTURE, (), Sight.GREY).code == "not_looked_yet"  # type: ignore[union-attr]
    assert not may_see(how, PICTURE, (), Sight.VEILED)


def test_nothing_is_seen_that_was_not_asked_for_and_every_step_leads_to_the_next():
    """Over every severity, kind, shading and name: following what is offered reaches the last step, and never skips one."""
    shadings = [
        Shading(blur=blur, greyscale=grey, mute=mute, pictures=who)
        for blur, grey, mute, who in product(
            (None, False, True), (None, False, True), (None, True), (None, "named", "never")
        )
        if (blur, grey, mute, who) != (None, None, None, None)
    ]
    for severity, shading, kind, named in product(range(5), [None, *shadings], MediaKind, (False, True)):
        how, had = shown(severity, shading, named=named), ()
        steps = sights(how, kind)
        for step in Sight:
            assert may_see(how, kind, (), step) == (step in steps[:1])
        while (wanted := next_sight(how, kind, had)) is not None:
            assert refuse_sight(how, kind, had, wanted) is None
            assert not may_see(how, kind, had, wanted)
            had = (*had, wanted)
            assert may_see(how, kind, had, wanted)
        assert had == steps[1:]
        assert sights(shown(severity, shading, named=named), OTHER) == ()
