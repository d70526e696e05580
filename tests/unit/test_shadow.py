"""A shadow run: what a pack would do, read off the same fold that real cases go by, and nothing done. All synthetic."""

import io
import json
import re
from pathlib import Path

import pytest

from activities.policy_packs import read_pack_files
from api.peers.osprey_map import default_map, read_map
from cases.messages import ReportSource
from cases.names import SubjectKind
from cases.packs import load_pack
from cases.policy import DeadlineKind
from cases.shadow import Said, Told, outcome_in, shadow_case, shadowed, step_between
from tests import osprey_sample
from tests.unit.docs_pages import ROOT, page, table_rows
from workers import shadow_report
from workers.console import main
from workers.shadow import ShadowRun
from workers.shadow_pages import html_of
from workers.shadow_report import Assumptions, report_of

PACK = load_pack(read_pack_files(ROOT / "policies" / "baseline"))
SAMPLE = ROOT / "docs" / "samples" / "osprey.ndjson"
MAP = ROOT / "docs" / "samples" / "osprey-map.toml"


def report_on(*lines, table=None, given=Assumptions()):
    raw = b"".join((line if isinstance(line, str) else json.dumps(line)).encode() + b"\n" for line in lines)
    return report_of(ShadowRun(PACK, table or default_map()).read(io.BytesIO(raw)), PACK, given)


def osprey(action_id, label="Post/harassment/1", **features):
    return {"__action_id": action_id, "PostId": "p1", "__entity_label_mutations": [label], **features}


def report(person, area="spam", subject="p1", **fields):
    reporter = {"account_id": person, "address": f"{person}@example.invalid"}
    told = {"subject": {"kind": "content", "id": subject}, "area": area, "reporter": reporter, **fields}
    return {"report": told}


def test_the_samples_are_what_their_generator_makes():
    assert SAMPLE.read_text() == "".join(f"{line}\n" for line in osprey_sample.lines())


def test_the_sample_reads_whole_and_comes_to_cases_holds_and_duties():
    with SAMPLE.open("rb") as file:
        report = report_of(ShadowRun(PACK, read_map(MAP.read_text())).read(file), PACK, Assumptions())

    assert (report.lines, report.rejected) == (osprey_sample.LINES, 0)
    assert {one.area for one in report.opened} == {"spam", "harassment", "self_harm", "child_safety", "other"}
    assert {(one.how, one.area) for one in report.actions} == {("hold", "child_safety")}
    assert {one.said for one in report.compared} >= {"verdict reject", "effect ban_user", "label spammer"}
    assert report.labels_removed > 0
    assert report.days is not None


def test_signals_about_one_subject_meet_in_one_case():
    found = report_on(osprey(1), osprey(2), osprey(3, "Post/spam/1"))

    assert (found.cases, found.messages) == (1, 3)
    assert [(one.area, one.matters) for one in found.opened] == [("harassment", 1), ("spam", 1)]


def test_what_comes_twice_counts_once():
    found = report_on(osprey(1), osprey(1))

    assert (found.messages, found.repeated) == (1, 1)


def test_three_people_make_a_hold_and_each_is_owed_a_receipt_and_the_author_a_statement():
    found = report_on(*(report(f"person-{number}") for number in range(3)))

    assert [(one.how, one.measure, one.orders) for one in found.actions] == [("hold", "hide", 1)]
    owed = {(one.owed, one.of): one for one in found.duties}
    assert owed["receipt to a reporter", shadow_report.PACK].count == 3
    assert owed["statement of reasons to the person restricted", shadow_report.PACK].count == 1
    assert owed["statement filed with the EU transparency database", shadow_report.PACK].count == 1
    receipt = PACK.deadline(DeadlineKind.RECEIPT, "spam")
    assert receipt is not None
    assert owed["receipt to a reporter", shadow_report.PACK].within == receipt.within


def test_one_person_three_times_is_one_person():
    same = [report("one", message_id=f"m-{number}") for number in range(3)]

    assert report_on(*same).actions == ()


def test_what_the_platform_restricts_today_owes_statements_whatever_the_pack_would_do():
    line = {"__action_id": 1, "PostId": "p1", "__verdicts": ["reject"]}
    found = report_on(line, {**line, "__action_id": 2})

    today = {one.source: one.count for one in found.duties if one.of == shadow_report.TODAY}
    assert today == {"DSA Art. 17(1) and (3)": 1, "DSA Art. 24(5)": 1, "DSA Art. 20(1)": 1}
    (row,) = found.compared
    assert (row.said, row.restricts, row.review, row.agree, row.disagree) == ("verdict reject", True, 2, 0, 2)


def test_an_authority_report_is_owed_on_what_is_confirmed():
    found = report_on(osprey(1, "Post/child_safety/1"))

    (duty,) = [one for one in found.duties if "authority" in one.owed]
    assert (duty.count, duty.within) == (1, "PT24H")
    assert "2258A" in duty.source


def test_hours_and_cost_follow_from_the_assumptions_given():
    given = Assumptions(minutes={"harassment": 30.0}, price_per_million_actions=1_000_000.0, hourly_cost=10.0)
    found = report_on(osprey(1), {"__action_id": 2}, given=given)

    (queue,) = [one for one in found.queues if one.arrivals]
    assert (queue.queue, queue.hours) == ("harassment", 0.5)
    assert found.cost.temporal_actions == shadow_report.ACTIONS_REVIEWED
    assert found.cost.total == shadow_report.ACTIONS_REVIEWED + 5.0
    assert found.cost.per_million_lines == found.cost.total * 500_000


def test_the_actions_of_a_case_are_those_that_were_measured():
    rows = table_rows(page("benchmarks/RESULTS.md"), "| life | history events |")
    measured = {row[0].split(" (")[0]: int(re.findall(r"\d+", row[2])[0]) for row in rows}

    assert measured["automatic"] == shadow_report.ACTIONS_AUTOMATIC
    assert measured["reviewed"] == shadow_report.ACTIONS_REVIEWED
    assert measured["each filing adds"] == shadow_report.ACTIONS_FILING


def test_lines_that_cannot_be_read_are_listed_and_the_rest_is_counted():
    found = report_on(
        "{", osprey(1, "Post/meow/1"), report("ann", area="harrassment"), {"post": {"id": "x"}}, osprey(2)
    )

    assert (found.lines, found.cases, found.rejected) == (5, 1, 4)
    assert [(one.line, one.field) for one in found.rejects][:3] == [(1, "line"), (2, "labels"), (3, "area")]


def test_the_peak_hour_and_the_day_are_told_where_lines_have_times():
    times = [f"2026-11-0{day}T10:{minute:02d}:00+00:00" for day, minute in ((1, 0), (1, 30), (3, 0))]
    found = report_on(*(osprey(n, PostId=f"p{n}", __timestamp=at) for n, at in enumerate(times)))

    (queue,) = [one for one in found.queues if one.arrivals]
    assert (queue.peak_hour, queue.per_day, found.days) == (2, 1.5, 2.0)


def test_the_third_report_is_the_step_that_holds():
    told = [Told("spam", ReportSource.NOTICE, True, True)] * 3
    case = shadow_case(SubjectKind.CONTENT)
    for message in told:
        before, case = case, shadowed(case, message, PACK)

    assert outcome_in(case, "spam") == "hold"
    assert [one.area for one in step_between(before, case).held] == ["spam"]


def test_a_signal_that_says_nothing_new_opens_nothing_new():
    once = shadowed(shadow_case(SubjectKind.ACCOUNT), Said((("spam", 0.8),), "spam"), PACK)
    twice = shadowed(once, Said((("spam", 0.8),), "spam"), PACK)

    assert not any(step_between(once, twice))


def test_the_page_of_html_needs_nothing_else_and_escapes_what_others_wrote():
    hostile = report_on(osprey(1, "Post/<script>alert(1)</script>/1"))
    text = html_of(hostile)

    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert not re.search(r"(?:src|href)=|https?://", text)


def test_the_command_prints_json_tables_and_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    given = ["shadow", "--from", str(SAMPLE), "--map", str(MAP)]

    assert main([*given, "--json", "--minutes", "spam=2", "--html", str(tmp_path / "report.html")]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["lines"] == osprey_sample.LINES
    assert next(one for one in printed["queues"] if one["queue"] == "spam")["minutes_each"] == 2.0
    assert "Shadow run" in (tmp_path / "report.html").read_text()

    assert main(given) == 0
    assert "Nothing was done." in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong",
    [
        ["--from", "nowhere.ndjson"],
        ["--from", str(SAMPLE), "--minutes", "spam"],
        ["--from", str(SAMPLE), "--minutes", "spamm=3"],
        ["--from", str(SAMPLE), "--minutes", "spam=-1"],
        ["--from", str(SAMPLE), "--hourly-cost", "-1"],
        ["--from", str(SAMPLE), "--pack", "nowhere"],
        ["--from", str(SAMPLE), "--map", "nowhere.toml"],
    ],
)
def test_wrong_usage_names_the_option(wrong: list[str], capsys: pytest.CaptureFixture[str]):
    assert main(["shadow", *wrong]) == 2
    assert re.search(r"--(from|minutes|hourly-cost|pack|map)", capsys.readouterr().err)


def test_standard_input_is_read_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(SAMPLE.read_bytes())))

    assert main(["shadow", "--from", "-", "--map", str(MAP), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lines"] == osprey_sample.LINES


def test_the_span_is_never_less_than_a_day():
    assert report_on(osprey(1, __timestamp="2026-11-01T10:00:00+00:00")).days == 1.0


@pytest.mark.parametrize("name", ["README.md", "docs/adopting.md"])
def test_the_runs_our_pages_show_do_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    shown = re.findall(r"^    dueprocess (shadow .*)$", page(name), re.MULTILINE)

    assert shown
    for words in shown:
        assert main(words.replace("report.html", str(tmp_path / "report.html")).split()) == 0
