"""The EU transparency database's values that a statement of ours can have, exactly as it spells them.

Source: digital-services-act/transparency-database, app/Models/Statement.php and app/Services/European*Service.php, schema
in force since 1 July 2025. Which measure is which decision: enforcement_kinds.py. Categories: transparency_categories.py.
"""

from collections.abc import Mapping
from typing import Final

from cases.enforcement_kinds import Statement, stated_as

VISIBILITY_DECISIONS: Final = stated_as(Statement.VISIBILITY)
ACCOUNT_DECISIONS: Final = stated_as(Statement.ACCOUNT)
PROVISION_DECISIONS: Final = stated_as(Statement.PROVISION)
MONETARY_DECISIONS: Final = stated_as(Statement.MONETARY)
VISIBILITY_OTHER: Final = "DECISION_VISIBILITY_OTHER"
INTERSTITIAL_IN_WORDS: Final = "Shown only after a warning that the reader has to confirm"

ILLEGAL: Final = "DECISION_GROUND_ILLEGAL_CONTENT"
INCOMPATIBLE: Final = "DECISION_GROUND_INCOMPATIBLE_CONTENT"
TRUSTED_FLAGGER: Final = "SOURCE_TRUSTED_FLAGGER"
ARTICLE_16: Final = "SOURCE_ARTICLE_16"
OTHER_NOTIFICATION: Final = "SOURCE_TYPE_OTHER_NOTIFICATION"
VOLUNTARY: Final = "SOURCE_VOLUNTARY"
AUTOMATED_DECISIONS: Final = {
    "fully": "AUTOMATED_DECISION_FULLY",
    "partially": "AUTOMATED_DECISION_PARTIALLY",
    "not": "AUTOMATED_DECISION_NOT_AUTOMATED",
}
CONTENT_OTHER: Final = "CONTENT_TYPE_OTHER"
_CONTENT = "APP AUDIO IMAGE PRODUCT SYNTHETIC_MEDIA TEXT VIDEO OTHER"
CONTENT_TYPES: Final = frozenset(f"CONTENT_TYPE_{kind}" for kind in _CONTENT.split())

# As a person reads them. Greece is GR here; only as a language it is EL.
EU: Final[Mapping[str, str]] = {
    "AT": "Austria", "BE": "Belgium", "BG": "Bulgaria", "CY": "Cyprus", "CZ": "Czechia", "DE": "Germany",
    "DK": "Denmark", "EE": "Estonia", "ES": "Spain", "FI": "Finland", "FR": "France", "GR": "Greece", "HR": "Croatia",
    "HU": "Hungary", "IE": "Ireland", "IT": "Italy", "LT": "Lithuania", "LU": "Luxembourg", "LV": "Latvia",
    "MT": "Malta", "NL": "the Netherlands", "PL": "Poland", "PT": "Portugal", "RO": "Romania", "SE": "Sweden",
    "SI": "Slovenia", "SK": "Slovakia",
}  # fmt: skip
COUNTRIES: Final[Mapping[str, str]] = {**EU, "IS": "Iceland", "LI": "Liechtenstein", "NO": "Norway"}

_ISO_639 = (
    "AB AA AF AK SQ AM AR AN HY AS AV AE AY AZ BM BA EU BE BN BH BI BS BR BG MY CA KM CH CE NY ZH CU CV KW CO CR "
    "HR CS DA DV NL DZ EN EO ET EE FO FJ FI FR FF GD GL LG KA DE KI EL KL GN GU HT HA HE HZ HI HO HU IS IO IG ID "
    "IA IE IU IK GA IT JA JV KN KR KS KK RW KV KG KO KJ KU KY LO LA LV LB LI LN LT LU MK MG MS ML MT GV MI MR MH "
    "RO MN NA NV ND NG NE SE NO NB NN II OC OJ OR OM OS PI PA PS FA PL PT QU RM RN RU SM SG SA SC SR SN SD SI SK "
    "SL SO ST NR ES SU SW SS SV TL TY TG TA TT TE TH BO TI TO TS TN TR TK TW UG UK UR UZ VE VI VO WA CY FY WO XH "
    "YI YO ZA ZU"
)
LANGUAGES: Final = frozenset(_ISO_639.split())


def countries_of(reach: tuple[str, ...]) -> frozenset[str]:
    """The EU and EEA countries of a reach; all of them for an empty one, none where it lies wholly outside."""
    if not reach:
        return frozenset(COUNTRIES)
    return frozenset(COUNTRIES) & (frozenset(reach) | (frozenset(EU) if "EU" in reach else frozenset()))
