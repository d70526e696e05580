"""What operators do about automation: stop it, let it go on, see what it did, protect accounts from it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from pydantic import BaseModel

from api.brake_messages import (
    BrakeRequest,
    BrakesAnswer,
    BrakeSet,
    HeldBack,
    LiveStop,
    PersonUse,
    ProtectedAnswer,
    ProtectedOne,
    ProtectRequest,
    RuleUse,
    UnprotectRequest,
)
from api.impartiality import refuse_who_has_a_part
from api.intake import Clock
from api.library import Library
from api.problems import nearest
from cases.brakes import Scope
from cases.errors import BadInput, Problem
from cases.impartiality import PROTECT
from cases.ladder_decisions import RULE as LADDER_RULE
from cases.names import SubjectKind, case_workflow_id, subject_key
from cases.policy import PolicyError
from record import brakes, person_caps
from record.record import Record

WITHIN_SECONDS: Final = 5.0
NEXT_STOP: Final = (
    "What rules would have done is left to people, holds too, except what the pack exempts. What was decided before stands: "
    "see `dueprocess reverse`."
)
NEXT_RESUME: Final = "Rules act again. What was left to people stays theirs."
NEXT_PROTECT: Final = "No rule acts alone on it, and decisions about it take two people, from the next assessment on."
NEXT_UNPROTECT: Final = "It is treated like any other account."


class Braking:
    """Doors of operators. library: of packs, if this process has any."""

    def __init__(self, record: Record, clock: Clock, library: Library | None = None) -> None:
        self._record = record
        self._clock = clock
        self._library = library

    async def stop(self, tenant: str, operator: str, request: BrakeRequest) -> BrakeSet:
        """Stop. An area must be one of the pack's, or the stop would hold nothing back.

        A rule that the pack in force does not have is stopped all the same, since open matters may be judged by an older
        pack that does; the answer says so first.
        """
        scope, name = request.scope
        if scope is Scope.AREA and self._record.areas and name not in self._record.areas:
            cure = f"one of {', '.join(sorted(self._record.areas))}"
            raise BadInput([Problem("area", name, "is no area of the policy pack", cure)])
        changed = await brakes.put_stop(
            self._record, tenant, request.message_id, scope, name, "operator", operator, request.reason, self._clock()
        )
        doubt = await self._doubt(tenant, name) if scope is Scope.RULE else ""
        return BrakeSet(changed=changed, within_seconds=WITHIN_SECONDS, next=f"{doubt}{NEXT_STOP}")

    async def _doubt(self, tenant: str, rule_id: str) -> str:
        if self._library is None or rule_id.startswith(LADDER_RULE):
            return ""
        try:
            known = {rule.id for rule in (await self._library.in_force(tenant, self._clock())).rules}
        except PolicyError:  # a stop waits for no pack
            return ""
        return "" if rule_id in known else f"BUT THE PACK IN FORCE HAS NO RULE {rule_id}: {nearest(rule_id, known)}. "

    async def resume(self, tenant: str, operator: str, request: BrakeRequest) -> BrakeSet:
        """Let it go on, whoever or whatever stopped it."""
        scope, name = request.scope
        ended = await brakes.resume(self._record, tenant, scope, name, operator, request.reason, self._clock())
        return BrakeSet(changed=ended > 0, within_seconds=WITHIN_SECONDS, next=NEXT_RESUME)

    async def show(self, tenant: str) -> BrakesAnswer:
        """How automation stands."""
        now = self._clock()
        stops = await brakes.stop_rows(self._record, tenant)
        held = await brakes.braked_rows(self._record, tenant, now - timedelta(days=1))
        used = await brakes.rule_acts(self._record, tenant, now)
        people = await person_caps.acts_of_people(self._record, tenant, now)
        return BrakesAnswer(
            stops=tuple(
                LiveStop(
                    stop_id=one.stop_id,
                    scope=one.scope,
                    name=one.name,
                    cause=one.cause,
                    by=one.stopped_by,
                    reason=one.reason,
                    at=one.at,
                )
                for one in stops
            ),
            held_back=tuple(
                HeldBack(reason=one.reason, rule=one.rule_id, area=one.area, acts=one.acts, latest=one.latest)
                for one in held
            ),
            rules=tuple(RuleUse(rule=one.rule_id, hour=one.hour, day=one.day) for one in used),
            people=tuple(PersonUse.model_validate(one.model_dump()) for one in people),
        )

    async def protect(
        self, tenant: str, operator: str, request: ProtectRequest, accounts: Sequence[str] = ()
    ) -> BrakeSet:
        """Protect an account; under new terms, if it was. accounts: the operator's own, of which they protect none."""
        await self._refuse_own(tenant, operator, request.account_id, request, accounts)
        now = self._clock()
        if request.expires_at is not None and request.expires_at <= now:
            raise BadInput([Problem("expires_at", request.expires_at.isoformat(), "is over", "give a time to come")])
        await brakes.protect(
            self._record,
            tenant,
            request.account_id,
            request.reason,
            request.source,
            operator,
            now,
            request.expires_at,
        )
        return BrakeSet(changed=True, within_seconds=0.0, next=NEXT_PROTECT)

    async def unprotect(
        self, tenant: str, operator: str, request: UnprotectRequest, accounts: Sequence[str] = ()
    ) -> BrakeSet:
        """Protect it no more. accounts: as for `protect`."""
        await self._refuse_own(tenant, operator, request.account_id, request, accounts)
        changed = await brakes.unprotect(self._record, tenant, request.account_id, operator, self._clock())
        return BrakeSet(changed=changed, within_seconds=0.0, next=NEXT_UNPROTECT)

    async def protected(self, tenant: str) -> ProtectedAnswer:
        """Who is protected."""
        found = await brakes.protected(self._record, tenant, self._clock())
        return ProtectedAnswer(accounts=tuple(ProtectedOne.model_validate(one.model_dump()) for one in found))

    async def _refuse_own(
        self, tenant: str, operator: str, account: str, request: BaseModel, accounts: Sequence[str]
    ) -> None:
        """Whoever is the account, or has a part in its case, leaves it to others. Raises Refused."""
        key = subject_key(await self._record.keyring.subject_secret(tenant), SubjectKind.ACCOUNT, account)
        case_id = case_workflow_id(tenant, SubjectKind.ACCOUNT, key)
        await refuse_who_has_a_part(self._record, tenant, operator, accounts, case_id, PROTECT, request)
