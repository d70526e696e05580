"""Claims kept between `claim` and `decide`: decision tokens in one file that only their owner can read."""

import json
import os
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from api.cli.exits import BadUsage
from cases.facts import Fact


class KeptClaim(Fact):
    """One claim of one reviewer. token: the decision token; never printed by anything but `claim`."""

    tenant: str
    reviewer: str
    case_id: str
    task_id: str
    lease_id: str
    subject: str
    rule_id: str | None = None
    expires_at: AwareDatetime
    token: str


_CLAIMS = TypeAdapter(tuple[KeptClaim, ...])


class KeptClaims:
    """The file of claims. A file that cannot be read counts as empty: its tokens can be claimed anew."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> tuple[KeptClaim, ...]:
        """Every claim kept, the oldest first."""
        try:
            return _CLAIMS.validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            return ()

    def keep(self, claim: KeptClaim) -> None:
        """Keep a claim, in place of an earlier one on the same task."""
        self._write((*(one for one in self.all() if not _same(one, claim)), claim))

    def forget(self, claim: KeptClaim) -> None:
        """The claim was used or given back."""
        self._write(tuple(one for one in self.all() if not _same(one, claim)))

    def chosen(self, tenant: str, reviewer: str | None, task: str | None, now: AwareDatetime) -> KeptClaim:
        """The one claim meant. Raises BadUsage where none or several fit, saying which there are."""
        mine = [one for one in self.all() if one.tenant == tenant and reviewer in (None, one.reviewer)]
        live = [one for one in mine if one.expires_at > now]
        fitting = [one for one in live if task in (None, one.task_id, one.case_id)]
        if len(fitting) == 1:
            return fitting[0]
        if not fitting:
            ended = " (those kept have ended)" if mine and not live else ""
            raise BadUsage(f"no claim is kept for this{ended}; take one with: dueprocess claim")
        which = "\n".join(f"  --as {one.reviewer} --task {one.task_id}   {one.case_id}" for one in fitting)
        raise BadUsage(f"{len(fitting)} claims are kept; say which with --task or --as:\n{which}")

    def _write(self, claims: tuple[KeptClaim, ...]) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            stored: list[dict[str, Any]] = [claim.model_dump(mode="json") for claim in claims]
            json.dump(stored, file, indent=1)
        unfinished.replace(self._path)


def _same(one: KeptClaim, other: KeptClaim) -> bool:
    return (one.tenant, one.case_id, one.task_id, one.reviewer) == (
        other.tenant,
        other.case_id,
        other.task_id,
        other.reviewer,
    )
