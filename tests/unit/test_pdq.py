"""PDQ against its reference: hashes that Facebook's own code gave for the same pictures (benchmarks/pdq_reference.py)."""

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from activities.pdq import ORIENTATIONS, pdq
from cases.fingerprints import PICTURE_DIFFERS_AT_MOST, PICTURE_QUALITY, differing_bits
from workers.synthetic_pictures import picture

REFERENCE = json.loads((Path(__file__).parent / "pdq_reference.json").read_text())["pictures"]


def bits_apart(one: str, other: str) -> int:
    return differing_bits(bytes.fromhex(one), bytes.fromhex(other))


@pytest.mark.parametrize("known", REFERENCE, ids=lambda one: f"{one['width']}x{one['height']}-{one['seed']}")
def test_all_eight_hashes_and_the_quality_equal_the_reference(known: dict):
    pixels = picture(known["seed"], known["width"], known["height"])
    assert sha256(pixels.tobytes()).hexdigest() == known["pixels_sha256"], (
        "another picture than the reference was given"
    )
    found = pdq(pixels)
    assert found is not None
    assert known["quality"] >= PICTURE_QUALITY
    assert found.quality == known["quality"]
    assert list(found.hashes) == known["hashes"]


@pytest.mark.parametrize(
    ("orientation", "turned"),
    [
        ("rotated_90", lambda p: np.rot90(p, 1)),
        ("rotated_180", lambda p: np.rot90(p, 2)),
        ("rotated_270", lambda p: np.rot90(p, 3)),
        ("upside_down", np.flipud),
        ("mirrored", np.fliplr),
        ("transposed", lambda p: p.transpose(1, 0, 2)),
        ("transposed_other", lambda p: np.rot90(p, 2).transpose(1, 0, 2)),
    ],
)
def test_a_turned_picture_is_found_by_the_hash_of_its_orientation(orientation: str, turned):
    pixels = picture(4, 320, 320)
    as_it_is, other = pdq(pixels), pdq(np.ascontiguousarray(turned(pixels)))
    assert as_it_is is not None
    assert other is not None
    place = list(ORIENTATIONS).index(orientation)
    assert bits_apart(as_it_is.hashes[place], other.hashes[0]) <= 8
    assert bits_apart(as_it_is.hashes[0], other.hashes[0]) > PICTURE_DIFFERS_AT_MOST
    assert min(bits_apart(as_it_is.hashes[0], one) for one in other.hashes) <= 8, (
        "so one picture's eight find the other"
    )


def test_other_pictures_are_far_and_a_flat_one_has_no_quality():
    first, second = pdq(picture(1)), pdq(picture(2))
    assert first is not None
    assert second is not None
    assert min(bits_apart(first.hashes[0], one) for one in second.hashes) > 2 * PICTURE_DIFFERS_AT_MOST
    flat = pdq(np.full((100, 100, 3), 77, np.uint8))
    assert flat is not None
    assert flat.quality == 0


def test_a_picture_of_four_pixels_has_no_hash():
    assert pdq(np.zeros((4, 400, 3), np.uint8)) is None
    assert pdq(np.zeros((5, 5, 3), np.uint8)) is not None


def test_looking_changes_no_pixel():
    pixels = picture(1)
    before = pixels.copy()
    pdq(pixels)
    assert (pixels == before).all()
