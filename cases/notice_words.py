"""What a notice says, field by field: the one object, `notice`, that every template gets. DSA Art. 17(3) is beside each.

Whoever fills it in leaves out names, addresses, quotations, and anything by which a reporter could be recognised.
"""

from typing import Literal

from cases.facts import Fact


class MeasureWords(Fact):
    """One restriction in words (a). label: "your post is hidden"; territory, since, until: as the person reads them."""

    label: str
    territory: str | None = None
    since: str
    until: str | None = None


class GroundWords(Fact):
    """The legal (d) or contractual (e) ground."""

    kind: Literal["law", "terms"]
    name: str
    url: str
    explanation: str


class RedressWords(Fact):
    """What the person can do about it (f). appeal_until: a date; how: where to appeal; bodies, court: a sentence each."""

    appeal_until: str
    how: str
    bodies: str
    court: str


class ResourceWords(Fact):
    """Help, and how to reach it."""

    name: str
    contact: str


class MissingWords(Fact):
    """What a notice or a request lacks: what to send, and which law asks for it."""

    cure: str
    source: str


class NoticeWords(Fact):
    """Everything a template may name. Fields that a notice has no use for keep their defaults.

    subject_description: "your post of 3 March 2026", for reporters "the post you reported on 3 March 2026".
    facts: (b), what was seen, from the rule or the reviewer. source_label: (b), "on a notice" or "on our own initiative".
    automated_detection, automated_decision: (c). outcome: what was decided, for reporters and appellants.
    refusal: why an appeal is not heard. strike_until: the day a strike this decision left expires.
    request, request_id, missing: of a receipt for a notice or a removal request: which form, under which id it can be
    completed, and what it lacks.
    sources: references of the decisions whose strikes led to it.
    """

    reference: str
    audience: Literal["author", "reporter", "appellant"]
    platform_name: str
    subject_description: str
    measures: tuple[MeasureWords, ...] = ()
    ground: GroundWords | None = None
    facts: str | None = None
    source_label: str | None = None
    automated_detection: bool = False
    automated_decision: Literal["fully", "partially", "not"] = "not"
    redress: RedressWords | None = None
    resources: tuple[ResourceWords, ...] = ()
    outcome: Literal["violation", "no_violation", "support", "undecidable", "duplicate", "not_in_scope"] | None = None
    refusal: Literal["unknown_decision", "not_informed", "too_late", "already_heard", "nothing_left"] | None = None
    strike_until: str | None = None
    request: Literal["notice", "take_it_down"] | None = None
    request_id: str | None = None
    missing: tuple[MissingWords, ...] = ()
    sources: tuple[str, ...] = ()
