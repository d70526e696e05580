"""A stranger's picture, from bytes to pixels, within limits: format, size, number of pixels and frames. Blocking, and pure.

What decodes a stranger's bytes is C code with a history of holes: run it in `activities.picture_process`, never in a worker.
"""

import io
import warnings
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, UnidentifiedImageError

from activities.pdq import Pdq, Pixels, pdq
from cases.fingerprints import PICTURE_QUALITY
from cases.pictures import FORMATS, MOST_BYTES, MOST_FRAMES, MOST_PIXELS, MOST_PIXELS_OF_FRAMES

_ONE_COLOUR: Final = 40  # of 255: what saving as JPEG makes of one colour beside another
_DEEP: Final = {"I;16": 8, "I;16L": 8, "I;16B": 8}  # bits to drop, so that 8 are left

Hashed = dict[str, Any]
"""sha256, format, width, height, frames, partial, views: [{quality, hashes}], as JSON takes it."""


class PictureRefused(Exception):
    """No pixels. The message is a word: too_large, format, pixels, frames, broken. Never anything of the picture."""


def hashed(data: bytes) -> Hashed:
    """Every hash of a picture: of its bytes, and of each way in which it looks. Raises PictureRefused."""
    if len(data) > MOST_BYTES:
        raise PictureRefused("too_large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Pillow only warns of what may be a decompression bomb
            return _hashed(data)
    except PictureRefused:
        raise
    except UnidentifiedImageError:
        raise PictureRefused("format") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureRefused("pixels") from None
    except Exception:  # decoders raise whatever they like, with words of the file in it
        raise PictureRefused("broken") from None


def _hashed(data: bytes) -> Hashed:
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        if image.width * image.height > MOST_PIXELS:
            raise PictureRefused("pixels")
        count = int(getattr(image, "n_frames", 1))
        if count > 1 and count * image.width * image.height > MOST_PIXELS_OF_FRAMES:
            raise PictureRefused("frames")
        views: dict[tuple[str, ...], int] = {}
        small = False
        for number in _spread(count):
            image.seek(number)
            for pixels in _looks(image):
                found = views_of(pixels)
                small = small or not found
                views.update((one.hashes, one.quality) for one in found)
        return {
            "sha256": sha256(data).hexdigest(),
            "format": image.format,
            "width": image.width,
            "height": image.height,
            "frames": count,
            "partial": count > MOST_FRAMES or small,
            "views": [{"quality": quality, "hashes": list(hashes)} for hashes, quality in views.items()],
        }


def views_of(pixels: Pixels) -> tuple[Pdq, ...]:
    """The hashes of what is seen, and of what is within a border of one colour. None of what is too small to be hashed."""
    whole = pdq(pixels)
    if whole is None:
        return ()
    within = _without_border(pixels)
    inner = pdq(within) if within.shape != pixels.shape else None
    return (whole, inner) if inner and inner.quality >= PICTURE_QUALITY else (whole,)


def _without_border(pixels: Pixels) -> Pixels:
    """The picture without rows and columns of one colour at its edges: bands, frames and passe-partouts."""
    rows = _busy(pixels, 1)
    if not rows.any():
        return pixels
    top, bottom = np.flatnonzero(rows)[[0, -1]]
    pixels = pixels[top : bottom + 1]
    left, right = np.flatnonzero(_busy(pixels, 0))[[0, -1]]
    return pixels[:, left : right + 1]


def _busy(pixels: Pixels, axis: int) -> NDArray[np.bool_]:
    """Of each row or column, whether it has more than one colour."""
    spread: NDArray[np.uint8] = pixels.max(axis=axis) - pixels.min(axis=axis)
    busy: NDArray[np.bool_] = spread.max(axis=-1) > _ONE_COLOUR
    return busy


def _spread(count: int) -> list[int]:
    """The first frame, the last, and some between."""
    if count <= MOST_FRAMES:
        return list(range(count))
    return [round(place * (count - 1) / (MOST_FRAMES - 1)) for place in range(MOST_FRAMES)]


def _looks(image: Image.Image) -> Iterator[Pixels]:
    """The frame as colours alone, as others hash it; where it lets the background through, also on white, as people see it."""
    if image.mode in _DEEP:
        grey = (np.asarray(image).astype(np.uint32) >> _DEEP[image.mode]).astype(np.uint8)
        yield np.stack([grey] * 3, axis=-1)
        return
    if not (image.has_transparency_data or image.mode in ("RGBA", "LA", "PA")):
        yield np.asarray(image.convert("RGB"))
        return
    layers = image.convert("RGBA")
    if layers.getchannel("A").getextrema() != (255, 255):
        yield np.asarray(Image.alpha_composite(Image.new("RGBA", layers.size, "white"), layers).convert("RGB"))
    yield np.asarray(layers.convert("RGB"))
