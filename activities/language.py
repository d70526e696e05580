"""The language of a text, behind the port: a detector whose raw label is the language and whose score is how sure it is.

py3langid (BSD; its model lies in the package, and nothing is fetched). Short texts look alike in many languages: below
LEAST_LETTERS nothing is said, which is score 0.0 and the raw label `und`, ISO 639's word for undetermined.
"""

import importlib.metadata
import threading
from typing import Any, Final

from activities.detector_port import About, Finding, Given, Kind, NotAvailable, asked
from cases.evidence import LANGUAGE_LABEL, UNDETERMINED, LanguageSeen

LEAST_LETTERS: Final = 20


def _version() -> str:
    try:
        return importlib.metadata.version("py3langid")
    except importlib.metadata.PackageNotFoundError:
        return "none"  # its every answer is NotAvailable


class LanguageDetector:
    """One of 97 languages. The model is read on first use, a third of a second, 30 MB."""

    about = About(
        vendor="dueprocess",
        name="language",
        model="py3langid",
        version=_version(),
        kind=Kind.TEXT,
        labels=(LANGUAGE_LABEL,),
    )

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._model: Any = None

    def look(self, given: Given) -> tuple[Finding, ...]:
        """Words alone: what stands in links, names and numbers is of no language, but cannot be told apart here."""
        if sum(map(str.isalpha, given.text)) < LEAST_LETTERS:
            return (Finding(label=LANGUAGE_LABEL, score=0.0, raw_label=UNDETERMINED),)
        language, sure = self._loaded().classify(given.text)
        score = min(1.0, max(0.0, float(sure)))
        return (Finding(label=LANGUAGE_LABEL, score=round(score, 4), raw_label=str(language), raw_score=score),)

    def _loaded(self) -> Any:
        with self._lock:
            if self._model is None:
                try:
                    from py3langid.langid import MODEL_FILE, LanguageIdentifier
                except ModuleNotFoundError:
                    raise NotAvailable from None

                self._model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
            return self._model


LANGUAGE: Final = LanguageDetector()


def language_of(text: str) -> LanguageSeen:
    """What the detector says of a text, as it is kept with the evidence. Blocking, a tenth of a millisecond once loaded."""
    (result,) = asked(LANGUAGE, Given(text=text))
    return LanguageSeen(
        language=result.raw_label or UNDETERMINED,
        sure=result.score or 0.0,
        by=f"{result.vendor}/{result.detector}",
        version=f"{result.model}@{result.version}",
        latency_ms=round(result.latency_ms, 3),
    )
