"""Lists that several commands show: cases by deadline, and where to look with a browser."""

from typing import TYPE_CHECKING, Final

from api.cli.place import ListedCase
from workers.settings import Settings

if TYPE_CHECKING:
    from record.record import Record

PAGE: Final = 1_000


async def list_cases(record: "Record", tenant: str, stage: str | None, limit: int) -> list[ListedCase]:
    """Cases, the nearest deadline first, those without one last."""
    from record import views  # the driver is only loaded by what reads the record

    found: list[views.CaseRow] = []
    while True:
        page = await views.cases(record, tenant, stage, limit=PAGE, after=found[-1].case_id if found else "")
        found += page
        if len(page) < PAGE:
            break
    found.sort(key=lambda row: (row.due_at is None, row.due_at or row.opened_at, row.case_id))
    return [ListedCase(row.case_id, row.stage, row.category, row.queue, row.due_at, row.stuck) for row in found[:limit]]


def addresses(settings: Settings) -> dict[str, str]:
    """Where to look with a browser; only what there is."""
    places = {
        "Temporal Web UI": settings.ui_url,
        "Platform": settings.platform_url,
        "Mailbox": settings.mailbox_url,
        "EU database": settings.transparency_url,
        "Gateway": settings.gateway_url,
    }
    return {name: url for name, url in places.items() if url}
