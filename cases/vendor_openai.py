"""OpenAI's moderation in its wire format: POST /v1/moderations (openai-python, types/moderation*.py, commit e43b4224).

Text only: `sexual/minors` is judged in text alone there, and pictures have no such category at all, so this is no way to find
child abuse material in pictures. Scores shift with model versions: pin the model; the answer's own name for it is kept.
"""

from collections.abc import Mapping
from typing import Any, Final

from cases.vendor_forms import (
    Call,
    Look,
    Malformed,
    RawReading,
    RawWord,
    Sends,
    VendorTerms,
    number_of,
    object_of,
    word_of,
)

CATEGORIES: Final = frozenset(
    {"harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent", "self-harm"}
    | {"self-harm/intent", "self-harm/instructions", "sexual", "sexual/minors", "violence", "violence/graphic"}
)


class OpenAIModeration:
    """The text goes as data in a field of its own; the endpoint takes no instructions, and its answer is a fixed form."""

    sends = Sends.TEXT

    def calls(self, terms: VendorTerms, look: Look, secret: str) -> tuple[Call, ...]:
        """One, for content with words."""
        if not look.text.strip():
            return ()
        headers = {"authorization": f"Bearer {secret}"}
        return (
            Call(
                method="POST", path="/v1/moderations", headers=headers, body={"model": terms.model, "input": look.text}
            ),
        )

    def word(self, terms: VendorTerms, answer: Any) -> RawWord:
        """The scores of every category; one that is null (illicit, by older models) is left out."""
        whole = object_of(answer, "the answer")
        results = whole.get("results")
        if not isinstance(results, list) or len(results) != 1:
            raise Malformed("results is no list of one")
        result = object_of(results[0], "results.0")
        if not isinstance(result.get("flagged"), bool):
            raise Malformed("results.0.flagged is neither true nor false")
        scores = object_of(result.get("category_scores"), "results.0.category_scores")
        readings = [
            RawReading(name=name, score=score, raw=score)
            for name, value in scores.items()
            if name in CATEGORIES and value is not None
            for score in [number_of(value, f"category_scores.{name}")]
        ]
        if not readings:
            raise Malformed("category_scores has none of the categories known")
        return RawWord(model=word_of(whole.get("model"), "model"), readings=tuple(readings))

    def callback(self, terms: VendorTerms, payload: Mapping[str, Any]) -> RawWord:
        """It calls nobody back."""
        raise Malformed("this vendor sends no callbacks")
