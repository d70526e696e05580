"""Sightengine in its wire format: pictures are answered at once (GET /1.0/check.json), videos by signed callbacks
(POST /1.0/video/check.json with callback_url; header `Sightengine-Signature: t=<unix>,v1=<hex>`). Sources: sightengine.com,
"Image moderation", "Receive video moderation callbacks".

A model's classes come nested: {"nudity": {"sexual_activity": 0.01, …}}; here a class is named by its path, `nudity.raw`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from cases.vendor_forms import (
    CALLS_LIMIT,
    Call,
    Look,
    Malformed,
    RawReading,
    RawWord,
    Sends,
    VendorTerms,
    object_of,
    word_of,
)

_NO_CLASS: Final = frozenset({"status", "request", "media", "info", "operations"})
_DEPTH: Final = 4


class Sightengine:
    """It fetches what it is to look at: an attachment without a public address is none for it."""

    sends = Sends.MEDIA

    def calls(self, terms: VendorTerms, look: Look, secret: str) -> tuple[Call, ...]:
        """One for each picture; or, of content with a video, one for the first video alone, since one task is waited for."""
        known = {"models": terms.model, "api_user": terms.account or "", "api_secret": secret}
        videos = [one.address for one in look.media if one.kind == "video" and one.address]
        if videos and look.callback:
            form = {**known, "stream_url": videos[0], "callback_url": look.callback}
            return (Call(method="POST", path="/1.0/video/check.json", form=form),)
        pictures = [one.address for one in look.media if one.kind == "picture" and one.address][:CALLS_LIMIT]
        return tuple(Call(method="GET", path="/1.0/check.json", query={**known, "url": url}) for url in pictures)

    def word(self, terms: VendorTerms, answer: Any) -> RawWord:
        """A picture's classes, or the id of the medium that will be called back about."""
        whole = _succeeded(answer)
        readings = tuple(_readings(whole))
        if readings:
            return RawWord(readings=readings)
        medium = object_of(whole.get("media"), "media")
        return RawWord(task_id=word_of(medium.get("id"), "media.id"))

    def callback(self, terms: VendorTerms, payload: Mapping[str, Any]) -> RawWord:
        """The highest of each class over all frames; `ongoing` says that more will come."""
        medium = object_of(payload.get("media"), "media")
        task_id = word_of(medium.get("id"), "media.id")
        data = object_of(payload.get("data"), "data")
        state = data.get("status")
        if state not in ("ongoing", "finished"):
            raise Malformed("data.status is neither ongoing nor finished")
        frames = data.get("frames", [])
        if not isinstance(frames, list):
            raise Malformed("data.frames is no list")
        highest: dict[str, RawReading] = {}
        for frame in frames:
            for one in _readings(object_of(frame, "data.frames")):
                if one.name not in highest or one.score > highest[one.name].score:
                    highest[one.name] = one
        return RawWord(task_id=task_id, readings=tuple(highest.values()), over=state == "finished")


def _succeeded(answer: Any) -> Mapping[str, Any]:
    whole = object_of(answer, "the answer")
    if whole.get("status") != "success":
        raise Malformed("status is not success")
    return whole


def _readings(node: Mapping[str, Any], path: str = "", depth: int = 0) -> Iterator[RawReading]:
    """Numbers from 0 to 1 under the models' names; anything else there is none of its scores."""
    for name, value in node.items():
        if (not path and name in _NO_CLASS) or depth > _DEPTH:
            continue
        where = f"{path}.{name}" if path else name
        if isinstance(value, dict):
            yield from _readings(value, where, depth + 1)
        elif not isinstance(value, bool) and isinstance(value, int | float) and 0.0 <= value <= 1.0:
            yield RawReading(name=where, score=float(value), raw=float(value))
        elif not isinstance(value, bool) and isinstance(value, int | float):
            raise Malformed(f"{where[:64]} is no probability")
