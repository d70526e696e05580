"""The statement of reasons for the EU transparency database (DSA Art. 24(5)): what a decision of ours means in its fields.

The mapping is what no schema checks, and where real platforms erred for years (automated detection inverted, trusted
flaggers mislabelled): each of its lines has a test. No personal data in any field: every text is the policy pack's or this
module's own.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from pydantic import AwareDatetime

from cases.case import Case, Filing, ReportCount
from cases.causes import WITH_ANOTHER, Cause, confirmed_measures, facts_in_words, found_by_machine, measures_on
from cases.decisions import Ground
from cases.enforcement_kinds import RESTRICTIONS
from cases.errors import CaseError
from cases.facts import Fact
from cases.measures import Measure, MeasureKind, OrderStage, Target
from cases.phrases_en import ENGLISH
from cases.policy import PolicyPack
from cases.statement_contents import FiledContent
from cases.statement_fields import (
    ACCOUNT_DECISIONS,
    ARTICLE_16,
    AUTOMATED_DECISIONS,
    ILLEGAL,
    INCOMPATIBLE,
    INTERSTITIAL_IN_WORDS,
    MONETARY_DECISIONS,
    OTHER_NOTIFICATION,
    PROVISION_DECISIONS,
    TRUSTED_FLAGGER,
    VISIBILITY_DECISIONS,
    VISIBILITY_OTHER,
    VOLUNTARY,
    countries_of,
)
from cases.statement_form import StatementOfReasons
from cases.transparency_categories import KEYWORD_OTHER


class NothingToState(CaseError):
    """Nothing was restricted in the EU or the EEA, so that no statement is owed to its database."""


class OneOfMany(Fact):
    """A campaign's member, or its account: what was done to it, and when the platform confirmed that. lifted_at: if it was."""

    target: Target
    restricted_at: AwareDatetime
    lifted_at: AwareDatetime | None = None


def statement_of(
    case: Case, filing: Filing, pack: PolicyPack, cause: Cause, content: FiledContent, one: OneOfMany | None = None
) -> StatementOfReasons:
    """What this filing states. pack: the one the matter opened under; content: what is said of the content itself; one: of
    a campaign, the target it is about.

    Raises NothingToState, and pydantic's ValidationError where the pack's words break the database's rules.
    """
    if cause.matter is None:
        raise NothingToState
    imposed = measures_on(case, cause, one.target, one.restricted_at) if one else confirmed_measures(case, cause)
    lifted = _date(one.lifted_at) if one and one.lifted_at else _lifted_on(case, filing)
    decided = _lifted(filing, cause, imposed, lifted) if filing.supersedes else _decided(imposed)
    area = pack.areas[pack.area_named(cause.matter.area)]
    ground = area.ground
    illegal = ground.kind is Ground.LAW
    keywords = area.transparency.keywords
    other_words = {"content_type_other": content.other} if content.other else {}
    return StatementOfReasons(
        **decided,
        **other_words,
        decision_ground=ILLEGAL if illegal else INCOMPATIBLE,
        decision_ground_reference_url=ground.url,
        illegal_content_legal_ground=ground.name if illegal else None,
        illegal_content_explanation=ground.explanation if illegal else None,
        incompatible_content_ground=None if illegal else ground.name,
        incompatible_content_explanation=None if illegal else ground.explanation,
        content_type=content.types,
        category=area.transparency.category,
        category_specification=keywords,
        category_specification_other=area.title if KEYWORD_OTHER in keywords else None,
        territorial_scope=_territory(imposed),
        content_language=content.language,
        content_date=content.made_on,
        decision_facts=_facts(filing, cause, pack),
        source_type=source_type(cause.reports),
        automated_detection="Yes" if found_by_machine(cause, pack) else "No",
        automated_decision=AUTOMATED_DECISIONS[cause.automation],
        puid=filing.filing_id,
    )


def source_type(reports: ReportCount) -> str:
    """On whose word it rests. A trusted flagger's notice is an Article 16 notice too, and goes by the flagger's name."""
    if reports.trusted:
        return TRUSTED_FLAGGER
    if reports.notices:
        return ARTICLE_16
    return OTHER_NOTIFICATION if reports.reports else VOLUNTARY


def _decided(measures: Sequence[Measure]) -> dict[str, Any]:
    """The decision fields and dates of what was imposed. Raises NothingToState where the database has no field for it."""
    stated = [measure for measure in measures if measure.kind in RESTRICTIONS]
    if not stated:
        raise NothingToState
    begins = min(_date(measure.since) for measure in stated)
    visible = _of(measures, VISIBILITY_DECISIONS)
    covered = any(measure.kind is MeasureKind.INTERSTITIAL for measure in visible)
    return {
        "decision_visibility": tuple(VISIBILITY_DECISIONS[measure.kind] for measure in visible),
        "decision_visibility_other": INTERSTITIAL_IN_WORDS if covered else None,
        "application_date": begins,
        "end_date_visibility_restriction": _end(visible, begins),
        **_beside_visibility(measures, begins),
    }


def _beside_visibility(measures: Sequence[Measure], begins: date) -> dict[str, Any]:
    """The fields that take one value each, the gravest, with their ends."""
    account, service = _of(measures, ACCOUNT_DECISIONS), _of(measures, PROVISION_DECISIONS)
    monetary = _of(measures, MONETARY_DECISIONS)
    return {
        "decision_account": _gravest(account, ACCOUNT_DECISIONS),
        "decision_provision": _gravest(service, PROVISION_DECISIONS),
        "decision_monetary": _gravest(monetary, MONETARY_DECISIONS),
        "end_date_account_restriction": _end(account, begins),
        "end_date_service_restriction": _end(service, begins),
        "end_date_monetary_restriction": _end(monetary, begins),
    }


def _lifted(filing: Filing, cause: Cause, imposed: Sequence[Measure], lifted_on: date | None) -> dict[str, Any]:
    """A correction: the database has no word for lifting, and withdraws nothing. What stays is stated with it."""
    if not imposed:
        raise NothingToState
    kept = cause.reversal.keep if cause.reversal else ()
    stays = [measure for measure in imposed if measure.measure_id in kept]
    visible = {VISIBILITY_DECISIONS[m.kind] for m in stays if m.kind in VISIBILITY_DECISIONS}
    begins = min(_date(measure.since) for measure in imposed)
    lifted = max(lifted_on or begins, begins)
    what = "Restriction partly lifted" if stays else "Restriction lifted"
    covered = any(measure.kind is MeasureKind.INTERSTITIAL for measure in stays)
    remains = f". What remains: {INTERSTITIAL_IN_WORDS.lower()}" if covered else ""
    return {
        "decision_visibility": (VISIBILITY_OTHER, *sorted(visible)),
        "decision_visibility_other": f"{what} after review; supersedes {', '.join(filing.supersedes)}{remains}",
        "application_date": begins,
        "end_date_visibility_restriction": None if visible else lifted,
        **_beside_visibility(stays, begins),
    }


def _lifted_on(case: Case, filing: Filing) -> date | None:
    orders = [case.order(order_id) for order_id in filing.after]
    lifted = [o.confirmed_at for o in orders if o.stage is OrderStage.CONFIRMED and o.confirmed_at]
    return max(map(_date, lifted), default=None)


def _of(measures: Sequence[Measure], family: Mapping[MeasureKind, str]) -> list[Measure]:
    return [measure for measure in measures if measure.kind in family]


def _gravest(measures: Sequence[Measure], family: Mapping[MeasureKind, str]) -> str | None:
    """Terminated outweighs suspended, as their names are ordered: the database takes one decision of each family."""
    return max((family[measure.kind] for measure in measures), default=None)


def _end(measures: Sequence[Measure], begins: date) -> date | None:
    """The day the last of them ends; None if one has no end, or where there are none."""
    if not measures:
        return None
    ends = [_date(measure.until) for measure in measures if measure.until]
    return max(begins, *ends) if len(ends) == len(measures) else None


def _territory(measures: Sequence[Measure]) -> tuple[str, ...]:
    countries = frozenset[str]().union(*(countries_of(measure.reach) for measure in measures))
    if not countries:
        raise NothingToState
    return tuple(sorted(countries))


def _facts(filing: Filing, cause: Cause, pack: PolicyPack) -> str:
    facts = facts_in_words(cause, pack)
    if not filing.supersedes:
        return facts
    if cause.decision is None:
        looked = "looked at by a person" if cause.lifted_by == "person" else "assessed again"
        return f"It was restricted until it had been {looked}, and nothing came of it. It had rested on this: {facts}"
    decided_on = ENGLISH.day(cause.decision.decided_at)
    if cause.reversal and cause.reversal.by.startswith(WITH_ANOTHER):
        return f"A decision on which the one of {decided_on} rested was taken back, and it with that one."
    taken = f"The decision of {decided_on} was looked at again by a person and taken back"
    return f"{taken}{' in part' if cause.reversal and cause.reversal.keep else ''}. It had rested on this: {facts}"


def _date(at: datetime) -> date:
    return at.astimezone(UTC).date()
