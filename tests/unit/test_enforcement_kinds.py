"""The table of enforcement kinds: whole, consistent, and what the contract and the simulated platform say."""

from pathlib import Path

import pytest

from activities.policy_packs import check_pack, read_capabilities
from cases.capabilities import Capabilities, lacking
from cases.decisions import EnforcementRequest, FourEyes, refuse_enforcement, wants_before
from cases.enforcement_kinds import KINDS, PUBLISHED, EnforcementKind, Reversal, holding, kinds_on
from cases.measures import MeasureKind, Target
from cases.names import SubjectKind
from simulators.platform.appearance import STATES
from simulators.platform.measures import SUPPORTED
from tests.lives import PACK
from workers.findings import capabilities_finding
from workers.wiring import POLICIES

ROOT = Path(__file__).parents[2]
DECLARED = read_capabilities(POLICIES / "platform.toml")


def contract_row(row: EnforcementKind) -> str:
    """The kind as docs/contract.md has it."""
    on = "published" if row.lies_on == PUBLISHED else ", ".join(sorted(row.lies_on))
    cells = (
        f"`{row.kind}`",
        on,
        row.inverse,
        "may have" if row.timed else "none",
        "countries" if row.territorial else "everywhere",
        ", ".join(sorted(row.scopes)),
        ", ".join(sorted(row.two_people)),
        "yes" if row.holds else "",
        f"`{row.stated[1]}`" if row.stated else "",
    )
    return "| " + " | ".join(cells).replace("|  |", "| |").replace("|  |", "| |").rstrip() + " |"


def test_every_kind_is_in_the_table_and_the_table_is_in_the_contract():
    assert set(KINDS) == set(MeasureKind)
    contract = (ROOT / "docs" / "contract.md").read_text()
    for row in KINDS.values():
        assert contract_row(row) in contract


def test_what_cannot_be_undone_takes_two_people_and_has_no_end():
    for row in KINDS.values():
        if row.reversal is Reversal.NONE and not row.follows:  # nobody decides what follows by itself
            assert row.two_people == row.lies_on, row.kind
            assert not row.timed, row.kind


def test_what_holds_a_subject_can_be_lifted_and_lies_on_it():
    for subject in SubjectKind:
        assert holding(subject), subject
        for kind in holding(subject):
            assert kind in kinds_on(subject)
            assert KINDS[kind].reversal is not Reversal.NONE


@pytest.mark.parametrize(
    ("request_", "subject", "problem"),
    [
        (
            EnforcementRequest(kind=MeasureKind.READ_ONLY),
            SubjectKind.CONTENT,
            "read_only cannot lie on the subject, content",
        ),
        (
            EnforcementRequest(kind=MeasureKind.REFUSE),
            SubjectKind.COMMUNITY,
            "refuse cannot lie on the subject, a community",
        ),
        (
            EnforcementRequest(kind=MeasureKind.HIDE, target=Target.AUTHOR),
            SubjectKind.CONTENT,
            "the author, an account",
        ),
        (EnforcementRequest(kind=MeasureKind.REFUSE, duration="P1D"), SubjectKind.TRANSACTION, "has no end"),
        (EnforcementRequest(kind=MeasureKind.DESTROY), SubjectKind.CONTENT, "is not decided: it follows remove"),
        (EnforcementRequest(kind=MeasureKind.SUSPEND, reach=("DE",)), SubjectKind.ACCOUNT, "holds in every country"),
        (EnforcementRequest(kind=MeasureKind.LIMIT, scope=("search",)), SubjectKind.ACCOUNT, "has no scope search"),
        (EnforcementRequest(kind=MeasureKind.LIMIT, scope=("posting",)), SubjectKind.ACCOUNT, None),
        (EnforcementRequest(kind=MeasureKind.DELIST, duration="P7D", reach=("DE",)), SubjectKind.COMMUNITY, None),
    ],
)
def test_an_entry_of_an_enforcement_list_is_held_to_its_kind(
    request_: EnforcementRequest, subject: SubjectKind, problem: str | None
):
    said = refuse_enforcement(request_, subject)
    assert (said is None) if problem is None else (problem in (said or ""))


def test_a_community_is_removed_by_two_people_and_a_post_by_one():
    remove = (EnforcementRequest(kind=MeasureKind.REMOVE),)
    assert wants_before(remove, FourEyes.NONE, SubjectKind.COMMUNITY) is FourEyes.BEFORE
    assert wants_before(remove, FourEyes.NONE, SubjectKind.CONTENT) is FourEyes.NONE
    assert wants_before(remove, FourEyes.AFTER, SubjectKind.COMMUNITY) is FourEyes.AFTER  # P12: no duty waits


def test_the_simulated_platform_carries_out_what_is_declared_and_shows_each_kind():
    assert Capabilities.model_validate({"kinds": SUPPORTED}) == DECLARED
    assert set(STATES) == set(MeasureKind)
    for subject in (SubjectKind.CONTENT, SubjectKind.ACCOUNT, SubjectKind.COMMUNITY):
        assert DECLARED.kinds[subject] == set(kinds_on(subject))


def test_a_pack_that_asks_for_what_the_platform_cannot_do_is_refused_at_its_line():
    assert not lacking(PACK, DECLARED)
    fewer = {**DECLARED.kinds, SubjectKind.ACCOUNT: frozenset({"limit", "suspend_reports", "warn"})}
    mistakes = check_pack(POLICIES / "baseline", Capabilities(kinds=fewer))
    assert {mistake.message for mistake in mistakes} == {"the platform cannot suspend account"}
    assert any(mistake.field.startswith("ladder") and mistake.line > 1 for mistake in mistakes)
    assert mistakes[0].cure == "On account it can: limit, suspend_reports, warn. Choose one, or let its adapter learn."


def test_doctor_says_where_the_platform_can_do_less_than_is_declared():
    assert capabilities_finding(DECLARED, DECLARED).ok
    assert capabilities_finding(DECLARED, None).found == "it does not say"
    less = Capabilities(
        kinds={**DECLARED.kinds, SubjectKind.TRANSACTION: frozenset({"hold", "hide", "remove", "label"})}
    )
    finding = capabilities_finding(DECLARED, less)
    assert (finding.ok, finding.found) == (False, "declared, but it cannot: refuse transaction, release transaction")
