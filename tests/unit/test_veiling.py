"""What a browser gets of a stranger's picture is drawn anew: blurred, grey, small, and nothing hidden in it. All synthetic."""

import io
import struct
import zlib
from collections.abc import Callable
from itertools import pairwise

import pytest
from PIL import Image, PngImagePlugin

from api.veil_process import BLURRED, SHARP, drawn
from api.veiling import Unreadable
from api.veiling import drawn as drawn_apart
from simulators.platform.pictures import drawn as hills
from simulators.platform.pictures import png

SECRET = "synthetic words hidden in a file"


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def saved(picture: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def edges(picture: Image.Image) -> float:
    """How much neighbouring pixels differ: of a sharp picture far more than of a blurred one."""
    grey = picture.convert("L")
    pixels, width = grey.tobytes(), grey.width
    return sum(abs(one - other) for one, other in pairwise(pixels)) / (len(pixels) * width)


def test_a_veiled_picture_has_no_edges_and_no_colour():
    sharp, veiled = opened(drawn(hills("a"), blur=False, grey=False)), opened(drawn(hills("a"), blur=True, grey=True))
    assert (sharp.mode, veiled.mode, sharp.size) == ("RGB", "L", (240, 160))
    assert edges(veiled) < edges(sharp) / 3


def test_what_is_sharp_is_no_larger_than_a_page_and_what_is_blurred_smaller():
    large = saved(Image.effect_noise((3_000, 2_000), 60).convert("RGB"), "JPEG")
    assert max(opened(drawn(large, blur=False, grey=True)).size) == SHARP
    assert max(opened(drawn(large, blur=True, grey=False)).size) == BLURRED


def test_words_in_a_file_do_not_reach_the_browser():
    note = PngImagePlugin.PngInfo()
    note.add_text("comment", SECRET)
    file = saved(opened(hills("b")), "PNG", pnginfo=note) + SECRET.encode()
    assert SECRET.encode() in file
    assert SECRET.encode() not in drawn(file, blur=False, grey=False)


def test_of_what_moves_frames_stand_side_by_side():
    frames = [Image.new("RGB", (40, 30), (number * 20, 0, 0)) for number in range(12)]
    moving = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)
    sheet = opened(drawn(moving, blur=False, grey=False))
    assert sheet.size == (120, 90)
    assert len({sheet.getpixel((x, y)) for x in (20, 60, 100) for y in (15, 45, 75)}) == 9


def a_bomb() -> bytes:
    """A small file that says it is 30,000 by 30,000 pixels."""
    body = png(1, 1, b"\0\0\0\0")
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return body[:16] + header + struct.pack(">I", zlib.crc32(b"IHDR" + header)) + body[33:]


HOSTILE: dict[str, Callable[[], bytes]] = {
    "nothing": bytes,
    "a bomb": a_bomb,
    "cut off": lambda: hills("c")[:600],
    "a page": lambda: b"<!doctype html><script>alert(1)</script>",
    "a drawing": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "a form that is not allowed": lambda: saved(Image.new("RGB", (8, 8)), "TIFF"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_broken_or_too_large_is_not_drawn(name: str):
    with pytest.raises((OSError, ValueError, SyntaxError, Image.DecompressionBombError, Warning)):
        drawn(HOSTILE[name](), blur=False, grey=False)


async def test_a_process_apart_draws_it_and_says_only_that_it_could_not():
    assert opened(await drawn_apart(hills("d"), blur=True, grey=True)).mode == "L"
    with pytest.raises(Unreadable):
        await drawn_apart(a_bomb(), blur=False, grey=False)
