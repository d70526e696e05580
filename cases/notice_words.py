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


class OrderWords(Fact):
    """An authority's order, as its own text has it (DSA Art. 9(5), 10(5)), and what came of it.

    effect: what was done, as a sentence; at: when. due: by when it is due. missing: what it lacks. removal: it is one under
    Regulation (EU) 2021/784, whose Annexes II and III these notices follow. scrutiny_until: of a cross-border one.
    """

    reference: str
    authority: str | None = None
    legal_basis: str | None = None
    reasons: str | None = None
    redress: str | None = None
    territory: str | None = None
    information: bool = False
    removal: bool = False
    effect: str | None = None
    at: str | None = None
    due: str | None = None
    impossible: bool = False
    missing: tuple[MissingWords, ...] = ()
    scrutiny_until: str | None = None


class NoticeWords(Fact):
    """Everything a template may name. Fields that a notice has no use for keep their defaults.

    subject_description: "your post of 3 March 2026", for reporters "the post you reported on 3 March 2026".
    facts: (b), what was seen, from the rule or the reviewer. source_label: (b), "on a notice" or "on our own initiative".
    automated_detection, automated_decision: (c). outcome: what was decided, for reporters and appellants.
    refusal: why an appeal is not heard. strike_until: the day a strike this decision left expires;
    strike_forgiven: it is a first one, which does not count.
    request, request_id, missing: of a receipt for a notice or a removal request: which form, under which id it can be
    completed, and what it lacks.
    sources: references of the decisions whose strikes led to it. order: of what is told about an authority's order.
    """

    reference: str
    audience: Literal["author", "reporter", "appellant", "authority"]
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
    refusal: (
        Literal["unknown_decision", "not_informed", "too_late", "already_heard", "nothing_left", "hold_over"] | None
    ) = None
    strike_until: str | None = None
    strike_forgiven: bool = False
    request: Literal["notice", "take_it_down"] | None = None
    request_id: str | None = None
    missing: tuple[MissingWords, ...] = ()
    sources: tuple[str, ...] = ()
    order: OrderWords | None = None
