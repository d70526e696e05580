"""The file of subscribers: the documented one is read whole, every mistake is named with its cure, no secret is said."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cases.subscribers import KINDS, SubscriberState, message_id
from workers.doctor_subscribers import check_subscribers, subscriber_finding
from workers.settings import Settings, SettingsError
from workers.subscribers_file import read_subscribers

SECRET = "whsec_" + "c3ludGhldGljIHNlY3JldCBvZiBhIHdhcmVob3VzZQ=="
ENVIRONMENT = {"WAREHOUSE_SECRET": SECRET, "SHORT": "whsec_c2hvcnQ="}
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DOCUMENTED = re.findall(r"```toml\n(\[\[subscribers\]\].*?)```", Path("docs/contract.md").read_text(), flags=re.DOTALL)
GOOD = """
[[subscribers]]
name = "warehouse"
tenant = "demo"
url = "https://warehouse.example/events"
secrets = ["env:WAREHOUSE_SECRET"]
"""


def settings_of(folder: Path, text: str) -> Settings:
    file = folder / "subscribers.toml"
    file.write_text(text)
    return Settings(subscribers_file=file, data=folder)


def test_the_documented_file_is_read(tmp_path: Path):
    (documented,) = DOCUMENTED
    read = read_subscribers(settings_of(tmp_path, documented), ENVIRONMENT)
    assert list(read) == [("demo", "warehouse")]
    assert len(read["demo", "warehouse"].keys) == 1
    assert set(read["demo", "warehouse"].table.kinds) <= KINDS


def test_no_file_means_no_subscribers(tmp_path: Path):
    assert read_subscribers(Settings(data=tmp_path)) == {}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"demo"', '"elsewhere"'), ["subscribers.0.tenant", "elsewhere", "is no tenant here"]),
        (("env:WAREHOUSE_SECRET", "env:NOT_SET"), ["subscribers.0.secrets.0", "NOT_SET"]),
        (("env:WAREHOUSE_SECRET", "env:SHORT"), ["subscribers.0.secrets.0", "24 to 64 bytes"]),
        (("https://", "ftp://"), ["subscribers.0.url"]),
        (("https://warehouse", "https://user@warehouse"), ["subscribers.0.url"]),
        (('"warehouse"\n', '"Ware House"\n'), ["subscribers.0.name"]),
        (("secrets = [", 'kinds = ["decision_recordet"]\nsecrets = ['), ["subscribers.0.kinds", "decision_recorded"]),
        (("secrets = [", "unknown = 1\nsecrets = ["), ["unknown"]),
        (("[[subscribers]]", "[[subscribers"), ["cannot be read"]),
    ],
)
def test_a_mistake_is_named_with_field_value_and_cure(tmp_path: Path, change: tuple[str, str], said: list[str]):
    with pytest.raises(SettingsError) as refused:
        read_subscribers(settings_of(tmp_path, GOOD.replace(*change)), ENVIRONMENT)
    assert all(word in str(refused.value) for word in said), str(refused.value)
    assert "whsec_" not in str(refused.value).replace("give whsec_ and base64", "")


def test_a_name_is_given_once_in_a_tenant(tmp_path: Path):
    with pytest.raises(SettingsError, match="is given twice"):
        read_subscribers(settings_of(tmp_path, GOOD + GOOD), ENVIRONMENT)


def test_an_events_message_has_one_id_for_ever_and_no_other_has_it():
    assert message_id("demo", "case/demo/content/x", 1) == message_id("demo", "case/demo/content/x", 1)
    assert len({message_id("demo", "case/demo/content/x", place) for place in range(100)}) == 100


@pytest.mark.parametrize(
    ("change", "ok", "said"),
    [
        ({}, True, "sent"),
        ({"refused": 2, "waiting": 5}, False, "2 refused, 5 wait"),
        ({"stopped_at": NOON, "stopped_by": "operator"}, False, "stopped by operator"),
        ({"ended_at": NOON, "waiting": 3}, False, "no file names it; 3 wait"),
        ({"ended_at": NOON}, True, "no file names it"),
        ({"waiting": 5, "oldest": NOON - timedelta(minutes=1)}, True, "5 wait"),
        ({"waiting": 5, "oldest": NOON - timedelta(minutes=6)}, False, "the oldest since 2026-03-02 11:54"),
        ({"away_since": NOON, "answer": "answered_500"}, False, "answered_500 since"),
    ],
)
def test_doctor_says_who_is_not_sent_what_waits_and_what_to_do(change: dict[str, object], ok: bool, said: str):
    found = subscriber_finding("demo", SubscriberState(name="warehouse", kinds=(), since=NOON, **change), NOON)
    assert (found.ok, said in found.found) == (ok, True), found
    assert bool(found.cure) is not ok


async def test_a_file_that_cannot_be_used_is_said_with_its_cure(tmp_path: Path):
    (found,) = [one async for one in check_subscribers(settings_of(tmp_path, "not toml ["))]
    assert not found.ok
    assert "subscribers.toml" in found.cure
