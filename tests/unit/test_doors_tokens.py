"""Bearer tokens: a file of hashes, and who is found by them."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from api.http.tokens import Role, TokensError, read_tokens


def a_file(folder: Path, **changes: str | dict[str, int]) -> Path:
    entry = {"token_sha256": sha256(b"secret").hexdigest(), "tenant": "demo", "role": "reviewer", "name": "r-1"}
    file = folder / "tokens.json"
    file.write_text(json.dumps([{**entry, **changes}]))
    return file


def test_a_token_is_found_by_its_hash(tmp_path: Path):
    found = read_tokens(a_file(tmp_path, reviewer_id="rev-1")).find("secret")

    assert found is not None
    assert (found.tenant, found.role, found.person) == ("demo", Role.REVIEWER, "rev-1")


@pytest.mark.parametrize("token", ["", "Secret", "secret ", "x" * 10_000])
def test_another_token_is_nobodys(tmp_path: Path, token: str):
    assert read_tokens(a_file(tmp_path)).find(token) is None


def test_a_wrong_role_in_the_file_is_named_by_place_alone(tmp_path: Path):
    with pytest.raises(TokensError, match=r"tokens.json is wrong at 0.role") as caught:
        read_tokens(a_file(tmp_path, role="king"))

    assert "king" not in str(caught.value)


def test_a_reviewer_of_several_tenants_is_at_work_for_one_of_them_at_a_time(tmp_path: Path):
    found = read_tokens(a_file(tmp_path, serves={"demo": 2, "other": 1})).find("secret")
    assert found is not None
    there = found.within("other")

    assert there is not None
    assert (there.tenant, there.serves, there.person) == ("other", {}, found.person)
    assert (found.within("third"), there.within("demo")) == (None, None)


@pytest.mark.parametrize(
    "changes", [{"role": "operator", "serves": {"demo": 1}}, {"serves": {"other": 1}}, {"serves": {"demo": 0}}]
)
def test_who_serves_is_a_reviewer_and_of_their_own_tenant_too(tmp_path: Path, changes: dict[str, dict[str, int]]):
    with pytest.raises(TokensError, match="is wrong at 0"):
        read_tokens(a_file(tmp_path, **changes))


def test_a_plain_token_in_the_file_is_refused(tmp_path: Path):
    with pytest.raises(TokensError, match="token_sha256"):
        read_tokens(a_file(tmp_path, token_sha256="secret"))
