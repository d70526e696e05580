"""Raids found by rule: what counts, what crosses, and what follows once."""

from datetime import timedelta

import pytest

from cases.assessments import Triaged
from cases.duties import JoinCampaign, duties
from cases.folding import fold
from cases.pack_mistakes import PackMistakes
from cases.packs import load_pack
from cases.raids import CampaignFound, CampaignRules, Crowd, RaidKind, RaidSeen, campaign_name, raid_seen
from tests.builders import NOON, a_case, an_event
from tests.unit.test_policy_checks import FILES

RULES = CampaignRules(alike_items="items", alike_accounts="accounts", together_accounts="together")
LIMITS = {"items": 20, "accounts": 10, "together": 20}
RAID = RaidSeen(how=RaidKind.ALIKE, items=20, accounts=10, since=NOON, area="spam")


def seen(alike: Crowd, together: Crowd | None = None) -> RaidSeen | None:
    return raid_seen(RULES, LIMITS, alike, together or Crowd(), "spam", NOON)


def test_many_alike_contents_of_many_accounts_are_a_raid_and_one_account_repeating_itself_is_none():
    found = seen(Crowd(items=20, accounts=10))
    assert found is not None
    assert (found.how, found.since) == (RaidKind.ALIKE, NOON - timedelta(hours=1))
    assert seen(Crowd(items=200, accounts=9)) is None
    assert seen(Crowd(items=19, accounts=19)) is None


def test_many_accounts_in_one_community_are_a_raid_whatever_they_say():
    found = seen(Crowd(items=1, accounts=1), Crowd(items=20, accounts=20))
    assert found is not None
    assert (found.how, found.since) == (RaidKind.TOGETHER, NOON - timedelta(minutes=10))


def test_a_content_joins_once():
    triaged = Triaged(through=1, evidence_version=1, assessments=(), facts={}, raid=RAID)
    case = fold(a_case(), an_event("t-1", triaged))
    assert [duty for duty in duties(case, NOON) if isinstance(duty, JoinCampaign)] == [JoinCampaign(raid=RAID)]
    case = fold(
        case, an_event("campaign", CampaignFound(how=RAID.how, items=20, accounts=10, campaign="case/demo/campaign/c"))
    )
    case = fold(case, an_event("t-2", triaged.evolve(through=2)))
    assert not [duty for duty in duties(case, NOON) if isinstance(duty, JoinCampaign)]


def test_a_campaign_is_named_by_its_first_content_and_when_it_came():
    one = campaign_name(RaidKind.ALIKE, "case/demo/content/a", NOON)
    assert one == campaign_name(RaidKind.ALIKE, "case/demo/content/a", NOON)
    assert one != campaign_name(RaidKind.ALIKE, "case/demo/content/a", NOON + timedelta(seconds=1))
    assert one != campaign_name(RaidKind.TOGETHER, "case/demo/content/a", NOON)


def test_a_pack_names_thresholds_that_count():
    section = (
        '\n[campaigns]\nalike_items = "nobody"\nalike_accounts = "raid_accounts"\ntogether_accounts = "spam_likely"\n'
    )
    text = FILES["pack.toml"]
    start = text.index("[campaigns]")
    end = text.index("# ----", start)
    with pytest.raises(PackMistakes) as refused:
        load_pack({**FILES, "pack.toml": text[:start] + text[end:] + section})
    assert "unknown threshold 'nobody'" in str(refused.value)
    assert "threshold 'spam_likely' counts what comes together" in str(refused.value)
