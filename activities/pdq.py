"""PDQ, Facebook's hash of how a picture looks: 256 bits that stay nearly the same when it is saved, scaled or marked. Pure.

Written from the published algorithm and its reference in C++ (github.com/facebook/ThreatExchange, pdq/): luma, two passes of
a box filter, 64 × 64 samples, the 16 × 16 lowest frequencies of their cosine transform, each above the median or not. Equal to
the reference, bit by bit, on pictures of quality 50 and more (tests/unit/test_pdq.py); below, bits are rounding noise in both.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

LEAST_SIDE: Final = 5
"""Pixels: of a picture that is narrower or lower there is no hash, as in the reference."""
_SAMPLES: Final = 64
_FREQUENCIES: Final = 16
_STRIP: Final = 64  # rows or columns filtered at once, so that a large picture needs no copies of its size
_LUMA: Final = (0.299, 0.587, 0.114)
_QUALITY_SCALE: Final = 90  # the reference's: a sum of steep gradients, so that most photographs reach 100

_K, _J = np.arange(1, _FREQUENCIES + 1)[:, None], np.arange(_SAMPLES)[None, :]
_COSINES: Final[Floats] = (np.sqrt(2 / _SAMPLES) * np.cos(np.pi / (2 * _SAMPLES) * _K * (2 * _J + 1))).astype(
    np.float32
)
_ODD_ROWS: Final = np.where(np.arange(_FREQUENCIES)[:, None] % 2, -1, 1).astype(np.float32)
_ODD_COLUMNS: Final = _ODD_ROWS.T

ORIENTATIONS: Final[Mapping[str, Callable[[Floats], Floats]]] = {
    "as_it_is": lambda waves: waves,
    "rotated_90": lambda waves: (-_ODD_COLUMNS * waves).T,
    "rotated_180": lambda waves: _ODD_ROWS * _ODD_COLUMNS * waves,
    "rotated_270": lambda waves: (-_ODD_ROWS * waves).T,
    "upside_down": lambda waves: -_ODD_ROWS * waves,
    "mirrored": lambda waves: -_ODD_COLUMNS * waves,
    "transposed": lambda waves: waves.T,
    "transposed_other": lambda waves: (_ODD_ROWS * _ODD_COLUMNS * waves).T,
}
"""The eight ways to lay a picture on a table; the transform of each follows from one, without looking at the pixels again."""


class Pdq(NamedTuple):
    """hashes: 64 hex digits for each of ORIENTATIONS, in its order. quality: 0 to 100; under 50 the hash is noise."""

    hashes: tuple[str, ...]
    quality: int


def pdq(pixels: Pixels) -> Pdq | None:
    """The hashes of a picture, height × width × 3 of red, green, blue; None of one with a side below LEAST_SIDE."""
    if min(pixels.shape[:2]) < LEAST_SIDE:
        return None
    samples = _samples(_luma(pixels))
    waves = (_COSINES @ samples @ _COSINES.T).astype(np.float32)
    return Pdq(tuple(_hex(turn(waves)) for turn in ORIENTATIONS.values()), _quality(samples))


def _luma(pixels: Pixels) -> Floats:
    luma = np.empty(pixels.shape[:2], np.float32)
    for start in range(0, len(luma), _STRIP):
        part = pixels[start : start + _STRIP].astype(np.float64)
        luma[start : start + _STRIP] = part[..., 0] * _LUMA[0] + part[..., 1] * _LUMA[1] + part[..., 2] * _LUMA[2]
    return luma


def _samples(luma: Floats) -> Floats:
    """The 64 × 64 points after blurring; the filter's width follows from the picture's size."""
    height, width = luma.shape
    for _ in range(2):
        _blur(luma, _window(width))
        _blur(luma.T, _window(height))
    places = np.arange(_SAMPLES) + 0.5
    return luma[np.ix_((places * height / _SAMPLES).astype(int), (places * width / _SAMPLES).astype(int))]


def _window(side: int) -> int:
    return (side + 2 * _SAMPLES - 1) // (2 * _SAMPLES)


def _blur(rows: Floats, window: int) -> None:
    """Each value of a row becomes the mean of the window around it, which is cut off at the edges. In place."""
    length = rows.shape[1]
    after = (window + 2) // 2
    before = window - after
    places = np.arange(length)
    counted = np.minimum(places + after, length) - np.maximum(places - before, 0)
    for first in range(0, len(rows), _STRIP):
        sums = np.zeros((min(_STRIP, len(rows) - first), length + 1), np.float64)
        sums[:, 1:] = rows[first : first + _STRIP]
        np.cumsum(sums, axis=1, out=sums)
        means = np.empty((len(sums), length), np.float64)
        means[:, : length - after + 1] = sums[:, after:]
        means[:, length - after + 1 :] = sums[:, length:]
        means[:, before:] -= sums[:, : length - before]
        means /= counted
        rows[first : first + _STRIP] = means


def _quality(samples: Floats) -> int:
    """How much there is to see: the sum of the gradients that are steep enough to count."""
    steps = (samples[:-1] - samples[1:], samples[:, :-1] - samples[:, 1:])
    steep = sum(float(np.abs(np.trunc(step * 100 / 255)).sum()) for step in steps)
    return min(100, int(steep / _QUALITY_SCALE))


def _hex(waves: Floats) -> str:
    """Each frequency above the median is a one; the last frequency is the first bit."""
    flat = waves.ravel()
    bits = flat > np.sort(flat)[len(flat) // 2 - 1]
    return np.packbits(bits[::-1]).tobytes().hex()
