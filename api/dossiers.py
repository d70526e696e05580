"""What a reviewer's page shows of a case. Content is in `Shown` only, and only for who holds a claim."""

from collections.abc import Iterable

from pydantic import AwareDatetime

from api.answers import CaseAnswer, Task
from api.library import ReadText, WrittenLetter
from api.viewing import ShownMedium
from cases.decisions import Outcome
from cases.evidence import EvidenceOrigin
from cases.facts import Fact
from cases.holds import HOLD, held_matter
from cases.presentation import PLAIN, Level, Presentation
from record.desk import AccountPast


class Passage(Fact):
    """A piece of text. marked: a detector found a sign in it."""

    text: str
    marked: bool = False


class Line(Fact):
    """What stood around it. who: a letter for each person, in the order they come: no name is needed to judge.

    places: of a campaign, which of the attachments came with this member's words.
    """

    who: str
    passages: tuple[Passage, ...]
    places: tuple[int, ...] = ()


class Translated(Fact):
    """A machine's translation, as it was shown: kept under its id."""

    text_id: str
    text: str
    translator: str


class Shown(Fact):
    """The evidence, as far as it was revealed. normalised: as detectors read it, where that differs.

    unshown: how many more stood around it. origin: where this version came from. reports: what reporters say, `who` being the
    area they name.
    attachments: of what kind each is as the platform says, in their order; media: how each is shown; closer: the one that was
    asked for by itself, 0 for none.
    """

    level: Level
    version: int
    digest: str
    language: str | None = None
    original: tuple[Passage, ...] = ()
    normalised: tuple[Passage, ...] = ()
    thread: tuple[Line, ...] = ()
    unshown: int = 0
    origin: EvidenceOrigin | None = None
    reports: tuple[Line, ...] = ()
    attachments: tuple[str, ...] = ()
    media: tuple[ShownMedium, ...] = ()
    closer: int = 0
    translation: Translated | None = None

    @property
    def key_place(self) -> int:
        """The attachment that the key for a closer look is about: the one at hand, or the next that opens veiled."""
        more = [one.place for one in self.media if one.next_sight]
        return self.closer if self.closer in more else next((one for one in more if one > self.closer), 0)


class RuleSaid(Fact):
    """A rule that matched. decides: the one whose outcome stood."""

    rule_id: str
    when: str
    why: str
    decides: bool = False


class Allegation(Fact):
    """A matter in words. outcomes: what a reviewer may find, in the order of their keys. known_rules: of its area."""

    matter_id: str
    area: str
    title: str
    stage: str
    severity: int
    queue: str
    ground: str
    ground_name: str
    rule_id: str | None
    rules: tuple[RuleSaid, ...]
    known_rules: tuple[str, ...]
    reports: int
    independent: int
    outcomes: tuple[Outcome, ...]
    measures: tuple[str, ...]
    second: str
    strike: bool


class Signal(Fact):
    """A detector's word. score: none where it failed, which is not "clean"."""

    detector: str
    label: str
    score: float | None


class Running(Fact):
    """A clock of the case."""

    clock_id: str
    due_at: AwareDatetime
    source: str
    missed: bool


class Pending(Fact):
    """A decision that is not in effect: it waits for a second person until due_at, or takes effect then (`entered`)."""

    decision_id: str
    matter_id: str
    outcome: Outcome
    due_at: AwareDatetime | None
    entered: bool


class Verdict(Fact):
    """A decision, on this case or a like one. Who decided is not shown: a reviewer judges the matter.

    overruled: a second person found otherwise; against: why, for who holds a task of the case. Proposed, it was never done.
    """

    case_id: str
    decision_id: str
    matter_id: str
    outcome: Outcome
    automated: bool
    decided_at: AwareDatetime
    measures: tuple[str, ...] = ()
    reversed: bool = False
    overruled: bool = False
    rationale: str | None = None
    against: str | None = None


class Alike(Fact):
    """A copy or near copy, and what was decided there."""

    case_id: str
    likeness: str
    differing: int
    verdicts: tuple[Verdict, ...]


class Dossier(Fact):
    """One page. task: the one the reader holds, if any; judged: the decision a second look or an appeal is about.

    sample: of a campaign, how many members were drawn and are shown.
    """

    case: CaseAnswer
    now: AwareDatetime
    task: Task | None = None
    lease_id: str | None = None
    presentation: Presentation = PLAIN
    shown: Shown | None = None
    allegations: tuple[Allegation, ...] = ()
    signals: tuple[Signal, ...] = ()
    clocks: tuple[Running, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    pending: tuple[Pending, ...] = ()
    judged: Verdict | None = None
    grounds: str | None = None
    sample: int | None = None
    past: AccountPast = AccountPast()
    alike: tuple[Alike, ...] = ()

    @property
    def subject(self) -> Allegation | None:
        """The allegation that the reader's task is about."""
        wanted = self.judged.matter_id if self.judged else held_matter(self.task.subject) if self.task else ""
        return next((one for one in self.allegations if one.matter_id == wanted), None)

    @property
    def contested(self) -> str:
        """What an appeal is against, where that is no decision."""
        if self.task is None or self.task.kind != "hearing" or self.judged:
            return ""
        about = self.task.subject
        return f"the hold on {held_matter(about)}" if about.startswith(HOLD) else f"the reversal {about}"

    @property
    def next_level(self) -> Level | None:
        """What may be asked for next; None where nothing more is shown."""
        if self.task is None:
            return None
        if self.shown is None and self.presentation.level:
            return self.presentation.level  # a page that is opened again shows nothing by itself
        return self.presentation.next_level

    @property
    def offered(self) -> tuple[Outcome, ...]:
        """What may be found, in the order of the number keys."""
        if self.task is None:
            return ()
        if self.task.kind == "hearing":
            return (Outcome.UPHELD, Outcome.REVERSED)
        return self.subject.outcomes if self.subject else ()


class LetterPreview(Fact):
    """What one audience would read. letter: in their language; None where they would be told nothing, and why says so.

    own: the same in the pack's own language, where that is another: for a reviewer who does not read theirs. lacking: the
    language they read, which the pack has no letters in. language_name, own_name: as people call them.
    """

    audience: str
    letter: WrittenLetter | None
    own: WrittenLetter | None = None
    language_name: str = ""
    own_name: str = ""
    lacking: str = ""
    why: str = ""


class Preview(Fact):
    """What a decision would bring. held: a second person must agree first. refusal: the case would not take it."""

    letters: tuple[LetterPreview, ...] = ()
    held: bool = False
    refusal: str = ""


def passages_of(text: str, spans: Iterable[tuple[int, int]]) -> tuple[Passage, ...]:
    """The text in pieces, marked and not; spans may overlap. Their texts joined are the text."""
    marked = bytearray(len(text))
    for start, end in spans:
        marked[start:end] = b"\1" * len(marked[start:end])
    pieces, begin = [], 0
    for place in range(1, len(text) + 1):
        if place == len(text) or marked[place] != marked[begin]:
            pieces.append(Passage(text=text[begin:place], marked=bool(marked[begin])))
            begin = place
    return tuple(pieces)


def normalised_of(text: str, read: ReadText) -> tuple[Passage, ...]:
    """The same as detectors read it; nothing where that is the text itself."""
    if read.folded == text:
        return ()
    inside = [any(start <= place < end for start, end in read.spans) for place in read.offsets]
    return passages_of(read.folded, ((place, place + 1) for place, marked in enumerate(inside) if marked))


def masked(passages: Iterable[Passage]) -> tuple[Passage, ...]:
    """Marked words as dots, as long as they are; spaces stay."""
    return tuple(
        one.evolve(text="".join(letter if letter.isspace() else "•" for letter in one.text)) if one.marked else one
        for one in passages
    )
