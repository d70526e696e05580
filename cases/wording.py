"""What a notice says, in words: the `NoticeWords` its templates are filled with, in the language of the pack as it is given.

Nothing here comes from a reporter or a reviewer's hand: words are the policy pack's and `cases.phrases`' own.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Literal

from cases.appeals import Role
from cases.areas import Area
from cases.authority_orders import OrderKind
from cases.case import Case
from cases.causes import (
    WITH_ANOTHER,
    Cause,
    confirmed_measures,
    facts_in_words,
    found_by_machine,
    still_in_force,
)
from cases.deadlines import appeals_accepted_until
from cases.decisions import Outcome
from cases.facts import Fact
from cases.legal_requests import explained
from cases.measures import Measure, Target
from cases.names import SubjectKind, kind_of
from cases.notice_words import GroundWords, MeasureWords, MissingWords, NoticeWords, RedressWords, ResourceWords
from cases.order_words import order_words
from cases.phrases import Phrases
from cases.policy import PolicyPack
from cases.projection import strikes
from cases.received import ReportReceived
from cases.statement_fields import EU
from cases.telling import Audience, Notice, NoticeKind, Stance
from cases.tongues import phrases_in

_AUDIENCES: Final[Mapping[Audience, Literal["author", "reporter", "appellant", "authority"]]] = {
    Audience.AUTHOR: "author",
    Audience.REPORTERS: "reporter",
    Audience.APPELLANT: "appellant",
    Audience.AUTHORITY: "authority",
}


class Occasion(Fact):
    """One telling of one person: of what, and when they learn of it. made_on: when the subject was made, as the platform says.

    reported_on: when this reporter reported it; report: what they first told us.
    """

    case: Case
    notice: Notice
    pack: PolicyPack
    cause: Cause
    platform_name: str
    informed_at: datetime
    made_on: datetime | None = None
    reported_on: datetime | None = None
    report: ReportReceived | None = None
    order_texts: Mapping[str, Any] = {}
    strike_forgiven: bool = False

    @property
    def phrases(self) -> Phrases:
        """The small words of the pack's language."""
        return phrases_in(self.pack.language)

    @property
    def area(self) -> Area | None:
        """The matter's policy area, as the pack it opened under has it."""
        return self.pack.areas[self.pack.area_named(self.cause.matter.area)] if self.cause.matter else None


def view_of(
    case: Case,
    notice: Notice,
    pack: PolicyPack,
    cause: Cause,
    *,
    platform_name: str,
    informed_at: datetime,
    made_on: datetime | None = None,
    report: ReportReceived | None = None,
    order_texts: Mapping[str, Any] | None = None,
    strike_forgiven: bool = False,
) -> NoticeWords:
    """What this notice says to one person.

    pack: the one the matter opened under, in the person's language (`PolicyPack.in_language`). informed_at: now, from which
    the person's time to appeal runs. made_on: when the subject was made, as the platform says. report: what this
    reporter first told us.
    order_texts: what an authority's order says, of the order the notice is about. strike_forgiven: whether the strike is
    a first one, which does not count.
    """
    occasion = Occasion(
        case=case,
        notice=notice,
        pack=pack,
        cause=cause,
        platform_name=platform_name,
        informed_at=informed_at,
        made_on=made_on,
        reported_on=report.received_at if report else None,
        report=report,
        order_texts=order_texts or {},
        strike_forgiven=strike_forgiven,
    )
    held = notice.cause if notice.kind is NoticeKind.STATEMENT_PROVISIONAL else None
    named = cause.decision.decision_id if cause.decision else held
    decision = f" · {named}" if named else ""
    words = NoticeWords(
        reference=f"{case.case_id}{decision}",
        audience=_AUDIENCES[notice.audience],
        platform_name=platform_name,
        subject_description=_subject(occasion),
    )
    fill = _FILLED.get(notice.kind)
    if cause.order:
        territory = _territory(occasion, cause.order.territory)
        words = words.evolve(order=order_words(cause.order, occasion.order_texts, territory, occasion.phrases))
    return words.evolve(**fill(occasion)) if fill else words


# What each notice fills in -----------------------------------------------------------------------------------------


def _statement(occasion: Occasion) -> dict[str, Any]:
    """Art. 17(3): (a) measures, (b) facts and source, (c) automation, (d) or (e) ground, (f) redress."""
    cause = occasion.cause
    return {
        "measures": tuple(_measure(occasion, measure) for measure in confirmed_measures(occasion.case, cause)),
        "facts": facts_in_words(cause, occasion.pack),
        "source_label": _source_label(occasion),
        "automated_detection": found_by_machine(cause, occasion.pack),
        "automated_decision": cause.automation,
        "ground": _ground(occasion),
        "redress": _redress(occasion),
        "strike_until": _strike_until(occasion),
        "strike_forgiven": occasion.strike_forgiven and _strike_until(occasion) is not None,
        "sources": _sources(occasion),
    }


def _receipt(occasion: Occasion) -> dict[str, Any]:
    """What the form of a notice or a request still lacks, and what that means (the templates say it)."""
    report = occasion.report
    if report is None or report.request is None:
        return {}
    phrases, lacking = occasion.phrases, explained(report.request, report.missing)
    missing = (MissingWords(cure=phrases.cure(one.cure), source=phrases.source(one.source)) for one in lacking)
    return {"request": report.request, "request_id": report.request_id, "missing": tuple(missing)}


def _outcome(occasion: Occasion) -> dict[str, Any]:
    decision = occasion.cause.decision
    return {
        "outcome": decision.outcome if decision else None,
        "ground": _ground(occasion),
        "automated_decision": occasion.cause.automation,
        "redress": _redress(occasion),
    }


def _generic(occasion: Occasion) -> dict[str, Any]:
    return {"redress": _redress(occasion)}


def _resources(occasion: Occasion) -> dict[str, Any]:
    return {"resources": _help(occasion)}


def _reversal_author(occasion: Occasion) -> dict[str, Any]:
    by, phrases = occasion.cause.reversal.by if occasion.cause.reversal else "", occasion.phrases
    if by.startswith(WITH_ANOTHER):
        again = phrases.again_with_another
    elif by.startswith(("appeal:", "reviewer:")):
        again = phrases.again_not_involved
    else:
        again = phrases.again_on_our_team
    return {"measures": _in_force(occasion), "facts": again, "redress": _redress(occasion)}


def _reversal_reporter(occasion: Occasion) -> dict[str, Any]:
    cause = occasion.cause
    now_may_stay = (
        cause.decision is not None and cause.decision.outcome is Outcome.VIOLATION and cause.decision.reversed
    )
    return {
        "outcome": Outcome.NO_VIOLATION if now_may_stay else None,
        "redress": _redress(occasion),
    }


def _expired(occasion: Occasion) -> dict[str, Any]:
    """What has ended, by name: who is restricted in two ways must learn which of them is over."""
    imposed = (measure for order in occasion.case.orders for measure in order.impose)
    ended = next((measure for measure in imposed if measure.measure_id == occasion.notice.cause), None)
    if ended is None:
        return {"facts": "", "measures": _in_force(occasion)}
    words = _measure(occasion, ended)
    form = occasion.phrases.from_until if words.until else occasion.phrases.from_on
    said = form.format(label=words.label, since=words.since, until=words.until)
    return {"facts": said, "measures": _in_force(occasion)}


def _ordered(occasion: Occasion) -> dict[str, Any]:
    """What was done, as the platform confirmed it; nothing for an order for information."""
    confirmed = confirmed_measures(occasion.case, occasion.cause) if occasion.cause.decision else ()
    return {"measures": tuple(_measure(occasion, measure) for measure in confirmed)}


def _withdrawn(occasion: Occasion) -> dict[str, Any]:
    """What is left of an order that its authority withdrew; of what was undone, since when."""
    order, phrases = occasion.cause.order, occasion.phrases
    if order is not None and order.answer:
        return {"facts": phrases.given_before.format(answer=order.answer)}
    if order is not None and order.order is OrderKind.ARTICLE_10:
        return {"facts": phrases.none_given}
    undoing = (one for one in occasion.case.orders if one.order_id in occasion.notice.after)
    ended = max((one.confirmed_at for one in undoing if one.confirmed_at), default=None)
    if ended is None:
        return {"facts": phrases.nothing_rests}
    return {"facts": phrases.nothing_rests_since.format(moment=phrases.moment(ended))}


def _upheld(occasion: Occasion) -> dict[str, Any]:
    return {"ground": _ground(occasion), "redress": _redress(occasion)}


def _refused(occasion: Occasion) -> dict[str, Any]:
    return {"refusal": occasion.cause.refusal, "redress": _redress(occasion)}


_FILLED: Final[Mapping[NoticeKind, Callable[[Occasion], dict[str, Any]]]] = {
    NoticeKind.RECEIPT: _receipt,
    NoticeKind.STATEMENT_PROVISIONAL: _statement,
    NoticeKind.STATEMENT: _statement,
    NoticeKind.OUTCOME_REPORTER: _outcome,
    NoticeKind.OUTCOME_REPORTER_GENERIC: _generic,
    NoticeKind.SUPPORT_RESOURCES: _resources,
    NoticeKind.SUPPORT_REPORTER: _resources,
    NoticeKind.REVERSAL_AUTHOR: _reversal_author,
    NoticeKind.REVERSAL_REPORTER: _reversal_reporter,
    NoticeKind.APPEAL_UPHELD: _upheld,
    NoticeKind.APPEAL_REFUSED: _refused,
    NoticeKind.MEASURE_EXPIRED: _expired,
    NoticeKind.ORDER_EFFECT: _ordered,
    NoticeKind.ORDER_AUTHOR: _ordered,
    NoticeKind.ORDER_WITHDRAWN: _withdrawn,
}


# Small words -------------------------------------------------------------------------------------------------------


def _subject(occasion: Occasion) -> str:
    phrases, audience = occasion.phrases, occasion.notice.audience
    kind = kind_of(occasion.case.case_id)
    thing = phrases.things[kind]
    if audience is Audience.REPORTERS or occasion.cause.role is Role.REPORTER:
        on = occasion.reported_on
        return thing.reported_dated.format(day=phrases.day(on)) if on else thing.reported
    if audience is Audience.AUTHORITY:
        return thing.ordered
    if audience is Audience.APPELLANT and occasion.cause.role is None:
        return phrases.unshown  # not shown to be theirs
    if occasion.made_on and kind is SubjectKind.CONTENT:
        return thing.yours_dated.format(day=phrases.day(occasion.made_on))
    return thing.yours


def _source_label(occasion: Occasion) -> str:
    """Whether it came from a notice or from us (Art. 17(3)(b)); never from whom."""
    reports, phrases = occasion.cause.reports, occasion.phrases
    if reports.notices:
        return phrases.on_notice
    return phrases.on_report if reports.reports else phrases.on_our_own


def _measure(occasion: Occasion, measure: Measure) -> MeasureWords:
    phrases = occasion.phrases
    kind = SubjectKind.ACCOUNT if measure.target is Target.AUTHOR else kind_of(occasion.case.case_id)
    return MeasureWords(
        label=phrases.measure(measure.kind, kind) + _confined(measure, phrases),
        territory=_territory(occasion, measure.reach),
        since=phrases.moment(measure.since),
        until=phrases.moment(measure.until) if measure.until else None,
    )


def _confined(measure: Measure, phrases: Phrases) -> str:
    parts = [phrases.scope(part) for part in measure.scope]
    parts += [phrases.pieces(measure.excerpts)] if measure.excerpts else []
    return f" ({', '.join(parts)})" if parts else ""


def _in_force(occasion: Occasion) -> tuple[MeasureWords, ...]:
    return tuple(_measure(occasion, measure) for measure in still_in_force(occasion.case, occasion.informed_at))


def _territory(occasion: Occasion, reach: tuple[str, ...]) -> str:
    whole = bool(reach) and set(EU) <= set(reach)
    return occasion.phrases.territory(["EU", *(one for one in reach if one not in EU)] if whole else list(reach))


def _ground(occasion: Occasion) -> GroundWords | None:
    """The pack's own ground of the area: kind and words belong together. Kept from reporters who may not be told."""
    area, matter = occasion.area, occasion.cause.matter
    if area is None or matter is None:
        return None
    if occasion.cause.role is Role.REPORTER and matter.terms.reporters.stance is not Stance.TELL:
        return None
    ground = area.ground
    return GroundWords(kind=ground.kind.value, name=ground.name, url=ground.url, explanation=ground.explanation)


def _redress(occasion: Occasion) -> RedressWords | None:
    """How to object (f). None where nothing is left to object to: a decision taken back whole hears no appeal of its author;
    those who reported may object that it may stay now."""
    decision, reversal = occasion.cause.decision, occasion.cause.reversal
    reporters = occasion.notice.audience is Audience.REPORTERS
    if reversal is not None and decision is not None and decision.reversed and not reporters:
        return None
    phrases, about = occasion.phrases, occasion.case.case_id
    if reversal is not None and reporters:
        about = phrases.of_decision.format(decision=reversal.reversal_id, case=about)
    elif decision is not None:
        about = phrases.of_decision.format(decision=decision.decision_id, case=about)
    elif occasion.notice.kind is NoticeKind.STATEMENT_PROVISIONAL:
        about = phrases.of_decision.format(decision=occasion.notice.cause, case=about)
    later = "" if decision or occasion.notice.audience is Audience.APPELLANT else phrases.reviewed_anyway
    return RedressWords(
        appeal_until=phrases.day(appeals_accepted_until(occasion.informed_at)),
        how=phrases.appeal_how.format(platform=occasion.platform_name, about=about, later=later),
        bodies=phrases.bodies,
        court=phrases.court,
    )


def _sources(occasion: Occasion) -> tuple[str, ...]:
    matter = occasion.cause.matter
    return tuple(f"{one.case_id} · {one.decision_id}" for one in matter.sources) if matter else ()


def _strike_until(occasion: Occasion) -> str | None:
    decision = occasion.cause.decision
    mine = (
        one for one in strikes(occasion.case) if decision and one.decision_id == decision.decision_id and one.active
    )
    return next((occasion.phrases.day(strike.expires_at) for strike in mine), None)


def _help(occasion: Occasion) -> tuple[ResourceWords, ...]:
    """Help in the person's country; all of it where the country is not known: a number too many harms nobody."""
    evidence = occasion.case.latest_evidence
    country = evidence.jurisdiction if evidence else None
    here = {None, country, "EU" if country in EU else None}
    resources = occasion.area.resources if occasion.area else ()
    return tuple(
        ResourceWords(name=one.name, contact=one.contact) for one in resources if country is None or one.country in here
    )
