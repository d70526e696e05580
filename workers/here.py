"""The installation that the environment and the data folder name: what the command line acts on (`api.cli.place`)."""

import json
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from api.cli.exits import BadUsage, Refused, Unavailable
from api.cli.gateway import Gateway
from api.cli.place import Attempt, ListedCase
from cases.names import SubjectKind, case_workflow_id, subject_key
from cases.pack_mistakes import PackMistake
from workers.data_folder import DataFolder
from workers.embedded import settings_for_tools
from workers.settings import Settings

if TYPE_CHECKING:
    from workers.wiring import Means

PACKS: Final = Path(__file__).parent.parent / "policies"


class Here:
    """One installation. Settings are read when it is made; connections are opened by what needs them."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or settings_for_tools()

    @property
    def claims_file(self) -> Path:
        """In the data folder of the embedded stack; without one, where programs of this user keep their state."""
        if DataFolder(self.settings.data).is_ours():
            return self.settings.data / "claims.json"
        state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        return Path(state) / "dueprocess" / "claims.json"

    @property
    def tenant(self) -> str:
        """The first tenant configured."""
        return self.settings.tenants[0]

    @property
    def pack_folder(self) -> Path:
        """The baseline pack."""
        return PACKS / "baseline"

    def check_pack(self, folder: Path, platform: Path | None = None) -> Sequence[PackMistake]:
        """Everything wrong with the pack in this folder, for the platform that the file declares. Raises BadUsage."""
        from activities.policy_packs import check_pack, read_capabilities
        from cases.capabilities import DECLARED
        from cases.policy import PolicyError

        try:
            capabilities = read_capabilities(platform or PACKS / DECLARED)
        except PolicyError as error:
            raise BadUsage(f"--platform: {error}") from None
        try:
            return check_pack(folder, capabilities)
        except PolicyError as error:
            raise BadUsage(f"DIR: {error}; name a folder with pack.toml in it") from None

    def pack_files(self, folder: Path) -> Mapping[str, str]:
        """The texts of the pack in this folder. Raises BadUsage."""
        from activities.policy_packs import read_pack_files
        from cases.policy import PolicyError

        try:
            return read_pack_files(folder)
        except PolicyError as error:
            raise BadUsage(f"DIR: {error}; name a folder with pack.toml in it") from None

    def now(self) -> datetime:
        """The time."""
        return datetime.now(UTC)

    @asynccontextmanager
    async def gateway(self, tenant: str, name: str) -> AsyncIterator[Gateway]:
        """The gateway with the token of this name. Raises BadUsage and Unavailable."""
        from api.client import DueprocessClient

        token = self.token(tenant, name)
        async with DueprocessClient(self.settings.gateway_url, token) as client:
            yield client

    def token(self, tenant: str, name: str) -> str:
        """The bearer token of this name. Raises Unavailable where there is no file, BadUsage where it has none such."""
        file = self.settings.client_tokens_file
        try:
            tokens: Any = json.loads(file.read_bytes())
        except FileNotFoundError:
            raise Unavailable(
                "No stack was started here. Start one with: dueprocess up. Or name a running installation with "
                "DUEPROCESS_GATEWAY_URL and DUEPROCESS_CLIENT_TOKENS_FILE (JSON: <tenant>/<name> to bearer token)."
            ) from None
        except (OSError, ValueError) as error:
            raise Unavailable(
                f"{file} cannot be read ({type(error).__name__}); DUEPROCESS_CLIENT_TOKENS_FILE"
            ) from None
        found = tokens.get(f"{tenant}/{name}") if isinstance(tokens, dict) else None
        if not isinstance(found, str):
            known = sorted(one for one in tokens if one.startswith(f"{tenant}/")) if isinstance(tokens, dict) else []
            raise BadUsage(
                f"--as: no token {name!r} for tenant {tenant!r} in {file}; "
                + (f"it has {', '.join(one.partition('/')[2] for one in known)}" if known else "see --tenant")
            )
        return found

    @asynccontextmanager
    async def means(self) -> AsyncIterator["Means"]:
        """Record and Temporal client, as a worker has them. Raises Unavailable."""
        from record.errors import RecordUnavailable
        from workers.wiring import open_means

        if not self.settings.database_dsn.get_secret_value():
            raise Unavailable(
                "No record is named here: start a stack with dueprocess up, or set DUEPROCESS_DATABASE_DSN."
            )
        try:
            means = await open_means(self.settings)
        except (RecordUnavailable, OSError, RuntimeError) as error:
            raise Unavailable(
                f"The record or Temporal does not answer ({type(error).__name__}); dueprocess doctor"
            ) from error
        try:
            yield means
        finally:
            await means.aclose()

    async def case_id(self, tenant: str, kind: SubjectKind, subject_id: str) -> str:
        """The case id under the tenant's secret. Raises IdentityError, Refused for an unknown tenant, Unavailable."""
        from cases.errors import UnknownSomething

        async with self.means() as means:
            try:
                secret = await means.record.keyring.subject_secret(tenant)
            except UnknownSomething as error:
                raise Refused(f"--tenant: {error}") from None
        return case_workflow_id(tenant, kind, subject_key(secret, kind, subject_id))

    async def cases(self, tenant: str, stage: str | None, limit: int) -> Sequence[ListedCase]:
        """Cases, the nearest deadline first. Raises Unavailable."""
        from workers.listing import list_cases

        async with self.means() as means:
            return await list_cases(means.record, tenant, stage, limit)

    async def attempts(self, workflow_ids: Sequence[str]) -> dict[str, tuple[Attempt, ...]]:
        """What Temporal retries in these workflows; empty where Temporal cannot be asked."""
        try:
            async with self.means() as means:
                return {one: tried for one in workflow_ids if (tried := await _pending(means, one))}
        except Unavailable:
            return {}


async def _pending(means: "Means", workflow_id: str) -> tuple[Attempt, ...]:
    from temporalio.service import RPCError

    try:
        described = await means.client.get_workflow_handle(workflow_id).describe()
    except RPCError:
        return ()
    return tuple(
        [
            Attempt(
                task=one.activity_type.name,
                attempts=one.attempt,
                error=await _failure(means, one.last_failure) if one.HasField("last_failure") else "",
                next_at=_future(one.scheduled_time.ToDatetime(UTC)) if one.HasField("scheduled_time") else None,
            )
            for one in described.raw_description.pending_activities
        ]
    )


async def _failure(means: "Means", failure: Any) -> str:
    error = await means.client.data_converter.decode_failure(failure)
    return str(error)


def _future(at: datetime) -> datetime | None:
    return at if at > datetime.now(UTC) else None
