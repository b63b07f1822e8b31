"""Keys are found by their hashes, and nothing else is."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeiq_builtin_plugins.api_key_auth.keys import LONGEST, PREFIX, KeyRing, KnownKey, hash_of, is_hash, new_key

ALICE, BOB = "riq_" + "a" * 40, "riq_" + "b" * 40
RING = KeyRing([KnownKey.of(hash_of(ALICE), "alice"), KnownKey.of(hash_of(BOB), "bob", expires=100.0)])


def test_a_key_is_found_by_what_the_configuration_has_of_it():
    assert hash_of(ALICE) == f"sha256:{hashlib.sha256(ALICE.encode()).hexdigest()}"
    assert [RING.find(key).principal.id for key in (ALICE, BOB)] == ["alice", "bob"]
    assert len(RING) == 2


@given(st.text() | st.text(alphabet="riq_ab", max_size=50))
def test_nothing_but_a_known_key_is_found(shown):
    assert (RING.find(shown) is not None) == (shown in (ALICE, BOB))


def test_the_hash_itself_is_no_key():
    assert RING.find(hash_of(ALICE)) is None
    assert RING.find(hash_of(ALICE).partition(":")[2]) is None


def test_what_cannot_be_encoded_or_is_too_long_is_unknown():
    assert RING.find("\ud800") is None
    assert RING.find("a" * (LONGEST + 1)) is None


@pytest.mark.parametrize(("now", "expired"), [(99.9, False), (100.0, True), (101.0, True)])
def test_a_key_is_out_of_date_from_its_moment_on(now, expired):
    assert RING.find(BOB).expired(now) is expired
    assert not RING.find(ALICE).expired(now)


def test_new_keys_differ_and_can_be_hashed():
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(key.startswith(PREFIX) and is_hash(hash_of(key)) for key in keys)


@pytest.mark.parametrize(
    "key", ["short", "", "x" * (LONGEST + 1), "with a blank in it, and long", "gr\u00fc\u00dfe" * 9, "line\n" * 9]
)
def test_a_key_that_can_be_guessed_or_not_be_sent_is_refused_without_being_told(key):
    with pytest.raises(ValueError, match="a key") as error:
        hash_of(key)
    assert not key or key not in str(error.value)


def test_what_a_principal_says_cannot_be_changed_by_a_plugin():
    metadata = {"team": "search"}
    found = KnownKey.of(hash_of(ALICE), "alice", metadata=metadata).principal
    metadata["team"] = "other"
    assert found.metadata == {"team": "search"}
    with pytest.raises(TypeError):
        found.metadata["team"] = "mine"
