"""Whatever happens in a case is told in each language whole: nothing of English is left in a letter that is not English."""

import re
from collections.abc import Callable

import pytest

from cases.appeals import AppealRefusal, Role
from cases.decisions import EnforcementRequest, Outcome
from cases.measures import MeasureKind
from cases.tongues import TONGUES
from tests.builders import NOON
from tests.lives import PACK, Life, a_decided_life, a_held_life

LEFT_OVER = frozenset(
    {"the", "and", "your", "you", "with", "until", "since", "our", "were", "this", "that", "from", "report", "found",
     "decision", "post", "about", "has", "have", "not", "countries", "hidden", "removed", "attachment", "characters"}
)  # fmt: skip
OTHERS = [language for language in TONGUES if language != "en"]
EVERYWHERE = ("DE", "NL", "NO")
LIVES: dict[str, Callable[[], Life]] = {
    "held": a_held_life,
    "decided": a_decided_life,
    **{
        f"decided {outcome}": lambda outcome=outcome: a_decided_life(outcome=outcome)
        for outcome in Outcome
        if outcome not in (Outcome.UPHELD, Outcome.REVERSED)
    },
    **{f"decided about {area}": lambda area=area: a_decided_life(area) for area in PACK.areas},
    "automatic": lambda: (
        Life("spam").reported().captured().triaged("spam.certain").decided(by="rule:spam.certain").confirmed()
    ),
    "in part": lambda: a_decided_life(excerpts=("attachment:2", "text:3-9")),
    "in some countries": lambda: a_decided_life(
        enforcements=(EnforcementRequest(kind=MeasureKind.HIDE, reach=EVERYWHERE, scope=("search", "feed")),)
    ),
    "for a time": lambda: a_decided_life(enforcements=(EnforcementRequest(kind=MeasureKind.HIDE, duration="P7D"),)),
    "reversed": lambda: a_decided_life().appealed().reversed(),
    "reversed by the team": lambda: a_decided_life().reversed(by="operator:one"),
    "reversed with its source": lambda: a_decided_life().reversed(by="source:x"),
    "upheld": lambda: a_decided_life().appealed().upheld(),
    "upheld for who reported": lambda: a_decided_life(outcome=Outcome.NO_VIOLATION).appealed(Role.REPORTER).upheld(),
    **{f"refused {reason}": lambda reason=reason: a_decided_life().refused(reason) for reason in AppealRefusal},
    "refused a stranger": lambda: a_decided_life().refused(AppealRefusal.UNKNOWN_DECISION, None),
}


def own_words(text: str) -> set[str]:
    """What is written there, but for addresses, quoted names of laws and identifiers."""
    bare = re.sub(r"https?://\S+|case/\S+|47 U\.S\.C\.|988 \S+ & \S+ \S+", " ", text)
    return set(re.findall(r"[^\W\d_]{3,}", bare.lower()))


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("life", LIVES.values(), ids=LIVES)
def test_every_letter_of_a_life_is_written_whole_in_a_language(life: Callable[[], Life], language: str):
    lived = life()
    assert lived.case.notices, "nobody is told anything: not a life for this test"
    for notice in lived.case.notices:
        letter = lived.letter(notice.kind, language, made_on=NOON)
        assert letter.language == language
        for part in (letter.subject_line, letter.text, letter.html.partition("<body")[2]):
            plain = re.sub(r"<[^>]*>", " ", part)
            assert not own_words(plain) & LEFT_OVER, (notice.kind, own_words(plain) & LEFT_OVER)
            assert "{" not in plain, notice.kind
        assert letter.text != lived.letter(notice.kind, made_on=NOON).text


@pytest.mark.parametrize("language", OTHERS)
def test_a_letter_says_the_same_in_every_language(language: str):
    """Measures, dates and ways out: as many, and the same."""
    lived = a_held_life()
    for notice in lived.case.notices:
        ours, theirs = lived.words(notice.kind), lived.words(notice.kind, language=language)
        assert (
            ours.model_dump(include=set(ours.model_fields_set)).keys()
            == theirs.model_dump(include=set(theirs.model_fields_set)).keys()
        )
        assert len(ours.measures) == len(theirs.measures)
        assert (ours.ground and ours.ground.url) == (theirs.ground and theirs.ground.url)
        assert ours.automated_decision == theirs.automated_decision
        assert (ours.redress is None) == (theirs.redress is None)
