"""Hashes of synthetic pictures by PDQ's reference implementation in C++, for tests/unit/pdq_reference.json.

    python -m benchmarks.pdq_reference > tests/unit/pdq_reference.json

Needs pdqhash 0.2.8, which has no wheel for Linux: a C++ compiler builds it (pip install cython numpy setuptools; then
pip install --no-build-isolation pdqhash==0.2.8). No dependency of this project; run it where it is installed, seldom.
"""

import json
import sys
from hashlib import sha256

from workers.synthetic_pictures import picture

SIZES = ((320, 240), (640, 480), (517, 333), (64, 64), (401, 299), (200, 100), (96, 700), (1280, 720))
PICTURES = 16


def main() -> None:
    from importlib.metadata import version

    import pdqhash  # type: ignore[import-not-found, unused-ignore]

    found = []
    for seed in range(PICTURES):
        width, height = SIZES[seed % len(SIZES)]
        pixels = picture(seed, width, height)
        vectors, quality = pdqhash.compute_dihedral(pixels)
        assert [*pdqhash.compute(pixels)[0]] == [*vectors[0]], "the reference disagrees with itself"
        found.append(
            {
                "seed": seed,
                "width": width,
                "height": height,
                "pixels_sha256": sha256(pixels.tobytes()).hexdigest(),
                "quality": quality,
                "hashes": [f"{int(''.join(map(str, vector)), 2):064x}" for vector in vectors],
            }
        )
    made_by = f"pdqhash {version('pdqhash')}, python -m benchmarks.pdq_reference"
    json.dump({"made_by": made_by, "pictures": found}, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
