"""`dueprocess campaign` and `dueprocess case copies`: what is sent, what is printed, how it ends."""

import json

import pytest

from api.answers import CaseAnswer, CopyAnswer
from api.operator_answers import CampaignAnswer, CampaignBatch, CampaignJoined, CampaignPaused
from cases.campaigns import MEMBERS_AT_ONCE
from tests.unit.test_cli_commands import CASE, NOON, FakeGateway, FakePlace, dueprocess

CAMPAIGN = CASE.replace("/content/", "/campaign/")
BATCH = CampaignBatch(order_id="d-1:subject", target="subject", begun_at=NOON, confirmed=41, void=1, waiting=8)


class Gateway(FakeGateway):
    async def join_campaign(self, request):
        self._note(request)
        return CampaignJoined(case_id=CAMPAIGN, message_id=request.message_id, joined=len(request.members))

    async def campaign(self, case_id):
        self._note(case_id)
        counts = {"members": 50, "accounts": 20, "sampled": 50, "split_off": 1}
        return CampaignAnswer(case_id=case_id, opened_at=NOON, paused_at=NOON, batches=(BATCH,), **counts)

    async def pause_campaign(self, request):
        self._note(request)
        return CampaignPaused(case_id=request.case_id, paused=request.paused, batches=1)


@pytest.fixture
def place(tmp_path):
    place = FakePlace(tmp_path)
    place.doors = Gateway()
    return place


def a_file(tmp_path, members: int):
    file = tmp_path / "members.ndjson"
    lines = ({"subject": {"kind": "content", "id": f"p-{number}"}, "account": "ann"} for number in range(members))
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return file


def test_a_file_of_members_goes_out_by_the_thousand_and_the_last_page_opens_the_case(place, capsys, tmp_path):
    file = a_file(tmp_path, MEMBERS_AT_ONCE + 1)
    assert dueprocess(place, "campaign", "open", "raid-1", "--members", str(file), "--area", "spam", "--json") == 0
    assert [(len(one.members), one.complete) for one in place.doors.asked] == [(MEMBERS_AT_ONCE, False), (1, True)]
    assert len({one.message_id for one in place.doors.asked}) == 1
    assert json.loads(capsys.readouterr().out)["joined"] == MEMBERS_AT_ONCE + 1


def test_a_line_that_is_no_member_is_named_and_nothing_is_sent(place, capsys, tmp_path):
    file = a_file(tmp_path, 1)
    file.write_text(file.read_text() + '{"account": "ann"}\n')
    assert dueprocess(place, "campaign", "open", "raid-1", "--members", str(file), "--area", "spam") == 2
    assert place.doors.asked == []
    assert "2" in capsys.readouterr().err


def test_how_a_campaign_stands_is_shown_with_each_of_its_orders(place, capsys):
    assert dueprocess(place, "campaign", "show", CAMPAIGN) == 0
    out = capsys.readouterr().out
    assert "50 members of 20 accounts, 50 sampled, 1 split off, PAUSED" in out
    assert "d-1:subject" in out
    assert "under way" in out


@pytest.mark.parametrize(("word", "paused"), [("pause", True), ("resume", False)])
def test_a_campaign_is_paused_and_resumed_by_the_operator(place, capsys, word, paused):
    assert dueprocess(place, "campaign", word, CAMPAIGN) == 0
    assert [(one.case_id, one.paused) for one in place.doors.asked] == [(CAMPAIGN, paused)]
    assert place.doors.identity == ("demo", "operator")
    assert f"{word.capitalize()}d: 1 batches" in capsys.readouterr().out


def test_an_undo_names_decision_and_reason(place, capsys):
    words = ("campaign", "undo", CAMPAIGN, "--decision", "d-1", "--reason", "It was an event.", "--message-id", "u-1")
    assert dueprocess(place, *words) == 0
    (asked,) = place.doors.asked
    assert (asked.message_id, asked.case_id, asked.decision_id) == ("u-1", CAMPAIGN, "d-1")
    assert "Every member is freed" in capsys.readouterr().out


def test_copies_are_listed_by_how_alike_they_are_and_never_by_what_they_say(place, capsys):
    other = CASE.replace("0123", "abcd")
    copies = (CopyAnswer(case_id=other, likeness="content"), CopyAnswer(case_id=other, likeness="wording", differing=2))
    place.doors.answer = CaseAnswer(case_id=CASE, stream=CASE, stage="in_review", copies=copies)
    assert dueprocess(place, "case", "copies", CASE) == 0
    out = capsys.readouterr().out
    assert "the same to the letter" in out
    assert "nearly the same words" in out
    assert dueprocess(place, "case", "copies", CASE, "--json") == 0
    assert [one["likeness"] for one in json.loads(capsys.readouterr().out)["copies"]] == ["content", "wording"]
