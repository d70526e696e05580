"""Hasher-Matcher-Actioner's lookup in its wire format: GET /m/lookup (facebook/threatexchange, HMA 1.1.7, its matching.py).

Hashes alone leave the house, to a service that a platform runs itself, so it may be asked about what no other vendor is shown.
Each lookup draws one number and leaves out banks whose ratio is below it: with a seed it is the same number every time, so
that asking again gives the same answer.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from cases.banks import sureness
from cases.fingerprints import PICTURE_DIFFERS_AT_MOST
from cases.vendor_forms import CALLS_LIMIT, Call, Look, Malformed, RawReading, RawWord, Sends, VendorTerms, object_of

FURTHEST: Final = 256


class HmaLookup:
    """Names of banks are its labels; `*` stands for any."""

    sends = Sends.HASHES

    def calls(self, terms: VendorTerms, look: Look, secret: str) -> tuple[Call, ...]:
        """One for each picture that has a PDQ hash."""
        headers = {"authorization": f"Bearer {secret}"} if secret else {}
        hashes = list(dict.fromkeys(one.pdq for one in look.media if one.pdq))[:CALLS_LIMIT]
        return tuple(
            Call(
                method="GET",
                path="/m/lookup",
                query={"signal": pdq, "signal_type": "pdq", "seed": look.seed},
                headers=headers,
            )
            for pdq in hashes
        )

    def word(self, terms: VendorTerms, answer: Any) -> RawWord:
        """The nearest entry of each bank; a bank that is asked about and not named has looked and found nothing."""
        nearest = {name: 0.0 for names in terms.labels.values() for name in names}
        raw = dict.fromkeys(nearest, float(FURTHEST))
        for bank, distance in _matches(object_of(answer, "the answer")):
            for name in (bank, "*"):
                if name in nearest and distance <= PICTURE_DIFFERS_AT_MOST and distance < raw[name]:
                    nearest[name], raw[name] = sureness(distance), float(distance)
        return RawWord(readings=tuple(RawReading(name=n, score=nearest[n], raw=raw[n]) for n in nearest))

    def callback(self, terms: VendorTerms, payload: Mapping[str, Any]) -> RawWord:
        """It calls nobody back."""
        raise Malformed("this vendor sends no callbacks")


def _matches(answer: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Bank and distance. The answer is {bank: [match]}, or the same by type of signal: {"pdq": {bank: [match]}}."""
    banks = answer["pdq"] if isinstance(answer.get("pdq"), dict) else answer
    for bank, entries in banks.items():
        if not isinstance(entries, list):
            raise Malformed("a bank has no list of matches")
        for entry in entries:
            found = object_of(entry, "a match").get("distance")
            text = str(found)
            if (
                isinstance(found, bool)
                or not text.isascii()
                or not text.isdigit()
                or len(text) > 3
                or int(text) > FURTHEST
            ):
                raise Malformed("distance is no whole number from 0 to 256")  # it comes as a text
            yield bank, int(text)
