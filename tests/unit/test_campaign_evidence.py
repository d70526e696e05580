"""What detectors are given of a campaign's sample."""

import json
from types import SimpleNamespace
from typing import Any

from activities import campaign_evidence
from activities.bank_matching import LOOKED_AT
from activities.campaign_evidence import LISTED, capture_sample, listed, machines_may_see
from activities.platform_client import Snapshot
from cases.evidence import EvidenceVersion
from tests.builders import NOON


async def test_private_words_of_members_are_shown_to_people_and_read_by_no_machine(monkeypatch: Any):
    surfaces = {"m-1": "public", "m-2": "private", "m-3": "group", "m-4": "end_to_end"}
    kept: list[tuple[dict[str, Any], EvidenceVersion]] = []

    async def none(*_: Any) -> list[Any]:
        return []

    async def keys(*_: Any) -> list[str]:
        return list(surfaces)

    async def named(_: Any, __: str, drawn: Any) -> list[Any]:
        assert set(drawn) == set(surfaces)
        return [
            SimpleNamespace(member_key=one, kind="content", id=one, account="a", content_version="1")
            for one in surfaces
        ]

    async def snapshot(_: str, name: str) -> Snapshot:
        return Snapshot.model_validate(
            {
                "kind": "content",
                "id": name,
                "content_version": "1",
                "created_at": NOON,
                "text": f"synthetic {name}",
                "surface": surfaces[name],
            }
        )

    async def keep(_: Any, __: str, content: bytes, facts: EvidenceVersion) -> EvidenceVersion:
        kept.append((json.loads(content), facts))
        return facts

    monkeypatch.setattr(campaign_evidence.campaigns, "keys_of", keys)
    monkeypatch.setattr(campaign_evidence.campaigns, "named", named)
    monkeypatch.setattr(campaign_evidence.campaigns, "note_sample", none)
    monkeypatch.setattr(campaign_evidence.evidence, "facts_of", none)
    monkeypatch.setattr(campaign_evidence.evidence, "keep", keep)
    platform: Any = SimpleNamespace(snapshot=snapshot)
    case_id = "case/demo/campaign/" + "1" * 32

    await capture_sample(None, platform, case_id, "raid", NOON)  # type: ignore[arg-type]

    ((content, facts),) = kept
    assert content["text"].split("\n") == ["synthetic m-1", "synthetic m-3"]
    assert [line["text"] for line in content["thread"]] == [f"synthetic {name}" for name in surfaces]
    assert facts.sample == 4


def test_each_members_first_attachment_comes_before_anybodys_second_and_each_file_once():
    a, b, c, d = ({"sha256": letter * 64, "private": letter == "d"} for letter in "abcd")
    found = listed([[a, b], [c], [a]], [[d, a]])
    assert [one["sha256"][0] for one in found] == ["a", "c", "b", "d"]
    assert machines_may_see(found) == found[:3], "at the same places"


def test_of_many_attachments_so_many_are_listed_that_the_sample_is_not_called_clean():
    many = [[{"sha256": f"{number:064x}", "private": False}] for number in range(2 * LISTED)]
    assert len(listed(many, [])) == LISTED > LOOKED_AT
    assert len(listed([[{"private": False}, {"private": False}]], [])) == 2, "what has no digest is nobody's copy"
