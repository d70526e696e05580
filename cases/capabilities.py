"""What a platform can carry out, as its adapter declares it, and whether a pack asks for more.

A file like `policies/platform.toml` declares it for offline use; a running platform says the same at `GET /capabilities`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from cases.areas import OWN_LISTS
from cases.decisions import EnforcementRequest
from cases.enforcement_kinds import holding, subject_of
from cases.facts import Fact
from cases.measures import MeasureKind
from cases.names import SubjectKind
from cases.policy import PackBody

DECLARED: Final = "platform.toml"
Path = tuple[str | int, ...]


class Capabilities(Fact):
    """kinds: what the platform can put in force on each kind of subject; a kind it does not name, it does not know."""

    kinds: Mapping[SubjectKind, frozenset[str]]

    def carries(self, subject: SubjectKind, kind: MeasureKind) -> bool:
        """Whether the platform can put this in force on such a subject."""
        return kind in self.kinds.get(subject, frozenset())


class Lack(Fact):
    """A kind that a pack needs and the platform does not have. path: where the pack asks for it."""

    path: Path
    subject: SubjectKind
    kind: MeasureKind

    def __str__(self) -> str:
        return f"the platform cannot {self.kind} {self.subject}"


def lacking(pack: PackBody, platform: Capabilities) -> tuple[Lack, ...]:
    """Everything the pack asks for and this platform cannot do, in the pack's order."""
    needs = (*_of_areas(pack), *_of_rules(pack), *_of_ladder(pack))
    return tuple(
        Lack(path=path, subject=subject, kind=kind)
        for path, subject, kind in needs
        if not platform.carries(subject, kind)
    )


def _of_areas(pack: PackBody) -> Iterator[tuple[Path, SubjectKind, MeasureKind]]:
    for name, area in pack.areas.items():
        yield from _of_list(("areas", name, "enforcements"), SubjectKind.CONTENT, area.enforcements)
        for subject, key in OWN_LISTS.items():
            yield from _of_list(("areas", name, key), subject, getattr(area, key))
        if area.destroy_after:
            yield ("areas", name, "destroy_after"), SubjectKind.CONTENT, MeasureKind.DESTROY
        if area.hold is None:
            continue
        holds: Mapping[str, tuple[SubjectKind, MeasureKind | None]] = {
            "measure": (SubjectKind.CONTENT, area.hold.measure),
            "account": (SubjectKind.ACCOUNT, area.hold.account),
            "community": (SubjectKind.COMMUNITY, area.hold.community),
            "transaction": (SubjectKind.TRANSACTION, area.hold.transaction),
        }
        for key, (subject, measure) in holds.items():
            if measure is not None and measure in holding(subject):
                yield ("areas", name, "hold", key), subject, measure


def _of_list(
    path: Path, subject: SubjectKind, requests: Iterable[EnforcementRequest]
) -> Iterator[tuple[Path, SubjectKind, MeasureKind]]:
    for index, request in enumerate(requests):
        yield (*path, index), subject_of(request.target, subject), request.kind


def _of_rules(pack: PackBody) -> Iterator[tuple[Path, SubjectKind, MeasureKind]]:
    for index, rule in enumerate(pack.rules):
        if rule.then.hold:
            yield ("rules", index, "then", "hold"), SubjectKind.CONTENT, rule.then.hold


def _of_ladder(pack: PackBody) -> Iterator[tuple[Path, SubjectKind, MeasureKind]]:
    for index, step in enumerate(pack.ladder):
        yield ("ladder", index, "measure"), SubjectKind.ACCOUNT, step.measure
