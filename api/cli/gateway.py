"""The doors as commands use them: what the typed client of `api.client` offers, without loading it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # what these load costs more than most commands
    from api.answers import (
        BatchAnswer,
        CaseAnswer,
        ChangeAccepted,
        Claimed,
        DecisionAccepted,
        QueueAnswer,
        Receipt,
        StagesAnswer,
        TextStored,
    )
    from api.bank_messages import (
        BankDecisionRequest,
        BankEntriesRequest,
        BankEntryRemoved,
        BankExport,
        BankFallen,
        BankMatchingRequest,
        BankRemovalRequest,
        BankRequest,
        BanksAnswer,
        BankSet,
    )
    from api.brake_messages import (
        BrakeRequest,
        BrakesAnswer,
        BrakeSet,
        ProtectedAnswer,
        ProtectRequest,
        UnprotectRequest,
    )
    from api.bulk_messages import BulkAnswer, BulkApproval, BulkChange, BulkRequest, BulksAnswer
    from api.care_messages import LoadAnswer, OptOutRequest, Revealed, RevealRequest, WellbeingAnswer
    from api.conflict_messages import ConflictDeclared, ConflictEnded, ConflictRequest, ConflictsAnswer
    from api.flagger_messages import FlaggerChangeRequest, FlaggerRequest, FlaggersAnswer, FlaggerSet
    from api.operator_answers import (
        CampaignAnswer,
        CampaignJoined,
        CampaignPaused,
        FlagsAnswer,
        LinksRevoked,
        MisuseAnswer,
        MisuseOpened,
        ParkedAnswer,
        ParkedMessage,
        StandingChanged,
        StuckAnswer,
    )
    from api.order_answers import OrdersAnswer
    from api.policy_messages import (
        ApprovalRequest,
        ExplanationAnswer,
        PolicyChanged,
        ReleaseRequest,
        ReleasesAnswer,
        ReleaseWithdrawal,
        RollbackRequest,
    )
    from api.quality_messages import (
        DisagreementsAnswer,
        ExerciseAnswer,
        ExerciseRequest,
        GoldenAnswer,
        GoldenRequest,
        GroupedBy,
        QualityAnswer,
        RetireRequest,
        Settled,
        SettleRequest,
    )
    from api.queue_messages import (
        OnCallAnswer,
        PageAcknowledged,
        PageRequest,
        QueuesAnswer,
        RegisterAnswer,
        RegisterRequest,
        TaskChanged,
        TaskChangeRequest,
        TaskChangesAnswer,
        UnregisterRequest,
    )
    from api.requests import (
        AuthorityReportRequest,
        CampaignPause,
        CampaignRequest,
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
    from api.vendor_messages import VendorsAnswer, VendorSwitched, VendorSwitchRequest
    from cases.legal_requests import NoticeMessage, TakeItDownMessage
    from cases.messages import AppealMessage, ReportMessage, SignalMessage
    from cases.order_messages import AuthorityOrderRequest, OrderChangeRequest
    from cases.stances import TellingRequest


class Gateway(Protocol):
    """The doors, over HTTP, with one identity's token. Raises the errors of `api.client`."""

    async def submit_report(self, message: "ReportMessage") -> "Receipt": ...

    async def submit_batch(self, messages: "Sequence[ReportMessage | SignalMessage]") -> "BatchAnswer": ...

    async def submit_notice(self, message: "NoticeMessage") -> "Receipt": ...

    async def request_removal(self, message: "TakeItDownMessage") -> "Receipt": ...

    async def take_order(self, order: "AuthorityOrderRequest") -> "Receipt": ...

    async def change_order(self, change: "OrderChangeRequest") -> "Receipt": ...

    async def orders(self, limit: int = 100, after: str | None = None) -> "OrdersAnswer": ...

    async def set_telling(self, telling: "TellingRequest") -> "Receipt": ...

    async def submit_signal(self, message: "SignalMessage") -> "Receipt": ...

    async def appeal(self, message: "AppealMessage") -> "Receipt": ...

    async def claim(
        self,
        *,
        queue: str | None = None,
        stream: str | None = None,
        task_id: str | None = None,
        despite_limits: bool = False,
    ) -> "Claimed | None":
        """None: no task is free."""
        ...

    async def reveal(self, request: "RevealRequest") -> "Revealed": ...

    async def quality(self, by: "GroupedBy", days: int) -> "QualityAnswer": ...

    async def disagreements(self) -> "DisagreementsAnswer": ...

    async def settle(self, request: "SettleRequest") -> "Settled": ...

    async def golden(self) -> "GoldenAnswer": ...

    async def add_golden(self, request: "GoldenRequest") -> "GoldenAnswer": ...

    async def retire_golden(self, request: "RetireRequest") -> "GoldenAnswer": ...

    async def open_exercise(self, request: "ExerciseRequest") -> "ExerciseAnswer": ...

    async def exercise(self, exercise_id: str) -> "ExerciseAnswer": ...

    async def wellbeing(self) -> "WellbeingAnswer": ...

    async def opt_out(self, request: "OptOutRequest") -> "WellbeingAnswer": ...

    async def load(self) -> "LoadAnswer": ...

    async def release(self, lease_id: str) -> None: ...

    async def decide(self, decision: "DecisionRequest") -> "DecisionAccepted": ...

    async def withdraw(self, withdrawal: "WithdrawalRequest") -> "ChangeAccepted": ...

    async def store_text(self, text: "TextRequest") -> "TextStored": ...

    async def extend(self, extension: "ExtensionRequest") -> "ChangeAccepted": ...

    async def reverse(self, reversal: "ReversalRequest") -> "ChangeAccepted": ...

    async def join_campaign(self, members: "CampaignRequest") -> "CampaignJoined": ...

    async def make_bank(self, request: "BankRequest") -> "BankSet": ...

    async def add_to_bank(self, request: "BankEntriesRequest") -> "BankSet": ...

    async def add_decided_to_bank(self, request: "BankDecisionRequest") -> "BankSet": ...

    async def fallen_in_bank(self, bank: str) -> "BankFallen": ...

    async def remove_from_bank(self, request: "BankRemovalRequest") -> "BankEntryRemoved": ...

    async def set_bank_matching(self, request: "BankMatchingRequest") -> "BankSet": ...

    async def banks(self) -> "BanksAnswer": ...

    async def export_bank(self, bank: str, to: str, after: str) -> "BankExport": ...

    async def switch_vendor(self, request: "VendorSwitchRequest") -> "VendorSwitched": ...

    async def vendors(self) -> "VendorsAnswer": ...

    async def campaign(self, case_id: str) -> "CampaignAnswer": ...

    async def pause_campaign(self, wanted: "CampaignPause") -> "CampaignPaused": ...

    async def propose_bulk(self, wanted: "BulkRequest") -> "BulkAnswer": ...

    async def approve_bulk(self, wanted: "BulkApproval") -> "BulkAnswer": ...

    async def change_bulk(self, wanted: "BulkChange") -> "BulkAnswer": ...

    async def bulk(self, bulk_id: str, limit: int = 100, after: str | None = None) -> "BulkAnswer": ...

    async def bulks(self) -> "BulksAnswer": ...

    async def intervene(self, intervention: "InterventionRequest") -> "ChangeAccepted": ...

    async def report_to_authority(self, message: "AuthorityReportRequest") -> "Receipt": ...

    async def invalidate_reports(self, request: "StandingRequest") -> "StandingChanged": ...

    async def reinstate_reports(self, request: "StandingRequest") -> "StandingChanged": ...

    async def misusing(self) -> "MisuseAnswer": ...

    async def open_misuse(self, request: "MisuseRequest") -> "MisuseOpened": ...

    async def renew(self, lease_id: str) -> "Claimed": ...

    async def change_task(self, request: "TaskChangeRequest") -> "TaskChanged": ...

    async def task_changes(self, stream: str, task_id: str) -> "TaskChangesAnswer": ...

    async def queues(self) -> "QueuesAnswer": ...

    async def oncall(self, limit: int = 50) -> "OnCallAnswer": ...

    async def acknowledge(self, request: "PageRequest") -> "PageAcknowledged": ...

    async def register(self, request: "RegisterRequest") -> "RegisterAnswer": ...

    async def unregister(self, request: "UnregisterRequest") -> "RegisterAnswer": ...

    async def reviewers(self) -> "RegisterAnswer": ...

    async def stop(self, request: "BrakeRequest") -> "BrakeSet": ...

    async def resume(self, request: "BrakeRequest") -> "BrakeSet": ...

    async def brakes(self) -> "BrakesAnswer": ...

    async def protect(self, request: "ProtectRequest") -> "BrakeSet": ...

    async def unprotect(self, request: "UnprotectRequest") -> "BrakeSet": ...

    async def protected(self) -> "ProtectedAnswer": ...

    async def declare_conflict(self, request: "ConflictRequest") -> "ConflictDeclared": ...

    async def end_conflict(self, request: "ConflictEnded") -> "ConflictsAnswer": ...

    async def conflicts(self) -> "ConflictsAnswer": ...

    async def propose_release(self, request: "ReleaseRequest") -> "PolicyChanged": ...

    async def approve_release(self, request: "ApprovalRequest") -> "PolicyChanged": ...

    async def withdraw_release(self, request: "ReleaseWithdrawal") -> "PolicyChanged": ...

    async def roll_back_policy(self, request: "RollbackRequest") -> "PolicyChanged": ...

    async def releases(self) -> "ReleasesAnswer": ...

    async def explain_case(self, case_id: str) -> "ExplanationAnswer": ...

    async def add_flagger(self, request: "FlaggerRequest") -> "FlaggerSet": ...

    async def change_flagger(self, request: "FlaggerChangeRequest") -> "FlaggerSet": ...

    async def flaggers(self) -> "FlaggersAnswer": ...

    async def case(self, case_id: str) -> "CaseAnswer": ...

    async def queue(self, queue: str | None = None, limit: int = 50) -> "QueueAnswer": ...

    async def stuck(self) -> "StuckAnswer": ...

    async def stages(self) -> "StagesAnswer": ...

    async def parked(self, limit: int = 100, *, closed: bool = False) -> "ParkedAnswer": ...

    async def parked_message(self, parked_id: str) -> "ParkedMessage": ...

    async def replay(self, parked_id: str) -> "ParkedMessage": ...

    async def discard(self, parked_id: str, request: "DiscardRequest") -> "ParkedMessage": ...

    async def revoke_links(self, request: "RevokeLinks") -> "LinksRevoked": ...

    async def flags(self) -> "FlagsAnswer": ...

    async def clear_flag(self, request: "FlagCleared") -> "FlagsAnswer": ...
