"""The small words of letters, language by language: what templates and packs leave to us. `{…}` stands for what is filled in.

Each language has a module of its own, with everything in it: a letter is in one language or it is not written in that one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cases.measures import MeasureKind
from cases.names import SubjectKind
from cases.parts import Part


@dataclass(frozen=True)
class Thing:
    """How a letter calls what it is about. owned: fills the words of a measure; the others follow "this is about".

    yours_dated, reported_dated: with {day}. ordered: to an authority.
    """

    owned: str
    yours: str
    yours_dated: str
    reported: str
    reported_dated: str
    ordered: str


@dataclass(frozen=True)
class Phrases:
    """One language. Cures and sources of what a request or an order lacks are found under their English words.

    day: {day}, {month}, {year}. moment, order_moment: {day}, {time}; order_day: as order_moment has its day.
    """

    language: str
    name: str
    months: tuple[str, ...]
    day_form: str
    moment_form: str
    order_moment_form: str
    things: Mapping[SubjectKind, Thing]
    unshown: str
    measures: Mapping[MeasureKind, str]
    scopes: Mapping[str, str]
    attachment: str
    characters: str
    countries: Mapping[str, str]
    all_countries: str
    and_word: str
    bodies: str
    court: str
    on_notice: str
    on_report: str
    on_our_own: str
    again_with_another: str
    again_not_involved: str
    again_on_our_team: str
    from_on: str
    from_until: str
    given_before: str
    none_given: str
    nothing_rests: str
    nothing_rests_since: str
    appeal_how: str
    of_decision: str
    reviewed_anyway: str
    information_given: str
    taken_off: str
    parts: Mapping[Part, str]
    by_part: str
    found: str
    found_pieces: str
    found_in_copy: str
    found_in_campaign: str
    found_in_sample: str
    strike_left: str
    strikes_left: str
    status_line: str
    cures: Mapping[str, str]
    sources: Mapping[str, str]

    def day(self, at: datetime) -> str:
        """`3 March 2026`, in UTC."""
        utc = at.astimezone(UTC)
        return self.day_form.format(day=utc.day, month=self.months[utc.month - 1], year=utc.year)

    def moment(self, at: datetime) -> str:
        """`3 March 2026, 14:05 UTC`."""
        return self.moment_form.format(day=self.day(at), time=f"{at.astimezone(UTC):%H:%M}")

    def order_moment(self, at: datetime) -> str:
        """To the second, as authorities have it."""
        utc = at.astimezone(UTC)
        return self.order_moment_form.format(day=self.day(at), date=f"{utc:%Y-%m-%d}", time=f"{utc:%H:%M:%S}")

    def measure(self, kind: MeasureKind, thing: SubjectKind) -> str:
        """`your post is hidden`."""
        return self.measures[kind].format(self.things[thing].owned)

    def scope(self, part: str) -> str:
        """What of a thing a measure is confined to."""
        return self.scopes.get(part) or part.replace("_", " ")

    def pieces(self, excerpts: tuple[str, ...]) -> str:
        """`attachment 2, characters 10 to 45`."""
        return ", ".join(map(self._piece, excerpts))

    def territory(self, names: list[str]) -> str:
        """Countries of a reach, by code; EU for all of its own."""
        called = [self.countries.get(name, name) for name in names]
        if not called:
            return self.all_countries
        return called[0] if len(called) == 1 else f"{', '.join(called[:-1])} {self.and_word} {called[-1]}"

    def cure(self, english: str) -> str:
        """What to send, of what is missing."""
        return self.cures.get(english, english)

    def source(self, english: str) -> str:
        """Which law asks for it."""
        return self.sources.get(english, english)

    def _piece(self, excerpt: str) -> str:
        what, _, where = excerpt.partition(":")
        if what == "attachment":
            return self.attachment.format(number=where)
        start, _, end = where.partition("-")
        return self.characters.format(start=start, end=end)
