"""Strangers' pictures: read within limits, in a process of its own that may hang or die, and never called clean unseen."""

import io
import struct
import sys
import time
import zlib
from collections.abc import Iterator
from hashlib import sha256

import pytest
from PIL import Image

from activities.picture_decoding import PictureRefused, hashed
from activities.pictures import PictureReader, PictureUnread
from cases.pictures import MOST_BYTES, MOST_FRAMES, PictureHashes, View, looks
from workers.synthetic_pictures import picture

PIXELS = picture(1, 160, 120)


def saved(image: Image.Image, form: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def bits_apart(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


@pytest.fixture(scope="module")
def reader() -> Iterator[PictureReader]:
    with PictureReader() as reader:
        yield reader


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "AVIF"])
def test_the_same_picture_in_every_format_is_nearly_the_same(form: str):
    as_it_is = hashed(saved(Image.fromarray(PIXELS), "PNG"))["views"][0]["hashes"][0]
    found = hashed(saved(Image.fromarray(PIXELS), form))
    assert found["format"] == form
    assert (found["width"], found["height"], found["frames"], found["partial"]) == (160, 120, 1, False)
    assert bits_apart(found["views"][0]["hashes"][0], as_it_is) <= 16


@pytest.mark.parametrize("form", ["BMP", "TIFF", "PPM", "ICO"])
def test_other_formats_are_not_even_opened(form: str):
    with pytest.raises(PictureRefused, match=r"^format$"):
        hashed(saved(Image.fromarray(PIXELS), form))


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n", b"GIF89a" + b"\0" * 50])
def test_what_is_no_picture_is_refused_by_a_word(data: bytes):
    with pytest.raises(PictureRefused, match=r"^(format|broken)$"):
        hashed(data)


def test_a_picture_cut_off_is_broken_and_not_half_read():
    whole = saved(Image.fromarray(PIXELS), "PNG")
    with pytest.raises(PictureRefused, match=r"^broken$"):
        hashed(whole[: len(whole) // 2])


def test_a_bomb_is_refused_by_its_header():
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1_000)), (b"IEND", b"")]
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )
    with pytest.raises(PictureRefused, match=r"^pixels$"):
        hashed(data)


@pytest.mark.parametrize("form", ["GIF", "WEBP", "AVIF"])
def test_every_frame_of_a_short_animation_is_seen_and_of_a_long_one_it_is_said_that_not(form: str):
    frames = [Image.fromarray(picture(seed, 64, 64)) for seed in range(MOST_FRAMES + 4)]
    short = hashed(saved(frames[0], form, save_all=True, append_images=frames[1:3]))
    assert (short["frames"], len(short["views"]), short["partial"]) == (3, 3, False)
    long = hashed(saved(frames[0], form, save_all=True, append_images=frames[1:]))
    assert (long["frames"], len(long["views"]), long["partial"]) == (MOST_FRAMES + 4, MOST_FRAMES, True)
    last = hashed(saved(frames[-1], form))["views"][0]["hashes"][0]
    assert min(bits_apart(view["hashes"][0], last) for view in long["views"]) <= 31, "the last frame is among them"


def test_what_a_picture_lets_through_is_seen_with_it_and_without():
    layers = Image.fromarray(PIXELS).convert("RGBA")
    layers.putalpha(Image.fromarray(picture(2, 160, 120)).convert("L"))
    views = hashed(saved(layers, "PNG"))["views"]
    assert len(views) == 2
    under = hashed(saved(Image.fromarray(PIXELS), "PNG"))["views"][0]["hashes"][0]
    assert min(bits_apart(one["hashes"][0], under) for one in views) == 0, "the colours under a transparent layer count"


def test_sixteen_bits_of_grey_are_read():
    grey = Image.fromarray(PIXELS).convert("L")
    deep = Image.new("I;16", grey.size)
    deep.putdata([value * 257 for value in grey.get_flattened_data()])
    one, other = hashed(saved(deep, "PNG"))["views"][0], hashed(saved(grey, "PNG"))["views"][0]
    assert bits_apart(one["hashes"][0], other["hashes"][0]) <= 2


@pytest.mark.parametrize("side", [64, 4_000])
def test_avif_is_read_within_the_memory_of_the_process(reader: PictureReader, side: int):
    data = saved(Image.fromarray(PIXELS).resize((side, side)), "AVIF", speed=10)
    assert reader.hashes(data).format == "AVIF"


def test_the_process_answers_with_the_same_hashes(reader: PictureReader):
    data = saved(Image.fromarray(PIXELS), "PNG")
    found = reader.hashes(data)
    assert found.sha256 == sha256(data).hexdigest()
    assert [list(one.hashes) for one in found.views] == [one["hashes"] for one in hashed(data)["views"]]
    assert found.whole


def test_a_refusal_leaves_the_process_fit_for_the_next(reader: PictureReader):
    with pytest.raises(PictureUnread, match=r"^format$"):
        reader.hashes(b"<svg onload='x'/>")
    with pytest.raises(PictureUnread, match=r"^too_large$"):
        reader.hashes(b"\0" * (MOST_BYTES + 1))
    assert reader.hashes(saved(Image.fromarray(PIXELS), "JPEG")).format == "JPEG"


def scripted(text: str, seconds: float = 30.0) -> PictureReader:
    return PictureReader(seconds, (sys.executable, "-c", text))


def test_a_process_that_hangs_is_killed():
    began = time.monotonic()
    with scripted("import sys; sys.stdin.buffer.read()", 0.2) as hanging, pytest.raises(PictureUnread, match=r"^time$"):
        hanging.hashes(b"x")
    assert time.monotonic() - began < 25


@pytest.mark.parametrize(
    "text",
    [
        "raise SystemExit(1)",
        "import os; os.write(1, b'\\0\\0\\0\\5{bad}')",
        "import os; os.write(1, b'\\xff\\xff\\xff\\xff')",
        "import os; os.write(1, b'\\0\\0\\0\\x1f' + b'{\"refused\": \"words of a picture\"}')",
    ],
)
def test_a_process_that_dies_or_lies_is_no_answer(text: str):
    with scripted(text) as lying, pytest.raises(PictureUnread, match=r"^crashed$"):
        lying.hashes(b"x")


TELL = """
import os, resource
from activities import picture_process
picture_process.confine()
limits = [resource.getrlimit(one)[0] for one in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_AS)]
confined = limits[:2] == [0, 0] and 0 < limits[2] <= picture_process.MEMORY
word = b'{"refused": "%s"}' % (b"apart" if confined and "canary" not in str(os.environ) else b"at_large")
os.write(1, len(word).to_bytes(4, "big") + word)
"""


def test_the_process_is_confined_and_knows_no_secret_of_ours(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DUEPROCESS_MASTER_KEY", "canary")
    with scripted(TELL) as telling, pytest.raises(PictureUnread, match=r"^apart$"):
        telling.hashes(b"x")


def a_picture(qualities: tuple[int, ...], partial: bool = False) -> PictureHashes:
    views = tuple(
        View(quality=quality, hashes=tuple(f"{16 * place + way:064x}" for way in range(8)))
        for place, quality in enumerate(qualities)
    )
    return PictureHashes(sha256="0" * 64, format="PNG", width=9, height=9, frames=1, partial=partial, views=views)


def test_a_picture_is_whole_when_all_of_it_can_be_matched():
    assert a_picture((50, 100)).whole
    assert not a_picture((49, 100)).whole
    assert not a_picture(()).whole
    assert not a_picture((100,), partial=True).whole


def test_hashes_to_look_for_leave_out_noise_and_say_when_there_are_more():
    wanted, all_of_them = looks([a_picture((100, 20, 100))], 100)
    assert (len(wanted), all_of_them) == (16, True)
    assert wanted[:2] == (f"{0:064x}", f"{32:064x}"), "as they are laid first"
    assert looks([a_picture((100, 20, 100))], 15) == (wanted[:15], False)
