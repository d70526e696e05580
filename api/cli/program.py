"""The program: commands by name, loaded when called; expected failures end in a sentence and an exit code."""

import asyncio
import inspect
import os
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final

from cyclopts import App, CycloptsError, Parameter

from api.cli.exits import BadUsage, CommandError, ExitCode, Explain

# name: (where, its line in the help). Import paths, so that `--help` loads none of them.
COMMANDS: Final = {
    "queue": ("api.cli.tasks:queue", "List open review tasks, the most urgent first."),
    "claim": ("api.cli.tasks:claim", "Take a review task and get its decision token."),
    "oncall": ("api.cli.oncall:oncall", "Show what is due next by law and by rule, and who was called."),
    "reveal": ("api.cli.care:reveal", "Look at the evidence of a task you hold: masked first, then clear."),
    "queues": ("api.cli.queues:queues", "List queues, with what is open and overdue in each."),
    "release": ("api.cli.tasks:release", "Give a claimed task back."),
    "decide": ("api.cli.tasks:decide", "Decide the task that was claimed."),
    "withdraw": ("api.cli.tasks:withdraw", "Take your own decision back, within its grace."),
    "report": ("api.cli.messages:report", "Report a subject, as a service does for its users."),
    "signal": ("api.cli.messages:signal", "Send a machine's indication about a subject."),
    "appeal": ("api.cli.messages:appeal", "Appeal a decision for a person who was told of it."),
    "notice": ("api.cli.legal:notice", "Pass on a notice of illegal content (DSA Art. 16)."),
    "take-it-down": ("api.cli.legal:take_it_down", "Pass on a request to remove an intimate depiction."),
    "order": ("api.cli.orders:order", "Take down what an authority orders."),
    "order-change": ("api.cli.orders:order_change", "Note what happened to an authority's order."),
    "orders": ("api.cli.orders:orders", "List what authorities ordered, and what is owed by when."),
    "stuck": ("api.cli.cases:stuck", "List cases whose order the platform does not confirm."),
    "text": ("api.cli.messages:text", "Store a text and print its id, for a message that may not carry it."),
    "extend": ("api.cli.messages:extend", "Give a clock of a case longer."),
    "reverse": ("api.cli.messages:reverse", "Take a decision back, wholly or in part."),
    "report-filed": ("api.cli.messages:report_filed", "Record that a report to an authority was filed."),
    "stop": ("api.cli.brakes:stop", "Stop what rules do alone, within five seconds."),
    "resume": ("api.cli.brakes:resume", "Let rules act alone again."),
    "brakes": ("api.cli.brakes:brakes", "Show what is stopped, held back, and done by rules alone."),
}
CASE_COMMANDS: Final = {
    "id": ("api.cli.cases:case_id", "Print the case id of a subject."),
    "show": ("api.cli.cases:case_show", "Show a case and its timeline in words."),
    "revoke-links": ("api.cli.tending:revoke_links", "Make its status links open nothing any more."),
    "telling": ("api.cli.tellings:case_telling", "Set how open we may be with a person of a case."),
    "list": ("api.cli.cases:case_list", "List cases, the nearest deadline first."),
    "copies": ("api.cli.copies:case_copies", "List the cases about the same content, and about nearly the same."),
}
ENFORCEMENT_COMMANDS: Final = {
    "retry": ("api.cli.enforcements:retry", "Try an order that is stuck now."),
    "skip": ("api.cli.enforcements:skip", "Leave it out: it has no effect, and nobody is told of one."),
    "by-hand": ("api.cli.enforcements:by_hand", "Say that it was carried out by hand, with where the proof is."),
    "resume": ("api.cli.enforcements:resume", "Carry out a skipped order after all."),
}
PAGE_COMMANDS: Final = {"ack": ("api.cli.oncall:page_ack", "Answer for a call.")}
TASK_COMMANDS: Final = {
    "snooze": ("api.cli.queues:task_snooze", "Put it off until a time."),
    "boost": ("api.cli.queues:task_boost", "Put it first, after what is S0."),
    "reassign": ("api.cli.queues:task_reassign", "Give it to another queue, or to a person."),
    "skip": ("api.cli.queues:task_skip", "Pass over the one you hold."),
    "return": ("api.cli.queues:task_return", "Give back the one you hold, and say why."),
    "renew": ("api.cli.queues:task_renew", "Hold it for longer."),
    "changes": ("api.cli.queues:task_changes", "List what was done to it besides deciding it."),
}
REVIEWER_COMMANDS: Final = {
    "add": ("api.cli.queues:reviewer_add", "Say what a reviewer may take."),
    "remove": ("api.cli.queues:reviewer_remove", "Take a reviewer out of the register."),
    "list": ("api.cli.queues:reviewer_list", "List the register of reviewers."),
}
WELLBEING_COMMANDS: Final = {
    "show": ("api.cli.care:wellbeing_show", "Show where you stand: what you looked at, and when a break is due."),
    "opt-out": ("api.cli.care:wellbeing_opt_out", "Say which areas you do not want to be shown."),
    "load": ("api.cli.care:wellbeing_load", "Show load by person, and what is severe and nobody may take now."),
}
QUALITY_COMMANDS: Final = {
    "report": ("api.cli.quality:report", "Show whether people judge alike, or that there are too few to say."),
    "disagreements": ("api.cli.quality:disagreements", "List double reviews that came to another answer."),
    "settle": ("api.cli.quality:settle", "Say which answer was right."),
    "golden": ("api.cli.quality:golden", "List matters with a known answer."),
    "golden-add": ("api.cli.quality:golden_add", "Keep a matter with its known answer."),
    "golden-retire": ("api.cli.quality:golden_retire", "Ask it no more."),
    "calibrate": ("api.cli.quality:calibrate", "Let everybody named judge a set."),
    "calibration": ("api.cli.quality:calibration", "Show how that went so far."),
}
PARKED_COMMANDS: Final = {
    "list": ("api.cli.tending:parked_list", "List messages that were accepted and could not be processed."),
    "show": ("api.cli.tending:parked_show", "Show one of them, without its content."),
    "replay": ("api.cli.tending:parked_replay", "Put it through the door again, as the door is now."),
    "discard": ("api.cli.tending:parked_discard", "Give it up, for a reason that is kept."),
}
FLAG_COMMANDS: Final = {
    "list": ("api.cli.tending:flags_list", "List what must be done by hand about cases."),
    "clear": ("api.cli.tending:flags_clear", "Say that it was done."),
}
REPORTER_COMMANDS: Final = {
    "misuse": ("api.cli.reporters:misuse", "List reporters whose reports were nearly always unfounded."),
    "invalidate": ("api.cli.reporters:invalidate", "Take the weight of somebody's reports in open questions."),
    "reinstate": ("api.cli.reporters:reinstate", "Give invalidated reports their weight again."),
}
PROTECT_COMMANDS: Final = {
    "add": ("api.cli.brakes:protect_add", "Let nothing automatic befall an account."),
    "remove": ("api.cli.brakes:protect_remove", "Protect an account no more."),
    "list": ("api.cli.brakes:protect_list", "List protected accounts."),
}
BANK_COMMANDS: Final = {
    "make": ("api.cli.banks:make", "Set up a bank of hashes."),
    "add": ("api.cli.banks:add", "Add hashes to a bank, from a file or one by one."),
    "add-decided": ("api.cli.banks:add_decided", "Add the pictures of a decision, which they fall with."),
    "fallen": ("api.cli.banks:fallen", "List entries that fell with their decision, and where they had matched."),
    "remove": ("api.cli.banks:remove", "Take a false entry out, and list where it had matched."),
    "pause": ("api.cli.banks:pause", "Look in a bank no more."),
    "resume": ("api.cli.banks:resume", "Look in it again."),
    "list": ("api.cli.banks:listed", "List banks, whose each is, and who may be given it."),
    "export": ("api.cli.banks:export", "Print what of a bank may be given to others."),
}
SUBSCRIBER_COMMANDS: Final = {
    "list": ("api.cli.subscribers:listed", "List who is sent events, and what waits for them."),
    "stop": ("api.cli.subscribers:stop", "Send it nothing for now."),
    "start": ("api.cli.subscribers:start", "Send it what waits."),
    "retry": ("api.cli.subscribers:retry", "Send what it refused once more."),
    "skip": ("api.cli.subscribers:skip", "Leave out what it refused."),
    "replay": ("api.cli.subscribers:replay", "Send what was recorded once more."),
}
VENDOR_COMMANDS: Final = {
    "off": ("api.cli.vendors:off", "Ask a vendor no more, within a second."),
    "on": ("api.cli.vendors:on", "Ask it again."),
    "list": ("api.cli.vendors:listed", "List vendors: what is off, and what was used today."),
}
CAMPAIGN_COMMANDS: Final = {
    "open": ("api.cli.campaigns:campaign_open", "Open a campaign from a file of members, or add to one."),
    "show": ("api.cli.campaigns:campaign_show", "Show a campaign and how far its orders came."),
    "pause": ("api.cli.campaigns:campaign_pause", "Pause a campaign's orders."),
    "resume": ("api.cli.campaigns:campaign_resume", "Resume them."),
    "undo": ("api.cli.campaigns:campaign_undo", "Take a campaign's decision back, for all members."),
}
CONFLICT_COMMANDS: Final = {
    "declare": ("api.cli.conflicts:declare", "Say what a reviewer does not judge."),
    "end": ("api.cli.conflicts:end", "Say that a conflict is over, as a lead."),
    "list": ("api.cli.conflicts:listed", "List what was declared."),
}
BULK_COMMANDS: Final = {
    "preview": ("api.cli.bulk_acts:preview", "Preview one act on many cases: counts, a sample, what it reaches."),
    "approve": ("api.cli.bulk_acts:approve", "Approve what somebody else previewed."),
    "list": ("api.cli.bulk_acts:listed", "List bulks, the newest first."),
    "show": ("api.cli.bulk_acts:show", "Show what a bulk reaches, and how far it came."),
    "pause": ("api.cli.bulk_acts:pause", "Pause it."),
    "resume": ("api.cli.bulk_acts:resume", "Resume it."),
    "cancel": ("api.cli.bulk_acts:cancel", "Cancel what is left of it."),
    "undo": ("api.cli.bulk_acts:undo", "Undo all that it did."),
}
FLAGGER_COMMANDS: Final = {
    "add": ("api.cli.flaggers:add", "Enter a body that was designated as a trusted flagger."),
    "list": ("api.cli.flaggers:listed", "List trusted flaggers, and how often they were right."),
    "suspend": ("api.cli.flaggers:suspend", "Take a body's notices as ordinary ones while its status is looked into."),
    "reinstate": ("api.cli.flaggers:reinstate", "Take them as a trusted flagger's again."),
    "end": ("api.cli.flaggers:end", "Take a body off the register for good."),
}
POLICY_COMMANDS: Final = {
    "check": ("api.cli.policy:policy_check", "Check a policy pack: file, line, rule and cure of every mistake."),
    "test": ("api.cli.policy:policy_test", "Run worked examples through a pack."),
    "diff": ("api.cli.policy:policy_diff", "Show what one pack says otherwise than another."),
    "explain": ("api.cli.explanations:explain", "Say which rules looked at what in a case."),
    "release": ("api.cli.releases:release", "Propose a pack for release."),
    "approve": ("api.cli.releases:approve", "Approve a release that somebody else proposed."),
    "withdraw": ("api.cli.releases:withdraw", "Take back a release that has not taken effect."),
    "rollback": ("api.cli.releases:rollback", "Go back to the pack that was in force before."),
    "releases": ("api.cli.releases:releases", "Show what is in force, and who released it."),
    "show": ("api.cli.policy:policy_show", "Show a policy pack's rules and why they stand there."),
}
_EXIT_CODES: Final = (
    "Exit codes: 0 ok · 1 a check failed · 2 wrong usage or input · 3 refused · 4 something needed does not answer · "
    "130 interrupted. Errors go to stderr."
)


def build_app(version: str) -> App:
    """The commands that need nothing but the gateway; the process adds those of its stack."""
    app = App(
        name="dueprocess",
        help="Trust & safety case management on Temporal.",
        help_epilogue=_EXIT_CODES,
        default_parameter=Parameter(show_default=_worth_showing),
        version=version,
        version_flags=["--version"],
    )
    add_commands(app, "Cases and decisions", COMMANDS)
    protect = App(name="protect", help="Protect accounts from automation.", group="Cases and decisions")
    add_commands(protect, "Commands", PROTECT_COMMANDS)
    app.command(protect)
    task = App(name="task", help="What happens to a task besides being decided.", group="Cases and decisions")
    add_commands(task, "Commands", TASK_COMMANDS)
    app.command(task)
    page = App(name="page", help="Calls to people.", group="Cases and decisions")
    add_commands(page, "Commands", PAGE_COMMANDS)
    app.command(page)
    reviewer = App(name="reviewer", help="The register of reviewers.", group="Cases and decisions")
    add_commands(reviewer, "Commands", REVIEWER_COMMANDS)
    app.command(reviewer)
    wellbeing = App(name="wellbeing", help="What keeps people who look from harm.", group="Cases and decisions")
    add_commands(wellbeing, "Commands", WELLBEING_COMMANDS)
    app.command(wellbeing)
    quality = App(name="quality", help="Whether people judge alike.", group="Cases and decisions")
    add_commands(quality, "Commands", QUALITY_COMMANDS)
    app.command(quality)
    case = App(name="case", help="Show, list and name cases.", group="Cases and decisions")
    add_commands(case, "Commands", CASE_COMMANDS)
    enforcement = App(
        name="enforcement", help="See to orders that the platform does not confirm.", group="Cases and decisions"
    )
    add_commands(enforcement, "Commands", ENFORCEMENT_COMMANDS)
    parked = App(name="parked", help="Messages that could not be processed.", group="Cases and decisions")
    add_commands(parked, "Commands", PARKED_COMMANDS)
    flags = App(name="flags", help="What must be done by hand about cases.", group="Cases and decisions")
    add_commands(flags, "Commands", FLAG_COMMANDS)
    policy = App(name="policy", help="Check, try, compare and release policy packs.", group="Cases and decisions")
    add_commands(policy, "Commands", POLICY_COMMANDS)
    reporters = App(name="reporters", help="Weigh reporters, and look at misuse.", group="Cases and decisions")
    add_commands(reporters, "Commands", REPORTER_COMMANDS)
    campaign = App(name="campaign", help="Handle a raid as one case.", group="Cases and decisions")
    add_commands(campaign, "Commands", CAMPAIGN_COMMANDS)
    conflict = App(name="conflict", help="Keep conflicts of interest.", group="Cases and decisions")
    add_commands(conflict, "Commands", CONFLICT_COMMANDS)
    bulk = App(name="bulk", help="Do one act to many cases.", group="Cases and decisions")
    add_commands(bulk, "Commands", BULK_COMMANDS)
    flaggers = App(name="flaggers", help="Keep the register of trusted flaggers.", group="Cases and decisions")
    add_commands(flaggers, "Commands", FLAGGER_COMMANDS)
    subscriber = App(
        name="subscriber", help="Services that are sent events as they are recorded.", group="Cases and decisions"
    )
    add_commands(subscriber, "Commands", SUBSCRIBER_COMMANDS)
    app.command(subscriber)
    vendor = App(name="vendor", help="Vendors that are asked about content.", group="Cases and decisions")
    add_commands(vendor, "Commands", VENDOR_COMMANDS)
    app.command(vendor)
    banks = App(name="banks", help="Banks of hashes of known content.", group="Cases and decisions")
    add_commands(banks, "Commands", BANK_COMMANDS)
    app.command(banks)
    app.command(case)
    app.command(campaign)
    app.command(bulk)
    app.command(enforcement)
    app.command(parked)
    app.command(flags)
    app.command(reporters)
    app.command(conflict)
    app.command(flaggers)
    app.command(policy)
    return app


def _worth_showing(default: Any) -> str | None:
    return None if default in (False, (), None) else str(default)


def add_commands(app: App, group: str, commands: dict[str, tuple[str, str]]) -> None:
    """Add commands by import path."""
    for name, (where, help_line) in commands.items():
        app.command(where, name=name, help=help_line, group=group)


def add_group(app: App, name: str, help_line: str, commands: dict[str, tuple[str, str]]) -> None:
    """Add commands under one name."""
    group = App(name=name, help=help_line, group="Cases and decisions")
    add_commands(group, "Commands", commands)
    app.command(group)


def run_program(app: App, words: Sequence[str], handed_in: Mapping[str, Callable[[], Any]], explain: Explain) -> int:
    """Run one command and return the exit code.

    handed_in: what makes the values of parameters that are not parsed, called when a command asks for them.
    explain: makes expected failures of other rooms sentences; what nobody expects is raised as it is.
    """
    try:
        if {"--help", "-h"} & set(words):
            _tell_whole(app, words)
        command, bound, asked_for = app.parse_args(list(words), exit_on_error=False, print_error=False)
        for name in asked_for:
            bound.arguments[name] = handed_in[name]()
        result = command(*bound.args, **bound.kwargs)
        result = asyncio.run(_to_the_end(result)) if asyncio.iscoroutine(result) else result
        sys.stdout.flush()
        return result if isinstance(result, int) else ExitCode.OK
    except CycloptsError as error:
        return _fail(BadUsage(f"{error} See --help."))
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except Exception as error:
        known = error if isinstance(error, CommandError) else explain(error)
        if known is None:
            raise
        return _fail(known)


def _tell_whole(app: App, words: Sequence[str]) -> None:
    """A command's own help is its whole docstring; the list above it has the one line."""
    for word in words:
        if word not in app:
            return
        app = app[word]
        if app.default_command:
            app.help, app.help_epilogue = inspect.getdoc(app.default_command), ""


async def _to_the_end(work: Coroutine[Any, Any, Any]) -> Any:
    try:
        return await work
    finally:
        if "temporalio.bridge" in sys.modules:
            await asyncio.sleep(0.1)  # its threads crash a process that ends too soon (temporalio/sdk-python#300)


def _fail(error: CommandError) -> int:
    if str(error):
        sys.stderr.write(f"{error}\n")
    return error.exit_code
