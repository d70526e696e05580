"""Keys without Postgres, for recorded histories: one committed test key a tenant. It seals synthetic cases only."""

from dataclasses import dataclass, field
from hashlib import sha256

from cases.errors import KeyDestroyed, UnknownSomething
from cases.names import parse_workflow_id

TEST_SECRET = b"dueprocess: a published key, for recorded synthetic histories and nothing else"


@dataclass(frozen=True)
class StaticKey:
    """A key that anybody can read here."""

    key_id: str

    @property
    def secret(self) -> bytes:
        return sha256(TEST_SECRET + b"\0" + self.key_id.encode()).digest()


@dataclass
class StaticKeys:
    """Where the codec looks keys up. destroyed, away: what a test does to them."""

    destroyed: set[str] = field(default_factory=set)
    away: bool = False
    asked: list[str] = field(default_factory=list)

    async def case_key(self, tenant: str, workflow_id: str) -> StaticKey:
        """A case's own key; an appeal or filing of these histories is its tenant's."""
        self._reach(workflow_id)
        name = parse_workflow_id(workflow_id)
        scope = name.rest.replace("/", "-") if name.family == "case" else "shared"
        return self._living(f"{tenant}.{scope}")

    async def key_by_id(self, key_id: str) -> StaticKey:
        self._reach(key_id)
        if "." not in key_id:
            raise UnknownSomething(f"no key {key_id!r}")
        return self._living(key_id)

    async def installation_key(self) -> StaticKey:
        self._reach("installation")
        return StaticKey("_installation.test")

    def _reach(self, wanted: str) -> None:
        self.asked.append(wanted)
        if self.away:
            raise ConnectionError("synthetic: Postgres is away")

    def _living(self, key_id: str) -> StaticKey:
        if key_id in self.destroyed:
            raise KeyDestroyed
        return StaticKey(key_id)
