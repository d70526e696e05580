"""Where commands act: what the process that starts them hands in. This room builds no settings, pools or clients."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

from cyclopts import Parameter

from api.cli.gateway import Gateway

if TYPE_CHECKING:  # what these load costs more than most commands
    from cases.names import SubjectKind
    from cases.pack_mistakes import PackMistake


@dataclass(frozen=True)
class Attempt:
    """What Temporal knows of work it retries. task: the activity's type; error: its last failure, without content."""

    task: str
    attempts: int
    error: str
    next_at: datetime | None


@dataclass(frozen=True)
class ListedCase:
    """One line of a list of cases."""

    case_id: str
    stage: str
    category: str | None
    queue: str | None
    due_at: datetime | None
    stuck: bool


class Place(Protocol):
    """One installation. Raises CommandError for what is missing or does not answer."""

    @property
    def claims_file(self) -> Path:
        """Where claims are kept between `claim` and `decide`."""
        ...

    @property
    def tenant(self) -> str:
        """The tenant meant where none is named."""
        ...

    @property
    def pack_folder(self) -> Path:
        """The folder of the pack in use."""
        ...

    def check_pack(self, folder: Path, platform: Path | None = None) -> "Sequence[PackMistake]":
        """Everything wrong with the pack in this folder, for the platform that this file declares."""
        ...

    def pack_files(self, folder: Path) -> Mapping[str, str]:
        """The texts of the pack in this folder."""
        ...

    def now(self) -> datetime:
        """The time, aware, UTC."""
        ...

    def gateway(self, tenant: str, name: str) -> AbstractAsyncContextManager[Gateway]:
        """The gateway, with the token of this name."""
        ...

    async def case_id(self, tenant: str, kind: "SubjectKind", subject_id: str) -> str:
        """The case id of a subject, whether or not there is a case yet."""
        ...

    async def cases(self, tenant: str, stage: str | None, limit: int) -> Sequence[ListedCase]:
        """Cases, the nearest deadline first."""
        ...

    async def attempts(self, workflow_ids: Sequence[str]) -> dict[str, tuple[Attempt, ...]]:
        """What Temporal is retrying in these workflows; one that has ended or cannot be asked has no entry."""
        ...


PlaceHere = Annotated[Place, Parameter(parse=False)]


@Parameter(name="*")
@dataclass(frozen=True)
class Common:
    """Options that most commands share.

    json: print JSON for programs.
    tenant: whose data; the first configured one where left out.
    acting_as: whose token is used, by its name in the file of client tokens.
    """

    json: Annotated[bool, Parameter(name="--json", negative="", help="Print JSON, for programs.")] = False
    tenant: Annotated[str | None, Parameter(name="--tenant", help="The tenant. Default: the first one.")] = None
    acting_as: Annotated[str | None, Parameter(name="--as", help="Whose token: a name in the client tokens.")] = None

    def of(self, place: Place, role: str) -> tuple[str, str]:
        """Tenant and token name; the role's own name where none is given."""
        return self.tenant or place.tenant, self.acting_as or role


COMMON = Common()
SERVICE = "service"
REVIEWER = "reviewer-1"
OPERATOR = "operator"
