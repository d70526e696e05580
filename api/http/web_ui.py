"""Views of the Temporal Web UI for whoever is on call: addresses with the query in them, since a query knows no "now"."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import quote

from cases.facts import Fact


class WebUiView(Fact):
    """A list of workflows, by name and address."""

    name: str
    address: str


def views_of(web_ui: str, tenant: str, now: datetime, areas: Iterable[str]) -> tuple[WebUiView, ...]:
    """The tenant's cases: stuck, due within the hour, missed, and by category. None where there is no address."""
    if not web_ui:
        return ()
    hour = f"{now + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    running = 'ExecutionStatus = "Running"'
    queries = {
        "Stuck": "CaseStuck = true",
        "Due within the hour, or missed": f'{running} AND CaseDueAt < "{hour}"',
        "Appeals being heard": f'{running} AND WorkflowType = "AppealWorkflow"',
        **{
            f"{area.replace('_', ' ').capitalize()}, waiting for a reviewer": (
                f'CaseCategory = "{area}" AND CaseStage IN ("held","in_review")'
            )
            for area in sorted(areas)
        },
    }
    own = f'CaseTenant = "{tenant}"'
    return tuple(
        WebUiView(name=name, address=f"{web_ui}?query={quote(f'{own} AND {query}', safe='')}")
        for name, query in queries.items()
    )
