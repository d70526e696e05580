"""A reviewer's decision as an event: who decides, and what a door that cannot refuse found wrong with it.

An update's token was checked by its validator, where nothing is replayed; here only what it says is compared. A signal
has no validator: its token's signature and expiry are checked here, once, and the event keeps the answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cases.errors import TokenRefused
from cases.events import EventBody
from cases.impartiality import CONFLICT, DECIDED, PART
from cases.judging import decision_digest
from cases.messages import DecisionMessage
from cases.names import is_appeal, tenant_of
from cases.person_caps import OVER_CAP
from cases.received import DecisionAsk, DecisionReceived
from cases.second_looks import refuse_second_look
from cases.tokens import CLAIM_GONE, PROTECTED_SUBJECTS, Claims, verify_token
from record.happenings import Informed, Row, body_of

NOT_PROVEN: Final = "not_proven"
_NOBODY: Final = "nobody"
_BEFORE_ANY_EXPIRY: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Ask:
    """A decision that came in. claims: what its token says; problem: why the token proves nothing."""

    row: Row
    message: DecisionMessage
    claims: Claims | None
    problem: str | None

    @property
    def reviewer(self) -> str:
        """Who decides, as far as that can be told."""
        return (self.claims.reviewer if self.claims else self.message.reviewer) or _NOBODY

    @property
    def texts(self) -> tuple[str, ...]:
        """What it names that must be stored for the case."""
        shown = self.message.shown
        return tuple(filter(None, (self.message.rationale_id, shown.translation_id if shown else None)))

    @property
    def area(self) -> str | None:
        """Of the matter it is on; None for an appeal."""
        area, _, version = self.message.matter.partition("/")
        return area if version else None


@dataclass(frozen=True)
class Bench:
    """What the record knows of those who ask: who may not judge here, which rationales are stored, what the tenant allows.

    sources: of the decisions elsewhere that were named, by case and id, those that are there.
    """

    tokenless: bool
    in_conflict: frozenset[int]  # numbers of asks by somebody who has a part in the case
    deciders: frozenset[str]
    texts: frozenset[str]
    sources: frozenset[tuple[str, str]] = frozenset()
    protected: frozenset[int] = frozenset()  # numbers of asks about an account protected when they came in
    unclaimed: frozenset[int] = frozenset()  # numbers of asks whose claim had been given back or taken away
    over_cap: Mapping[int, str] = field(default_factory=dict)  # by number of an ask, why its person may do no more
    wide: frozenset[int] = frozenset()  # numbers of asks that reach more than their person's cap has room for


def read_ask(keys: Mapping[str, Ed25519PublicKey], row: Row) -> Ask | None:
    """The decision in this row; None for another kind, and for one that was refused already. Raises ValidationError."""
    if row.kind != "decide" or row.content is None or "refused" in row.content:
        return None
    message = DecisionMessage.model_validate(row.content)
    if message.token is None:
        return Ask(row, message, None, None)
    at = row.received_at if row.channel == "signal" else _BEFORE_ANY_EXPIRY
    try:
        return Ask(row, message, verify_token(keys, message.token, at), None)
    except TokenRefused as refused:
        return Ask(row, message, None, f"token: {refused}")


def decision_body(stream_id: str, ask: Ask, bench: Bench) -> EventBody:
    """The event: what is asked, by whom, and the objection if there is one."""
    message = ask.message
    code, objection = objection_to(stream_id, ask, bench) or (NOT_PROVEN, None)
    return DecisionReceived(
        number=ask.row.number,
        received_at=ask.row.received_at,
        ask=DecisionAsk(
            decision_id=message.decision_id,
            digest=decision_digest(message),
            matter=message.matter,
            outcome=message.outcome,
            reviewer=ask.reviewer,
            channel="signal" if ask.row.channel == "signal" else "update",
            ground=message.ground,
            rule_id=message.rule_id,
            rationale_id=message.rationale_id,
            enforcements=message.enforcements,
            seconds=message.seconds,
            copies=message.copies,
            sample_violations=message.sample_violations,
            derived_from=message.derived_from,
            responsible=message.responsible,
            replaces=message.replaces,
            excerpts=message.excerpts,
            territory=message.territory,
            duration=message.duration,
            shown=message.shown,
            protected=ask.row.number in bench.protected,
            named=ask.claims is not None and PROTECTED_SUBJECTS in ask.claims.named_roles,
            wide=ask.row.number in bench.wide,
            objection=objection,
            objection_code=code,
        ),
    )


def objection_to(stream_id: str, ask: Ask, bench: Bench) -> tuple[str, str] | None:
    """The refusal's code, and its words."""
    if words := _unproven(stream_id, ask, bench):
        return NOT_PROVEN, words
    if ask.row.number in bench.in_conflict:
        return CONFLICT, f"reviewer: {PART}"
    second_judgement = ask.message.seconds is not None or is_appeal(stream_id)
    if second_judgement and ask.reviewer in bench.deciders:
        return DECIDED, "reviewer: judged in this case before; a second look and an appeal are another person's"
    if words := _unknown(ask, bench):
        return NOT_PROVEN, words
    if refusal := refuse_second_look(ask.message):
        return refusal.code, refusal.text
    over = bench.over_cap.get(ask.row.number)
    return (OVER_CAP, over) if over else None


def _unproven(stream_id: str, ask: Ask, bench: Bench) -> str | None:
    """What is wrong with who asks."""
    message = ask.message
    if ask.problem:
        return ask.problem
    if ask.row.number in bench.unclaimed:
        return f"token: {CLAIM_GONE}"
    if ask.claims is None and ask.row.channel == "signal" and not bench.tokenless:
        return "token: missing; claim the task and send its token"
    if ask.claims is None and message.reviewer is None:
        return "reviewer: missing; name who decides, or send a token"
    return _mismatch(stream_id, ask.claims, message) if ask.claims else None


def _unknown(ask: Ask, bench: Bench) -> str | None:
    """What it names that is not in the record."""
    message = ask.message
    if message.rationale_id is not None and message.rationale_id not in bench.texts:
        return "rationale_id: not stored for this case; store the rationale at a door and name it here"
    if message.shown and message.shown.translation_id not in (None, *bench.texts):
        return "shown: names a translation that is not stored for this case; send the id that the reveal gave"
    if any((one.case_id, one.decision_id) not in bench.sources for one in message.derived_from):
        return "derived_from: names a decision that is not in the record; name its case and its id"
    return None


def _mismatch(stream_id: str, claims: Claims, message: DecisionMessage) -> str | None:
    if (claims.tenant, claims.stream) != (tenant_of(stream_id), stream_id):
        return "token: was given for another case; claim a task of this one"
    if message.reviewer not in (None, claims.reviewer):
        return "reviewer: is not who claimed the task; leave the field out"
    task = f"second:{message.seconds}" if message.seconds else message.matter
    if message.matter != "appeal" and claims.task_id != task:
        return "token: was given for another task of this case; claim this one"
    return None


def body_or_decision(
    stream_id: str,
    row: Row,
    ask: Ask | None,
    bench: Bench,
    informed: Informed | None = None,
) -> EventBody:
    """The row's event body, whatever its kind; informed as for `body_of`.

    Raises one of `UNREADABLE` for what this version cannot read.
    """
    if row.kind == "decide" and ask is None:
        ask = read_ask({}, row)  # refused already, or it raises
    return body_of(row, informed) if ask is None else decision_body(stream_id, ask, bench)
