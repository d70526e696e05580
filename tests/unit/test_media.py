"""What a file is, is read off its bytes, whatever it is called."""

import pytest

from cases.media import PIECES, UNKNOWN_TYPE, MediaKind, Medium, Missing, attached, sniffed
from simulators.platform.pictures import drawn


@pytest.mark.parametrize(
    ("content", "media_type", "kind"),
    [
        (drawn("a", 8, 8), "image/png", MediaKind.PICTURE),
        (b"\xff\xd8\xff\xe0....", "image/jpeg", MediaKind.PICTURE),
        (b"RIFF....WEBPVP8 ", "image/webp", MediaKind.PICTURE),
        (b"RIFF....WAVEfmt ", "audio/wav", MediaKind.SOUND),
        (b"....ftypisom....", "video/mp4", MediaKind.FILM),
        (b"....ftypM4A ....", "audio/mp4", MediaKind.SOUND),
        (b"....ftypavif....", "image/avif", MediaKind.PICTURE),
        (b"....ftypmif1....mif1avifmiaf", "image/avif", MediaKind.PICTURE),
        (b"....ftypmif1....mif1heic", UNKNOWN_TYPE, MediaKind.OTHER),
        (b"....ftypheic....", UNKNOWN_TYPE, MediaKind.OTHER),
        (b"\x1aE\xdf\xa3....", "video/webm", MediaKind.FILM),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", UNKNOWN_TYPE, MediaKind.OTHER),
        (b"<!doctype html><script>", UNKNOWN_TYPE, MediaKind.OTHER),
        (b"%PDF-1.7", UNKNOWN_TYPE, MediaKind.OTHER),
        (b"", UNKNOWN_TYPE, MediaKind.OTHER),
    ],
)
def test_the_first_bytes_say_what_a_file_is(content: bytes, media_type: str, kind: MediaKind):
    assert sniffed(content) == media_type
    assert Medium(place=1, sha256="0" * 64, media_type=sniffed(content)).kind is kind


def test_what_a_platform_calls_a_drawing_with_scripts_is_never_shown():
    assert Medium(place=1, sha256="", media_type="image/svg+xml").kind is MediaKind.OTHER


def test_attachments_are_counted_from_one_and_only_a_digest_names_them():
    listed = attached([{"sha256": "AB" * 32, "media_type": "image/png"}, {"sha256": "no digest"}, "nothing", {}])
    assert [one.place for one in listed] == [1, 2, 3, 4]
    assert (listed[0].sha256, listed[0].missing) == ("ab" * 32, None)
    assert {one.missing for one in listed[1:]} == {Missing.UNNAMED}


def test_of_a_long_list_the_first_are_asked_for_and_the_rest_is_too_much():
    listed = attached({"sha256": f"{number:064x}"} for number in range(1, 30_001))
    assert {one.missing for one in listed[:PIECES]} == {None}
    assert {one.missing for one in listed[PIECES:]} == {Missing.TOO_LARGE}
