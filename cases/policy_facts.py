"""What a policy may look at: counts, scores, flags. Never content, names or addresses."""

from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, Field

from cases.evidence import Surface
from cases.facts import Fact
from cases.names import SubjectKind

Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Score = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Label = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]

Labels = Annotated[tuple[Label, ...], AfterValidator(lambda labels: tuple(sorted(set(labels))))]
"""A set of labels, kept sorted: the same facts have the same digest in every process."""

MAX_LABELS: Final = 64
"""Labels and scores one set of facts may hold: bounds what a condition can loop over."""


class ReportFacts(Fact):
    """Reports of this matter's area. independent: by how many people who do not act together (`cases.trust`).

    weight: the same, each weighed by what became of earlier reports of theirs; None means as many as independent.
    trust: the mean of that, 0 to 1; None means that nothing is known.
    """

    count: Count = 0
    independent: Count = 0
    trusted_flagger: bool = False
    weight: Annotated[float, Field(ge=0.0, le=1e9, allow_inf_nan=False)] | None = None
    trust: Score | None = None


class SignalFacts(Fact):
    """What machines said. A label without a score is absent, never zero; failed: labels of which no detector answered.

    calibrated: what such scores have meant, the share of contents in which people agreed (`cases.calibration`).
    """

    max_score: Annotated[dict[Label, Score], Field(default_factory=dict, max_length=MAX_LABELS)]
    calibrated: Annotated[dict[Label, Score], Field(max_length=MAX_LABELS)] = {}
    labels: Annotated[Labels, Field(max_length=MAX_LABELS)] = ()
    failed: Annotated[Labels, Field(max_length=MAX_LABELS)] = ()


class AuthorFacts(Fact):
    """The account behind the subject. strikes: unexpired ones; protected: nothing automatic may befall it.

    contents_1h, contents_24h: contents of its own brought to us in that time, with this one; a thousand at most.
    """

    strikes: Count = 0
    account_age_days: Count | None = None
    protected: bool = False
    contents_1h: Count = 0
    contents_24h: Count = 0


class AccountFacts(Fact):
    """The account's matters seen together. open_matters: in other cases. violations_90d: found in the last 90 days.

    contents_reported: contents of the account brought to us in the last 90 days. contents_30d: those in question in this
    area in the last 30 days, undecided or found to violate. Both with this case's own content.
    """

    open_matters: Count = 0
    violations_90d: Count = 0
    contents_reported: Count = 0
    contents_30d: Count = 0


class ContentFacts(Fact):
    """Shapes of the content. duplicates: items of the same author with the same words in the last day, as far as known.

    copies, near_copies: other cases about the same to the letter, and about nearly the same, whoever made it. variants: those
    of the author's own that came in the last day and are nearly the same, not the same. evasion: how much the text looks as
    if written past a machine (`activities.text_disguises`). media: pictures
    and other attachments. language_sure: how surely the language is right, 1 for the platform's word. created_at: when it was
    made, as the platform says.
    """

    length: Count = 0
    links: Count = 0
    duplicates: Count = 0
    copies: Count = 0
    near_copies: Count = 0
    variants: Count = 0
    evasion: Score = 0.0
    media: Count = 0
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")] | None = None
    language_sure: Score = 0.0
    created_at: AwareDatetime | None = None


class Facts(Fact):
    """Everything triage sees of one matter. area: the allegation, whether or not the pack knows it.

    listed: lists of the pack of which something is in the content. unscanned: the law by which machines may not look here;
    what they said is left out. key: what cases are drawn by, for canaries and samples. judged_at: when it was asked.
    """

    area: Label
    tenant: str = ""
    subject_kind: SubjectKind = SubjectKind.CONTENT
    surface: Surface = Surface.PUBLIC
    jurisdiction: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    reports: ReportFacts = ReportFacts()
    signals: SignalFacts = Field(default_factory=lambda: SignalFacts(max_score={}))
    author: AuthorFacts = AuthorFacts()
    account: AccountFacts = AccountFacts()
    content: ContentFacts = ContentFacts()
    listed: Annotated[Labels, Field(max_length=MAX_LABELS)] = ()
    unscanned: Annotated[str, Field(max_length=500)] | None = None
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{0,64}$")] = ""
    judged_at: AwareDatetime | None = None
