"""A file of reports through the batch door: cut short anywhere, it goes on; what is not taken is named with a cure."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.answers import BatchAnswer, BatchResult, ResultProblem
from api.batches import answer_of
from api.cli import bulk
from api.cli.bulk import BulkFile, BulkMessage, Progress
from api.cli.exits import BadUsage
from api.client import Unavailable

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Killed(BaseException):
    """The process is gone."""


class Doors:
    """A batch door that remembers. dies_at: the request in which the sender is killed, before or after it is kept."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.requests = 0
        self.away = 0
        self.dies_at: tuple[int, str] | None = None

    async def submit_batch(self, messages: Sequence[BulkMessage]) -> BatchAnswer:
        self.requests += 1
        if self.away:
            self.away -= 1
            raise Unavailable("synthetic", 429, retry_after=0)
        if self.dies_at == (self.requests, "before"):
            raise Killed
        results = [self._keep(place, message) for place, message in enumerate(messages)]
        if self.dies_at == (self.requests, "after"):
            raise Killed
        return answer_of(results)

    def _keep(self, place: int, message: BulkMessage) -> BatchResult:
        if message.area == "unknown":
            wrong = ResultProblem(field="area", value="unknown", problem="is not an area", cure="use spam")
            return BatchResult(index=place, outcome="refused", message_id=message.message_id, errors=(wrong,))
        known = message.message_id in self.kept
        self.kept[message.message_id] = message.subject.id
        outcome = "known" if known else "accepted"
        return BatchResult.model_validate(
            {"index": place, "outcome": outcome, "message_id": message.message_id, "received_at": NOON}
        )


def a_line(number: int, **changes: Any) -> str:
    return json.dumps(
        {"message_id": f"m-{number}", "subject": {"kind": "content", "id": f"p-{number}"}, "area": "spam", **changes}
    )


def a_file(folder: Path, lines: Sequence[str]) -> Path:
    path = folder / "reports.ndjson"
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


async def sent(path: Path, doors: Doors) -> Progress:
    return await BulkFile(path).send(doors, lambda done, waited: None)  # type: ignore[arg-type]  # stood in


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "BATCH_LIMIT", 4)


async def test_every_line_is_sent_and_what_is_wrong_is_named_with_its_line(tmp_path: Path):
    signal = {
        "message_id": "s-1",
        "subject": {"kind": "content", "id": "p-9"},
        "detector": {"vendor": "v", "name": "n", "version": "1"},
        "scores": {"spam": 0.9},
    }
    lines = [a_line(1), "", "{not json", a_line(2, area="unknown"), json.dumps({"signal": signal}), a_line(3, colour=1)]
    path = a_file(tmp_path, [*lines, json.dumps({"report": json.loads(a_line(4))}), "[]"])
    doors = Doors()

    done = await sent(path, doors)

    assert (done.accepted, done.known, done.rejected, done.line) == (3, 0, 4, 8)
    assert sorted(doors.kept) == ["m-1", "m-4", "s-1"]
    rejects = [json.loads(line) for line in (tmp_path / "reports.ndjson.refused.ndjson").read_text().splitlines()]
    assert [(one["line"], one["field"]) for one in sorted(rejects, key=lambda one: one["line"])] == [
        (3, "line"),
        (4, "area"),
        (6, "colour"),
        (8, "line"),
    ]
    assert all(one["cure"] for one in rejects)
    assert not (tmp_path / "reports.ndjson.resume.json").exists()


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("request_number", [1, 2, 3])
async def test_killed_anywhere_and_run_again_nothing_is_lost_or_stored_twice(
    tmp_path: Path, request_number: int, moment: str
):
    lines = [a_line(number, **({"area": "unknown"} if number % 5 == 0 else {})) for number in range(1, 12)]
    path, doors = a_file(tmp_path, lines), Doors()
    doors.dies_at = (request_number, moment)
    with pytest.raises(Killed):
        await sent(path, doors)
    asked = doors.requests
    doors.dies_at = None

    done = await sent(path, doors)

    assert len(doors.kept) == 9
    assert (done.accepted + done.known, done.rejected) == (9, 2)
    assert doors.requests - asked == 3 - (request_number - 1), "what was answered is not sent again"
    rejects = (tmp_path / "reports.ndjson.refused.ndjson").read_text().splitlines()
    assert [json.loads(one)["line"] for one in rejects] == [5, 10]


async def test_killed_between_rejects_and_resume_file_the_rejects_are_not_doubled(tmp_path: Path, monkeypatch: Any):
    path, doors = a_file(tmp_path, [a_line(1, area="unknown"), a_line(2)]), Doors()

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(bulk, "write_atomically", killed)
        with pytest.raises(Killed):
            await sent(path, doors)
    done = await sent(path, doors)

    assert (done.accepted, done.known, done.rejected) == (0, 1, 1)
    assert len((tmp_path / "reports.ndjson.refused.ndjson").read_text().splitlines()) == 1


async def test_another_file_under_the_name_of_one_begun_is_not_resumed(tmp_path: Path):
    path, doors = a_file(tmp_path, [a_line(number) for number in range(10)]), Doors()
    doors.dies_at = (2, "before")
    with pytest.raises(Killed):
        await sent(path, doors)
    a_file(tmp_path, [a_line(number, area="other") for number in range(20)])

    with pytest.raises(BadUsage, match="is not the file"):
        await sent(path, doors)


async def test_a_gateway_that_asks_to_wait_is_waited_for(tmp_path: Path):
    doors = Doors()
    doors.away = 3
    done = await sent(a_file(tmp_path, [a_line(1)]), doors)

    assert (done.accepted, doors.requests) == (1, 4)


async def test_a_line_without_an_id_gets_one_from_its_own_words(tmp_path: Path):
    line = json.dumps({"subject": {"kind": "content", "id": "p-1"}, "area": "spam"})
    doors = Doors()
    first = await sent(a_file(tmp_path, [line]), doors)
    again = await sent(a_file(tmp_path, [line]), doors)

    assert (first.accepted, again.known, len(doors.kept)) == (1, 1, 1)


async def test_a_file_that_is_not_there_is_bad_usage(tmp_path: Path):
    with pytest.raises(BadUsage, match="cannot be read"):
        await sent(tmp_path / "nowhere.ndjson", Doors())
