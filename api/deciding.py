"""What reviewers and operators do: claim, give back, decide, give longer, take back.

Decisions and changes are asked of the case's run, so that a refusal reaches the person; their text is sealed in the
record first, under an id that follows from the message's own, so that asking again stores nothing twice.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from time import monotonic
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from api.answers import ChangeAccepted, Claimed, DecisionAccepted, TextStored
from api.asking import Asker, NotRunning
from api.errors import NotFound, Refused, ServiceUnavailable
from api.impartiality import refuse_who_has_a_part
from api.intake import Clock
from api.library import Library
from api.named_rules import refuse_unknown_rule
from api.person_caps import refuse_over_cap
from api.probing import Pace, Probing
from api.requests import ClaimRequest, DecisionRequest, ExtensionRequest, ReversalRequest, TextRequest
from api.ringing import Ringer
from api.shown import shown_as
from api.signing import SigningKey
from api.tasks import case_of_stream, task_of
from cases.case import Case
from cases.decisions import Responsible
from cases.errors import BadInput, Conflict, IdentityError, Problem, TokenRefused
from cases.events import CaseEvent, ClockExtended
from cases.facts import Message
from cases.folding import fold_all
from cases.impartiality import CONFLICT, PART
from cases.judging_reversals import refuse_reversal
from cases.judging_withdrawals import refuse_withdrawal
from cases.messages import Accepted, DecisionMessage, ExtensionMessage, ReversalMessage
from cases.names import SubjectKind, is_appeal, parse_workflow_id, subject_key
from cases.tokens import CLAIM_GONE, Claims, issue_token, verify_token
from record import conflicts, events, fairness, inbox, review, texts
from record.probes import is_probe
from record.record import Record

LEASE_SECONDS: Final = 30 * 60
NEXT_DECISION: Final = "The case records it and orders what it says; people are told once the platform has confirmed."
NEXT_CHANGE: Final = "The case records it and does what follows."

_MATTER: Final = re.compile(r"[a-z][a-z0-9_]{0,63}/\d{1,6}")
_SECOND: Final = "second:"


class Deciding:
    """Doors of reviewers and operators. signing: None where it gives out no tokens; library: of packs, if it has any."""

    def __init__(
        self,
        record: Record,
        asker: Asker,
        ringer: Ringer,
        clock: Clock,
        signing: SigningKey | None,
        library: Library | None = None,
    ) -> None:
        self._record = record
        self._asker = asker
        self._ringer = ringer
        self._clock = clock
        self._signing = signing
        self._library = library
        self._probing = Probing(record, clock)
        self._pace = Pace()

    async def claim(
        self,
        tenant: str,
        reviewer: str,
        wanted: ClaimRequest,
        accounts: Sequence[str] = (),
        named_roles: Collection[str] = (),
    ) -> Claimed | None:
        """A lease on a task, and the token that a decision on it must show. None where no task is free.

        accounts: the reviewer's own on the platform: nobody judges their own account or report (P5).
        named_roles: what they were named for, which the token says on.
        Raises Refused where the task named is another's, or not this reviewer's to take.
        """
        if self._signing is None:
            raise ServiceUnavailable("this process gives out no decision tokens; ask the gateway", 30)
        if (wanted.task_id is None) != (wanted.stream is None):
            missing = "stream" if wanted.stream is None else "task_id"
            raise BadInput([Problem(missing, "", "is missing", "name a task by its case and its task id, both")])
        await conflicts.introduce(self._record, tenant, reviewer, accounts)
        lease = await review.claim(
            self._record,
            tenant,
            reviewer,
            wanted.queue,
            wanted.task_id,
            self._clock(),
            LEASE_SECONDS,
            stream_id=wanted.stream,
            despite_limits=wanted.despite_limits,
        )
        return self._claimed(self._signing, tenant, reviewer, lease, named_roles) if lease else None

    async def tenants_in_turn(self, weights: Mapping[str, int], reviewer: str, wanted: ClaimRequest) -> tuple[str, ...]:
        """Which of the tenants that a reviewer works for are asked for the next task, in the order of their turns."""
        return await fairness.tenants_in_turn(self._record, weights, reviewer, wanted.queue, self._clock())

    async def renew(self, tenant: str, reviewer: str, lease_id: str, named_roles: Collection[str] = ()) -> Claimed:
        """The same lease for longer, with a token that ends with it. Raises NotFound for one that is over or another's.

        named_roles: as they are now, not as they were when the task was claimed.
        """
        if self._signing is None:
            raise ServiceUnavailable("this process gives out no decision tokens; ask the gateway", 30)
        lease = await review.renew(self._record, tenant, lease_id, reviewer, self._clock(), LEASE_SECONDS)
        return self._claimed(self._signing, tenant, reviewer, lease, named_roles)

    def _claimed(
        self, signing: SigningKey, tenant: str, reviewer: str, lease: review.Claim, named_roles: Collection[str]
    ) -> Claimed:
        claims = Claims(
            tenant=tenant,
            stream=lease.task.stream_id,
            task_id=lease.task.task_id,
            lease_id=lease.lease_id,
            reviewer=reviewer,
            evidence=lease.task.evidence_digest,
            expires_at=lease.expires_at,
            named_roles=tuple(sorted(named_roles)),
        )
        return Claimed(
            token=issue_token(signing.key_id, signing.private, claims),
            lease_id=lease.lease_id,
            expires_at=lease.expires_at,
            task=task_of(lease.task),
            evidence_digest=lease.task.evidence_digest,
        )

    async def release(self, tenant: str, reviewer: str, lease_id: str) -> None:
        """Give the task back. Raises NotFound for a lease that is not this reviewer's."""
        if not await review.release(self._record, tenant, lease_id, reviewer, self._clock()):
            raise NotFound("unknown_lease", "lease_id: no claim of yours has this id; it may have ended")

    async def decide(self, tenant: str, reviewer: str, request: DecisionRequest) -> DecisionAccepted:
        """A reviewer's decision, durable when this returns.

        Raises TokenRefused, BadInput for a rule that its pack does not know, Refused with the case's own code and words,
        ServiceUnavailable: send the same again.
        """
        claims = self._proven(tenant, reviewer, request.token)
        case_id = await case_of_stream(self._record, tenant, claims.stream)
        if case_id is None:
            raise NotFound("unknown_case", "token: the case it was given for is not in the record")
        matter = request.matter or await self._matter_of(claims)
        area, _, version = matter.partition("/")
        if await conflicts.has_part(self._record, tenant, reviewer, case_id, area if version else None):
            raise Refused(CONFLICT, f"reviewer: {PART}; give the task back")
        await self._still_claimed(claims)
        if request.rule_id and version and self._library:
            await refuse_unknown_rule(self._record, self._library, case_id, matter, request.rule_id, self._clock())
        if self._library:
            await refuse_over_cap(
                *(self._record, self._library, tenant, reviewer, claims.stream, matter),
                *(request.decision_id, request.outcome, self._clock()),
            )
        rationale_id = await self._keep(case_id, "rationale", request.rationale, reviewer, request.decision_id)
        message = DecisionMessage(
            decision_id=request.decision_id,
            matter=matter,
            outcome=request.outcome,
            ground=request.ground,
            rule_id=request.rule_id,
            rationale_id=rationale_id,
            enforcements=request.enforcements,
            token=request.token,
            seconds=request.seconds or (claims.task_id.removeprefix(_SECOND) if _is_second(claims) else None),
            copies=request.copies,
            sample_violations=request.sample_violations,
            derived_from=request.derived_from,
            responsible=await self._keyed(tenant, request),
            replaces=request.replaces,
            excerpts=request.excerpts,
            territory=request.territory,
            duration=request.duration,
            shown=await shown_as(self._record, tenant, case_id, claims.evidence, request.translation_id),
        )
        checks = is_probe(claims.stream, case_id)
        answer = await (self._probed(claims, message) if checks else self._asked(tenant, claims, message))
        return DecisionAccepted(
            decision_id=request.decision_id,
            case_id=claims.stream if checks else case_id,
            status=answer.status,
            next=NEXT_DECISION,
        )

    async def _asked(self, tenant: str, claims: Claims, message: DecisionMessage) -> Accepted:
        """The case's own answer."""
        since = monotonic()
        try:
            answer = await self._asker.ask(claims.stream, "decide", message, message.decision_id)
        except NotRunning:
            return await self._decided_when_settled(tenant, claims, message)
        self._pace.note(since)
        return answer

    async def _probed(self, claims: Claims, message: DecisionMessage) -> Accepted:
        """The same of a question that checks; it takes as long."""
        since = monotonic()
        answer = await self._probing.answer(claims, message)
        await self._pace.keep(since)
        return answer

    async def _keyed(self, tenant: str, request: DecisionRequest) -> tuple[Responsible, ...]:
        """The people named, by the keys of their accounts: no platform's id reaches Temporal (P7)."""
        if not request.responsible:
            return ()
        secret = await self._record.keyring.subject_secret(tenant)
        return tuple(
            Responsible(
                part=one.part,
                account=subject_key(secret, SubjectKind.ACCOUNT, one.account_id),
                enforcements=one.enforcements,
            )
            for one in request.responsible
        )

    async def store_text(self, tenant: str, by: str, request: TextRequest) -> TextStored:
        """Seal a text of this case; the same again gives the same id."""
        name = parse_workflow_id(request.case_id)
        case_id = await case_of_stream(self._record, tenant, request.case_id) if name.tenant == tenant else None
        if case_id is None:
            raise NotFound("unknown_case", "case_id: no such case or appeal of yours; see: dueprocess case list")
        text_id = await self._keep(case_id, "text", request.text, by, request.message_id)
        shown = request.case_id if is_probe(request.case_id, case_id) else case_id
        return TextStored(text_id=text_id, case_id=shown, message_id=request.message_id)

    async def extend(
        self, tenant: str, operator: str, request: ExtensionRequest, accounts: Sequence[str] = ()
    ) -> ChangeAccepted:
        """A clock runs longer. accounts: as for `claim`. Raises as `decide` does."""
        case_id = own_case(tenant, request.case_id)
        await refuse_who_has_a_part(self._record, tenant, operator, accounts, case_id, "extend_deadline", request)
        reason_id = await self._keep(case_id, "extension", request.reason, operator, request.message_id)
        message = ExtensionMessage(
            message_id=request.message_id,
            clock_id=request.clock_id,
            due_at=request.due_at,
            reason_id=reason_id,
            operator=operator,
        )
        answer = await self._extended(case_id, message)
        return ChangeAccepted(message_id=request.message_id, case_id=case_id, status=answer.status, next=NEXT_CHANGE)

    async def reverse(
        self, tenant: str, operator: str, request: ReversalRequest, accounts: Sequence[str] = ()
    ) -> ChangeAccepted:
        """A decision is taken back. A case whose run is over is started by it: reversing is always possible.

        accounts: as for `claim`: who has a part in the case leaves it to others.
        """
        case_id = own_case(tenant, request.case_id)
        await refuse_who_has_a_part(self._record, tenant, operator, accounts, case_id, "reverse", request)
        reason_id = await self._keep(case_id, "reversal", request.reason, operator, request.message_id)
        message = ReversalMessage(
            message_id=request.message_id,
            decision_id=request.decision_id,
            keep=request.keep,
            reason_id=reason_id,
            operator=operator,
        )
        answer = await self._reversed(tenant, case_id, message)
        return ChangeAccepted(message_id=request.message_id, case_id=case_id, status=answer.status, next=NEXT_CHANGE)

    def _proven(self, tenant: str, reviewer: str, token: str) -> Claims:
        """What the token says, if it is this reviewer's own and still good. Raises TokenRefused."""
        claims = verify_token(self._verifying_keys(), token, self._clock())
        if (claims.tenant, claims.reviewer) != (tenant, reviewer):
            raise TokenRefused("the token was given to somebody else; claim the task yourself")
        return claims

    async def _still_claimed(self, claims: Claims) -> None:
        """After whether somebody may judge at all: a claim that a declared conflict took back is not to be made again."""
        if await review.given_up(self._record, claims.tenant, claims.lease_id, self._clock()):
            raise TokenRefused(CLAIM_GONE)

    def _verifying_keys(self) -> dict[str, Ed25519PublicKey]:
        own = {self._signing.key_id: self._signing.private.public_key()} if self._signing else {}
        return {**self._record.verifying_keys, **own}

    async def _matter_of(self, claims: Claims) -> str:
        """What the token's task is about: an appeal, a matter, or for a second look the matter of the decision."""
        if is_appeal(claims.stream):
            return "appeal"
        if _MATTER.fullmatch(claims.task_id):
            return claims.task_id
        tasks = await review.tasks_of(self._record, claims.tenant, claims.stream, self._clock())
        task = next((one for one in tasks if one.task_id == claims.task_id), None)
        if task is not None:
            return task.subject
        stored = await events.load(self._record, claims.stream)  # a decision that is sent again after it was taken
        case = fold_all(Case(case_id=claims.stream), stored)
        first = claims.task_id.removeprefix(_SECOND)
        matter = next((one.matter_id for one in (*case.decisions, *case.proposals) if one.decision_id == first), None)
        if matter is None:
            raise Refused("closed", f"token: task {claims.task_id} is not open any more; claim another")
        return matter

    async def _keep(self, case_id: str, purpose: str, words: str, author: str, message_id: str) -> str:
        """Seal a text; its id. Raises Conflict for other words under the same message id."""
        return await texts.put(self._record, case_id, purpose, words, author, self._clock(), message_id)

    async def _decided_when_settled(self, tenant: str, claims: Claims, message: DecisionMessage) -> Accepted:
        """The first answer again, of a decision whose run is over; one that replaces another comes by the inbox.

        Raises NotRunning for one that never was, Refused.
        """
        stored = await events.load(self._record, claims.stream)
        wanted = {f"{kind}:{message.decision_id}" for kind in ("decision", "proposal", "second", "entered")}
        if any(event.event_id in wanted for event in stored):
            return Accepted(message_id=message.decision_id, status="known")
        if message.replaces is None:
            raise NotRunning("not_running", "nothing is open in this case that could be decided")
        case = fold_all(Case(case_id=claims.stream), stored)
        if refusal := refuse_withdrawal(case, message.replaces, claims.reviewer, self._clock()):
            raise Refused(refusal.code, refusal.text)
        return await self._by_inbox(tenant, claims.stream, "decide", message.decision_id, message)

    async def _reversed(self, tenant: str, case_id: str, message: ReversalMessage) -> Accepted:
        """The run's answer; the first one again where this very reversal is recorded: the case would refuse it now."""
        stored = await events.load(self._record, case_id)
        if _reversed_by(stored, message.message_id):
            return Accepted(message_id=message.message_id, status="known")
        try:
            return await self._asker.ask(case_id, "reverse", message, message.message_id)
        except NotRunning:
            case = fold_all(Case(case_id=case_id), stored)
            if refusal := refuse_reversal(case, message.decision_id, message.keep):
                raise Refused(refusal.code, refusal.text) from None
            return await self._by_inbox(tenant, case_id, "reverse", message.message_id, message)

    async def _extended(self, case_id: str, message: ExtensionMessage) -> Accepted:
        """The run's answer; the first one again where this very extension is recorded: a later run would refuse it now.

        Raises Conflict where its id came with another clock or time.
        """
        stored = await events.load(self._record, case_id)
        extended = [one.body for one in stored if isinstance(one.body, ClockExtended)]
        given = [one for one in extended if one.reason_id == message.reason_id]
        if given and (given[0].clock_id, given[0].due_at) != (message.clock_id, message.due_at):
            raise Conflict("message_id: another extension came under it; use a new id for a new message")
        if given:
            return Accepted(message_id=message.message_id, status="known")
        return await self._asker.ask(case_id, "extend_deadline", message, message.message_id)

    async def _by_inbox(self, tenant: str, case_id: str, kind: str, message_id: str, message: Message) -> Accepted:
        """As an appeal would come: the ring starts the run that judges it."""
        accepted = await inbox.accept(
            self._record, tenant, case_id, None, None, kind, message_id, message, None, self._clock()
        )
        if accepted.ring:
            self._ringer.ring_soon(case_id, accepted.number)
        return Accepted(message_id=message_id, status="known" if accepted.known else "accepted")


def _is_second(claims: Claims) -> bool:
    return claims.task_id.startswith(_SECOND)


def own_case(tenant: str, case_id: str) -> str:
    """The case id, if it is one of this tenant's. Raises NotFound: another tenant's is as good as none."""
    try:
        name = parse_workflow_id(case_id)
    except IdentityError as error:
        raise BadInput([Problem("case_id", "", str(error), "use a case id as a receipt names it")]) from None
    if name.tenant != tenant or name.family != "case":
        raise NotFound("unknown_case", "case_id: there is no such case")
    return case_id


def _reversed_by(stored: list[CaseEvent], message_id: str) -> bool:
    return any(event.event_id == f"reversal:{message_id}" for event in stored)
