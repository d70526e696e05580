"""Every kind of enforcement: what it lies on, what undoes it, where and how long it may reach, who must agree, how it is told.

One table. Packs choose from it and set duration, reach and scope; a platform declares which kinds it can carry out
(`cases.capabilities`). Statement values: digital-services-act/transparency-database, app/Models/Statement.php.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from cases.facts import Fact
from cases.measures import MeasureKind, Target
from cases.names import SubjectKind

CONTENT, ACCOUNT, COMMUNITY, TRANSACTION, CAMPAIGN = SubjectKind
PUBLISHED: Final = frozenset({CONTENT, COMMUNITY, TRANSACTION, CAMPAIGN})
"""What people can come upon. The measures on content may lie on all of it."""

SURFACES: Final = frozenset({"feed", "search", "recommendations", "profile", "notifications", "embeds"})
FEATURES: Final = frozenset({"posting", "commenting", "messaging", "inviting", "live", "uploading", "selling"})
INTERACTIONS: Final = frozenset({"comments", "reactions", "sharing", "quoting", "downloads"})
PERKS: Final = frozenset({"badge", "boosts", "vanity_address", "discovery", "monetisation"})


class Reversal(StrEnum):
    """How far lifting it puts things back."""

    WHOLE = "whole"  # without a trace
    LATE = "late"  # it stands as before, but what was missed meanwhile stays missed
    NONE = "none"  # nothing of ours puts it back


class Statement(StrEnum):
    """The EU database's family of decisions that a kind belongs to."""

    VISIBILITY = "decision_visibility"
    MONETARY = "decision_monetary"
    PROVISION = "decision_provision"
    ACCOUNT = "decision_account"


class EnforcementKind(Fact):
    """One kind. words: what the person reads, `{}` being the thing; inverse: what the platform does when it is lifted.

    territorial: whether it may reach some countries only. scopes: surfaces or features it may be confined to. partial:
    whether it may be confined to pieces of content. timed: whether it may have an end. two_people: of which subjects it
    needs two people before its effect (P5). holds: which subjects it may hold while nobody has decided. stated: family and
    value of the EU database, none for what restricts nothing in its sense. follows: the kind after which it comes, by the
    case's own clock; nobody decides it.
    """

    kind: MeasureKind
    lies_on: frozenset[SubjectKind]
    words: str
    inverse: str
    reversal: Reversal = Reversal.WHOLE
    territorial: bool = False
    scopes: frozenset[str] = frozenset()
    timed: bool = True
    partial: bool = False
    two_people: frozenset[SubjectKind] = frozenset()
    holds: frozenset[SubjectKind] = frozenset()
    stated: tuple[Statement, str] | None = None
    follows: MeasureKind | None = None


def _visibility(value: str) -> tuple[Statement, str]:
    return Statement.VISIBILITY, f"DECISION_VISIBILITY_{value}"


def _provision(value: str) -> tuple[Statement, str]:
    return Statement.PROVISION, f"DECISION_PROVISION_{value}"


_TABLE: Final = (
    # What people can come upon. Hiding is disabling: it is kept and may come back. Removing is not meant to; the bytes are
    # destroyed by another act, not before nobody may appeal and nobody asks that they be preserved.
    EnforcementKind(
        kind=MeasureKind.HIDE,
        lies_on=PUBLISHED,
        words="your {} is hidden",
        inverse="show it",
        territorial=True,
        partial=True,
        scopes=SURFACES,
        holds=PUBLISHED,
        stated=_visibility("CONTENT_DISABLED"),
    ),
    EnforcementKind(
        kind=MeasureKind.REMOVE,
        lies_on=PUBLISHED,
        words="your {} was removed",
        inverse="put it back where it stood",
        reversal=Reversal.LATE,
        territorial=True,
        partial=True,
        timed=False,
        two_people=frozenset({COMMUNITY}),
        stated=_visibility("CONTENT_REMOVED"),
    ),
    EnforcementKind(
        kind=MeasureKind.DESTROY,
        lies_on=frozenset({CONTENT}),
        words="your {} was destroyed and cannot come back",
        inverse="none: what was destroyed is gone",
        reversal=Reversal.NONE,
        timed=False,
        follows=MeasureKind.REMOVE,
    ),
    EnforcementKind(
        kind=MeasureKind.LABEL,
        lies_on=PUBLISHED,
        words="your {} carries a label",
        inverse="take the label off",
        territorial=True,
        partial=True,
        holds=PUBLISHED,
        stated=_visibility("CONTENT_LABELLED"),
    ),
    EnforcementKind(
        kind=MeasureKind.AGE_GATE,
        lies_on=PUBLISHED,
        words="your {} is shown to adults only",
        inverse="show it to everybody",
        territorial=True,
        partial=True,
        holds=PUBLISHED,
        stated=_visibility("CONTENT_AGE_RESTRICTED"),
    ),
    EnforcementKind(
        kind=MeasureKind.DEMOTE,
        lies_on=PUBLISHED,
        words="your {} is shown to fewer people",
        inverse="rank it as before",
        reversal=Reversal.LATE,
        territorial=True,
        scopes=SURFACES,
        holds=PUBLISHED,
        stated=_visibility("CONTENT_DEMOTED"),
    ),
    EnforcementKind(
        kind=MeasureKind.INTERSTITIAL,
        lies_on=PUBLISHED,
        words="your {} is shown after a warning only",
        inverse="show it at once",
        territorial=True,
        partial=True,
        holds=PUBLISHED,
        stated=_visibility("OTHER"),
    ),
    EnforcementKind(
        kind=MeasureKind.LIMIT_INTERACTION,
        lies_on=PUBLISHED,
        words="others can do less with your {}",
        inverse="let others interact as before",
        reversal=Reversal.LATE,
        territorial=True,
        scopes=INTERACTIONS,
        holds=PUBLISHED,
        stated=_visibility("CONTENT_INTERACTION_RESTRICTED"),
    ),
    # Accounts.
    EnforcementKind(
        kind=MeasureKind.WARN,
        lies_on=frozenset({ACCOUNT}),
        words="your {} has a warning",
        inverse="take the warning back",
    ),
    EnforcementKind(
        kind=MeasureKind.STRIKE,
        lies_on=frozenset({ACCOUNT}),
        words="your {} carries a strike",
        inverse="take the strike off",
    ),
    EnforcementKind(
        kind=MeasureKind.LIMIT,
        lies_on=frozenset({ACCOUNT}),
        words="your {} is limited in what it can do",
        inverse="give the features back",
        reversal=Reversal.LATE,
        scopes=FEATURES,
        holds=frozenset({ACCOUNT}),
        stated=_provision("PARTIAL_SUSPENSION"),
    ),
    EnforcementKind(
        kind=MeasureKind.DEMONETISE,
        lies_on=frozenset({ACCOUNT}),
        words="your {} earns nothing here",
        inverse="let it earn again",
        reversal=Reversal.LATE,
        stated=(Statement.MONETARY, "DECISION_MONETARY_SUSPENSION"),
    ),
    EnforcementKind(
        kind=MeasureKind.SUSPEND,
        lies_on=frozenset({ACCOUNT}),
        words="your {} is suspended",
        inverse="open it again",
        reversal=Reversal.LATE,
        holds=frozenset({ACCOUNT}),
        stated=(Statement.ACCOUNT, "DECISION_ACCOUNT_SUSPENDED"),
    ),
    EnforcementKind(
        kind=MeasureKind.SUSPEND_REPORTS,
        lies_on=frozenset({ACCOUNT}),
        words="what your {} reports is kept, and looked at only when this has ended",
        inverse="look at what it reports, what was kept included",
        reversal=Reversal.LATE,
    ),
    EnforcementKind(
        kind=MeasureKind.TERMINATE,
        lies_on=frozenset({ACCOUNT}),
        words="your {} was closed",
        inverse="none: what was closed is not opened again",
        reversal=Reversal.NONE,
        timed=False,
        two_people=frozenset({ACCOUNT}),
        stated=(Statement.ACCOUNT, "DECISION_ACCOUNT_TERMINATED"),
    ),
    # Communities.
    EnforcementKind(
        kind=MeasureKind.WARN_OWNER,
        lies_on=frozenset({COMMUNITY}),
        words="the owner of your {} has a warning",
        inverse="take the warning back",
    ),
    EnforcementKind(
        kind=MeasureKind.LOCK_INVITES,
        lies_on=frozenset({COMMUNITY}),
        words="nobody can be invited to your {}",
        inverse="allow invitations",
        holds=frozenset({COMMUNITY}),
        stated=_provision("PARTIAL_SUSPENSION"),
    ),
    EnforcementKind(
        kind=MeasureKind.LOCK_JOINS,
        lies_on=frozenset({COMMUNITY}),
        words="nobody can join your {}",
        inverse="let people join",
        holds=frozenset({COMMUNITY}),
        stated=_provision("PARTIAL_SUSPENSION"),
    ),
    EnforcementKind(
        kind=MeasureKind.READ_ONLY,
        lies_on=frozenset({COMMUNITY}),
        words="nobody can write in your {}",
        inverse="let members write",
        reversal=Reversal.LATE,
        holds=frozenset({COMMUNITY}),
        stated=_provision("PARTIAL_SUSPENSION"),
    ),
    EnforcementKind(
        kind=MeasureKind.DELIST,
        lies_on=frozenset({COMMUNITY}),
        words="your {} is not listed or recommended",
        inverse="list it again",
        reversal=Reversal.LATE,
        territorial=True,
        scopes=SURFACES,
        holds=frozenset({COMMUNITY}),
        stated=_visibility("CONTENT_DEMOTED"),
    ),
    EnforcementKind(
        kind=MeasureKind.REMOVE_PERKS,
        lies_on=frozenset({COMMUNITY}),
        words="your {} has lost its perks",
        inverse="give the perks back",
        reversal=Reversal.LATE,
        scopes=PERKS,
        stated=_provision("PARTIAL_SUSPENSION"),
    ),
    EnforcementKind(
        kind=MeasureKind.REPLACE_OWNER,
        lies_on=frozenset({COMMUNITY}),
        words="your {} was given to another owner",
        inverse="give it back to its owner",
        reversal=Reversal.LATE,
        timed=False,
        two_people=frozenset({COMMUNITY}),
        stated=_provision("PARTIAL_TERMINATION"),
    ),
    # Transactions. Money that moved, or went back, does not come again by our word.
    EnforcementKind(
        kind=MeasureKind.HOLD,
        lies_on=frozenset({TRANSACTION}),
        words="your {} is held",
        inverse="let it go on",
        reversal=Reversal.LATE,
        holds=frozenset({TRANSACTION}),
        stated=(Statement.MONETARY, "DECISION_MONETARY_SUSPENSION"),
    ),
    EnforcementKind(
        kind=MeasureKind.RELEASE,
        lies_on=frozenset({TRANSACTION}),
        words="your {} was let through",
        inverse="none: what was paid is not called back",
        reversal=Reversal.NONE,
        timed=False,
        two_people=frozenset({TRANSACTION}),
    ),
    EnforcementKind(
        kind=MeasureKind.REFUSE,
        lies_on=frozenset({TRANSACTION}),
        words="your {} was refused",
        inverse="none: it takes a new transaction",
        reversal=Reversal.NONE,
        timed=False,
        two_people=frozenset({TRANSACTION}),
        stated=(Statement.MONETARY, "DECISION_MONETARY_TERMINATION"),
    ),
)

KINDS: Final[Mapping[MeasureKind, EnforcementKind]] = {row.kind: row for row in _TABLE}

RESTRICTIONS: Final = frozenset(row.kind for row in _TABLE if row.stated)
"""What the EU database can be told of."""

TOLD_WHEN_HELD: Final = RESTRICTIONS - {MeasureKind.LIMIT, MeasureKind.SUSPEND, MeasureKind.INTERSTITIAL}
"""Holds that owed a statement of their own before every restriction did (Art. 17(2)): of matters without `holds_told`."""


def subject_of(target: Target, subject: SubjectKind) -> SubjectKind:
    """What a measure with this target lies on, in a case about this kind of subject."""
    return ACCOUNT if target is Target.AUTHOR else subject


def kinds_on(subject: SubjectKind) -> tuple[MeasureKind, ...]:
    """What may lie on this kind of subject, in the order of the table."""
    return tuple(row.kind for row in _TABLE if subject in row.lies_on)


def decidable_on(subject: SubjectKind) -> tuple[MeasureKind, ...]:
    """Of them, what somebody may decide."""
    return tuple(kind for kind in kinds_on(subject) if KINDS[kind].follows is None)


def holding(subject: SubjectKind) -> tuple[MeasureKind, ...]:
    """What this kind of subject may be held with."""
    return tuple(row.kind for row in _TABLE if subject in row.holds)


def stated_as(family: Statement) -> Mapping[MeasureKind, str]:
    """The EU database's value of each kind in this family of decisions."""
    return {row.kind: row.stated[1] for row in _TABLE if row.stated and row.stated[0] is family}
