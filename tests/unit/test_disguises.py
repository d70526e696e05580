"""Words disguised from machines are read as people read them, and honest ones are left in peace."""

import base64
import codecs
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.detectors import assess_text
from activities.text_disguises import MOST_READINGS, Disguise, evasion, readings

PLAIN = "you are an idiot"
DISGUISED = {
    "y\u200bo\u200bu are an id\u200biot": Disguise.INVISIBLE,
    "you are an i\u0336d\u0336i\u0336o\u0336t\u0336": Disguise.INVISIBLE,
    "you are an іdіоt": Disguise.LOOK_ALIKES,
    "you are an ιdιοт": Disguise.LOOK_ALIKES,
    "ｙｏｕ are an ｉｄｉｏｔ": Disguise.COMPATIBILITY,
    "you are an i d i o t": Disguise.SPACED,
    "you are an i.d.i.o.t": Disguise.SPACED,
    "you are an id-io-t": Disguise.SPACED,
    "y0u are an 1d10t": Disguise.LEET,
    "you are an idiooooot": Disguise.STRETCHED,
    f"\u202e{PLAIN[::-1]}\u202c": Disguise.REVERSED,
    base64.b64encode(PLAIN.encode()).decode(): Disguise.BASE64,
    codecs.encode("and you are the idiot of all", "rot13"): Disguise.ROT13,
}
HONEST = [
    "See www.example.com, or e-mail me at the U.S.A. office on the 4th floor.",
    "I took route66 with my mp3 player, 25 km, for 3 a.m. tea.",
    "A. B. Smith and J.R.R. Tolkien wrote that.",
    "как дела, всё хорошо",
    "Ça va, garçon? Ñandú, Übergrößenträger, naïve café.",
    "नमस्ते दुनिया",
    "👨\u200d👩\u200d👧 the family",
    "state-of-the-art, well-known, user_name, foo-bar",
    "@tom and @al say hi!!!",
]


@pytest.mark.parametrize(("text", "disguise"), DISGUISED.items(), ids=[one.value for one in DISGUISED.values()])
def test_a_disguised_word_is_read_and_the_disguise_is_told(text: str, disguise: Disguise):
    assert any("idiot" in one.text.lower() for one in readings(text)[1:])
    assert evasion(text).words.get(disguise, 0) >= 1
    assert evasion(text).score > 0


@pytest.mark.parametrize("text", HONEST)
def test_honest_writing_is_no_evasion(text: str):
    assert evasion(text).score == 0.0, evasion(text).words


@pytest.mark.parametrize("text", [one for one, kind in DISGUISED.items() if kind is not Disguise.ROT13])
def test_what_is_found_in_a_reading_is_shown_where_it_stands_as_written(text: str):
    harassment = next(one for one in assess_text(text) if one.label == "harassment")
    assert harassment.folded
    assert harassment.score
    assert harassment.spans
    assert all(0 <= span.start < span.end <= len(text) for span in harassment.spans)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (
            "7hey 5ay y0u 4re an 1d10t, as5",
            "they say you are an idiot, ass",
        ),  # a number's look, where all is written so
        ("a full ӏist of fooӏs", "a full list of fools"),  # the palochka is taken for an l
        ("what a foooool, goooood", "what a fool, good"),  # two that were stretched
    ],
)
def test_a_way_of_writing_that_goes_through_a_whole_text_hides_no_word_of_it(written: str, meant: str):
    assert meant in {one.text for one in readings(written)}


def test_one_number_among_words_stays_a_number():
    assert all("4th" in one.text and "mp3" in one.text for one in readings("y0u took my mp3 on the 4th of this m0nth"))


def test_a_russian_word_in_russian_stays_what_it_is_and_in_english_may_be_read_as_it_looks():
    assert all(one.text == "ну как так" for one in readings("ну как так"))
    assert "so kak it is" in {one.text for one in readings("so как it is")}


@settings(max_examples=150, deadline=None)
@given(
    st.text(
        st.one_of(st.sampled_from("a1@ .-_*\u200b\u202e\u202c\u0336аоеⓐＡ=|!iIlL"), st.characters(codec="utf-8")),
        max_size=60,
    )
)
def test_every_reading_keeps_its_places_in_the_text_as_written(text: str):
    found = readings(text)
    assert found[0].text == text
    assert len(found) <= MOST_READINGS
    assert len({one.text for one in found}) == len(found)
    for one in found:
        assert len(one.offsets) == len(one.text)
        assert all(0 <= place < len(text) for place in one.offsets)
    assert 0.0 <= evasion(text).score <= 1.0


@pytest.mark.parametrize(
    "text", ["a" * 10_000, "a." * 5_000, "\u202e" * 10_000, "a1" * 5_000, "A+/" * 3_333, "аa" * 5_000]
)
def test_a_text_made_to_be_slow_is_read_in_a_moment(text: str):
    began = time.process_time()
    readings(text)
    evasion(text)
    assert time.process_time() - began < 1.0


PITCH_IN_LINES = "Earn money from home!\nGuaranteed income, 100 % free:\r\n\tclick here for 49.99 a day\n"


def test_lines_do_not_hide_what_is_encoded_in_base64():
    encoded = base64.b64encode(PITCH_IN_LINES.encode()).decode()
    assert any("Guaranteed income" in one.text for one in readings(f"look: {encoded}"))


def test_every_line_that_is_shown_backwards_is_turned():
    written = "\n".join(f"\u202e{line[::-1]}\u202c" for line in ("Earn money", "from home today"))
    assert any("Earn money\nfrom home today" in one.text for one in readings(written))
