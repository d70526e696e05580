"""How the simulators are started: command line first, environment second, defaults last."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from simulators.platform.signatures import decode_secret
from simulators.transparency.tokens import User, parse_tokens

DESCRIPTION = (
    "The outside world on loopback: a platform, a mailbox, the EU transparency database and vendors, in one process."
)
EPILOG = (
    "Every option may be given as an environment variable instead: SIMULATORS_ and the option's name, for example "
    "SIMULATORS_PLATFORM_PORT=9081. Port 0 takes a free one; the ports taken are printed at the start."
)


@dataclass(frozen=True)
class Arguments:
    """Checked settings; the secrets have been read."""

    host: str
    data: Path
    platform_port: int
    transparency_port: int
    smtp_port: int
    mailbox_port: int
    vendors_port: int
    platform_keys: tuple[bytes, ...]
    transparency_users: tuple[User, ...]
    vendors_secret: str


def parse_arguments(given: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ) -> Arguments:
    """Arguments from the command line and the environment. A mistake ends the process with status 2 and its cure."""
    parser = argparse.ArgumentParser("python -m simulators.main", description=DESCRIPTION, epilog=EPILOG)

    def option(name: str, default: str | None, explanation: str) -> None:
        value = environment.get(f"SIMULATORS_{name.upper().replace('-', '_')}", default)
        more = f" (default {default})" if default is not None else ""
        parser.add_argument(f"--{name}", default=value, required=value is None, help=explanation + more)

    option("data", None, "folder for the databases; made if missing")
    option("host", "127.0.0.1", "address to listen on; the control and users' APIs ask nobody who they are")
    option("platform-port", "8081", "the platform: orders, users' API and page")
    option("transparency-port", "8082", "the EU transparency database: API and page")
    option("smtp-port", "8025", "where mail is delivered")
    option("mailbox-port", "8083", "the mailbox's page and API")
    option("vendors-port", "8084", "vendors that judge content: APIs and control")
    option("platform-secret-file", None, "file with the whsec_… secret of signed orders; one a line while rotating")
    option("transparency-token-file", None, "file with the <id>|<secret> bearer token, or a JSON list of them")
    option("vendors-secret-file", None, "file with the whsec_… secret that vendors ask for and sign by")
    values = parser.parse_args(given)
    try:
        return Arguments(
            host=values.host,
            data=Path(values.data),
            platform_port=_port(values, "platform-port"),
            transparency_port=_port(values, "transparency-port"),
            smtp_port=_port(values, "smtp-port"),
            mailbox_port=_port(values, "mailbox-port"),
            vendors_port=_port(values, "vendors-port"),
            platform_keys=_platform_keys(Path(values.platform_secret_file)),
            transparency_users=_users(Path(values.transparency_token_file)),
            vendors_secret=_vendors_secret(Path(values.vendors_secret_file)),
        )
    except ValueError as error:
        parser.error(str(error))


def _port(values: argparse.Namespace, option: str) -> int:
    text = str(getattr(values, option.replace("-", "_")))
    if not text.isascii() or not text.isdigit() or int(text) > 65_535:
        raise ValueError(f"--{option} {text}: not a port; give a number from 0 to 65535")
    return int(text)


def _platform_keys(path: Path) -> tuple[bytes, ...]:
    lines = [line for line in _read(path, "--platform-secret-file").splitlines() if line.strip()]
    if not lines:
        raise ValueError(f"--platform-secret-file {path}: empty")
    return tuple(decode_secret(line) for line in lines)


def _vendors_secret(path: Path) -> str:
    secret = _read(path, "--vendors-secret-file").strip()
    decode_secret(secret)
    return secret


def _users(path: Path) -> tuple[User, ...]:
    try:
        return parse_tokens(_read(path, "--transparency-token-file"))
    except ValueError as error:
        raise ValueError(f"--transparency-token-file {path}: {error}") from None


def _read(path: Path, option: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError(f"{option} {path}: {error.strerror}") from None
