"""How people change pictures that a bank knows, as seeded changes: what `dueprocess redteam` attacks picture hashes with. Pure.

Every attack leaves a picture that a person knows again. In reach is what PDQ and its eight orientations are claimed to see
through; the others are there so that the report says what is not.
"""

import io
from collections.abc import Callable, Mapping
from random import Random
from typing import Final, NamedTuple

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

Change = Callable[[Image.Image, Random], Image.Image]


class PictureAttack(NamedTuple):
    """change: of a picture, with the attack's own random numbers. in_reach: whether it is claimed to be seen through."""

    change: Change
    in_reach: bool


def _saved(form: str, quality: int) -> Change:
    def change(image: Image.Image, _: Random) -> Image.Image:
        file = io.BytesIO()
        image.save(file, form, quality=quality)
        return Image.open(file).convert("RGB")

    return change


def _turned(way: Image.Transpose) -> Change:
    return lambda image, _: image.transpose(way)


def _scaled(share: float) -> Change:
    return lambda image, _: image.resize((int(image.width * share), int(image.height * share)), _SMOOTH)


def _stretched(image: Image.Image, chance: Random) -> Image.Image:
    return image.resize((image.width, int(image.height * chance.choice((0.7, 1.4)))), _SMOOTH)


def _cropped(share: float) -> Change:
    """So much of each side is cut off, unevenly."""

    def change(image: Image.Image, chance: Random) -> Image.Image:
        x, y = image.width * share, image.height * share
        left, top = int(2 * x * chance.random()), int(2 * y * chance.random())
        return image.crop((left, top, image.width - int(2 * x) + left, image.height - int(2 * y) + top))

    return change


def _bordered(share: float) -> Change:
    return lambda image, chance: ImageOps.expand(
        image, max(1, int(image.width * share)), chance.choice(("black", "white", "red"))
    )


def _rotated(most_degrees: float) -> Change:
    return lambda image, chance: image.rotate(
        chance.choice((-1, 1)) * chance.uniform(most_degrees / 2, most_degrees), _SMOOTH
    )


def _marked(share: float) -> Change:
    """A filled sign of so much of the picture's area, somewhere."""

    def change(image: Image.Image, chance: Random) -> Image.Image:
        marked = image.copy()
        width, height = int(image.width * share**0.5), int(image.height * share**0.5)
        left, top = chance.randrange(image.width - width), chance.randrange(image.height - height)
        colour = tuple(chance.randrange(256) for _ in range(3))
        ImageDraw.Draw(marked).rectangle((left, top, left + width, top + height), fill=colour)
        return marked

    return change


def _written_over(lines: int) -> Change:
    """So many lines of words across it, in white with a black edge, as captions are."""

    def change(image: Image.Image, chance: Random) -> Image.Image:
        marked = image.copy()
        size = image.height // 16
        for _ in range(lines):
            place = (chance.randrange(image.width // 3), chance.randrange(image.height - 2 * size))
            words = "".join(chance.choice("abcdefgh ") for _ in range(18))
            ImageDraw.Draw(marked).text(place, words, fill="white", stroke_fill="black", stroke_width=2, font_size=size)
        return marked

    return change


def _after(first: Change, second: Change) -> Change:
    return lambda image, chance: second(first(image, chance), chance)


def _noisy(image: Image.Image, chance: Random) -> Image.Image:
    grain = Image.frombytes("L", image.size, chance.randbytes(image.width * image.height)).convert("RGB")
    return Image.blend(image, grain, 0.15)


def _inverted(image: Image.Image, _: Random) -> Image.Image:
    return ImageOps.invert(image)


def _beside_itself(image: Image.Image, _: Random) -> Image.Image:
    """Half the canvas is another picture's, as in collages."""
    canvas = Image.new("RGB", (image.width * 2, image.height), "grey")
    canvas.paste(image, (0, 0))
    canvas.paste(ImageOps.invert(ImageOps.flip(image)), (image.width, 0))
    return canvas


_SMOOTH: Final = Image.Resampling.BICUBIC

PICTURE_ATTACKS: Final[Mapping[str, PictureAttack]] = {
    "saved_as_poor_jpeg": PictureAttack(_saved("JPEG", 20), True),
    "saved_as_webp": PictureAttack(_saved("WEBP", 40), True),
    "mirrored": PictureAttack(_turned(Image.Transpose.FLIP_LEFT_RIGHT), True),
    "upside_down": PictureAttack(_turned(Image.Transpose.FLIP_TOP_BOTTOM), True),
    "turned_by_90": PictureAttack(_turned(Image.Transpose.ROTATE_90), True),
    "turned_by_180": PictureAttack(_turned(Image.Transpose.ROTATE_180), True),
    "half_the_size": PictureAttack(_scaled(0.5), True),
    "twice_the_size": PictureAttack(_scaled(2.0), True),
    "stretched": PictureAttack(_stretched, True),
    "brighter": PictureAttack(lambda image, _: ImageEnhance.Brightness(image).enhance(1.3), True),
    "darker": PictureAttack(lambda image, _: ImageEnhance.Brightness(image).enhance(0.6), True),
    "less_contrast": PictureAttack(lambda image, _: ImageEnhance.Contrast(image).enhance(0.6), True),
    "grey": PictureAttack(lambda image, _: ImageOps.grayscale(image).convert("RGB"), True),
    "blurred": PictureAttack(lambda image, _: image.filter(ImageFilter.GaussianBlur(2)), True),
    "noisy": PictureAttack(_noisy, True),
    "mark_of_a_400th": PictureAttack(_marked(0.0025), True),
    "a_line_of_words": PictureAttack(_written_over(1), True),
    "cropped_by_a_hundredth": PictureAttack(_cropped(0.005), True),
    "thin_border": PictureAttack(_bordered(0.005), True),
    "rotated_by_one_degree": PictureAttack(_rotated(1.0), True),
    "wide_border": PictureAttack(_bordered(0.1), True),
    "wide_border_saved_as_jpeg": PictureAttack(_after(_bordered(0.1), _saved("JPEG", 60)), True),
    "mark_of_a_hundredth": PictureAttack(_marked(0.01), False),
    "mark_of_a_tenth": PictureAttack(_marked(0.1), False),
    "written_all_over": PictureAttack(_written_over(6), False),
    "cropped_by_a_twentieth": PictureAttack(_cropped(0.025), False),
    "cropped_by_a_fifth": PictureAttack(_cropped(0.1), False),
    "rotated_by_five_degrees": PictureAttack(_rotated(5.0), False),
    "inverted": PictureAttack(_inverted, False),
    "beside_another": PictureAttack(_beside_itself, False),
}
