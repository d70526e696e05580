"""Account cases: where a rule says so, the author's account gets a case of its own. Effect: an inbox row, and a ring."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from hashlib import sha256
from typing import Final

from temporalio import activity

from activities import stubs
from cases.messages import Detector, SignalMessage, Subject
from cases.names import SubjectKind, case_workflow_id, subject_key, tenant_of
from record import inbox, people
from record.record import Record

Ring = Callable[[str, int], Awaitable[bool]]

PICTURE: Final = "account_picture"  # the label: a rule saw this account's contents together


class AccountCases:
    """Tells the account's case of the content's, as a machine's signal would come: what follows is the pack's to say."""

    def __init__(self, record: Record, ring: Ring, now: Callable[[], datetime]) -> None:
        self._record = record
        self._ring = ring
        self._now = now

    @activity.defn
    async def open_account_case(self, request: stubs.AccountCaseWanted) -> stubs.AccountCaseAnswer:
        """The account's case. Its message's id names case and area that asked, so that running this again adds nothing."""
        author = await people.author_of(self._record, request.case_id)
        account = author.who.account_id if author and author.who else None
        if account is None:
            return stubs.AccountCaseAnswer()  # erased meanwhile
        tenant = tenant_of(request.case_id)
        secret = await self._record.keyring.subject_secret(tenant)
        case_id = case_workflow_id(tenant, SubjectKind.ACCOUNT, subject_key(secret, SubjectKind.ACCOUNT, account))
        message_id = f"account-{sha256(f'{request.case_id} {request.area}'.encode()).hexdigest()[:32]}"
        message = SignalMessage(
            message_id=message_id,
            subject=Subject(kind=SubjectKind.ACCOUNT, id=account),
            detector=Detector(vendor="dueprocess", name=request.rule_id[:64], version="1"),
            scores={PICTURE: 1.0},
            area=request.area,
        )
        kind, at = SubjectKind.ACCOUNT, self._now()
        accepted = await inbox.accept(
            self._record, tenant, case_id, kind, account, "signal", message_id, message, None, at
        )
        if accepted.ring:
            await self._ring(case_id, accepted.number)
        return stubs.AccountCaseAnswer(account_case=case_id)
