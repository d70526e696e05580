"""Releases of policy packs: who proposed and who approved, what is in force since when, and the way back. Pure.

Each is an event, appended once; what is in force is read off them. A release takes two people and a backtest, or the word of
a named person, where rules would newly decide alone. One that waits for its day is compared again when the day comes: if
another pack decides by then than the one that it was seen against, it does not start. The way back takes one person: it leads
to what was in force before, to the letter.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import AwareDatetime, Field

from cases.errors import Problem
from cases.facts import Fact
from cases.matters import PackRef

CLOCK: Final = "clock"


class Proposed(Fact):
    """A pack is to be released. newly_automatic: rules that would decide alone and did not, or not so, under `base`.

    base: the pack that was in force. backtest_id: what it was tried on; override: why it may go without.
    """

    kind: Literal["proposed"] = "proposed"
    release_id: str
    pack: PackRef
    base: PackRef
    by: str
    at: AwareDatetime
    reason: str
    effective_from: AwareDatetime | None = None
    newly_automatic: tuple[str, ...] = ()
    backtest_id: str | None = None
    override: str | None = None


class Approved(Fact):
    """Another person agreed. waits: it starts later, and is compared again then."""

    kind: Literal["approved"] = "approved"
    release_id: str
    by: str
    at: AwareDatetime
    waits: bool = False


class Withdrawn(Fact):
    """A release that has not taken effect shall not."""

    kind: Literal["withdrawn"] = "withdrawn"
    release_id: str
    by: str
    at: AwareDatetime
    reason: str


class Started(Fact):
    """One that waited has taken effect: the pack that decided until then is the one that it was approved against."""

    kind: Literal["started"] = "started"
    release_id: str
    by: str = CLOCK
    at: AwareDatetime


class NotStarted(Fact):
    """One that waited has not taken effect: another pack decides by now. in_force: which."""

    kind: Literal["not_started"] = "not_started"
    release_id: str
    by: str = CLOCK
    at: AwareDatetime
    in_force: PackRef


class RolledBack(Fact):
    """From now on what was in force before. to: a release; None for what lay in the folder, which `pack` names."""

    kind: Literal["rolled_back"] = "rolled_back"
    release_id: str
    to: str | None
    by: str
    at: AwareDatetime
    reason: str
    pack: PackRef | None = None


PolicyEvent = Annotated[
    Proposed | Approved | Withdrawn | Started | NotStarted | RolledBack, Field(discriminator="kind")
]

State = Literal["proposed", "waiting", "in_force", "replaced", "withdrawn", "not_started"]


class Release(Fact):
    """One release, as its events tell it."""

    proposed: Proposed
    approved: Approved | None = None
    withdrawn: Withdrawn | None = None
    started: Started | None = None
    not_started: NotStarted | None = None

    @property
    def effective_at(self) -> AwareDatetime | None:
        """The later of its approval and the time it names; None before it is approved, or where it will not be in force."""
        if self.approved is None or self.withdrawn is not None or self.not_started is not None:
            return None
        return max(self.approved.at, self.proposed.effective_from or self.approved.at)

    @property
    def unsettled(self) -> bool:
        """Whether it waits, and nobody has said yet that it may start."""
        return self.effective_at is not None and self.started is None and bool(self.approved and self.approved.waits)


class Turn(NamedTuple):
    """From when on which release is in force; none: the folder's pack, as it lies there or as the way back named it."""

    at: AwareDatetime
    release_id: str | None
    pack: PackRef | None


class Releases(Fact):
    """Every release of a tenant, the earliest first, and the ways back that were taken."""

    releases: tuple[Release, ...] = ()
    rolled_back: tuple[RolledBack, ...] = ()

    def find(self, release_id: str) -> Release | None:
        """The release of this id."""
        return next((one for one in self.releases if one.proposed.release_id == release_id), None)

    def in_force(self, at: AwareDatetime) -> Release | None:
        """The release in force at this time; None for the pack in its folder."""
        turn = self._turn(at)
        return self.find(turn.release_id) if turn and turn.release_id else None

    def pack_at(self, at: AwareDatetime) -> PackRef | None:
        """The pack in force at this time; None for what lies in the folder."""
        turn = self._turn(at)
        return turn.pack if turn else None

    def to_settle(self, at: AwareDatetime) -> Release | None:
        """The first release whose day has come, and of which nobody has said whether it starts."""
        due = [(one.effective_at, one) for one in self.releases if one.unsettled and one.effective_at]
        return min((one for one in due if one[0] <= at), key=lambda one: one[0], default=(at, None))[1]

    def before(self, at: AwareDatetime) -> str | None:
        """The release to which the way back leads: the last one in force before the present one, None for the folder's."""
        now = self.in_force(at)
        ids = [one.release_id for one in self._turns() if one.at <= at]
        mine = now.proposed.release_id if now else None
        earlier = [one for one in ids[: _last_run(ids, mine)] if one != mine]
        return earlier[-1] if earlier else None

    def next_change(self, at: AwareDatetime) -> AwareDatetime | None:
        """When another release takes effect by itself."""
        starts = [one.effective_at for one in self.releases if one.effective_at]
        return min((start for start in starts if start > at), default=None)

    def state(self, release: Release, at: AwareDatetime) -> State:
        """How a release stands at this time."""
        if release.withdrawn:
            return "withdrawn"
        if release.not_started:
            return "not_started"
        if release.effective_at is None:
            return "proposed"
        if release.effective_at > at or release.unsettled:
            return "waiting"
        return "in_force" if self.in_force(at) == release else "replaced"

    def _turn(self, at: AwareDatetime) -> Turn | None:
        return next((one for one in reversed(self._turns()) if one.at <= at), None)

    def _turns(self) -> list[Turn]:
        starts = [
            Turn(one.effective_at, one.proposed.release_id, one.proposed.pack)
            for one in self.releases
            if one.effective_at and not one.unsettled
        ]
        back = [Turn(one.at, one.to, self._pack_of(one)) for one in self.rolled_back]
        return sorted([*starts, *back], key=lambda turn: turn.at)

    def _pack_of(self, back: RolledBack) -> PackRef | None:
        release = self.find(back.to) if back.to else None
        return release.proposed.pack if release else back.pack


def releases_of(events: Iterable[PolicyEvent]) -> Releases:
    """What the events tell, in their order."""
    found: dict[str, Release] = {}
    back: list[RolledBack] = []
    for event in events:
        if isinstance(event, Proposed):
            found[event.release_id] = Release(proposed=event)
        elif isinstance(event, RolledBack):
            back.append(event)
        elif event.release_id in found:
            found[event.release_id] = found[event.release_id].evolve(**{event.kind: event})
    return Releases(releases=tuple(found.values()), rolled_back=tuple(back))


def started(release: Release, in_force: PackRef, at: AwareDatetime) -> Started | NotStarted:
    """What becomes of a release that waited, now that its day has come. in_force: the pack that decided until then."""
    release_id, seen = release.proposed.release_id, release.proposed.base
    if in_force.digest == seen.digest:
        return Started(release_id=release_id, at=at)
    return NotStarted(release_id=release_id, at=at, in_force=in_force)


def refuse_proposal(known: Releases, proposed: Proposed, backtested: bool) -> Problem | None:
    """Why this pack may not be proposed. backtested: whether the named backtest is recorded, and is of this very pack."""
    pack, base = proposed.pack, proposed.base
    if pack.pack_id != base.pack_id:
        return Problem("pack", pack.pack_id, f"is not the tenant's pack {base.pack_id!r}", "give the pack its id")
    if pack.digest == base.digest:
        return Problem("pack", pack.version, "is in force already", "change something, and raise the version")
    same = [base, *(one.proposed.pack for one in known.releases if one.withdrawn is None)]
    if any(one.version == pack.version and one.digest != pack.digest for one in same):
        return Problem("pack", pack.version, "is the version of another pack", "raise the version in pack.toml")
    if proposed.backtest_id is not None and not backtested:
        cure = "run `dueprocess policy backtest` with this very pack"
        return Problem("backtest_id", proposed.backtest_id, "is no recorded backtest of this pack", cure)
    if proposed.newly_automatic and not backtested and proposed.override is None:
        rules = ", ".join(proposed.newly_automatic)
        cure = "run `dueprocess policy backtest` with it, or give --override with your reason"
        return Problem("pack", rules, "would decide alone, and nobody has seen what it would have decided", cure)
    return None


def refuse_approval(known: Releases, release_id: str, by: str, in_force: PackRef, at: AwareDatetime) -> Problem | None:
    """Why this person may not approve this release now; who approved it may say so again.

    in_force: the pack that decides at present.
    """
    release = known.find(release_id)
    if release is None:
        return Problem("release_id", release_id, "is no release", "see `dueprocess policy releases`")
    if release.proposed.by == by:
        return Problem("release_id", release_id, "was proposed by you", "let somebody else approve it")
    if release.withdrawn:
        return Problem("release_id", release_id, "was withdrawn", "propose it anew")
    if release.approved:
        if release.approved.by == by:
            return None
        return Problem("release_id", release_id, f"was approved by {release.approved.by}", "nothing is left to do")
    if in_force.digest != release.proposed.base.digest:
        cure = "propose it anew, so that what it changes is seen"
        return Problem("release_id", release_id, "was proposed when another pack was in force", cure)
    return None


def refuse_withdrawal(known: Releases, release_id: str, at: AwareDatetime) -> Problem | None:
    """Why this release cannot be withdrawn now."""
    release = known.find(release_id)
    if release is None:
        return Problem("release_id", release_id, "is no release", "see `dueprocess policy releases`")
    state = known.state(release, at)
    if state in ("in_force", "replaced"):
        return Problem("release_id", release_id, "has taken effect", "use `dueprocess policy rollback`")
    return None


def refuse_rollback(known: Releases, to: str | None, at: AwareDatetime, folder: PackRef) -> Problem | None:
    """Why the way back does not lead there: only to what was in force before. folder: the pack that lies there now.

    What somebody changed in the folder since is a new pack, and needs what every release needs.
    """
    now = known.in_force(at)
    if (now.proposed.release_id if now else None) == to:
        return Problem("to", to or "folder", "is in force", "nothing is left to do")
    if to is None:
        if folder.digest in {one.proposed.base.digest for one in known.releases if one.effective_at}:
            return None
        cure = "release it: `dueprocess policy release`, and another person's approval"
        return Problem("to", "folder", f"has version {folder.version} by now, which was not in force before", cure)
    release = known.find(to)
    if release is None or release.effective_at is None or release.effective_at > at or release.unsettled:
        return Problem("to", to, "was never in force", "name one that was: `dueprocess policy releases`")
    return None


def _last_run(ids: Sequence[str | None], mine: str | None) -> int:
    """Where the last unbroken run of this id begins."""
    place = len(ids)
    while place and ids[place - 1] == mine:
        place -= 1
    return place
