"""Texts made to cost time or memory: whoever posts one must not stop the worker for everybody else."""

import time
from collections.abc import Callable

import pytest

from activities.link_signs import LinkSigns, hosts_in
from activities.text_disguises import _NUMBERED
from activities.text_features import count_links

PLENTY = 20.0
"""Seconds that the slowest machine may take; in quadratic time each of these took a minute and more."""


@pytest.mark.parametrize(
    ("look", "text"),
    [
        pytest.param(count_links, "a-" * 40_000, id="hyphens"),
        pytest.param(count_links, "a" * 80_000, id="one word"),
        pytest.param(_NUMBERED.fullmatch, "aa" + "2" * 60_000 + "@a", id="digits before a sign"),
        pytest.param(LinkSigns.load().read, "www." * 20_000, id="a host of many labels"),
    ],
)
def test_a_long_text_takes_time_by_its_length_and_not_by_its_square(look: Callable[[str], object], text: str):
    began = time.monotonic()
    look(text)
    assert time.monotonic() - began < PLENTY


def test_a_host_that_no_name_server_would_take_is_none_and_its_parents_fill_no_memory():
    assert hosts_in("www." * 20_000) == set()
    assert hosts_in(f"https://{'a' * 63}.example/") == {f"{'a' * 63}.example"}


@pytest.mark.parametrize("word", ["4th", "10k", "mp3", "agent0007x", "x123"])
def test_digits_within_names_and_numbers_are_still_digits(word: str):
    assert _NUMBERED.fullmatch(word)
    assert not _NUMBERED.fullmatch(f"{word}@a")
