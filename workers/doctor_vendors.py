"""What `dueprocess doctor` says of vendors: whether those that packs ask are configured, and know what they are asked."""

from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from workers.findings import Finding
from workers.settings import Settings, SettingsError

if TYPE_CHECKING:  # what it loads costs more than most looks
    from cases.consultations import VendorAsk
    from cases.vendor_table import Vendors


async def check_vendors(settings: Settings) -> AsyncIterator[Finding]:
    """The file of vendors, and for each tenant whose pack asks any: whether somebody would answer. The pack of its folder."""
    from activities.policy_packs import PolicyPacks
    from cases.policy import PolicyError
    from workers.vendors_file import read_vendors
    from workers.wiring import BASELINE, POLICIES

    try:
        vendors = read_vendors(settings)
    except SettingsError as error:
        cure = f"mend {settings.vendors_file}; docs/detectors.md has an example"
        yield Finding("vendors", ok=False, found=str(error).partition("\n")[0], cure=cure)
        return
    if settings.vendors_file != Path():
        yield Finding("vendors", ok=True, found=", ".join(sorted(vendors)) or "the file names none")
    packs = PolicyPacks(POLICIES)
    for tenant in settings.tenants:
        try:
            pack = packs.active(settings.tenant_packs.get(tenant, BASELINE), tenant)
        except PolicyError:
            continue  # the look at packs says so
        if pack.vendors:
            yield vendors_finding(tenant, pack.vendors, vendors)


def vendors_finding(tenant: str, asks: "Iterable[VendorAsk]", vendors: "Vendors") -> Finding:
    """Whether each ask has vendors that are configured and have a word of their own for its labels."""
    wrong = [problem for ask in asks for problem in _problems(ask, vendors)]
    found = "; ".join(wrong[:3]) + (" …" if len(wrong) > 3 else "")
    cure = (
        "mend the file of DUEPROCESS_VENDORS_FILE, or the pack's [[vendors]]: until then the next of the chain is asked"
    )
    return Finding(
        f"vendors of {tenant}", not wrong, found or "all that its pack asks are configured", cure if wrong else ""
    )


def _problems(ask: "VendorAsk", vendors: "Vendors") -> Iterable[str]:
    for name in ask.chain:
        if name not in vendors:
            yield f"{ask.id} asks {name}, which is not configured"
        elif missing := sorted(set(ask.labels) - set(vendors[name].table.labels)):
            yield f"{ask.id} asks {name} about {', '.join(missing)}, for which it has no label"
