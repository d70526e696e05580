"""The worker's guard before every update: a decision's token is verified here, where nothing is replayed, and what a
validator refuses is counted, since such a refusal leaves nothing behind.

The SDK calls an interceptor's validator hook only for updates that have a validator of their own; a test asserts that
every update of ours has one.
"""

from collections.abc import Mapping
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from opentelemetry import metrics
from temporalio import workflow
from temporalio.exceptions import ApplicationError
from temporalio.worker import (
    HandleUpdateInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

from cases.errors import TokenRefused
from cases.messages import DecisionMessage
from cases.names import tenant_of
from cases.tokens import Claims, verify_token, withdrawal_task
from cases.withdrawals import WithdrawalMessage

PASSING: Final = frozenset({"CaseLoading", "Busy"})  # no refusal: the same may be sent again in a moment


class DecisionGuard(Interceptor):
    """Lets a decision pass only with a token that proves the claim on its task, its withdrawal only with a door's proof.

    keys: key id to public key.
    """

    def __init__(self, keys: Mapping[str, Ed25519PublicKey]) -> None:
        self._keys = keys
        self._refusals = metrics.get_meter("dueprocess").create_counter(
            "dueprocess.refusals", description="messages refused at a door"
        )

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor] | None:
        """A guard that knows the keys."""
        keys, refusals = self._keys, self._refusals

        class Guard(WorkflowInboundInterceptor):
            def handle_update_validator(self, input: HandleUpdateInput) -> None:
                try:
                    for argument in input.args:
                        if isinstance(argument, DecisionMessage | WithdrawalMessage):
                            _prove(keys, argument)
                    super().handle_update_validator(input)
                except ApplicationError as refusal:
                    if refusal.type not in PASSING:
                        refusals.add(1, {"door": "update", "code": refusal.type or "refused"})
                    raise

        return Guard


def _prove(keys: Mapping[str, Ed25519PublicKey], message: DecisionMessage | WithdrawalMessage) -> None:
    stream = workflow.info().workflow_id
    if message.token is None:
        raise _refused("token: missing; claim the task and send the token it gives")
    try:
        claims = verify_token(keys, message.token, workflow.now())
    except TokenRefused as error:
        raise _refused(f"token: {error}") from None
    if problem := _mismatch(claims, stream, message):
        raise _refused(problem)


def _mismatch(claims: Claims, stream: str, message: DecisionMessage | WithdrawalMessage) -> str | None:
    if claims.tenant != tenant_of(stream) or claims.stream != stream:
        return "token: was given for another case; claim this case's task"
    if isinstance(message, WithdrawalMessage):
        wanted = withdrawal_task(message.decision_id)
        return None if claims.task_id == wanted else "token: was not given for this; take the decision back at a door"
    task = f"second:{message.seconds}" if message.seconds else message.matter
    if claims.task_id != task:
        return f"token: was given for task {claims.task_id}, the decision is on {task}; claim that task"
    if message.reviewer is not None and message.reviewer != claims.reviewer:
        return "reviewer: is not who claimed the task; leave it out"
    return None


def _refused(text: str) -> ApplicationError:
    return ApplicationError(text, type="not_proven", non_retryable=True)
