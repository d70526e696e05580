"""What tests about vendors share: a pack that asks some, vendors as they are configured, and the simulated ones."""

from pathlib import Path
from typing import Any

import httpx2

from activities.policy_packs import read_pack_files
from cases.consultations import Consultation, VendorStance
from cases.packs import load_pack
from cases.policy import PolicyPack
from cases.vendor_table import CALLBACKS, Vendor, Vendors, VendorTable
from simulators.vendors.app import Vendors as Simulated

API_KEY = "synthetic-key"
CALLBACK_SECRET = "whsec_" + "c3ludGhldGljIHNlY3JldCBvZiB2ZW5kb3Jz"
BASELINE = Path("policies/baseline")
ASK = """
[[vendors]]
id = "words"
labels = ["harassment"]
chain = ["openai", "ours"]
when = '{when}'
meanwhile = "{meanwhile}"
on_outage = "{on_outage}"
keep_asking = "P45D"
why = "A second opinion on words that our own lists do not know."
"""


def pack_files(
    when: str = "content.length > 0", meanwhile: str = "review", on_outage: str = "hold", more: str = ""
) -> dict[str, str]:
    """The baseline pack, with an ask."""
    files = read_pack_files(BASELINE)
    ask = ASK.format(when=when, meanwhile=meanwhile, on_outage=on_outage)
    return {**files, "pack.toml": files["pack.toml"] + ask + more}


def a_pack(**ask: str) -> PolicyPack:
    return load_pack(pack_files(**ask))


def a_consultation(**changes: Any) -> Consultation:
    plain: dict[str, Any] = {
        "consultation_id": "words.1",
        "ask": "words",
        "evidence_version": 1,
        "labels": ("harassment",),
        "chain": ("openai", "ours"),
        "within": "PT10M",
        "meanwhile": VendorStance.REVIEW,
        "on_outage": VendorStance.HOLD,
        "keep_asking": "P45D",
    }
    return Consultation(**{**plain, **changes})


def configured(**changes: Any) -> Vendors:
    """All four, as an operator has them. changes: of every table."""
    tables: list[dict[str, Any]] = [
        {"name": "openai", "form": "openai_moderation", "url": "http://vendors/openai", "secret": "env:KEY", "cost_micros": 100,
         "labels": {"harassment": ["harassment", "harassment/threatening"]}},
        {"name": "ours", "form": "signed_webhook", "url": "http://vendors/webhook", "secret": "env:KEY",
         "labels": {"harassment": ["harassment"]}},
        {"name": "eyes", "form": "sightengine", "url": "http://vendors/sightengine", "secret": "env:KEY", "account": "user",
         "model": "nudity,gore", "labels": {"harassment": ["gore.prob"]}},
        {"name": "hashes", "form": "hma_lookup", "url": "http://vendors/hma", "labels": {"harassment": ["SYNTHETIC_BANK"]}},
    ]  # fmt: skip
    vendors = [VendorTable.model_validate({"answer_seconds": 0.3, **table, **changes}) for table in tables]
    return {table.name: _vendor(table) for table in vendors}


def _vendor(table: VendorTable) -> Vendor:
    from cases.hook_signatures import key_of

    secret = CALLBACK_SECRET if table.form == "signed_webhook" else API_KEY if table.secret else ""
    keys = (key_of(CALLBACKS[table.form][0], CALLBACK_SECRET),) if table.form in CALLBACKS else ()
    return Vendor(table, secret, keys)


def simulated() -> Simulated:
    return Simulated(API_KEY, CALLBACK_SECRET)


def towards(vendors: Simulated) -> httpx2.AsyncClient:
    """A client whose every request meets the simulated vendors, without a socket between."""
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(vendors.app), trust_env=False)
