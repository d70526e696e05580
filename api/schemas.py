"""The JSON Schemas of everything others rely on, generated: `python -m api.schemas` writes docs/schemas/.

messages/: what is taken at a door or as a Temporal signal or update. events/: case events, one kind, one schema;
case_event.json is their envelope. answers/: what the doors answer. openapi.json: every route of the gateway.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import BaseModel

from api import (
    answers,
    bank_messages,
    brake_messages,
    bulk_messages,
    care_messages,
    conflict_messages,
    flagger_messages,
    operator_answers,
    order_answers,
    policy_messages,
    quality_messages,
    queue_messages,
    requests,
    status_answers,
    subscriber_messages,
    vendor_messages,
)
from api.doors import Doors
from api.http.app import create_app
from api.http.health import Readiness
from api.http.tokens import Tokens
from cases import interventions, legal_requests, messages, order_messages, stances, withdrawals
from cases.events import CaseEvent, EventBody
from cases.subscribers import EventMessage

FOLDER: Final = Path("docs/schemas")

MESSAGES: Final[tuple[type[BaseModel], ...]] = (
    messages.ReportMessage,
    messages.SignalMessage,
    messages.AppealMessage,
    legal_requests.NoticeMessage,
    legal_requests.TakeItDownMessage,
    order_messages.AuthorityOrderRequest,
    order_messages.OrderChangeRequest,
    stances.TellingRequest,
    order_messages.RawAuthorityOrderMessage,
    messages.DecisionMessage,
    messages.ExtensionMessage,
    messages.ReversalMessage,
    interventions.InterventionMessage,
    withdrawals.WithdrawalMessage,
    messages.AuthorityReportMessage,
    messages.Accepted,
    requests.ClaimRequest,
    requests.DecisionRequest,
    requests.ExtensionRequest,
    requests.ReversalRequest,
    requests.InterventionRequest,
    requests.AuthorityReportRequest,
    requests.TextRequest,
    requests.WithdrawalRequest,
    requests.CampaignRequest,
    requests.CampaignPause,
    requests.BatchRequest,
    requests.DiscardRequest,
    requests.FlagCleared,
    requests.StandingRequest,
    requests.MisuseRequest,
    requests.RevokeLinks,
    queue_messages.TaskChangeRequest,
    queue_messages.PageRequest,
    queue_messages.RegisterRequest,
    queue_messages.UnregisterRequest,
    care_messages.RevealRequest,
    care_messages.OptOutRequest,
    quality_messages.GoldenRequest,
    quality_messages.RetireRequest,
    quality_messages.ExerciseRequest,
    quality_messages.SettleRequest,
    subscriber_messages.SubscriberChangeRequest,
    vendor_messages.VendorSwitchRequest,
    bank_messages.BankRequest,
    bank_messages.BankEntriesRequest,
    bank_messages.BankDecisionRequest,
    bank_messages.BankRemovalRequest,
    bank_messages.BankMatchingRequest,
    bulk_messages.BulkRequest,
    bulk_messages.BulkApproval,
    bulk_messages.BulkChange,
    brake_messages.BrakeRequest,
    brake_messages.ProtectRequest,
    brake_messages.UnprotectRequest,
    flagger_messages.FlaggerRequest,
    flagger_messages.FlaggerChangeRequest,
    conflict_messages.ConflictRequest,
    conflict_messages.ConflictEnded,
    policy_messages.ReleaseRequest,
    policy_messages.ApprovalRequest,
    policy_messages.ReleaseWithdrawal,
    policy_messages.RollbackRequest,
)
ANSWERS: Final[tuple[type[BaseModel], ...]] = (
    answers.Receipt,
    answers.BatchAnswer,
    answers.Claimed,
    answers.DecisionAccepted,
    answers.ChangeAccepted,
    answers.TextStored,
    order_answers.OrdersAnswer,
    operator_answers.CampaignJoined,
    operator_answers.CampaignAnswer,
    operator_answers.CampaignPaused,
    answers.CaseAnswer,
    answers.QueueAnswer,
    operator_answers.StuckAnswer,
    answers.StagesAnswer,
    answers.HookAnswer,
    operator_answers.ParkedMessage,
    operator_answers.ParkedAnswer,
    operator_answers.FlagsAnswer,
    operator_answers.StandingChanged,
    operator_answers.MisuseAnswer,
    operator_answers.MisuseOpened,
    status_answers.StatusAnswer,
    operator_answers.LinksRevoked,
    queue_messages.TaskChanged,
    queue_messages.OnCallAnswer,
    queue_messages.PageAcknowledged,
    queue_messages.TaskChangesAnswer,
    queue_messages.RegisterAnswer,
    queue_messages.QueuesAnswer,
    care_messages.Revealed,
    care_messages.WellbeingAnswer,
    care_messages.LoadAnswer,
    quality_messages.GoldenAnswer,
    quality_messages.ExerciseAnswer,
    quality_messages.QualityAnswer,
    quality_messages.DisagreementsAnswer,
    quality_messages.Settled,
    subscriber_messages.SubscriberChanged,
    subscriber_messages.SubscribersAnswer,
    vendor_messages.VendorSwitched,
    bank_messages.BankSet,
    bank_messages.BankEntryRemoved,
    bank_messages.BankFallen,
    bank_messages.BanksAnswer,
    bank_messages.BankExport,
    vendor_messages.VendorsAnswer,
    vendor_messages.CallbackAnswer,
    bulk_messages.BulkAnswer,
    bulk_messages.BulksAnswer,
    brake_messages.BrakeSet,
    brake_messages.BrakesAnswer,
    brake_messages.ProtectedAnswer,
    flagger_messages.FlaggerSet,
    flagger_messages.FlaggersAnswer,
    conflict_messages.ConflictDeclared,
    conflict_messages.ConflictsAnswer,
    policy_messages.PolicyChanged,
    policy_messages.ReleasesAnswer,
    policy_messages.ExplanationAnswer,
)


def schemas() -> Mapping[str, str]:
    """Path under docs/schemas to the file's text."""
    events = get_args(get_args(EventBody)[0])
    return {
        **{f"messages/{_snake(model.__name__)}.json": _text(model, "validation") for model in MESSAGES},
        **{f"answers/{_snake(model.__name__)}.json": _text(model, "serialization") for model in ANSWERS},
        **{f"events/{model.model_fields['kind'].default}.json": _text(model, "serialization") for model in events},
        "outgoing/event_message.json": _text(EventMessage, "serialization"),
        "events/case_event.json": _text(CaseEvent, "serialization"),
        "openapi.json": _openapi(),
    }


def write(folder: Path) -> None:
    """Write every schema, and remove files that no schema stands for any more."""
    wanted = schemas()
    for path in folder.rglob("*.json"):
        if path.relative_to(folder).as_posix() not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def _openapi() -> str:
    """The document that every gateway serves as /openapi.json. Nothing is asked of the doors for it."""
    document = create_app(_no_doors, Tokens(()), Readiness({})).openapi()
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _no_doors() -> Doors:
    raise AssertionError("a document is no request")


def _text(model: type[BaseModel], mode: Any) -> str:
    schema = model.model_json_schema(mode=mode)
    identified = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": model.__name__, **schema}
    return json.dumps(identified, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
