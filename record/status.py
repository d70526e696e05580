"""What a status page may draw on: what one person was told and did in a case, and whether their links still hold."""

from collections.abc import Sequence
from datetime import datetime

from cases.appeals import Role
from cases.errors import KeyDestroyed
from cases.events import CaseEvent
from cases.facts import Fact
from cases.messages import Person
from cases.names import tenant_of
from cases.status import READ, OwnReport, ToldBefore
from cases.status_links import StatusLink
from record import people
from record.events import open_events
from record.notices import mail_aad
from record.pool import tenant_transaction
from record.record import Record


class OwnNotice(Fact):
    """A notice as it was sent. mail: whole; None where its key was destroyed."""

    told: ToldBefore
    mail: bytes | None


class Standing(Fact):
    """Everything of one person in one case."""

    who: Person
    notices: tuple[OwnNotice, ...]
    reports: tuple[OwnReport, ...]
    events: tuple[CaseEvent, ...]

    @property
    def told(self) -> tuple[ToldBefore, ...]:
        """What they were told, oldest first."""
        return tuple(one.told for one in self.notices)


async def standing(record: Record, link: StatusLink) -> Standing | None:
    """What this link opens; None where it was revoked. Raises KeyDestroyed where the person or the case was erased."""
    tenant, case_id, person = tenant_of(link.case_id), link.case_id, link.person
    async with tenant_transaction(record.pool, tenant) as connection:
        if await connection.fetchval(record.queries["links_revoked"], tenant, case_id, person, link.issued_at):
            return None
        roles = [link.role, *_OF_APPELLANTS]
        told = await connection.fetch(record.queries["told_person"], tenant, case_id, person, roles)
        sealed = [(row["body"], mail_aad(case_id, row["notice_id"], person)) for row in told if row["body"]]
        opened = iter(await record.keyring.open_all(tenant, sealed, connection))
        reports = await connection.fetch(record.queries["reports_of_person"], tenant, case_id, person)
        rows = await connection.fetch(record.queries["events_of_kinds"], tenant, case_id, list(READ))
        events = await open_events(record, connection, case_id, rows)
    contacts = await people.contacts(record, case_id, [person])
    who = contacts[0].who if contacts else None
    if who is None:
        raise KeyDestroyed
    return Standing(
        who=who,
        notices=tuple(
            OwnNotice(
                told=ToldBefore(kind=row["kind"], cause=row["reference"], at=row["sent_at"]),
                mail=next(opened) if row["body"] else None,
            )
            for row in told
        ),
        reports=tuple(OwnReport(area=row["area"], at=row["received_at"]) for row in reports)
        if link.role is Role.REPORTER
        else (),
        events=tuple(events),
    )


async def message_known(record: Record, tenant: str, message_id: str) -> bool:
    """Whether a message of this id came in."""
    async with tenant_transaction(record.pool, tenant) as connection:
        return bool(await connection.fetchval(record.queries["message_known"], tenant, message_id))


async def revoke(record: Record, case_id: str, by: str, at: datetime, person: str = "") -> None:
    """No link issued up to now opens anything any more: this person's, or everybody's."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["revoke_links"], tenant, case_id, person, by, at)


_OF_APPELLANTS: Sequence[str] = ("appellant",)
