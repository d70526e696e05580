"""Releases of policy packs: who proposed and who approved, what is in force since when, and the way back. Pure.

Each is an event, appended once; what is in force is read off them. A release takes two people and a backtest, or the word of
a named person, where rules would newly decide alone. The way back takes one: it leads to what two people approved before.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, NamedTuple

from pydantic import AwareDatetime, Field

from cases.errors import Problem
from cases.facts import Fact
from cases.matters import PackRef


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
    """Another person agreed."""

    kind: Literal["approved"] = "approved"
    release_id: str
    by: str
    at: AwareDatetime


class Withdrawn(Fact):
    """A release that has not taken effect shall not."""

    kind: Literal["withdrawn"] = "withdrawn"
    release_id: str
    by: str
    at: AwareDatetime
    reason: str


class RolledBack(Fact):
    """From now on what was in force before. to: a release; None for the pack that lies in its folder."""

    kind: Literal["rolled_back"] = "rolled_back"
    release_id: str
    to: str | None
    by: str
    at: AwareDatetime
    reason: str


PolicyEvent = Annotated[Proposed | Approved | Withdrawn | RolledBack, Field(discriminator="kind")]

State = Literal["proposed", "waiting", "in_force", "replaced", "withdrawn"]


class Release(Fact):
    """One release, as its events tell it. effective_at: when it takes or took effect, once approved."""

    proposed: Proposed
    approved: Approved | None = None
    withdrawn: Withdrawn | None = None

    @property
    def effective_at(self) -> AwareDatetime | None:
        """The later of its approval and the time it names; None before it is approved, or once withdrawn."""
        if self.approved is None or self.withdrawn is not None:
            return None
        return max(self.approved.at, self.proposed.effective_from or self.approved.at)


class Turn(NamedTuple):
    """From when on which release is in force; none: the pack in its folder."""

    at: AwareDatetime
    release_id: str | None


class Releases(Fact):
    """Every release of a tenant, the earliest first, and the ways back that were taken."""

    releases: tuple[Release, ...] = ()
    rolled_back: tuple[RolledBack, ...] = ()

    def find(self, release_id: str) -> Release | None:
        """The release of this id."""
        return next((one for one in self.releases if one.proposed.release_id == release_id), None)

    def in_force(self, at: AwareDatetime) -> Release | None:
        """The release in force at this time; None for the pack in its folder."""
        turn = next((one for one in reversed(self._turns()) if one.at <= at), None)
        return self.find(turn.release_id) if turn and turn.release_id else None

    def before(self, at: AwareDatetime) -> str | None:
        """The release to which the way back leads: the last one in force before the present one, None for the folder's."""
        now = self.in_force(at)
        ids = [one.release_id for one in self._turns() if one.at <= at]
        mine = now.proposed.release_id if now else None
        earlier = [one for one in ids[: _last_run(ids, mine)] if one != mine]
        return earlier[-1] if earlier else None

    def next_change(self, at: AwareDatetime) -> AwareDatetime | None:
        """When another release takes effect by itself."""
        return min((one.at for one in self._turns() if one.at > at), default=None)

    def state(self, release: Release, at: AwareDatetime) -> State:
        """How a release stands at this time."""
        if release.withdrawn:
            return "withdrawn"
        if release.effective_at is None:
            return "proposed"
        if release.effective_at > at:
            return "waiting"
        return "in_force" if self.in_force(at) == release else "replaced"

    def _turns(self) -> list[Turn]:
        starts = [Turn(one.effective_at, one.proposed.release_id) for one in self.releases if one.effective_at]
        return sorted([*starts, *(Turn(one.at, one.to) for one in self.rolled_back)], key=lambda turn: turn.at)


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
            changed = {"approved": event} if isinstance(event, Approved) else {"withdrawn": event}
            found[event.release_id] = found[event.release_id].evolve(**changed)
    return Releases(releases=tuple(found.values()), rolled_back=tuple(back))


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
    """Why this person may not approve this release now. in_force: the pack that decides at present."""
    release = known.find(release_id)
    if release is None:
        return Problem("release_id", release_id, "is no release", "see `dueprocess policy releases`")
    if release.proposed.by == by:
        return Problem("release_id", release_id, "was proposed by you", "let somebody else approve it")
    if release.withdrawn:
        return Problem("release_id", release_id, "was withdrawn", "propose it anew")
    if release.approved:
        return Problem("release_id", release_id, "is approved", "nothing is left to do")
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


def refuse_rollback(known: Releases, to: str | None, at: AwareDatetime) -> Problem | None:
    """Why the way back does not lead there: only to what was in force before."""
    now = known.in_force(at)
    if (now.proposed.release_id if now else None) == to:
        return Problem("to", to or "folder", "is in force", "nothing is left to do")
    if to is None:
        return None
    release = known.find(to)
    if release is None or release.effective_at is None or release.effective_at > at:
        return Problem("to", to, "was never in force", "name one that was: `dueprocess policy releases`")
    return None


def _last_run(ids: Sequence[str | None], mine: str | None) -> int:
    """Where the last unbroken run of this id begins."""
    place = len(ids)
    while place and ids[place - 1] == mine:
        place -= 1
    return place
