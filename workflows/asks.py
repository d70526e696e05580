"""A decision message as the case judges it."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from cases.errors import TokenRefused
    from cases.judging import decision_digest
    from cases.messages import DecisionMessage
    from cases.received import DecisionAsk
    from cases.tokens import peek_claims
    from cases.withdrawals import WithdrawalMessage


def ask_of(message: DecisionMessage) -> DecisionAsk:
    """The decision asked for. The token was verified by the worker before any validator ran; here it is only read."""
    return DecisionAsk(
        decision_id=message.decision_id,
        digest=decision_digest(message),
        matter=message.matter,
        outcome=message.outcome,
        reviewer=reviewer_of(message),
        channel="update",
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
    )


def reviewer_of(message: DecisionMessage | WithdrawalMessage) -> str:
    """Who asks, as the token says; without one, as a decision says itself."""
    try:
        return peek_claims(message.token or "").reviewer
    except TokenRefused:
        return (isinstance(message, DecisionMessage) and message.reviewer) or "nobody"
