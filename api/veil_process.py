"""Draws one stranger's picture anew, and ends: bytes in, a PNG out. Started by `api.veiling`, apart from everything secret.

What decodes a stranger's bytes has a history of holes, so it runs without environment, within limits of memory, time and
files, and for one picture only. What a browser gets is drawn here: no file of a stranger's, nothing hidden in one.
Arguments: `blur`, `grey`, both or neither. Exit code 1: it cannot be drawn.
"""

import io
import math
import resource
import sys
import warnings

from PIL import Image, ImageFilter, ImageOps

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "AVIF")
MOST_PIXELS = 40_000_000
SHARP, BLURRED = 1_600, 480  # pixels of the longer side, as shown
BLUR = 1 / 24  # of the longer side: shapes are left, and no face is
FRAMES = 9  # of moving pictures, on one sheet: what moves distresses more
MEMORY = 1_500_000_000
SECONDS = 10


def main() -> int:
    """One picture from standard input to standard output."""
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    try:
        picture = drawn(sys.stdin.buffer.read(), blur="blur" in sys.argv[1:], grey="grey" in sys.argv[1:])
    except Exception:  # decoders raise whatever they like, with words of the file in it
        return 1
    sys.stdout.buffer.write(picture)
    return 0


def drawn(content: bytes, *, blur: bool, grey: bool) -> bytes:
    """The picture as a PNG, no larger than a page shows it. Raises whatever a decoder does."""
    warnings.simplefilter("error")  # Pillow only warns of what may be a decompression bomb
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        sheet = _sheet(image, BLURRED if blur else SHARP)
    if blur:
        sheet = sheet.filter(ImageFilter.GaussianBlur(max(sheet.size) * BLUR))
    if grey:
        sheet = sheet.convert("L")
    drawing = io.BytesIO()
    sheet.save(drawing, "PNG", compress_level=1)
    return drawing.getvalue()


def _sheet(image: Image.Image, longest: int) -> Image.Image:
    """The picture on white; of one that moves, frames side by side."""
    count = int(getattr(image, "n_frames", 1))
    chosen = sorted({round(place * (count - 1) / max(1, FRAMES - 1)) for place in range(FRAMES)})
    across = math.ceil(math.sqrt(len(chosen)))
    cells = []
    for number in chosen:
        image.seek(number)
        if image.format == "JPEG":
            image.draft("RGB", (longest, longest))
        frame = ImageOps.exif_transpose(image).convert("RGBA")
        frame.thumbnail((longest // across, longest // across))
        cells.append(Image.alpha_composite(Image.new("RGBA", frame.size, "white"), frame).convert("RGB"))
    width, height = cells[0].size
    sheet = Image.new("RGB", (width * across, height * math.ceil(len(cells) / across)), "white")
    for place, cell in enumerate(cells):
        sheet.paste(cell, (place % across * width, place // across * height))
    return sheet


if __name__ == "__main__":
    sys.exit(main())
