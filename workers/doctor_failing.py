"""What `dueprocess doctor` says of runs that cannot move: of each tenant, and of what serves all of them."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final

from workers.findings import Finding
from workers.settings import Settings

if TYPE_CHECKING:  # what it loads costs more than most looks
    from api.operator_answers import FailingRun, FailingRuns

_NAMED: Final = 4  # as many as serve all tenants


async def check_failing(settings: Settings) -> AsyncIterator[Finding]:
    """Whether workflow tasks fail again and again, as Temporal's search has it."""
    from temporalio.client import Client

    from api.failing import failing_runs, of_installation, of_tenant

    client = await Client.connect(settings.temporal_address, namespace=settings.temporal_namespace, lazy=True)
    asked = {
        **{f"runs of {tenant}": of_tenant(tenant) for tenant in settings.tenants},
        "sweeping runs": of_installation(),
    }
    for name, whose in asked.items():
        found = await failing_runs(client, whose)
        yield failing_finding(name, found)
        if found.unsearched:
            return  # it would answer nothing about the others


def failing_finding(name: str, failing: "FailingRuns") -> Finding:
    """Whether every run moves, or the first few that cannot: which, since when, by what."""
    if failing.unsearched:
        cure = "it is not known whether any stands still: see to Temporal's visibility store, then run this again"
        return Finding(name, ok=False, found=f"cannot be looked for: {failing.unsearched}", cure=cure)
    if not failing.runs:
        return Finding(name, ok=True, found="none fails its workflow task again and again")
    count = len(failing.runs) + failing.more
    named = "; ".join(_told(one) for one in failing.runs[:_NAMED]) + (" …" if count > _NAMED else "")
    cures = "; ".join(dict.fromkeys(one.cure for one in failing.runs))
    rest = "; all: dueprocess stuck" if count > _NAMED else ""
    return Finding(name, ok=False, found=f"{count} cannot move: {named}", cure=cures + rest)


def _told(run: "FailingRun") -> str:
    since = f" since {run.since:%Y-%m-%d %H:%M:%SZ}" if run.since else ""
    case = f" of {run.case_id}" if run.case_id and run.case_id != run.workflow_id else ""
    return f"{run.workflow_id}{case}{since} ({run.cause})"
