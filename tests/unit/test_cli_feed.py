"""Feeding: every bad line is named with field and cure, nothing is lost in silence, feeding again adds nothing."""

import io
import json
from itertools import islice

import pytest

from api.lines import LINE_LIMIT, RawLine
from cases.errors import Problem
from workers.corpus import CorpusText
from workers.feed_lines import BadLine, FeedLine, FeedPost, parse_line, read_lines
from workers.feed_mix import fed_cases
from workers.feeding import Away, Fate, Feeder, LineRefused, feed_file

POST = {"post": {"id": "p1", "author_id": "a1", "text": "Good morning"}}
REPORT = {"report": {"subject": {"kind": "content", "id": "p1"}, "area": "spam", "reporter": {"account_id": "r1"}}}
SIGNAL = {
    "signal": {
        "subject": {"kind": "content", "id": "p1"},
        "detector": {"vendor": "v", "name": "n", "version": "1"},
        "scores": {"spam": 0.9},
    }
}


def a_line(number: int, raw: bytes) -> FeedLine | BadLine:
    return parse_line(RawLine(number, len(raw), raw))


class Doors:
    """A gateway that remembers message ids."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.away = 0

    async def report(self, message):
        if self.away:
            self.away -= 1
            raise Away("no answer")
        repeated = message.message_id in self.known
        self.known.add(message.message_id)
        return repeated

    async def signal(self, message):
        return await self.report(message)


class Users:
    """A platform that takes everything but suspended authors."""

    def __init__(self) -> None:
        self.posts: set[str] = set()

    async def publish(self, post):
        if post.author_id == "suspended":
            raise LineRefused(Problem("post.author_id", "", "the account is suspended", "post as another author"))
        known = post.id in self.posts
        self.posts.add(post.id)
        return known


def line(value) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize("value", [POST, REPORT, SIGNAL])
def test_a_post_a_report_and_a_signal_are_read(value):
    assert isinstance(a_line(1, line(value)), FeedLine)


def test_a_report_without_a_message_id_gets_the_same_one_every_time():
    first, again = a_line(1, line(REPORT)), a_line(9, line(dict(reversed(REPORT.items()))))
    assert first.message.message_id == again.message.message_id


@pytest.mark.parametrize(
    ("value", "field", "cure"),
    [
        (b"{", "line", "one JSON object"),
        (b"[1]", "line", 'write {"post"'),
        (b'{"post": {}, "report": {}}', "line", "one of them a line"),
        (b"\xff\xfe{}", "line", "UTF-8"),
        (line({"post": {**POST["post"], "txt": "x"}}), "post.txt", "did you mean text"),
        (line({"post": {"id": "p", "author_id": "a"}}), "post.text", "send it"),
        (line({"post": {**POST["post"], "id": "../p"}}), "post.id", "platform's own id"),
        (line({"post": {**POST["post"], "created_at": "2026-11-22T10:00:00"}}), "post.created_at", "offset"),
        (
            line({"report": {**REPORT["report"], "subject": {"kind": "contnt", "id": "p"}}}),
            "report.subject.kind",
            "cont",
        ),
        (line({"report": {**REPORT["report"], "reporter": {}}}), "report.reporter", ""),
        (line({"signal": {**SIGNAL["signal"], "scores": {"spam": 2}}}), "signal.scores.spam", "0 to 1"),
        (line({"report": 5}), "report", "an object"),
    ],
)
def test_a_bad_line_names_field_and_cure(value, field, cure):
    bad = a_line(4, value)
    assert isinstance(bad, BadLine)
    assert bad.number == 4
    problem = next(one for one in bad.problems if one.field == field)
    assert cure in problem.cure


def test_a_refused_value_that_may_be_content_is_not_repeated():
    bad = a_line(1, line({"post": {"id": "p", "author_id": "a", "text": ["a secret"], "surface": "sky"}}))
    told = " ".join(map(str, bad.problems))
    assert "secret" not in told
    assert "sky" in told


def test_blank_lines_are_passed_over_and_a_line_too_long_is_refused_whole():
    file = io.BytesIO(b"\n" + b"x" * (LINE_LIMIT * 2) + b"\n" + line(POST) + b"\n\n")
    read = list(read_lines(file))
    assert [(type(one), one.number) for one in read] == [(BadLine, 2), (FeedLine, 3)]


async def test_a_file_is_fed_and_what_is_refused_stands_beside_it(tmp_path):
    path = tmp_path / "mine.ndjson"
    suspended = {"post": {"id": "p2", "author_id": "suspended", "text": "x"}}
    path.write_bytes(b"\n".join([line(POST), line(REPORT), b"nonsense", line(suspended), line(SIGNAL)]))
    tally = await feed_file(path, Feeder(Doors(), Users()), lambda *_: None)
    assert tally.fates == {Fate.TAKEN: 3, Fate.KNOWN: 0, Fate.REFUSED: 2}
    refused = [json.loads(text) for text in (tmp_path / "mine.ndjson.refused.ndjson").read_text().splitlines()]
    assert [(one["line"], one["problems"][0]["field"]) for one in refused] == [(3, "line"), (4, "post.author_id")]
    assert all(one["problems"][0]["cure"] and one["given"] for one in refused)


async def test_feeding_a_file_again_adds_nothing(tmp_path):
    path = tmp_path / "mine.ndjson"
    path.write_bytes(b"\n".join([line(POST), line(REPORT), line(SIGNAL)]))
    feeder = Feeder(Doors(), Users())
    await feed_file(path, feeder, lambda *_: None)
    again = await feed_file(path, feeder, lambda *_: None)
    assert again.fates == {Fate.TAKEN: 0, Fate.KNOWN: 3, Fate.REFUSED: 0}
    assert not (tmp_path / "mine.ndjson.refused.ndjson").exists()


async def test_a_gateway_that_is_away_is_waited_for(monkeypatch):
    monkeypatch.setattr("workers.feeding._PAUSE_SECONDS", 0.0)
    doors = Doors()
    doors.away = 3
    waited: list[float] = []
    fate = await Feeder(doors, Users()).send(a_line(1, line(REPORT)).message, waited.append)
    assert fate is Fate.TAKEN
    assert len(waited) == 3


async def test_a_gateway_that_stays_away_ends_the_feed_with_nothing_lost(monkeypatch):
    monkeypatch.setattr("workers.feeding._PAUSE_SECONDS", 0.0)
    doors = Doors()
    doors.away = 10**9
    with pytest.raises(Away):
        await Feeder(doors, Users(), patience=0.05).send(a_line(1, line(REPORT)).message)


TEXTS = [CorpusText(f"text {n}", sensitive=True, scores={"toxicity": n / 100}) for n in range(50, 100)]


def test_the_built_in_feed_is_the_same_in_every_run():
    first, again = list(islice(fed_cases(TEXTS, "s"), 50)), list(islice(fed_cases(TEXTS, "s"), 50))
    assert first == again
    assert list(islice(fed_cases(TEXTS, "s", first=10), 3)) == first[10:13]
    assert list(islice(fed_cases(TEXTS, "another"), 50)) != first


def test_the_built_in_feed_is_a_mix_of_areas_and_hides_abusive_texts():
    cases = list(islice(fed_cases(TEXTS, "s"), 300))
    areas = [case.messages[1].area for case in cases]
    assert {area: areas.count(area) > 15 for area in ("harassment", "spam", "self_harm")} == {
        "harassment": True,
        "spam": True,
        "self_harm": True,
    }
    assert "child_safety" not in areas
    posts = [case.messages[0] for case in cases]
    assert all(isinstance(post, FeedPost) for post in posts)
    assert all(post.sensitive for post in posts if post.text.startswith("text "))
    assert len({post.id for post in posts}) == 300


def test_every_person_of_the_built_in_feed_is_marked_synthetic():
    for case in islice(fed_cases(TEXTS, "s"), 100):
        post, *messages = case.messages
        assert post.author_id.startswith("synthetic-")
        reporters = [message.reporter for message in messages if getattr(message, "reporter", None)]
        assert all(
            one.account_id.startswith("synthetic-") and one.address.endswith("@example.invalid") for one in reporters
        )


def test_without_a_corpus_the_feed_still_has_something_to_say():
    assert len(list(islice(fed_cases([], "s"), 20))) == 20
