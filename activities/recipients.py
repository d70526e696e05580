"""Who gets a notice: people of the case, as the record knows them. Only those an address is known of (DSA Art. 17(2))."""

from collections.abc import Collection, Iterable
from typing import Literal

from cases.appeals import Role
from cases.case import Case
from cases.causes import Cause
from cases.facts import Fact
from cases.languages import UNKNOWN, read_language
from cases.names import SubjectKind, kind_of
from cases.telling import Audience, Notice, Stance
from record import campaigns, people, reporters
from record.record import Record


class Recipient(Fact):
    """One person to write to. person: their key in the case. first_number: inbox number of a reporter's first report.

    language: what they read, as far as anybody said.
    """

    person: str
    role: Role | Literal["appellant", "authority"]
    address: str
    language: str = UNKNOWN
    first_number: int | None = None


async def recipients_of(record: Record, case: Case, notice: Notice, cause: Cause) -> list[Recipient]:
    """Everyone this notice is for and who does not have it yet. Empty where nobody can be reached."""
    area = cause.matter.area if cause.matter else None
    if notice.audience is Audience.REPORTERS:
        owed = await people.reporters_to_tell(record, case.case_id, area, notice.through, notice.notice_id)
        meant = [one for one in owed if one not in notice.without and notice.only in (None, one)]
        untold = await _untold(record, case, meant, [notice.cause])
        return await _with_first_reports(record, case, area, await _reachable(record, case, untold, Role.REPORTER))
    if notice.audience is Audience.APPELLANT:
        appellant = await _reachable(record, case, filter(None, [cause.appellant]), "appellant")
        return await _with_first_reports(record, case, area, appellant)
    if notice.audience is Audience.AUTHORITY:
        contact = cause.order.authority if cause.order else None
        return await _reachable(record, case, filter(None, [contact]), "authority")
    if kind_of(case.case_id) is SubjectKind.CAMPAIGN:
        measures = cause.decision.measure_ids if cause.decision else ()
        restricted = await campaigns.people_restricted(record, case.case_id, measures)
        return await _reachable(record, case, await _untold(record, case, restricted, [notice.cause]), Role.AUTHOR)
    return await _reachable(record, case, filter(None, [_author(case, cause)]), Role.AUTHOR)


async def unreceipted(record: Record, case: Case, area: str, through: int, notice_id: str) -> list[Recipient]:
    """Everyone who reported this area up to this inbox number, with neither a receipt nor the outcome (Art. 16(4), (5))."""
    owed = await people.reporters_to_tell(record, case.case_id, area, through, notice_id)
    decisions = [one.decision_id for one in case.decisions if case.matter(one.matter_id).area == area]
    never = {one.person for one in case.stances if one.telling.stance is Stance.NEVER}
    untold = await _untold(record, case, [one for one in owed if one not in never], decisions)
    return await _with_first_reports(record, case, area, await _reachable(record, case, untold, Role.REPORTER))


def _author(case: Case, cause: Cause) -> str | None:
    """Who made the version that was judged: an account may have changed hands since."""
    judged = cause.matter.evidence_version if cause.matter else None
    versions = [one for one in case.evidence if one.version == judged and one.author] or case.evidence[-1:]
    return versions[-1].author if versions else None


async def _untold(record: Record, case: Case, owed: Collection[str], causes: list[str]) -> list[str]:
    """Those who were not told of these causes before, be it by another notice."""
    if not owed or not causes:
        return list(owed)
    told = await reporters.told_of(record, case.case_id, causes, owed)
    return [person for person in owed if person not in told]


async def _reachable(
    record: Record, case: Case, wanted: Iterable[str], role: Role | Literal["appellant", "authority"]
) -> list[Recipient]:
    found = await people.contacts(record, case.case_id, list(wanted))
    return [
        Recipient(
            person=contact.person, role=role, address=contact.who.address, language=read_language(contact.who.language)
        )
        for contact in found
        if contact.who is not None and contact.who.address
    ]


async def _with_first_reports(
    record: Record, case: Case, area: str | None, recipients: list[Recipient]
) -> list[Recipient]:
    """With what each of them first told us: "the post you reported on 3 March" is how they know which."""
    numbers = await reporters.first_reports(record, case.case_id, area, [one.person for one in recipients])
    return [one.evolve(first_number=numbers.get(one.person)) for one in recipients]
