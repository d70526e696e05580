"""Every setting of every process, in one frozen model, read from DUEPROCESS_ variables and from nowhere else.

Nothing is read at import. A variable that no setting knows stops the start: a misspelt DUEPROCESS_SMPT_HOST that is
silently ignored would be found by the person who never got their notice.
"""

import difflib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from cases.errors import IdentityError
from cases.names import checked_tenant

PREFIX = "DUEPROCESS_"
Port = Annotated[int, Field(ge=1, le=65535)]
Rate = Annotated[float, Field(le=1_000_000)]


class SettingsError(Exception):
    """A setting is misspelt, missing or wrong; the message names variable, value and cure."""


# Under the data folder, when no variable names another place.
SECRET_FILES: Mapping[str, str] = {
    "kek_file": "kek",
    "signing_key_file": "signing_key.pem",
    "verifying_keys_dir": "verifying_keys",
    "tokens_file": "tokens.json",
    "client_tokens_file": "client_tokens.json",
}


class Settings(BaseSettings):
    """What a process needs to know before it builds anything. An empty text means: not given.

    On the embedded stack, `workers.embedded` fills in what is not given; in production every needed one is set, and
    `needing` says which are missing.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True)

    data: Path = Field(Path(".data"), description="a folder for the embedded stack's data")
    cache: Path = Field(Path(".cache"), description="a folder for what is downloaded once at set-up")

    database_dsn: SecretStr = Field(
        SecretStr(""), description="a postgresql:// address for the role that is neither owner nor superuser"
    )
    database_owner_dsn: SecretStr = Field(
        SecretStr(""), description="a postgresql:// address for the role that runs migrations"
    )

    temporal_address: str = Field("127.0.0.1:7233", description="host:port of Temporal's frontend")
    temporal_namespace: str = Field("default", description="a Temporal namespace")
    temporal_port: Port = Field(7233, description="a port from 1 to 65535; embedded stack only")
    temporal_ui_port: Port = Field(8233, description="a port from 1 to 65535; embedded stack only")
    ui_url: str = Field("", description="where operators find the Temporal Web UI, such as http://127.0.0.1:8233")

    gateway_host: str = Field("127.0.0.1", description="the address the gateway listens on")
    gateway_port: Port = Field(8080, description="a port from 1 to 65535")
    gateway_url: str = Field("", description="where clients reach the gateway, such as http://127.0.0.1:8080")

    public_url: str = Field(
        "",
        description="where people outside reach the gateway, such as https://status.example; empty: no links in mails",
    )

    platform_url: str = Field("", description="where orders go, such as https://trust.example/dueprocess")
    platform_name: str = Field("the platform", description="how notices call the platform")
    platform_secret: SecretStr = Field(SecretStr(""), description="whsec_ and base64, shared with the platform")
    platform_versions: bool = Field(True, description="whether the platform keeps the version of each order it applied")
    platform_port: Port = Field(8081, description="a port from 1 to 65535; simulated platform only")

    transparency_url: str = Field("", description="the EU transparency database's API, or its simulator")
    transparency_token: SecretStr = Field(SecretStr(""), description="the bearer token of that API")
    transparency_port: Port = Field(8082, description="a port from 1 to 65535; simulated database only")

    pager_url: str = Field("", description="where calls to people are sent, signed; none: the log and `oncall` say so")
    pager_secret: SecretStr = Field(SecretStr(""), description="whsec_ and base64, shared with the pager")

    smtp_host: str = Field("", description="the mail server notices are handed to")
    smtp_port: Port = Field(8025, description="a port from 1 to 65535")
    smtp_sender: str = Field("notices@dueprocess.invalid", description="the address notices come from")
    mailbox_port: Port = Field(8083, description="a port from 1 to 65535; page of the simulated mailbox only")
    mailbox_url: str = Field("", description="page of the simulated mailbox; embedded stack only")

    vendors_port: Port = Field(8084, description="a port from 1 to 65535; simulated vendors only")

    kek_file: Path = Field(Path(), description="a file of 32 random bytes in base64, which wraps the data keys")
    signing_key_file: Path = Field(Path(), description="an Ed25519 private key in PEM, which signs decision tokens")
    verifying_keys_dir: Path = Field(Path(), description="a folder of Ed25519 public keys, <key id>.pem")
    tokens_file: Path = Field(
        Path(),
        description="a JSON list of token_sha256, tenant, role, name; for people `reviewer_id`, `accounts` and, for who "
        'decides about protected accounts without a second person, `named_roles: ["protected_subjects"]`; for a reviewer of '
        'several tenants `serves`, each tenant with its share: `{"demo": 2, "other": 1}`',
    )
    client_tokens_file: Path = Field(Path(), description="a JSON object of name and bearer token, for the command line")

    coop_file: Path = Field(Path(), description="a TOML file of Coop's ids by tenant; empty: plain names only")
    hooks_file: Path = Field(Path(), description="a TOML file of webhook sources; empty: none may send")

    translator_url: str = Field(
        "", description="a LibreTranslate server of your own, for what reviewers cannot read; empty: no translation"
    )
    translator_into: str = Field("en", pattern=r"^[a-z]{2,3}$", description="the language that reviewers read")
    translator_key: SecretStr = Field(SecretStr(""), description="the translator's API key, where it asks for one")

    detectors: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="names of installed detectors to use beside our own, separated by commas"
    )
    vendors_file: Path = Field(Path(), description="a TOML file of vendors that packs may ask; empty: none is asked")
    subscribers_file: Path = Field(
        Path(), description="a TOML file of services that are sent every event; empty: none is"
    )
    calibration: Path = Field(
        Path(), description="a file of curves, as `dueprocess detectors calibrate --write` writes it"
    )
    link_lists: Path = Field(Path(), description="a JSON file of listed, protected and shortening hosts of your own")

    tenants: Annotated[tuple[str, ...], NoDecode] = Field(("demo",), description="tenant names, separated by commas")
    tenant_packs: Annotated[Mapping[str, str], NoDecode] = Field(
        {},
        description="which pack a tenant judges by, where it is not `baseline`, by its folder: `forum=second_opinion`, "
        "separated by commas",
    )
    campaign_orders_per_second: float = Field(
        50.0,
        gt=0.2,
        le=10_000,
        description="orders to the platform, and statements to the EU database, a second, of one campaign at most",
    )
    retry_maximum_interval_seconds: float = Field(
        600.0, gt=0, le=86_400, description="seconds, the longest pause between two attempts at an outside party"
    )

    quota_token_requests: Rate = Field(500.0, gt=0, description="requests a second from one token, per gateway process")
    quota_source_requests: Rate = Field(
        500.0, gt=0, description="requests a second from one address, per gateway process"
    )
    quota_tenant_requests: Rate = Field(
        1_000.0, gt=0, description="requests a second of one tenant, per gateway process"
    )
    quota_token_items: Rate = Field(2_000.0, gt=0, description="messages a second from one token, per gateway process")
    quota_source_items: Rate = Field(
        2_000.0, gt=0, description="messages a second from one address, per gateway process"
    )
    quota_tenant_items: Rate = Field(4_000.0, gt=0, description="messages a second of one tenant, per gateway process")
    quota_burst_seconds: float = Field(
        2.0, gt=0, le=60, description="seconds of quiet whose quota may come at once, from 0 to 60"
    )
    quota_unfinished: int = Field(
        20_000, ge=10, description="messages of a tenant that may wait to be taken, over all gateways"
    )
    quota_reserved: float = Field(
        0.2, ge=0, lt=1, description="the share of every quota kept for child safety, danger, authorities and people"
    )
    quota_subject: float = Field(
        0.25,
        gt=0,
        le=1,
        description="the share of the messages that may wait which ordinary ones about one subject may be",
    )
    trusted_proxies: int = Field(
        0, ge=0, le=10, description="how many proxies of yours add to X-Forwarded-For; 0: the header is not read"
    )

    telemetry: Literal["off", "console", "otlp"] = Field("off", description="off, console or otlp")
    otlp_endpoint: str = Field("", description="where traces go, such as http://127.0.0.1:4318/v1/traces")
    metrics_address: str = Field("", description="host:port for Temporal's Prometheus metrics; empty: none")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")

    @field_validator("tenants", "detectors", mode="before")
    @classmethod
    def _split_at_commas(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("tenants")
    @classmethod
    def _at_least_one(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("at least one name is needed")
        try:
            return tuple(checked_tenant(tenant) for tenant in value)
        except IdentityError as error:
            raise ValueError(str(error)) from None

    @field_validator("tenant_packs", mode="before")
    @classmethod
    def _split_into_pairs(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        pairs = [part.strip().partition("=") for part in value.split(",") if part.strip()]
        if any(not tenant or not pack for tenant, _, pack in pairs):
            raise ValueError("each part must be <tenant>=<pack>")
        return {tenant.strip(): pack.strip() for tenant, _, pack in pairs}

    @field_validator(
        "data",
        "cache",
        "coop_file",
        "hooks_file",
        "vendors_file",
        "subscribers_file",
        "calibration",
        "link_lists",
        *SECRET_FILES,
    )
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.absolute() if value != Path() else value  # children run in another folder

    @model_validator(mode="after")
    def _derive(self) -> Self:
        """Files not named stand where the embedded stack puts them; a gateway not named is here."""
        derived = {name: self.data / "secrets" / file for name, file in SECRET_FILES.items()}
        for name, value in {**derived, "gateway_url": f"http://127.0.0.1:{self.gateway_port}"}.items():
            if name not in self.model_fields_set:
                self.__dict__[name] = value  # past the freezing, and model_fields_set goes on saying: not given
        return self

    @classmethod
    def from_environment(cls, needing: Iterable[str] = (), defaults: Mapping[str, str] | None = None) -> Self:
        """The settings of this process.

        needing: field names without which this process cannot work, such as "database_dsn".
        defaults: variables that hold where the environment says nothing; a running embedded stack's, for its tools.
        Raises SettingsError for an unknown variable, a bad value, or a missing one.
        """
        refuse_unknown_variables(os.environ)
        filled = {name: value for name, value in (defaults or {}).items() if name not in os.environ}
        try:
            values: dict[str, Any] = {name.removeprefix(PREFIX).lower(): value for name, value in filled.items()}
            settings = cls(**values)
        except ValidationError as error:
            raise SettingsError(_explain(error)) from None  # pydantic's own message would show the value
        if missing := [name for name in needing if not settings._given(name)]:
            raise SettingsError("\n".join(f"{_variable(name)} is not set: give {_meaning(name)}." for name in missing))
        return settings

    def as_environment(self) -> dict[str, str]:
        """The variables that say what was given here, to start another process with. It holds secrets."""
        return {_variable(name): _as_text(getattr(self, name)) for name in sorted(self.model_fields_set)}

    def _given(self, name: str) -> bool:
        value = getattr(self, name)
        return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)


def refuse_unknown_variables(environ: Mapping[str, str]) -> None:
    """Raise SettingsError if a DUEPROCESS_ variable is none of ours, naming the nearest that is."""
    known = {_variable(name) for name in Settings.model_fields}
    complaints = [
        f"{name} is no setting. {_suggestion(name, known)}"
        for name in sorted(environ)
        if name.upper().startswith(PREFIX) and name.upper() not in known
    ]
    if complaints:
        raise SettingsError("\n".join(complaints))


def _suggestion(name: str, known: Iterable[str]) -> str:
    nearest = difflib.get_close_matches(name.upper(), sorted(known), n=1, cutoff=0.0)
    return f"Did you mean {nearest[0]}? Correct or unset it."


def _as_text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Mapping):
        return ",".join(f"{name}={one}" for name, one in value.items())
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _explain(error: ValidationError) -> str:
    """One line per wrong setting: variable, value unless secret, what is wrong, cure."""
    return "\n".join(
        f"{_variable(name)}{_shown(name, detail['input'])}: {detail['msg']}. Give {_meaning(name)}."
        for detail in error.errors(include_url=False, include_context=False)
        for name in [str(detail["loc"][0]) if detail["loc"] else "data"]
    )


def _shown(name: str, value: object) -> str:
    field = Settings.model_fields.get(name)
    return "" if field is None or field.annotation is SecretStr else f" is {value!r}"


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def _meaning(name: str) -> str:
    field = Settings.model_fields.get(name)
    return (field.description if field else None) or "another value"
