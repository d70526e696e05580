"""Pictures of nothing, drawn from a seed: clouds of colour with shapes on them. To try picture hashes on; nobody's, and mild.

Whole numbers only, and numpy's frozen generator: the same seed draws the same pixels on every machine and version, so that
hashes can be compared with those of others.
"""

from typing import Final

import numpy as np
from numpy.random import RandomState

from activities.pdq import Pixels

_CLOUDS: Final = ((96, 5), (48, 4), (24, 3), (12, 2), (6, 1))
"""Sizes in pixels and weights: coarse shapes speak louder, as in photographs."""
_SHAPES: Final = 9


def picture(seed: int, width: int = 320, height: int = 240) -> Pixels:
    """Height × width × 3 of red, green, blue."""
    chance = RandomState(seed)
    drawn = np.zeros((height, width, 3), np.int64)
    for size, weight in _CLOUDS:
        drawn += weight * _cloud(chance, width, height, size)
    drawn //= sum(weight for _, weight in _CLOUDS)
    drawn = np.clip((drawn - 128) * 2 + 128, 0, 255)
    rows, columns = np.mgrid[:height, :width]
    for number in range(_SHAPES):
        x, y = chance.randint(0, width), chance.randint(0, height)
        a, b = chance.randint(width // 16 + 1, width // 5 + 2), chance.randint(height // 16 + 1, height // 5 + 2)
        if number % 2:
            inside = ((columns - x) * b) ** 2 + ((rows - y) * a) ** 2 <= (a * b) ** 2
        else:
            inside = (abs(columns - x) <= a) & (abs(rows - y) <= b)
        drawn[inside] = (drawn[inside] + 3 * chance.randint(0, 256, 3)) // 4
    return drawn.astype(np.uint8)


def _cloud(chance: RandomState, width: int, height: int, size: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Random values on a grid, and straight lines between them."""
    grid = chance.randint(0, 256, (height // size + 2, width // size + 2, 3)).astype(np.int64)
    (down, below), (across, beside) = np.divmod(np.arange(height), size), np.divmod(np.arange(width), size)
    across_lines = grid[:, across] * (size - beside)[None, :, None] + grid[:, across + 1] * beside[None, :, None]
    both = across_lines[down] * (size - below)[:, None, None] + across_lines[down + 1] * below[:, None, None]
    cloud: np.ndarray[tuple[int, ...], np.dtype[np.int64]] = both // (size * size)
    return cloud
