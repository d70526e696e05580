"""The OpenAPI document: bodies are validated by the doors' own models, so their schemas are put in here."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.bank_messages import (
    BankDecisionRequest,
    BankEntriesRequest,
    BankMatchingRequest,
    BankRemovalRequest,
    BankRequest,
)
from api.brake_messages import BrakeRequest, ProtectRequest, UnprotectRequest
from api.bulk_messages import BulkApproval, BulkChange, BulkRequest
from api.care_messages import OptOutRequest, RevealRequest
from api.conflict_messages import ConflictEnded, ConflictRequest
from api.flagger_messages import FlaggerChangeRequest, FlaggerRequest
from api.http.problem_json import ProblemDocument
from api.peers.coop import CoopAction, CoopAppeal, CoopAppealDecision, CoopReport
from api.policy_messages import ApprovalRequest, ReleaseRequest, ReleaseWithdrawal, RollbackRequest
from api.quality_messages import ExerciseRequest, GoldenRequest, RetireRequest, SettleRequest
from api.queue_messages import PageRequest, RegisterRequest, TaskChangeRequest, UnregisterRequest
from api.requests import (
    AuthorityReportRequest,
    BatchRequest,
    CampaignPause,
    CampaignRequest,
    ClaimRequest,
    DecisionRequest,
    DiscardRequest,
    ExtensionRequest,
    FlagCleared,
    InterventionRequest,
    MisuseRequest,
    ReversalRequest,
    RevokeLinks,
    StandingRequest,
    TextRequest,
    WithdrawalRequest,
)
from api.subscriber_messages import SubscriberChangeRequest
from api.vendor_messages import VendorSwitchRequest
from cases.legal_requests import NoticeMessage, TakeItDownMessage
from cases.messages import AppealMessage, ReportMessage, SignalMessage
from cases.order_messages import AuthorityOrderRequest, OrderChangeRequest
from cases.stances import TellingRequest

REFERENCE = "#/components/schemas/{model}"
SIGNED = ("/v1/hooks/{source}", "/v1/vendors/{vendor}/{tenant}")  # they prove who sends by a signature
COOP = "/compat/coop/"
BODIES: tuple[type[BaseModel], ...] = (
    CoopReport,
    CoopAppeal,
    CoopAction,
    CoopAppealDecision,
    ReportMessage,
    SignalMessage,
    AppealMessage,
    NoticeMessage,
    TakeItDownMessage,
    AuthorityOrderRequest,
    OrderChangeRequest,
    TellingRequest,
    AuthorityReportRequest,
    BatchRequest,
    ClaimRequest,
    DecisionRequest,
    ExtensionRequest,
    InterventionRequest,
    ReversalRequest,
    BulkRequest,
    BulkApproval,
    BulkChange,
    TextRequest,
    WithdrawalRequest,
    DiscardRequest,
    FlagCleared,
    StandingRequest,
    MisuseRequest,
    RevokeLinks,
    PageRequest,
    TaskChangeRequest,
    RegisterRequest,
    UnregisterRequest,
    RevealRequest,
    OptOutRequest,
    GoldenRequest,
    RetireRequest,
    ExerciseRequest,
    SettleRequest,
    SubscriberChangeRequest,
    VendorSwitchRequest,
    BankRequest,
    BankDecisionRequest,
    BankEntriesRequest,
    BankRemovalRequest,
    BankMatchingRequest,
    BrakeRequest,
    ProtectRequest,
    UnprotectRequest,
    CampaignRequest,
    CampaignPause,
    FlaggerRequest,
    FlaggerChangeRequest,
    ConflictRequest,
    ConflictEnded,
    ReleaseRequest,
    ApprovalRequest,
    ReleaseWithdrawal,
    RollbackRequest,
)


def takes(model: type[BaseModel]) -> dict[str, Any]:
    """Route options that document this model as the body."""
    schema = {"$ref": REFERENCE.format(model=model.__name__)}
    return {"openapi_extra": {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}}


def add_openapi(app: FastAPI) -> None:
    """Make the application's OpenAPI document whole: bodies, problem documents, bearer tokens."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's own way to extend it


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    _, schemas = models_json_schema(
        [*((model, "validation") for model in BODIES), (ProblemDocument, "serialization")], ref_template=REFERENCE
    )
    components = document.setdefault("components", {})
    components.setdefault("schemas", {}).update(schemas.get("$defs", {}))
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "coop": {"type": "apiKey", "in": "header", "name": "X-API-KEY"},
    }
    for path, operations in document["paths"].items():
        scheme = (
            "coop" if path.startswith(COOP) else "bearer" if path.startswith("/v1/") and path not in SIGNED else None
        )
        for operation in operations.values() if scheme else ():
            operation["security"] = [{scheme: []}]
    return document
