"""What the simulated vendors think of content: the same of the same, from words that no real model would be moved by."""

import re
from collections.abc import Mapping

SYNTHETIC = re.compile(r"synthetic-([a-z-]+)-(\d{1,3})")
"""`synthetic-harassment-93` in a text, or in a picture's address, says that it is to score 0.93 there."""


def said(content: str) -> Mapping[str, float]:
    """Label to score, of what the content says about itself."""
    return {name: min(int(number), 100) / 100 for name, number in SYNTHETIC.findall(content)}


def within_bits(one: str, other: str) -> int:
    """The Hamming distance of two hashes in hex."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
