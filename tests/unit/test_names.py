"""Ids: what a platform's id becomes, and what no workflow id can be."""

import unicodedata

import pytest
from pydantic import ValidationError

from api.requests import ClaimRequest
from cases.errors import IdentityError
from cases.names import (
    SubjectKind,
    appeal_workflow_id,
    canonical_subject_id,
    case_workflow_id,
    checked_tenant,
    filing_workflow_id,
    kind_of,
    parse_workflow_id,
    person_key,
    subject_key,
    tenant_of,
)

SECRET, OTHER = b"secret one", b"secret two"
KEY = "0" * 32


def test_one_name_in_two_unicode_forms_is_one_subject():
    composed, decomposed = "caf\u00e9-1", unicodedata.normalize("NFD", "caf\u00e9-1")
    assert composed != decomposed
    assert canonical_subject_id(decomposed) == composed
    assert subject_key(SECRET, SubjectKind.CONTENT, composed) == subject_key(SECRET, SubjectKind.CONTENT, decomposed)


def test_an_id_is_otherwise_left_as_the_platform_wrote_it():
    for subject_id in (
        "Post-17",
        "post-17",
        "a/b/c",
        "https://x.invalid/p?id=1#2",
        "ünï cödé",
        "a..b",
        "...",
        "%2e%2e",
    ):
        assert canonical_subject_id(subject_id) == subject_id


@pytest.mark.parametrize(
    ("subject_id", "why"),
    [
        ("", "1 to 512 characters"),
        ("x" * 513, "this has 513"),
        (" post", "no blanks at its ends"),
        ("post\n", "no blanks at its ends"),
        ("po\x00st", "no control characters"),
        ("po\x7fst", "no control characters"),
        ("po\ud800st", "no control characters"),
        ("..", "no path step"),
        ("../other", "no path step"),
        ("a/../../other", "no path step"),
        ("a/./b", "no path step"),
        ("a\\..\\b", "no path step"),
    ],
)
def test_what_no_platform_issues_is_refused_and_said(subject_id: str, why: str):
    with pytest.raises(IdentityError, match=why):
        canonical_subject_id(subject_id)


def test_a_key_says_nothing_of_its_subject_and_differs_by_tenant_and_kind():
    keys = {
        subject_key(secret, kind, "someone@example.invalid")
        for secret in (SECRET, OTHER)
        for kind in (SubjectKind.ACCOUNT, SubjectKind.CONTENT)
    }
    assert len(keys) == 4
    assert all(len(key) == 32 and "someone" not in key for key in keys)


def test_a_person_is_one_person_in_either_unicode_form_and_another_under_another_secret():
    assert person_key(SECRET, "ren\u00e9e") == person_key(SECRET, "rene\u0301e")
    assert person_key(SECRET, "ada") != person_key(OTHER, "ada")
    assert len(person_key(SECRET, "ada")) == 16


def test_a_person_is_never_taken_for_a_subject_of_the_same_name():
    assert not subject_key(SECRET, SubjectKind.ACCOUNT, "ada").startswith(person_key(SECRET, "ada"))


def test_a_workflow_id_and_its_parts_are_one():
    case_id = case_workflow_id("demo", SubjectKind.ACCOUNT, KEY)
    assert case_id == f"case/demo/account/{KEY}"
    assert parse_workflow_id(case_id) == ("case", "demo", f"account/{KEY}")
    assert (tenant_of(case_id), kind_of(case_id)) == ("demo", SubjectKind.ACCOUNT)
    assert parse_workflow_id(appeal_workflow_id("demo", "a-1")) == ("appeal", "demo", "a-1")
    assert parse_workflow_id(filing_workflow_id("demo", "f:1")) == ("filing", "demo", "f:1")


@pytest.mark.parametrize(
    "workflow_id",
    [
        "",
        "sweeper",
        "case/",
        "case/demo",
        "appeal/demo/a-1\0",
        "batch/demo/\n",
        f"case/demo/content/{KEY[:-1]}",
        f"case/demo/content/{KEY.replace('0', 'G')}",
        f"case/demo/planet/{KEY}",
        f"case/Demo/content/{KEY}",
        f"case//content/{KEY}",
        f"case/demo/content/{KEY}/more",
        "appeal/demo/",
        f"other/demo/content/{KEY}",
    ],
)
def test_what_is_no_workflow_of_ours_is_refused(workflow_id: str):
    with pytest.raises(IdentityError):
        parse_workflow_id(workflow_id)


@pytest.mark.parametrize("tenant", ["", "a", "Demo", "de_mo", "1demo", "demo-", "d" * 33, "demo/other", "démo"])
def test_a_tenants_name_has_one_form(tenant: str):
    with pytest.raises(IdentityError, match="2 to 32 lower-case letters"):
        checked_tenant(tenant)


@pytest.mark.parametrize("own_id", ["", "a/b", "../x", " a", "a" * 129, ".a"])
def test_an_appeals_own_id_cannot_leave_its_tenant(own_id: str):
    with pytest.raises(IdentityError, match="1 to 128 letters"):
        appeal_workflow_id("demo", own_id)


@pytest.mark.parametrize("field", ["stream", "task_id"])
@pytest.mark.parametrize("name", ["appeal/demo/\0", "case/demo/content/x y", "", "a" * 300])
def test_no_request_names_a_task_by_what_no_id_of_ours_holds(field: str, name: str):
    with pytest.raises(ValidationError):
        ClaimRequest.model_validate({field: name})
