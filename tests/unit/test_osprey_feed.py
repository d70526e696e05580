"""Osprey's file on its way: lines cut as they come, a place kept that never leads, rejects beside. All data is synthetic."""

import json

import pytest

from api.answers import BatchAnswer, BatchResult, ResultProblem
from api.client import Unavailable
from api.lines import LINE_LIMIT
from api.peers.osprey_map import default_map
from workers.feeding import Away, Fate
from workers.line_cutter import LineCutter
from workers.line_source import FileLines, Position, keep_position, read_position
from workers.osprey_feed import BatchDoor, OspreyFeed


def a_line(action_id: int, label: str = "User/spam/1") -> bytes:
    features = {"__action_id": action_id, "UserId": f"u{action_id}", "__entity_label_mutations": [label]}
    return json.dumps(features).encode() + b"\n"


class Door:
    """A gateway that remembers message ids, and is away for the first few asks."""

    def __init__(self, away: int = 0, refuses: str = "") -> None:
        self.known: dict[str, str] = {}
        self.away, self.refuses = away, refuses

    async def submit_batch(self, messages):
        if self.away:
            self.away -= 1
            raise Unavailable("no answer")
        results = tuple(self._one(index, message) for index, message in enumerate(messages))
        return BatchAnswer(accepted=0, known=0, conflict=0, refused=0, next="", results=results)

    def _one(self, index, message):
        outcome = "known" if message.message_id in self.known else "accepted"
        if message.subject.id == self.refuses:
            problem = ResultProblem(field="area", value="spam", problem="is no area", cure="use another")
            return BatchResult(index=index, outcome="refused", errors=(problem,))
        if self.known.setdefault(message.message_id, message.subject.id) == "conflict":
            outcome = "conflict"
        return BatchResult(index=index, outcome=outcome, message_id=message.message_id)


async def fed(path, door, *, follow=False, start=None):
    feed = OspreyFeed(BatchDoor(door), default_map(), path.with_name("refused.ndjson"), patience_seconds=5)
    lines = FileLines(path, start, follow=follow, idle_seconds=0.0)
    await feed.run(lines.batches(), lines.through)
    return feed.tally, lines.position


async def test_a_file_is_sent_and_sending_it_again_adds_nothing(tmp_path):
    path, door = tmp_path / "osprey.ndjson", Door()
    path.write_bytes(a_line(1) + a_line(2) + b"\n" + a_line(3).rstrip())

    first, _ = await fed(path, door)
    again, _ = await fed(path, door)

    assert (first.signals[Fate.TAKEN], again.signals[Fate.TAKEN], again.signals[Fate.KNOWN]) == (3, 0, 3)
    assert first.quiet == 1


async def test_a_growing_file_goes_on_where_it_ended_and_waits_for_a_whole_line(tmp_path):
    path, door = tmp_path / "osprey.ndjson", Door()
    path.write_bytes(a_line(1) + a_line(2)[:20])
    first, position = await fed(path, door, follow=True)
    with path.open("ab") as file:
        file.write(a_line(2)[20:] + a_line(3))

    then, position = await fed(path, door, follow=True, start=position)

    assert (first.lines, then.lines, position.line) == (1, 2, 3)
    assert list(door.known.values()) == ["u1", "u2", "u3"]


async def test_a_rotated_or_shortened_file_is_read_from_its_beginning(tmp_path):
    path, door = tmp_path / "osprey.ndjson", Door()
    path.write_bytes(a_line(1) + a_line(2))
    _, position = await fed(path, door, follow=True)
    path.rename(tmp_path / "osprey.1")
    path.write_bytes(a_line(3))
    rotated, position = await fed(path, door, follow=True, start=position)
    path.write_bytes(a_line(4))
    shortened, _ = await fed(path, door, follow=True, start=position.evolve(offset=10_000))

    assert (rotated.lines, shortened.lines) == (1, 1)
    assert list(door.known.values()) == ["u1", "u2", "u3", "u4"]


async def test_a_file_rotated_while_it_is_followed_is_read_to_its_end_and_its_successor_begun(tmp_path):
    path = tmp_path / "osprey.ndjson"
    path.write_bytes(a_line(1))
    lines = FileLines(path, None, follow=True, idle_seconds=0.0)
    seen = []
    async for batch in lines.batches():
        seen += [line.raw for line in batch]
        if len(seen) == 1 and batch:
            lines.through(batch[-1])
            path.rename(tmp_path / "osprey.1")
            path.write_bytes(a_line(2))

    assert [raw + b"\n" for raw in seen] == [a_line(1), a_line(2)]


async def test_a_gateway_that_is_away_is_waited_for_and_nothing_is_lost(tmp_path, monkeypatch):
    monkeypatch.setattr("workers.osprey_feed._PAUSE_SECONDS", 0.0)
    path, door = tmp_path / "osprey.ndjson", Door(away=3)
    path.write_bytes(b"".join(map(a_line, range(20))))

    tally, _ = await fed(path, door)

    assert len(door.known) == 20
    assert sum(tally.signals.values()) == 20


async def test_the_place_stays_where_it_was_if_the_gateway_stays_away(tmp_path, monkeypatch):
    monkeypatch.setattr("workers.osprey_feed._PAUSE_SECONDS", 0.0)
    path, door = tmp_path / "osprey.ndjson", Door(away=10**9)
    path.write_bytes(a_line(1))
    feed = OspreyFeed(BatchDoor(door), default_map(), tmp_path / "rejects", patience_seconds=0.0)
    lines = FileLines(path, None, follow=True, idle_seconds=0.0)

    with pytest.raises(Away):
        await feed.run(lines.batches(), lines.through)

    assert (lines.position.offset, lines.position.line) == (0, 0)


async def test_rejects_are_private_and_name_line_field_value_and_cure(tmp_path):
    path, door = tmp_path / "osprey.ndjson", Door(refuses="u2")
    path.write_bytes(a_line(1, "User/meow/1") + a_line(2) + b"not json\n" + b"x" * (LINE_LIMIT + 2) + b"\n" + a_line(3))

    tally, _ = await fed(path, door)

    kept = [json.loads(line) for line in (tmp_path / "refused.ndjson").read_text().splitlines()]
    assert tally.rejected == 4
    assert tally.signals[Fate.REFUSED] == 1
    assert [(one["line"], one["problems"][0]["field"]) for one in kept] == [
        (1, "labels"), (2, "area"), (3, "line"), (4, "line"),
    ]  # fmt: skip
    assert kept[0]["problems"][0]["value"] == "meow"
    assert all(problem["cure"] for one in kept for problem in one["problems"])
    assert (tmp_path / "refused.ndjson").stat().st_mode & 0o077 == 0
    assert list(door.known.values()) == ["u3"]


async def test_an_action_sent_under_another_map_before_is_told_of_and_the_first_stands(tmp_path):
    path, door = tmp_path / "osprey.ndjson", Door()
    path.write_bytes(a_line(1))
    await fed(path, door)
    door.known = dict.fromkeys(door.known, "conflict")

    tally, _ = await fed(path, door)

    (kept,) = [json.loads(line) for line in (tmp_path / "refused.ndjson").read_text().splitlines()]
    assert tally.signals[Fate.REFUSED] == 1
    assert "stands" in kept["problems"][0]["cure"]


def test_lines_are_cut_alike_however_the_bytes_come():
    data = b"one\n\ntwo\n" + b"y" * 40 + b"\nlast"
    whole = LineCutter().cut(data, ended=True)
    cutter = LineCutter()
    pieces = [line for at in range(len(data)) for line in cutter.cut(data[at : at + 1])]

    assert [*pieces, *cutter.cut(b"", ended=True)] == whole
    assert [line.end for line in whole] == [4, 5, 9, 50, 54]


def test_the_position_is_replaced_in_one_step_and_a_foreign_file_is_named(tmp_path):
    path = tmp_path / "osprey.ndjson.position"
    assert read_position(path) is None
    keep_position(path, Position(device=1, inode=2, offset=3, line=4))
    assert read_position(path) == Position(device=1, inode=2, offset=3, line=4)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    path.write_text("elsewhere")
    with pytest.raises(ValueError, match="delete it"):
        read_position(path)
