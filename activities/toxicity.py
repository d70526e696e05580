"""How rude a text is by its words: the weights of alt-profanity-check (MIT), read once at set-up by `workers.toxicity_weights`.

Five linear models over the words' TF-IDF, each made a probability, and their mean: what the package's own `predict_prob` gives.
It hears rudeness, not harm, and people who say who they are are heard as rude too often (models/MODEL_CARD.md): packs may ask
it beside reports and other signs, never alone.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

from activities.text_classifiers import Reading, Sign, highest_reading

LABEL: Final = "toxicity"
_WORD: Final = re.compile(r"\b\w\w+\b")


class ToxicityWords:
    """words: of each, its inverse document frequency and a weight in each model. offsets, slopes, biases: of each model."""

    name, label, model = "toxicity-words", LABEL, "alt-profanity-check"

    def __init__(
        self,
        version: str,
        words: Mapping[str, Sequence[float]],
        offsets: Sequence[float],
        slopes: Sequence[float],
        biases: Sequence[float],
    ) -> None:
        self.version = version
        self._words = {word: (values[0], tuple(values[1:])) for word, values in words.items()}
        self._models = tuple(zip(offsets, slopes, biases, strict=True))

    @classmethod
    def load(cls, file: Path) -> Self:
        """Raises OSError, ValueError or TypeError for what is no file of `workers.toxicity_weights`."""
        values: dict[str, Any] = json.loads(file.read_bytes())
        return cls(**values)

    def read(self, text: str) -> Reading:
        """The highest of the text as written and with its disguises undone."""
        return highest_reading(text, self._read)

    def _read(self, text: str) -> tuple[Reading, Sequence[Sign]]:
        counted = Counter(word for word in _WORD.findall(text.lower()) if word in self._words)
        weighed = [(count * self._words[word][0], self._words[word][1]) for word, count in counted.items()]
        length = math.sqrt(math.fsum(value * value for value, _ in weighed)) or 1.0
        sums = [offset for offset, _, _ in self._models]
        for value, weights in weighed:
            for place, weight in enumerate(weights):
                sums[place] += value * weight / length
        rude = [
            1 / (1 + math.exp(max(-30.0, min(30.0, slope * total + bias))))
            for total, (_, slope, bias) in zip(sums, self._models, strict=True)
        ]
        score = math.fsum(rude) / len(rude)
        return Reading(round(score, 6), "rude", round(score, 6)), ()
