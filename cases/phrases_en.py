"""English letters: what every installation has."""

from typing import Final

from cases.enforcement_kinds import KINDS
from cases.names import SubjectKind
from cases.parts import Part
from cases.phrases import Phrases, Thing
from cases.statement_fields import COUNTRIES


def _thing(noun: str) -> Thing:
    return Thing(
        owned=noun,
        yours=f"your {noun}",
        yours_dated=f"your {noun} of {{day}}",
        reported=f"the {noun} you reported",
        reported_dated=f"the {noun} you reported on {{day}}",
        ordered=f"the {noun} your order is about",
    )


ENGLISH: Final = Phrases(
    language="en",
    name="English",
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    day_form="{day} {month} {year}",
    moment_form="{day}, {time} UTC",
    order_moment_form="{date}, {time} UTC",
    things={
        SubjectKind.CONTENT: _thing("post"),
        SubjectKind.ACCOUNT: _thing("account"),
        SubjectKind.COMMUNITY: _thing("community"),
        SubjectKind.TRANSACTION: _thing("transaction"),
        SubjectKind.CAMPAIGN: _thing("posts"),
    },
    unshown="what you wrote to us about",
    measures={kind: one.words for kind, one in KINDS.items()},
    scopes={},
    attachment="attachment {number}",
    characters="characters {start} to {end}",
    countries={**COUNTRIES, "EU": "the European Union"},
    all_countries="all countries",
    and_word="and",
    bodies="You can turn to an out-of-court dispute settlement body certified under Article 21 of Regulation (EU) 2022/2065; the European Commission keeps the list: https://digital-strategy.ec.europa.eu/en/policies/dsa-out-court-dispute-settlement",
    court="You can go to court at any time, whether or not you appeal here first.",
    on_notice="on a notice",
    on_report="on a report",
    on_our_own="on our own initiative",
    again_with_another="A decision that it rested on was taken back, and without that one it does not stand.",
    again_not_involved="A person who had no part in it looked at the decision again and came to another result.",
    again_on_our_team="A person on our team looked at the decision again and came to another result.",
    from_on="{label}, from {since}",
    from_until="{label}, from {since} until {until}",
    given_before="The information had been given before, under the reference {answer}.",
    none_given="No information was given.",
    nothing_rests="No measure of ours rests on it any more.",
    nothing_rests_since="No measure of ours rests on it any more, since {moment}.",
    appeal_how="use the appeal form of {platform} and name {about}.{later}",
    of_decision="decision {decision} of {case}",
    reviewed_anyway=" A reviewer looks at it now in any case.",
    information_given="The information was given under the reference {answer}.",
    taken_off="What it is about was taken off, or restricted as ordered, where the order has effect.",
    parts={
        Part.OWNER: "You own a community that we looked at, and answer for what it is there for.",
        Part.MODERATOR: "You moderate a community that we looked at, and answer for what you let stand there.",
        Part.PARTICIPANT: "You wrote in a community that we looked at, and answer for what you wrote there.",
    },
    by_part="{part} Our reviewers found that it falls under: {title}.",
    found="One of our reviewers looked at it as it was when it came to us, and found that it falls under: {title}.",
    found_pieces="One of our reviewers looked at it as it was when it came to us, and found that this of it falls under: {title}: {pieces}.",
    found_in_copy="One of our reviewers looked at an exact copy of it, and found that it falls under: {title}.",
    found_in_campaign="It is one of many that came together, by accounts that act as one. One of our reviewers looked at a sample of them, and found that they fall under: {title}.",
    found_in_sample="It is one of {members} that came together, by accounts that act as one. One of our reviewers looked at {size} of them, and found that {violations} fall under: {title}.",
    strike_left="A decision left a strike on this account, which still count. Under the rules on {title} this is what that leads to.",
    strikes_left="{number} decisions left a strike each on this account, which still count. Under the rules on {title} this is what that leads to.",
    status_line="See where this stands, at an address that is yours alone:",
    cures={},
    sources={},
)
