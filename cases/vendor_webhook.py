"""The plain form, for a detector of one's own behind HTTP: JSON, signed by Standard Webhooks in both directions.

To it: POST of {"type": "content.assess", "id", "labels", "text", "language", "media": [{"kind", "sha256", "pdq", "address"}],
"callback_url"}. From it: 200 with {"model", "scores": {label: 0 to 1}}, or 202 with {"task_id"}, and later a webhook of
{"task_id", "model", "scores"}. `docs/contract.md` has the form.
"""

from collections.abc import Mapping
from typing import Any

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


class SignedWebhook:
    """The content stands in a field of its own, as data; who passes it on to a model is told nothing to obey."""

    sends = Sends.TEXT

    def calls(self, terms: VendorTerms, look: Look, secret: str) -> tuple[Call, ...]:
        """One."""
        body = {
            "type": "content.assess",
            "id": look.seed,
            "labels": sorted({name for label in look.labels for name in terms.labels.get(label, ())}),
            "text": look.text,
            "language": look.language,
            "media": [one.model_dump(exclude_none=True) for one in look.media],
            "callback_url": look.callback,
        }
        return (Call(method="POST", path="", body=body, signed=True),)

    def word(self, terms: VendorTerms, answer: Any) -> RawWord:
        """Scores, or the task that will be called back about."""
        whole = object_of(answer, "the answer")
        if "task_id" in whole and "scores" not in whole:
            return RawWord(task_id=word_of(whole["task_id"], "task_id"))
        return _scored(whole, None)

    def callback(self, terms: VendorTerms, payload: Mapping[str, Any]) -> RawWord:
        """The scores of a task."""
        return _scored(payload, word_of(payload.get("task_id"), "task_id"))


def _scored(whole: Mapping[str, Any], task_id: str | None) -> RawWord:
    scores = object_of(whole.get("scores"), "scores")
    if not scores or len(scores) > 256:
        raise Malformed("scores is empty, or has more than 256 labels")
    readings = [
        RawReading(name=word_of(name, "scores"), score=score, raw=score)
        for name, value in scores.items()
        for score in [number_of(value, "scores")]
    ]
    return RawWord(model=word_of(whole.get("model"), "model"), readings=tuple(readings), task_id=task_id)
