"""Sealing: what is sealed opens only under its key and in its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.errors import SealBroken
from record.keys import Cache
from record.sealing import DataKey, Kek, key_id_of, new_key_id, new_secret, open_sealed, seal

KEY = DataKey("demo.key-1", bytes(range(32)))


@given(st.binary(max_size=2_000), st.text(max_size=50))
def test_what_is_sealed_opens_again(plain, aad):
    sealed = seal(KEY, plain, aad)
    assert open_sealed(KEY, sealed, aad) == plain
    assert key_id_of(sealed) == "demo.key-1"


@given(st.data())
def test_no_byte_can_be_changed(data):
    sealed = bytearray(seal(KEY, b"synthetic", "here"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBroken):
        open_sealed(KEY, bytes(sealed), "here")


@pytest.mark.parametrize("key", [DataKey("demo.key-2", KEY.secret), DataKey(KEY.key_id, bytes(32))])
def test_another_key_opens_nothing(key):
    with pytest.raises(SealBroken):
        open_sealed(key, seal(KEY, b"synthetic", "here"), "here")


def test_another_place_opens_nothing():
    with pytest.raises(SealBroken):
        open_sealed(KEY, seal(KEY, b"synthetic", "here"), "there")


@given(st.binary(max_size=60))
def test_what_was_never_sealed_is_refused(junk):
    with pytest.raises(SealBroken):
        open_sealed(KEY, junk, "here")


def test_a_wrapped_key_opens_under_its_name_and_kek_only():
    kek, secret = Kek("k1", bytes(32)), new_secret()
    wrapped = kek.wrap("demo.key-1", secret)
    assert kek.unwrap("demo.key-1", "k1", wrapped) == secret
    for other, name, version in (
        (kek, "demo.key-2", "k1"),
        (kek, "demo.key-1", "k0"),
        (Kek("k1", b"1" * 32), "demo.key-1", "k1"),
    ):
        with pytest.raises(SealBroken):
            other.unwrap(name, version, wrapped)


def test_secrets_are_shown_nowhere():
    assert repr(KEY) == "DataKey(key_id='demo.key-1')"
    assert repr(Kek("k1", bytes(32))) == "Kek(version='k1')"


def test_a_kek_of_the_wrong_length_says_how_to_make_one():
    with pytest.raises(ValueError, match="32 bytes; make one with"):
        Kek("k1", b"short")


def test_key_ids_say_whose_they_are_and_sort_by_time():
    ids = [new_key_id("demo") for _ in range(3)]
    assert all(one.startswith("demo.") and one[19] == "7" for one in ids)
    assert len(set(ids)) == 3


def test_the_cache_forgets_what_is_old_and_what_is_least_used():
    now = 0.0
    cache: Cache[str] = Cache(size=2, seconds=5, clock=lambda: now)
    cache.put("a", "1")
    cache.put("b", "2")
    assert cache.get("a") == "1"
    cache.put("c", "3")
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == ("1", None, "3")
    cache.forget(lambda name, value: value == "3")
    assert cache.get("c") is None
    now = 5.0
    assert cache.get("a") is None
