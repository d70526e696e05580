"""What the doctor says of vendors."""

from pathlib import Path

import pytest

from tests.vendor_means import a_pack, configured
from workers.doctor_vendors import check_vendors, vendors_finding
from workers.generated_secrets import new_secret
from workers.generated_vendors import write_vendors
from workers.settings import Settings

PACK = a_pack()


def test_a_pack_whose_vendors_are_configured_is_in_order():
    assert vendors_finding("demo", PACK.vendors, configured()).ok


def test_a_vendor_that_nobody_configured_is_named_with_the_ask_and_a_cure():
    found = vendors_finding("demo", PACK.vendors, {})
    assert (found.ok, found.name) == (False, "vendors of demo")
    assert found.found == "words asks openai, which is not configured; words asks ours, which is not configured"
    assert "DUEPROCESS_VENDORS_FILE" in found.cure


def test_a_vendor_without_a_word_for_a_label_is_named():
    found = vendors_finding("demo", PACK.vendors, configured(labels={"spam": ["spam"]}))
    assert "words asks openai about harassment, for which it has no label" in found.found


async def test_the_pack_that_comes_with_the_generated_file_is_in_order_with_it(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.touch(mode=0o600)
    secret.write_text(new_secret())
    file = write_vendors(tmp_path / "vendors.toml", "http://127.0.0.1:8084", secret)
    tenants = {"tenants": ("demo", "second"), "tenant_packs": {"second": "second_opinion"}}
    found = [one async for one in check_vendors(Settings(data=tmp_path, vendors_file=file, **tenants))]
    assert [(one.name, one.ok) for one in found] == [("vendors", True), ("vendors of second", True)]
    without = [one async for one in check_vendors(Settings(data=tmp_path, **tenants))]
    assert [(one.name, one.ok) for one in without] == [("vendors of second", False)]


@pytest.mark.parametrize("text", ["[[vendors]]", "not toml ["])
async def test_a_file_that_cannot_be_used_is_said_with_its_cure(tmp_path: Path, text: str):
    file = tmp_path / "vendors.toml"
    file.write_text(text)
    (found,) = [one async for one in check_vendors(Settings(data=tmp_path, vendors_file=file))]
    assert not found.ok
    assert str(file) in found.cure
