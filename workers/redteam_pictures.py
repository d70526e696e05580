"""Picture hashes, attacked: drawn pictures are put into a bank, changed, and looked for. Nothing leaves the process.

Recall clean is the share of pictures that are found as they are, under attack the share that is found changed: at most
PICTURE_DIFFERS_AT_MOST bits away in one of their views and orientations. A picture found under another's entry is a false one.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from random import Random
from typing import Final

import numpy as np
from PIL import Image

from activities.pdq import Pdq, pdq
from activities.picture_decoding import views_of
from cases.facts import Fact
from cases.fingerprints import PICTURE_DIFFERS_AT_MOST, PICTURE_QUALITY, differing_bits
from cases.pictures import HASHING
from workers.redteam import FEWEST, LEAST_KEPT
from workers.redteam_picture_attacks import PICTURE_ATTACKS
from workers.synthetic_pictures import picture

LABEL: Final = "pictures"
ALIKE: Final = ("pictures", "seed")
"""What two runs have in common that are compared."""
WIDTH, HEIGHT = 512, 384
_FAR: Final = 256  # bits, of a picture without a usable view


class PictureOutcome(Fact):
    """One attack. kept: recall under it, as a share of clean recall. bits: the median distance. false: found as another."""

    attack: str
    in_reach: bool
    caught: int
    kept: float | None
    bits: int
    false: int
    label: str = LABEL


class PictureReport(Fact):
    """What a run found. hashing: what the hashes were worked out by. caught_clean: of so many pictures, as they are."""

    hashing: str
    seed: int
    pictures: int
    caught_clean: int
    outcomes: tuple[PictureOutcome, ...]

    @property
    def failed(self) -> tuple[PictureOutcome, ...]:
        """Attacks in reach under which too little is left; of few pictures nothing is said."""
        if self.caught_clean < FEWEST:
            return ()
        return tuple(one for one in self.outcomes if one.in_reach and one.kept is not None and one.kept < LEAST_KEPT)


def attack_pictures(
    seed: int, count: int, show: Callable[[int, int], None] = lambda done, of: None, width: int = WIDTH
) -> PictureReport:
    """So many pictures under every attack. show: told how many attacks are done, of how many."""
    drawn = [Image.fromarray(picture(1_000 * seed + place, width, width * HEIGHT // WIDTH)) for place in range(count)]
    bank = [_entry(image) for image in drawn]
    clean = _found(bank, drawn)[0]
    outcomes = []
    for done, (name, attack) in enumerate(PICTURE_ATTACKS.items()):
        show(done, len(PICTURE_ATTACKS))
        changed = (
            attack.change(image, Random(f"{seed}/{name}/{place}"))  # noqa: S311 - to be the same again
            for place, image in enumerate(drawn)
        )
        caught, false, bits = _found(bank, changed)
        kept = round(caught / clean, 4) if clean else None
        outcomes.append(
            PictureOutcome(attack=name, in_reach=attack.in_reach, caught=caught, kept=kept, bits=bits, false=false)
        )
    show(len(PICTURE_ATTACKS), len(PICTURE_ATTACKS))
    return PictureReport(hashing=HASHING, seed=seed, pictures=count, caught_clean=clean, outcomes=tuple(outcomes))


def _entry(image: Image.Image) -> bytes:
    """What a bank holds: one hash, of the picture as it is, as other people's banks have it."""
    found = pdq(np.asarray(image))
    return bytes.fromhex(found.hashes[0]) if found else b""


def _found(bank: Sequence[bytes], images: Iterable[Image.Image]) -> tuple[int, int, int]:
    """How many are found under their own entry, how many under another's, and the median distance from their own."""
    distances, false = [], 0
    for place, image in enumerate(images):
        hashes = list(_hashes(views_of(np.asarray(image))))
        nearest = [min((differing_bits(entry, one) for one in hashes), default=_FAR) for entry in bank]
        distances.append(nearest.pop(place))
        false += any(bits <= PICTURE_DIFFERS_AT_MOST for bits in nearest)
    caught = sum(bits <= PICTURE_DIFFERS_AT_MOST for bits in distances)
    return caught, false, sorted(distances)[len(distances) // 2] if distances else _FAR


def _hashes(views: Iterable[Pdq]) -> Iterator[bytes]:
    for view in views:
        if view.quality >= PICTURE_QUALITY:
            yield from map(bytes.fromhex, view.hashes)
