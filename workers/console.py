"""`dueprocess`: the commands of a stack on this machine, and those of `api.cli` over it."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from api.cli.exits import BadUsage, CommandError, Refused, Unavailable
from api.cli.program import add_commands, add_group, build_app, run_program
from workers.libraries import missing_library

if TYPE_CHECKING:
    from cyclopts import App

STACK_COMMANDS: Final = {
    "run": ("workers.commands:run", "Run the embedded stack here, feed it real texts, and watch it."),
    "up": ("workers.commands:up", "Start the embedded stack detached."),
    "down": ("workers.commands:down", "Stop it. Cases are kept."),
    "reset": ("workers.commands:reset", "Stop it and delete all its cases and keys."),
    "status": ("workers.commands:status", "Tell whether it runs, and how its cases stand."),
    "doctor": ("workers.commands:doctor", "Look at everything that is needed; a cure for what is wrong."),
    "feed": ("workers.commands:feed", "Feed your own posts, reports and signals from a file."),
    "osprey": ("workers.osprey_command:osprey", "Send what Osprey found: verdicts and labels become signals."),
    "shadow": ("workers.shadow_command:shadow", "Run your own verdicts through a pack, with no effects."),
    "redteam": ("workers.redteam_command:redteam", "Attack a pack and its detectors with disguised texts."),
    "reconcile": ("workers.commands:reconcile", "Compare record, platform, mailbox and filings."),
    "demo": ("workers.demo.command:demo", "Play six acts and check every step: what this is, in a few minutes."),
}


POLICY_COMMANDS: Final = {
    "backtest": ("workers.backtest_command:backtest", "Try a candidate pack on recorded cases, with no effects."),
}
DETECTOR_COMMANDS: Final = {
    "accuracy": ("workers.detectors_command:accuracy", "Tell how often detectors and rules were right, by language."),
    "calibrate": ("workers.detectors_command:calibrate", "Fit what scores have meant, and suggest thresholds."),
    "drift": ("workers.detectors_command:drift", "Tell which of them moved lately."),
    "hash": ("workers.hash_command:hash_pictures", "Tell what a bank would hold of a picture."),
}


def main(words: Sequence[str] | None = None) -> int:
    """Run the command these words ask for; its exit code (`api.cli.exits`)."""
    return run_program(
        build_program(), sys.argv[1:] if words is None else words, {"place": _here, "here": _here}, explain
    )


def build_program() -> "App":
    """Every command."""
    app = build_app(_version())
    add_commands(app, "The stack on this machine", STACK_COMMANDS)
    add_commands(app["policy"], "Commands", POLICY_COMMANDS)
    add_group(app, "detectors", "Look how good detectors and rules are.", DETECTOR_COMMANDS)
    return app


def explain(error: Exception) -> CommandError | None:
    """The sentence for an expected failure of the rooms below; None for what nobody expected."""
    name = f"{type(error).__module__}.{type(error).__name__}"
    if name == "api.client.transport.Refused":
        kind = BadUsage if getattr(error, "status", 0) in (400, 413, 415, 422) else Refused
        return kind(_with_request_id(error))
    if name in ("api.client.transport.Unavailable", "api.client.transport.ClientError"):
        return Unavailable(_with_request_id(error))
    if missing := missing_library(error):
        return Unavailable(missing)
    expected = _EXPECTED.get(name)
    return expected(str(error)) if expected else None


# By name, so that explaining one needs none of the others loaded.
_EXPECTED: Final[dict[str, type[CommandError]]] = {
    "workers.settings.SettingsError": BadUsage,
    "workers.processes.ProcessError": Unavailable,
    "record.errors.RecordUnavailable": Unavailable,
    "record.errors.MigrationError": Unavailable,
    "activities.platform_client.PlatformAway": Unavailable,
    "cases.errors.BadInput": BadUsage,
    "cases.errors.IdentityError": BadUsage,
    "cases.errors.UnknownSomething": Refused,
    "cases.errors.KeyDestroyed": Refused,
}


def _with_request_id(error: Exception) -> str:
    """Field, value and cure of every problem, one a line; the sentence itself where no field is to blame."""
    text = "\n".join(str(problem) for problem in getattr(error, "problems", ())) or str(error)
    request_id = getattr(error, "request_id", "")
    return f"{text} (request {request_id})" if request_id else text


def _here() -> Any:
    from workers.here import Here

    return Here()


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("dueprocess")
    except PackageNotFoundError:  # run from a folder where it is not installed
        return "0.1.0"


if __name__ == "__main__":
    sys.exit(main())
