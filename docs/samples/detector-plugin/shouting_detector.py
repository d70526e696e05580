"""An example of a detector: how much of a text is shouted. Copy this folder, and change what it sees."""

from activities.detector_port import About, Finding, Given, Kind


class ShoutingDetector:
    """The share of capital letters, of texts with at least twelve letters."""

    about = About(
        vendor="example",
        name="shouting",
        model="capitals",
        version="1.0.0",
        kind=Kind.TEXT,
        labels=("shouting",),
        within_ms=20.0,
    )

    def look(self, given: Given) -> list[Finding]:
        """Every label each time: 0.0 says that it looked and saw nothing."""
        letters = [letter for letter in given.text if letter.isalpha() and letter.upper() != letter.lower()]
        share = sum(letter.isupper() for letter in letters) / len(letters) if len(letters) >= 12 else 0.0
        return [Finding(label="shouting", score=share, raw_label="share", raw_score=share)]
