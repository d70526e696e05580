"""Every command against a gateway that remembers what it was asked: what is sent, what is printed, how it ends."""

import json
import stat
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from api.answers import (
    BatchAnswer,
    BatchResult,
    CaseAnswer,
    ChangeAccepted,
    Claimed,
    DecisionAccepted,
    QueueAnswer,
    Receipt,
    Task,
    TextStored,
    TimelineEntry,
)
from api.cli.place import Attempt, ListedCase
from api.cli.program import run_program
from api.client import Refused, Unavailable
from api.operator_answers import (
    FailingRun,
    FailingRuns,
    MisuseAnswer,
    MisuseOpened,
    Misuser,
    StandingChanged,
    StuckAnswer,
    StuckCase,
    StuckOrder,
)
from api.queue_messages import QueueLine, QueuesAnswer
from cases.errors import Problem
from cases.names import case_workflow_id, subject_key
from workers.console import build_program, explain

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CASE = "case/demo/content/" + "0123456789abcdef" * 2
TASK = Task(
    stream=CASE,
    task_id="harassment/1",
    kind="matter",
    subject="harassment/1",
    queue="harassment",
    severity=2,
    tier=1,
    due_at=NOON + timedelta(hours=3),
)


STUCK = StuckOrder(order_id="d-1/o1", issued_at=NOON - timedelta(hours=2), attempts=41, last_error="status_503")


class FakeGateway:
    """Answers as a gateway would; `asked` is what reached it."""

    def __init__(self) -> None:
        self.asked: list = []
        self.identity = ("", "")
        self.fails: Exception | None = None
        self.task: Task | None = TASK
        self.answer = CaseAnswer(case_id=CASE, stream=CASE, stage="in_review")
        self.stuck_cases: tuple[StuckCase, ...] = (StuckCase(case_id=CASE, category="spam", orders=(STUCK,)),)
        self.failing: FailingRuns | None = FailingRuns()

    def _note(self, what):
        self.asked.append(what)
        if self.fails:
            raise self.fails

    async def _receipt(self, message):
        self._note(message)
        return Receipt(
            case_id=CASE,
            message_id=message.message_id,
            received_at=NOON,
            next="A person looks.",
            by=NOON + timedelta(1),
        )

    async def submit_batch(self, messages):
        self._note(messages)
        kept = [BatchResult(index=place, outcome="accepted") for place, _ in enumerate(messages)]
        return BatchAnswer(accepted=len(kept), known=0, conflict=0, refused=0, next="…", results=tuple(kept))

    submit_report = submit_signal = appeal = report_to_authority = _receipt

    async def claim(self, *, queue=None, stream=None, task_id=None, despite_limits=False):
        self._note((queue, stream, task_id))
        if self.task is None:
            return None
        expires = NOON + timedelta(hours=1)
        return Claimed(
            token="k1.claims.signature", lease_id="l-1", expires_at=expires, task=self.task, evidence_digest=""
        )

    async def release(self, lease_id):
        self._note(lease_id)

    async def decide(self, decision):
        self._note(decision)
        return DecisionAccepted(decision_id=decision.decision_id, case_id=CASE, next="It takes effect next.")

    async def _change(self, change):
        self._note(change)
        return ChangeAccepted(message_id=change.message_id, case_id=CASE, next="It is recorded next.")

    extend = reverse = withdraw = _change

    async def store_text(self, text):
        self._note(text)
        return TextStored(text_id="txt-" + "0" * 32, case_id=text.case_id, message_id=text.message_id)

    async def case(self, case_id):
        self._note(case_id)
        return self.answer

    async def queue(self, queue=None, limit=50):
        self._note((queue, limit))
        return QueueAnswer(tasks=(self.task,) if self.task else ())

    async def queues(self):
        return QueuesAnswer(
            queues=(QueueLine(queue="spam", open=0, overdue=0, open_now=True, specialist=False, pages=False),)
        )

    async def _stood(self, request):
        self._note(request)
        return StandingChanged(message_id=request.message_id, people=len(request.reporters), cases=(CASE,), next="…")

    invalidate_reports = reinstate_reports = _stood

    async def misusing(self):
        one = Misuser(key="0" * 16, judged=20, unfounded=19, areas=("spam",), last_at=NOON, suspended=True)
        return MisuseAnswer(reporters=(one,))

    async def open_misuse(self, request):
        self._note(request)
        return MisuseOpened(message_id=request.message_id, cases=(CASE,), next="…")

    async def stuck(self):
        self._note("stuck")
        return StuckAnswer(cases=self.stuck_cases, failing=self.failing)


class FakePlace:
    tenant = "demo"

    def __init__(self, folder) -> None:
        self.claims_file = folder / "claims.json"
        self.doors = FakeGateway()

    def now(self):
        return NOON

    @asynccontextmanager
    async def gateway(self, tenant, name):
        self.doors.identity = (tenant, name)
        yield self.doors

    async def case_id(self, tenant, kind, subject_id):
        return case_workflow_id(tenant, kind, subject_key(b"secret", kind, subject_id))

    async def cases(self, tenant, stage, limit):
        return [ListedCase(CASE, "in_review", "harassment", "harassment", NOON + timedelta(hours=3), False)]

    async def attempts(self, workflow_ids):
        return {CASE: (Attempt("enforce", 41, "the platform answered 503", NOON + timedelta(minutes=1)),)}


@pytest.fixture
def place(tmp_path):
    return FakePlace(tmp_path)


def dueprocess(place, *words: str) -> int:
    return run_program(build_program(), words, {"place": lambda: place}, explain)


def test_a_report_is_sent_as_the_service_and_its_case_is_printed(place, capsys):
    words = ("report", "--id", "post-1", "--area", "spam", "--account", "bob", "--reason", "Advertising.")
    assert dueprocess(place, *words) == 0
    message = place.doors.asked[0]
    assert (message.subject.id, message.area, message.reporter.account_id) == ("post-1", "spam", "bob")
    assert place.doors.identity == ("demo", "service")
    out = capsys.readouterr().out
    assert CASE in out
    assert "A person looks. (in 1 d)" in out


def test_a_file_of_reports_ends_with_1_where_a_line_was_rejected_and_says_where_to_read_why(place, capsys, tmp_path):
    file = tmp_path / "reports.ndjson"
    file.write_text('{"subject": {"kind": "content", "id": "p-1"}, "area": "spam"}\n{"area": "spam"}\n')

    assert dueprocess(place, "report", "--from", str(file), "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert {**told, "rejects_file": None} == {
        "lines": 2,
        "accepted": 1,
        "known": 0,
        "rejected": 1,
        "rejects_file": None,
    }
    assert json.loads((tmp_path / "reports.ndjson.refused.ndjson").read_text())["field"] == "subject"


def test_json_is_one_document_and_nothing_else(place, capsys):
    assert dueprocess(place, "report", "--id", "post-1", "--area", "spam", "--json") == 0
    assert json.loads(capsys.readouterr().out)["case_id"] == CASE


def test_a_wrong_field_ends_with_2_and_names_field_and_cure(place, capsys):
    assert dueprocess(place, "report", "--id", "../x", "--area", "Spam!") == 2
    err = capsys.readouterr().err
    assert "subject.id" in err
    assert "area: is not of the form asked for (got Spam!)" in err
    assert place.doors.asked == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("reprot",), "report"),
        (("report", "--id", "x"), "--area"),
        (("report", "--id", "x", "--area", "spam", "--colour", "red"), "--colour"),
        (("report", "--id", "x", "--from", "reports.ndjson"), "--from"),
        (("report", "--from", "/nowhere/reports.ndjson"), "--from"),
        (("decide", "--outcome", "guilty", "--rationale", "x"), "guilty"),
        (("signal", "--id", "x", "--score", "spam"), "label=probability"),
        (("extend", CASE, "--clock", "c", "--until", "2026-12-01T10:00:00", "--reason", "r"), "zone"),
        (("extend", CASE, "--clock", "c", "--until", "soon", "--reason", "r"), "ISO 8601"),
        (("report", "--id", "x", "--area", "spam", "--reason", "@/nowhere/at.all"), "--reason"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_wrong_without_a_traceback(place, capsys, words, says):
    assert dueprocess(place, *words) == 2
    err = capsys.readouterr().err
    assert says in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Refused("already decided", 409, "decided"), 3),
        (Refused("this token may not", 403, "role"), 3),
        (Refused("bad", 422, "invalid", (Problem("area", "x", "is unknown", "use spam"),)), 2),
        (Unavailable("http://127.0.0.1:8080 does not answer"), 4),
    ],
)
def test_what_the_gateway_says_becomes_an_exit_code(place, capsys, error, code):
    place.doors.fails = error
    assert dueprocess(place, "queue") == code
    assert (str(error).partition("; ")[2] or str(error)) in capsys.readouterr().err


def test_the_queue_shows_when_what_is_due(place, capsys):
    assert dueprocess(place, "queue", "--queue", "harassment", "--limit", "5") == 0
    out = capsys.readouterr().out
    assert "in 3 h" in out
    assert CASE in out
    assert place.doors.asked == [("harassment", 5)]


def test_an_empty_queue_says_so(place, capsys):
    place.doors.task = None
    assert dueprocess(place, "queue") == 0
    assert "Nothing waits for a person." in capsys.readouterr().out


def test_a_claim_is_kept_for_its_owner_only_and_decide_uses_it_once(place, capsys):
    assert dueprocess(place, "claim", "--queue", "harassment", "--as", "reviewer-2") == 0
    assert "k1.claims.signature" in capsys.readouterr().out
    assert stat.S_IMODE(place.claims_file.stat().st_mode) == 0o600
    words = (
        "decide",
        "--outcome",
        "violation",
        "--ground",
        "terms",
        "--rule",
        "harassment.r1",
        "--rationale",
        "It is.",
    )
    assert dueprocess(place, *words, "--enforce", "hide", "--enforce", "suspend:author:P7D") == 0
    decision = place.doors.asked[-1]
    assert place.doors.identity == ("demo", "reviewer-2")
    assert (decision.token, decision.outcome, decision.rationale) == ("k1.claims.signature", "violation", "It is.")
    assert [(one.kind, one.target, one.duration) for one in decision.enforcements] == [
        ("hide", "subject", None),
        ("suspend", "author", "P7D"),
    ]
    assert dueprocess(place, *words) == 2
    assert "no claim is kept" in capsys.readouterr().err


def test_a_refused_decision_keeps_the_claim(place):
    dueprocess(place, "claim")
    place.doors.fails = Unavailable("away")
    assert dueprocess(place, "decide", "--outcome", "no_violation", "--rationale", "Fine.") == 4
    place.doors.fails = None
    assert dueprocess(place, "decide", "--outcome", "no_violation", "--rationale", "Fine.") == 0


def test_without_enforce_the_rules_own_list_holds_and_with_no_enforcement_nothing_is_ordered(place):
    dueprocess(place, "claim")
    dueprocess(place, "decide", "--outcome", "violation", "--rationale", "x")
    assert place.doors.asked[-1].enforcements is None
    dueprocess(place, "claim")
    dueprocess(place, "decide", "--outcome", "violation", "--rationale", "x", "--no-enforcement")
    assert place.doors.asked[-1].enforcements == ()


def test_a_claim_that_ended_is_not_used(place, capsys, monkeypatch):
    dueprocess(place, "claim")
    monkeypatch.setattr(place, "now", lambda: NOON + timedelta(hours=2))
    assert dueprocess(place, "decide", "--outcome", "violation", "--rationale", "x") == 2
    assert "have ended" in capsys.readouterr().err


def test_with_several_claims_the_right_one_is_asked_for(place, capsys):
    dueprocess(place, "claim")
    place.doors.task = TASK.evolve(task_id="spam/1", subject="spam/1")
    dueprocess(place, "claim")
    assert dueprocess(place, "decide", "--outcome", "violation", "--rationale", "x") == 2
    err = capsys.readouterr().err
    assert "--task harassment/1" in err
    assert "--task spam/1" in err
    assert dueprocess(place, "decide", "--outcome", "violation", "--rationale", "x", "--task", "spam/1") == 0


def test_nothing_to_claim_is_a_refusal(place, capsys):
    place.doors.task = None
    assert dueprocess(place, "claim", "--queue", "spam") == 3
    assert "no task is free" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["queue", "claim"])
def test_a_queue_that_there_is_not_is_not_said_to_be_empty(place, capsys, command):
    place.doors.task = None
    assert dueprocess(place, command, "--queue", "sapm") == 2
    assert "--queue: there is no queue 'sapm'; did you mean spam?" in capsys.readouterr().err


def test_a_task_named_by_its_case_alone_is_told_which_option_is_missing(place, capsys):
    assert dueprocess(place, "claim", "--case", CASE) == 2
    assert "--task: is missing" in capsys.readouterr().err


def test_a_claim_is_given_back(place):
    dueprocess(place, "claim")
    assert dueprocess(place, "release") == 0
    assert place.doors.asked[-1] == "l-1"
    assert dueprocess(place, "release") == 2


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("hied", "is no measure"),
        ("hide:someone", "neither a target"),
        ("hide:P0D", "longer than nothing"),
        ("hide:P7D:P8D", "twice"),
    ],
)
def test_a_wrong_enforcement_is_named(place, capsys, word, says):
    dueprocess(place, "claim")
    assert dueprocess(place, "decide", "--outcome", "violation", "--rationale", "x", "--enforce", word) == 2
    assert says in capsys.readouterr().err


def test_a_rationale_can_come_from_a_file(place, tmp_path):
    (tmp_path / "why.txt").write_text("Because.\n")
    dueprocess(place, "claim")
    dueprocess(place, "decide", "--outcome", "violation", "--rationale", f"@{tmp_path / 'why.txt'}")
    assert place.doors.asked[-1].rationale == "Because."


def test_operators_change_things_with_their_own_token(place):
    until = "2026-12-01T10:00:00Z"
    assert dueprocess(place, "extend", CASE, "--clock", "review:spam/1", "--until", until, "--reason", "Holiday.") == 0
    assert dueprocess(place, "reverse", CASE, "--decision", "d-1", "--reason", "Wrong.", "--keep", "d-1/2") == 0
    assert dueprocess(place, "report-filed", "--id", "p", "--matter", "child_safety/1", "--reference", "N-7") == 0
    extension, reversal, filed = place.doors.asked
    assert extension.due_at == datetime(2026, 12, 1, 10, tzinfo=UTC)
    assert reversal.keep == ("d-1/2",)
    assert filed.reference == "N-7"
    assert place.doors.identity == ("demo", "operator")


def test_a_reviewer_takes_their_own_decision_back(place):
    assert dueprocess(place, "withdraw", CASE, "--decision", "d-1", "--reason", "The wrong key.", "--as", "rev-1") == 0
    (withdrawal,) = place.doors.asked
    assert (withdrawal.decision_id, withdrawal.reason) == ("d-1", "The wrong key.")
    assert place.doors.identity == ("demo", "rev-1")


def test_an_appeal_and_a_signal_are_sent(place):
    assert dueprocess(place, "appeal", "--id", "p", "--decision", "d-1", "--account", "ann", "--grounds", "No.") == 0
    assert dueprocess(place, "signal", "--id", "p", "--score", "spam=0.9", "--score", "toxic=0.1") == 0
    assert place.doors.asked[0].appellant.account_id == "ann"
    assert place.doors.asked[1].scores == {"spam": 0.9, "toxic": 0.1}


def test_the_case_id_of_a_subject_is_printed(place, capsys):
    assert dueprocess(place, "case", "id", "--kind", "account", "--id", "ann") == 0
    assert capsys.readouterr().out.startswith("case/demo/account/")


def test_cases_are_listed(place, capsys):
    assert dueprocess(place, "case", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out)["cases"][0]["case_id"] == CASE


def test_stuck_shows_attempts_last_error_and_next_try(place, capsys):
    assert dueprocess(place, "stuck") == 0
    out = capsys.readouterr().out
    for expected in (CASE, "d-1/o1", "41", "status_503", "2 h", "2026-11-22T12:01:00"):
        assert expected in out


def test_stuck_shows_runs_that_cannot_move_with_case_since_when_and_cure(place, capsys):
    run = FailingRun(
        workflow_id="appeal/demo/a-1", case_id=CASE, cause="Bug", since=NOON - timedelta(hours=3), cure="roll"
    )
    place.doors.failing = FailingRuns(runs=(run,), more=4)
    place.doors.stuck_cases = ()
    assert dueprocess(place, "stuck") == 0
    out = capsys.readouterr().out
    for expected in (
        CASE,
        "appeal/demo/a-1",
        "3 h",
        "2026-11-22 09:00:00Z",
        "Bug: roll",
        "4 more",
        "No order is stuck.",
    ):
        assert expected in out
    assert "Nothing is stuck" not in out

    assert dueprocess(place, "stuck", "--json") == 0
    assert json.loads(capsys.readouterr().out)["failing"]["runs"][0]["case_id"] == CASE


@pytest.mark.parametrize("failing", [None, FailingRuns(unsearched="unavailable")])
def test_stuck_never_says_that_nothing_is_where_nobody_could_look(place, capsys, failing):
    place.doors.failing, place.doors.stuck_cases = failing, ()
    assert dueprocess(place, "stuck") == 0
    out = capsys.readouterr().out
    assert "could not be looked for" in out
    assert "Nothing is stuck" not in out


def test_stuck_says_that_nothing_is_where_every_run_moves(place, capsys):
    place.doors.stuck_cases = ()
    assert dueprocess(place, "stuck") == 0
    assert capsys.readouterr().out == "Nothing is stuck.\n"


def test_a_case_is_told_in_words(place, capsys):
    place.doors.answer = CaseAnswer(case_id=CASE, stream=CASE, stage="in_review", category="spam", events=EVENTS[:1])
    assert dueprocess(place, "case", "show", CASE) == 0
    out = capsys.readouterr().out
    assert "notice of spam" in out
    assert "spam: 1 reports by 1 people" in out


def test_an_event_of_a_later_version_is_told_by_its_kind_and_no_state_is_made_up(place, capsys):
    place.doors.answer = CaseAnswer(case_id=CASE, stream=CASE, stage="in_review", events=EVENTS)
    assert dueprocess(place, "case", "show", CASE) == 0
    out = capsys.readouterr().out
    assert "something new" in out
    assert "another version" in out
    assert "1 reports" not in out


def test_a_case_as_json_has_the_words_too(place, capsys):
    place.doors.answer = CaseAnswer(case_id=CASE, stream=CASE, stage="in_review", events=EVENTS[:1])
    assert dueprocess(place, "case", "show", CASE, "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["events"][0]["words"] == "notice of spam"
    assert shown["clocks"] == []


def test_control_characters_from_elsewhere_do_not_reach_the_terminal(place, capsys):
    place.doors.answer = CaseAnswer(case_id=CASE, stream=CASE, stage="\x1b[31mred")
    dueprocess(place, "case", "show", CASE)
    assert "\x1b" not in capsys.readouterr().out


EVENTS = (
    TimelineEntry(
        sequence=1,
        event_id="inbox:1",
        kind="report_received",
        occurred_at=NOON,
        body={"number": 1, "area": "spam", "source": "notice", "received_at": NOON.isoformat(), "contactable": 1},
    ),
    TimelineEntry(sequence=2, event_id="x", kind="something_new", occurred_at=NOON, body={}),
)


def test_a_text_is_stored_and_its_id_printed_for_a_message_that_may_not_carry_it(place, capsys):
    assert dueprocess(place, "text", CASE, "Synthetic rationale.") == 0
    assert capsys.readouterr().out.strip() == "txt-" + "0" * 32
    assert place.doors.asked[-1].text == "Synthetic rationale."


def test_reporters_are_named_by_account_address_or_key(place, tmp_path, capsys):
    (tmp_path / "crowd").write_text("eve@example.invalid\n\n0123456789abcdef\n")
    words = ("reporters", "invalidate", "ben", "--file", str(tmp_path / "crowd"), "--reason", "They agreed to do it.")
    assert dueprocess(place, *words) == 0
    assert "1 open cases of 3 reporters" in capsys.readouterr().out
    named = [one.model_dump(exclude_none=True) for one in place.doors.asked[-1].reporters]
    assert named == [{"account_id": "ben"}, {"address": "eve@example.invalid"}, {"key": "0123456789abcdef"}]
    assert dueprocess(place, "reporters", "reinstate", "ben", "--reason", "He was not.", "--json") == 0
    assert dueprocess(place, "reporters", "invalidate", "--reason", "x") == 2
    assert "nobody is named" in capsys.readouterr().err


def test_misuse_is_listed_and_tasks_are_opened_only_when_asked(place, capsys):
    assert dueprocess(place, "reporters", "misuse") == 0
    assert "95%" in capsys.readouterr().out
    assert not place.doors.asked
    assert dueprocess(place, "reporters", "misuse", "--open") == 0
    assert place.doors.asked[-1].reporters[0].key == "0" * 16
