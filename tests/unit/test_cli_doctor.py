"""The doctor names what is wrong with a cure, and one look that fails stops no other."""

from datetime import timedelta

from cases.names import SEARCH_ATTRIBUTES
from workers.doctor import check_coop, check_files, examine
from workers.findings import (
    Finding,
    admission_finding,
    attributes_finding,
    bulks_finding,
    role_finding,
    skew_finding,
)
from workers.settings import Settings


def settings_at(tmp_path, **more) -> Settings:
    return Settings(data=tmp_path, **more)


async def test_a_look_that_breaks_is_a_finding_and_the_next_one_is_made():
    async def broken(settings):
        raise RuntimeError("odd")
        yield  # a generator

    async def fine(settings):
        yield Finding("fine", ok=True, found="yes")

    findings = await examine(Settings(), (("broken", broken), ("fine", fine)))
    assert [(one.name, one.ok) for one in findings] == [("broken", False), ("fine", True)]
    assert findings[0].cure


async def test_a_key_that_others_may_read_is_named_with_its_cure(tmp_path):
    kek = tmp_path / "kek"
    kek.write_text("secret")
    kek.chmod(0o644)
    findings = {one.name: one async for one in check_files(settings_at(tmp_path, kek_file=kek))}
    assert not findings["kek_file"].ok
    assert findings["kek_file"].cure == f"chmod go-rwx {kek}"
    kek.chmod(0o600)
    assert {one.name: one async for one in check_files(settings_at(tmp_path, kek_file=kek))}["kek_file"].ok


async def test_a_table_of_coops_ids_that_cannot_be_read_is_found_before_the_gateway_stops_at_it(tmp_path):
    table = tmp_path / "coop.toml"
    assert [one async for one in check_coop(settings_at(tmp_path))] == []
    table.write_text('[demo.policies.p-1]\narea = "no such area"\n')
    (broken,) = [one async for one in check_coop(settings_at(tmp_path, coop_file=table))]
    assert not broken.ok
    assert "area" in broken.found
    table.write_text('[demo.policies.p-1]\narea = "spam"\n\n[demo.named_roles]\nreviewer-2 = ["protected_subjects"]\n')
    (fine,) = [one async for one in check_coop(settings_at(tmp_path, coop_file=table))]
    assert fine.ok
    assert "without a webhook_key: demo" in fine.found


async def test_a_missing_key_names_its_variable(tmp_path):
    findings = {one.name: one async for one in check_files(settings_at(tmp_path))}
    assert "DUEPROCESS_SIGNING_KEY_FILE" in findings["signing_key_file"].cure
    assert findings["disk space"].ok


def test_a_role_above_row_level_security_is_found():
    assert not role_finding("postgres", above_rules=True, owns_tables=False).ok
    assert not role_finding("dueprocess_owner", above_rules=False, owns_tables=True).ok
    assert role_finding("dueprocess_app", above_rules=False, owns_tables=False).ok


def test_a_tenant_whose_messages_are_refused_is_found(tmp_path):
    settings = settings_at(tmp_path, quota_unfinished=100, quota_reserved=0.2)
    assert admission_finding(settings, "demo", 79).ok
    assert "429" in admission_finding(settings, "demo", 80).cure


def test_clocks_apart_are_found():
    assert skew_finding("postgres", timedelta(seconds=1)).ok
    assert not skew_finding("postgres", timedelta(seconds=-30)).ok


def test_a_missing_or_mistyped_search_attribute_is_named():
    assert attributes_finding(SEARCH_ATTRIBUTES, SEARCH_ATTRIBUTES).ok
    wrong = attributes_finding(SEARCH_ATTRIBUTES, {**SEARCH_ATTRIBUTES, "CaseStuck": "Text"})
    assert "CaseStuck (Bool)" in wrong.found
    assert wrong.cure


def test_a_bulk_that_stands_still_is_named_and_one_that_waits_for_a_second_person_is_in_order():
    waiting = bulks_finding("demo", [("b-1", "previewed"), ("b-2", "carrying_out")])

    assert (waiting.ok, waiting.found) == (False, "1 stand still: b-2")
    assert "bulk show" in waiting.cure
    assert bulks_finding("demo", [("b-1", "undo_asked")]).ok
