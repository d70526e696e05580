"""Coop's documented payloads as our messages. Shapes: tests/coop_payloads.py names where they are documented."""

import json

import pytest

from api.coop_door import CoopDoor
from api.errors import ServiceUnavailable
from api.peers.coop import (
    CoopAction,
    CoopReport,
    area_of,
    digest_of,
    own_id,
    report_id_of,
    report_message,
    signals_of,
    subject_of,
)
from api.peers.coop_map import CoopTenant, read_coop_maps
from api.problems import parse
from api.requests import ClaimRequest
from cases.case import Case
from cases.errors import BadInput
from cases.folding import fold_all
from cases.messages import SNAPSHOT_LIMIT, TEXT_LIMIT, ReportSource, Subject
from cases.names import SubjectKind
from tests.builders import a_case, an_assessment, captured, triaged
from tests.coop_payloads import ACTION, MAP, REPORT

AREAS = frozenset({"spam", "harassment", "child_safety", "other"})
TABLE = read_coop_maps(MAP, AREAS)["demo"]


def message_of(payload, table=TABLE):
    raw = json.dumps(payload).encode()
    return report_message(parse(CoopReport, raw), report_id_of("demo", raw), table, AREAS)


def without(payload, *path):
    copied = json.loads(json.dumps(payload))
    inner = copied
    for part in path[:-1]:
        inner = inner[part]
    del inner[path[-1]]
    return copied


def test_the_documented_report_is_a_report_of_ours():
    message = message_of(REPORT)

    assert (message.subject.kind, message.subject.id) == (SubjectKind.CONTENT, "reported-item-id")
    assert message.area == "spam"
    assert message.source is ReportSource.OTHER, "it lacks what DSA Art. 16(2) asks of a notice"
    assert message.reporter is not None
    assert message.reporter.account_id == "reporter-user-id"
    assert message.reason == "Synthetic words of a reporter"
    assert message.reported_at is not None
    assert message.reported_at.isoformat() == "2024-01-15T10:30:00+00:00"
    assert message.snapshot is not None
    assert message.snapshot.startswith("synthetic value\n")
    assert message.snapshot.endswith("[reported] synthetic message")


def test_the_least_that_coop_asks_for_is_enough():
    least = {key: REPORT[key] for key in ("reporter", "reportedAt", "reportedItem")}

    message = message_of(least)
    assert (message.area, message.reason) == ("other", None)


def test_fields_may_be_null_where_coop_lets_them():
    message = message_of({**REPORT, "reportedForReason": {"policyId": None, "reason": None, "csam": None}})

    assert (message.area, message.reason) == ("other", None)


def test_csam_goes_to_child_safety_whatever_the_policy():
    message = message_of({**REPORT, "reportedForReason": {"policyId": "violated-policy-id", "csam": True}})

    assert message.area == "child_safety"


def test_csam_is_taken_where_the_pack_has_no_such_area_too():
    raw = json.dumps({**REPORT, "reportedForReason": {"csam": True}}).encode()

    assert report_message(parse(CoopReport, raw), "r-1", TABLE, AREAS - {"child_safety"}).area == "other"


def test_the_nested_form_of_a_type_is_read_too():
    nested = {**without(REPORT["reportedItem"], "typeId"), "type": {"id": "item-type-id", "version": "2025-01-01"}}

    assert message_of({**REPORT, "reportedItem": nested}).subject == message_of(REPORT).subject


def test_the_same_words_are_the_same_report_in_any_order_and_another_time_is_another():
    one, again = json.dumps(REPORT).encode(), json.dumps(dict(reversed(REPORT.items())), indent=1).encode()
    later = json.dumps({**REPORT, "reportedAt": "2024-01-15T10:31:00.000Z"}).encode()

    assert report_id_of("demo", one) == report_id_of("demo", again)
    assert len({report_id_of("demo", one), report_id_of("demo", later), report_id_of("other", one)}) == 3
    assert digest_of(one) == digest_of(again)


def test_long_texts_are_cut_and_lose_no_report():
    long = {**REPORT, "reportedForReason": {"reason": "x" * (TEXT_LIMIT + 1)}}
    long["reportedItem"] = {**REPORT["reportedItem"], "data": {"text": "y" * (SNAPSHOT_LIMIT + 1)}}

    message = message_of(long)
    assert message.reason is not None
    assert message.reason.endswith("[…]")
    assert len(message.snapshot or "") == SNAPSHOT_LIMIT


def test_a_time_without_an_offset_is_utc_as_on_coops_own_server():
    message = message_of({**REPORT, "reportedAt": "2024-01-15T10:30:00"})

    assert message.reported_at is not None
    assert message.reported_at.isoformat() == "2024-01-15T10:30:00+00:00"


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        (without(REPORT, "reporter"), "reporter"),
        (without(REPORT, "reportedAt"), "reportedAt"),
        (without(REPORT, "reportedItem", "data"), "reportedItem.data"),
        ({**REPORT, "reportedAt": "yesterday"}, "reportedAt"),
        ({**REPORT, "reporter": {**REPORT["reporter"], "kind": "rule"}}, "reporter.kind"),
        (without(REPORT, "reportedItem", "typeId"), "reportedItem"),
        ({**REPORT, "reportedItem": {**REPORT["reportedItem"], "typeId": "never-seen"}}, "reportedItem.typeId"),
        ({**REPORT, "reportedItem": {**REPORT["reportedItem"], "id": "../x"}}, "reportedItem.id"),
    ],
)
def test_what_coop_would_refuse_is_refused_with_its_field(payload, field):
    with pytest.raises(BadInput) as caught:
        message_of(payload)

    assert {problem.field for problem in caught.value.problems} == {field}
    assert all(problem.cure for problem in caught.value.problems)


def test_a_policy_is_an_area_by_the_table_or_by_its_own_id():
    assert area_of(["violated-policy-id"], TABLE, AREAS) == "spam"
    assert area_of(["harassment"], TABLE, AREAS) == "harassment"
    assert area_of([None, "never-seen"], TABLE, AREAS) == "other"


def test_without_a_table_our_own_words_are_types():
    item = parse(
        CoopReport, json.dumps({**REPORT, "reportedItem": {"id": "u1", "data": {}, "typeId": "user"}}).encode()
    )

    assert subject_of(item.reported_item, "reportedItem", CoopTenant()) == Subject(kind=SubjectKind.ACCOUNT, id="u1")


def test_an_action_of_a_rule_is_a_signal_of_that_rule():
    action = parse(CoopAction, json.dumps(without(ACTION, "actorEmail")).encode())
    subject = Subject(kind=SubjectKind.CONTENT, id="reported-item-id")
    (signal,) = signals_of(action, "0" * 32, subject, "spam")

    assert (signal.detector.vendor, signal.detector.name, signal.scores) == ("coop", "rule-id", {"spam": 1.0})


def test_an_appeals_own_id_is_kept_where_it_is_of_our_form():
    assert own_id("platform-internal-appeal-id") == "platform-internal-appeal-id"
    assert own_id("an id with blanks").startswith("coop-")
    assert own_id("x" * 129) != own_id("x" * 130)


def test_a_table_with_mistakes_names_them():
    with pytest.raises(BadInput, match="kind"):
        read_coop_maps('[demo.items.x]\nkind = "posting"', AREAS)
    with pytest.raises(BadInput, match="PEM"):
        read_coop_maps('[demo]\nwebhook_key = "elsewhere"', AREAS)
    with pytest.raises(BadInput, match="did you mean spam"):
        read_coop_maps('[demo.policies.x]\narea = "spamm"', AREAS)


class Claiming:
    """The doors as far as a moderator's action goes. claimed: who claimed, and what they were named for."""

    def __init__(self) -> None:
        self.areas = AREAS
        self.claimed: list[tuple[str, frozenset[str]]] = []

    async def story(self, tenant: str, subject: Subject) -> Case:
        return fold_all(a_case(), [captured(), triaged(an_assessment(area="spam", matter_id="spam/1"))])

    async def pseudonym(self, tenant: str, reference: str) -> str:
        return "somebody"

    async def claim(
        self, tenant: str, reviewer: str, wanted: ClaimRequest, accounts: object, named: frozenset[str]
    ) -> None:
        self.claimed.append((reviewer, named))


@pytest.mark.parametrize(
    ("email", "roles", "claimed"),
    [
        ("moderator@example.com", "", ("rev-1", frozenset())),
        ("moderator@example.com", 'rev-1 = ["protected_subjects"]', ("rev-1", {"protected_subjects"})),
        ("moderator@example.com", 'rev-2 = ["protected_subjects"]', ("rev-1", frozenset())),
        ("nobody@example.com", 'nobody = ["protected_subjects"]', ("coop-somebody", frozenset())),
    ],
)
async def test_a_moderator_claims_with_what_the_table_says_they_were_named_for(email: str, roles: str, claimed: object):
    doors, raw = Claiming(), json.dumps({**ACTION, "actorEmail": email}).encode()
    table = read_coop_maps(f"{MAP}\n[demo.named_roles]\n{roles}\n", AREAS)

    with pytest.raises(ServiceUnavailable):  # the stand-in gives nobody a task
        await CoopDoor(doors, table).action("demo", parse(CoopAction, raw), raw)

    assert doors.claimed == [claimed]


def test_a_role_that_nobody_can_be_named_for_is_refused_with_its_place():
    with pytest.raises(BadInput, match=r"demo\.named_roles\.rev-1"):
        read_coop_maps(f'{MAP}\n[demo.named_roles]\nrev-1 = ["everything"]', AREAS)
