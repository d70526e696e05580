"""Pictures that nobody took: coloured hills under a sun, drawn from a seed when they are asked for."""

import math
import random
import struct
import zlib

WIDTH, HEIGHT = 240, 160
_HILLS = 4


def drawn(seed: str, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """A PNG, the same for the same seed. Synthetic: shapes and colours, and nothing in it but these."""
    chance = random.Random(seed)
    sky, sun = _colour(chance), _colour(chance)
    at, radius = (
        (chance.uniform(0.2, 0.8) * width, chance.uniform(0.15, 0.4) * height),
        chance.uniform(0.08, 0.2) * height,
    )
    hills = [
        (chance.uniform(0.4, 0.8) * height, chance.uniform(4, 18), chance.uniform(20, 60), _colour(chance))
        for _ in range(_HILLS)
    ]
    rows = bytearray()
    for y in range(height):
        rows.append(0)  # no filter
        for x in range(width):
            colour = sun if math.dist((x, y), at) < radius else sky
            for level, swell, length, own in hills:
                if y > level + swell * math.sin(x / length):
                    colour = own
            rows += bytes(max(0, min(255, part - y // 4 + (x * y) % 7)) for part in colour)
    return png(width, height, bytes(rows))


def png(width: int, height: int, rows: bytes) -> bytes:
    """A PNG file of 8-bit red, green and blue. rows: each begins with its filter's number."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(rows, 6)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _colour(chance: random.Random) -> tuple[int, int, int]:
    return chance.randrange(60, 250), chance.randrange(60, 250), chance.randrange(60, 250)
