"""What operators do about reporters: take their reports' weight in open questions, give it back, have misuse looked at."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

from api.impartiality import refuse_who_has_parts
from api.intake import Clock
from api.operator_answers import MisuseAnswer, MisuseOpened, Misuser, StandingChanged
from api.requests import MisuseRequest, ReporterName, StandingRequest
from api.ringing import Ringer
from cases.case import Case
from cases.errors import BadInput, Problem
from cases.folding import fold_all
from cases.messages import Detector, SignalMessage, Subject
from cases.misuse import warned
from cases.names import SubjectKind, case_workflow_id, person_key, subject_key
from cases.standing import StandingMessage
from record import events, inbox, misuse, standing, texts
from record.record import Record

MISUSE: Final = "report_misuse"
AGAIN: Final = "report_misuse_again"
"""The areas, and labels, under which reviewers look at misuse: before a warning was told, and after."""
DETECTOR: Final = Detector(vendor="dueprocess", name="reporter-record", version="1")
NEXT_INVALIDATED: Final = (
    "The cases are assessed anew without these reports; a hold that nothing else speaks for is lifted."
)
NEXT_REINSTATED: Final = "The cases are assessed anew with these reports."
NEXT_MISUSE: Final = "A reviewer looks, and may warn first, and only then suspend; the person is told, and may appeal."


class Reporters:
    """Doors of operators. What they name in clear becomes a person key here, and goes no further."""

    def __init__(self, record: Record, ringer: Ringer, clock: Clock) -> None:
        self._record = record
        self._ringer = ringer
        self._clock = clock

    async def invalidate(
        self, tenant: str, operator: str, request: StandingRequest, accounts: Sequence[str] = ()
    ) -> StandingChanged:
        """In every open question, these people's reports lose their weight; they stay in the record, acknowledged.

        accounts: the operator's own on the platform: who has a part in a case that it would change leaves it to others.
        """
        return await self._change(tenant, operator, request, accounts, standing.INVALIDATED, NEXT_INVALIDATED)

    async def reinstate(
        self, tenant: str, operator: str, request: StandingRequest, accounts: Sequence[str] = ()
    ) -> StandingChanged:
        """What was invalidated of these people's reports counts again, in every open question. accounts: as above."""
        return await self._change(tenant, operator, request, accounts, standing.REINSTATED, NEXT_REINSTATED)

    async def misusing(self, tenant: str) -> MisuseAnswer:
        """Reporters whose numbers call for a person's look."""
        found = await misuse.candidates(self._record, tenant, self._clock())
        return MisuseAnswer(reporters=tuple(_misuser(tenant, one) for one in found))

    async def open_misuse(self, tenant: str, request: MisuseRequest) -> MisuseOpened:
        """A task about each of these people's accounts, in the queue of the area. Nothing else happens to anybody."""
        if missing := {MISUSE, AGAIN} - self._record.areas:
            areas = ", ".join(sorted(missing))
            raise BadInput([Problem("reporters", "", f"the policy pack has no area {areas}", "add it to the pack")])
        keys = await self._keys(tenant, request.reporters)
        records = await misuse.records_of(self._record, tenant, keys, self._clock())
        cases, unknown = [], []
        for name, key in zip(request.reporters, keys, strict=True):
            account = name.account_id or await self._account(tenant, key)
            if account is None:
                unknown.append(key)
                continue
            known = records.get(key)
            share = known.unfounded / known.judged if known else 0.0
            cases.append(await self._signalled(tenant, f"{request.message_id}.{key}", account, share))
        return MisuseOpened(message_id=request.message_id, cases=tuple(cases), unknown=tuple(unknown), next=NEXT_MISUSE)

    async def _change(
        self,
        tenant: str,
        operator: str,
        request: StandingRequest,
        accounts: Sequence[str],
        kind: str,
        following: str,
    ) -> StandingChanged:
        keys = sorted(set(await self._keys(tenant, request.reporters)))
        cases = await standing.open_cases_of(self._record, tenant, keys, kind)
        await refuse_who_has_parts(self._record, tenant, operator, accounts, cases)
        for case_id in cases:
            now = self._clock()
            reason_id = await texts.put(self._record, case_id, kind, request.reason, operator, now, request.message_id)
            message_id = f"{request.message_id}.{sha256(case_id.encode()).hexdigest()[:16]}"
            message = StandingMessage(
                message_id=message_id, people=tuple(keys), by=f"operator:{operator}", reason_id=reason_id
            )
            accepted = await inbox.accept(
                self._record, tenant, case_id, None, None, kind, message_id, message, None, now
            )
            if accepted.ring:
                self._ringer.ring_soon(case_id, accepted.number)
        return StandingChanged(message_id=request.message_id, people=len(keys), cases=tuple(cases), next=following)

    async def _signalled(self, tenant: str, message_id: str, account: str, share: float) -> str:
        secret = await self._record.keyring.subject_secret(tenant)
        case_id = case_workflow_id(tenant, SubjectKind.ACCOUNT, subject_key(secret, SubjectKind.ACCOUNT, account))
        before = fold_all(Case(case_id=case_id), await events.load(self._record, case_id))
        area = AGAIN if warned(before) else MISUSE
        message = SignalMessage(
            message_id=f"{message_id}.{area}",
            subject=Subject(kind=SubjectKind.ACCOUNT, id=account),
            detector=DETECTOR,
            scores={area: share},
            area=area,
        )
        accepted = await inbox.accept(
            self._record,
            tenant,
            case_id,
            SubjectKind.ACCOUNT,
            account,
            "signal",
            message.message_id,
            message,
            None,
            self._clock(),
        )
        if accepted.ring:
            self._ringer.ring_soon(case_id, accepted.number, area)
        return case_id

    async def _account(self, tenant: str, key: str) -> str | None:
        who = await misuse.person_of(self._record, tenant, key)
        return who.reference if who else None

    async def _keys(self, tenant: str, names: Iterable[ReporterName]) -> list[str]:
        secret = await self._record.keyring.subject_secret(tenant)
        return [one.key or person_key(secret, one.account_id or one.address or "") for one in names]


def _misuser(tenant: str, found: misuse.ReporterRecord) -> Misuser:
    case_id = case_workflow_id(tenant, SubjectKind.ACCOUNT, found.account) if found.account else None
    return Misuser(case_id=case_id, **found.model_dump(exclude={"account"}))
