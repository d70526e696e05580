"""Releases of packs: two people forward, one back, and nothing that decides alone without having been tried."""

from datetime import datetime, timedelta

import pytest

from cases.matters import PackRef
from cases.releases import (
    Approved,
    PolicyEvent,
    Proposed,
    Releases,
    RolledBack,
    Withdrawn,
    refuse_approval,
    refuse_proposal,
    refuse_rollback,
    refuse_withdrawal,
    releases_of,
    started,
)
from tests.builders import NOON

HOUR = timedelta(hours=1)


def ref(version: str) -> PackRef:
    return PackRef(pack_id="baseline", version=version, digest=f"sha256:{version}")


FOLDER = ref("1.0.0")


def proposed(version: str = "1.1.0", hours: int = 0, **changes: object) -> Proposed:
    plain: dict[str, object] = {
        "release_id": f"r-{version}",
        "pack": ref(version),
        "base": FOLDER,
        "by": "ann",
        "at": NOON + hours * HOUR,
        "reason": "synthetic",
    }
    return Proposed.model_validate({**plain, **changes})


def approved(version: str = "1.1.0", hours: int = 1) -> Approved:
    return Approved(release_id=f"r-{version}", by="ben", at=NOON + hours * HOUR)


def back(to: str | None, hours: int, name: str = "b-1") -> RolledBack:
    return RolledBack(release_id=name, to=to, by="ann", at=NOON + hours * HOUR, reason="synthetic")


def version_at(known: Releases, hours: float) -> str | None:
    release = known.in_force(NOON + hours * HOUR)
    return release.proposed.pack.version if release else None


def waiting(version: str = "1.1.0", hours: int = 1) -> Approved:
    return approved(version, hours).evolve(waits=True)


def state(known: Releases, version: str, hours: float) -> str:
    release = known.find(f"r-{version}")
    assert release is not None
    return known.state(release, NOON + hours * HOUR)


def test_a_release_is_in_force_from_its_approval():
    known = releases_of([proposed(), approved()])
    assert [version_at(known, hours) for hours in (0, 0.9, 1, 9)] == [None, None, "1.1.0", "1.1.0"]
    assert [state(known, "1.1.0", hours) for hours in (0.9, 1)] == ["waiting", "in_force"]
    assert releases_of([proposed()]).in_force(NOON + 9 * HOUR) is None


def test_a_release_with_a_date_waits_for_it_and_may_be_withdrawn_until_then():
    later = proposed(effective_from=NOON + 5 * HOUR)
    known = releases_of([later, approved()])
    assert [version_at(known, hours) for hours in (4, 5)] == [None, "1.1.0"]
    assert known.next_change(NOON) == NOON + 5 * HOUR
    assert refuse_withdrawal(known, "r-1.1.0", NOON + 4 * HOUR) is None
    assert refuse_withdrawal(known, "r-1.1.0", NOON + 5 * HOUR) is not None
    gone = Withdrawn(release_id="r-1.1.0", by="ann", at=NOON + 4 * HOUR, reason="synthetic")
    assert version_at(releases_of([later, approved(), gone]), 9) is None


def two() -> list[PolicyEvent]:
    return [proposed(), approved(), proposed("1.2.0", 2, base=ref("1.1.0")), approved("1.2.0", 3)]


def test_one_way_back_leads_to_what_was_in_force_before_and_the_next_further_back():
    known = releases_of(two())
    assert (version_at(known, 4), known.before(NOON + 4 * HOUR)) == ("1.2.0", "r-1.1.0")
    known = releases_of([*two(), back("r-1.1.0", 4)])
    assert (version_at(known, 3.9), version_at(known, 4)) == ("1.2.0", "1.1.0")
    assert state(known, "1.2.0", 4) == "replaced"
    known = releases_of([*two(), back(None, 4)])
    assert (version_at(known, 4), known.before(NOON + 5 * HOUR)) == (None, "r-1.2.0")


def test_the_way_back_from_the_first_release_leads_to_the_folder():
    known = releases_of([proposed(), approved()])
    assert known.before(NOON + 2 * HOUR) is None
    assert refuse_rollback(known, None, NOON + 2 * HOUR, FOLDER) is None
    assert refuse_rollback(releases_of([]), None, NOON, FOLDER) is not None


@pytest.mark.parametrize(
    ("to", "says"), [("r-1.2.0", "is in force"), ("r-9", "was never in force"), ("r-1.1.0", None), (None, None)]
)
def test_the_way_back_leads_only_to_what_was_in_force(to: str | None, says: str | None):
    problem = refuse_rollback(releases_of(two()), to, NOON + 4 * HOUR, FOLDER)
    assert (problem.problem if problem else None) == says


def test_what_one_person_put_into_the_folder_since_is_no_way_back():
    problem = refuse_rollback(releases_of(two()), None, NOON + 4 * HOUR, ref("1.0.1"))
    assert problem is not None
    assert problem.problem == "has version 1.0.1 by now, which was not in force before"
    known = releases_of([*two(), back(None, 5).evolve(pack=FOLDER)])
    assert known.pack_at(NOON + 6 * HOUR) == FOLDER


def test_a_release_that_waited_starts_only_over_the_pack_that_it_was_seen_against():
    first = proposed(effective_from=NOON + 5 * HOUR)
    known = releases_of([first, waiting()])
    assert known.to_settle(NOON + 4 * HOUR) is None
    release = known.to_settle(NOON + 6 * HOUR)
    assert release is not None
    assert (version_at(known, 6), state(known, "1.1.0", 6)) == (None, "waiting")  # until somebody says that it starts

    begun = releases_of([first, waiting(), started(release, FOLDER, NOON + 6 * HOUR)])
    assert (version_at(begun, 4), version_at(begun, 5), begun.to_settle(NOON + 9 * HOUR)) == (None, "1.1.0", None)
    refused = releases_of([first, waiting(), started(release, ref("1.2.0"), NOON + 6 * HOUR)])
    assert (version_at(refused, 6), state(refused, "1.1.0", 6)) == (None, "not_started")
    assert refused.to_settle(NOON + 9 * HOUR) is None
    assert refuse_withdrawal(refused, "r-1.1.0", NOON + 7 * HOUR) is None


def test_of_two_that_wait_the_earlier_is_settled_first_and_one_that_was_withdrawn_never():
    both = [proposed(effective_from=NOON + 5 * HOUR), waiting()]
    both += [proposed("1.2.0", effective_from=NOON + 4 * HOUR), waiting("1.2.0")]
    release = releases_of(both).to_settle(NOON + 9 * HOUR)
    assert release is not None
    assert release.proposed.pack.version == "1.2.0"
    gone = Withdrawn(release_id="r-1.2.0", by="ann", at=NOON + 2 * HOUR, reason="synthetic")
    release = releases_of([*both, gone]).to_settle(NOON + 9 * HOUR)
    assert release is not None
    assert release.proposed.pack.version == "1.1.0"


def test_nobody_approves_a_release_of_their_own():
    known = releases_of([proposed()])

    def refused(by: str, in_force: PackRef = FOLDER, release_id: str = "r-1.1.0") -> str | None:
        problem = refuse_approval(known, release_id, by, in_force, NOON)
        return problem.problem if problem else None

    assert refused("ann") == "was proposed by you"
    assert refused("ben") is None
    assert refused("ben", ref("1.0.5")) == "was proposed when another pack was in force"
    assert refused("ben", release_id="r-2") == "is no release"


def test_who_approved_may_say_so_again_and_others_hear_who_did():
    known = releases_of([proposed(), approved()])
    assert refuse_approval(known, "r-1.1.0", "ben", ref("1.1.0"), NOON + 2 * HOUR) is None
    problem = refuse_approval(known, "r-1.1.0", "eve", ref("1.1.0"), NOON + 2 * HOUR)
    assert problem is not None
    assert problem.problem == "was approved by ben"


@pytest.mark.parametrize(
    ("changes", "backtested", "says"),
    [
        ({}, False, None),
        ({"newly_automatic": ("spam.certain",)}, False, "would decide alone"),
        ({"newly_automatic": ("spam.certain",), "backtest_id": "t-1"}, True, None),
        ({"newly_automatic": ("spam.certain",), "backtest_id": "t-1"}, False, "is no recorded backtest of this pack"),
        ({"newly_automatic": ("spam.certain",), "override": "synthetic"}, False, None),
        ({"pack": FOLDER}, False, "is in force already"),
        ({"pack": PackRef(pack_id="other", version="1", digest="sha256:9")}, False, "is not the tenant's pack"),
        ({"pack": PackRef(pack_id="baseline", version="1.0.0", digest="sha256:9")}, False, "is the version of another"),
        ({"pack": PackRef(pack_id="baseline", version="1.2.0", digest="sha256:9")}, False, "is the version of another"),
    ],
)
def test_what_may_be_proposed(changes: dict[str, object], backtested: bool, says: str | None):
    problem = refuse_proposal(releases_of(two()), proposed("1.3.0", **changes), backtested)
    assert says in problem.problem if says and problem else problem is None and says is None


def test_events_read_back_as_they_were_written():
    moment = datetime.fromisoformat("2026-03-02T12:00:00+00:00")
    known = releases_of([*two(), back("r-1.1.0", 4)])
    assert Releases.model_validate_json(known.model_dump_json()) == known
    assert known.in_force(moment) is None
