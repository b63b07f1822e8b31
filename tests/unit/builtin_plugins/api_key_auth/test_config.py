"""What an operator may write, and what is refused before a key is known by mistake."""

import pytest
from pydantic import ValidationError

from routeiq_builtin_plugins.api_key_auth.config import Config
from routeiq_builtin_plugins.api_key_auth.keys import hash_of

KEY = "riq_" + "k" * 40
HASH = hash_of(KEY)


def test_a_key_carries_what_other_plugins_go_by():
    key = {
        "id": "alice",
        "hash": HASH.upper().replace("SHA256", "sha256"),
        "roles": ["dev"],
        "models": ["echo"],
        "metadata": {"team": "x"},
    }
    config = Config.model_validate({"keys": [{**key, "expires": "2027-01-31T00:00:00Z"}]})
    found = config.ring.find(KEY)
    assert (found.principal.id, found.principal.roles, found.principal.models) == ("alice", {"dev"}, {"echo"})
    assert found.principal.metadata == {"team": "x"}
    assert found.expires == 1801353600
    assert config.ring is config.ring


def test_two_keys_may_stand_for_one_client_while_one_replaces_the_other():
    other = "riq_" + "o" * 40
    config = Config.model_validate({"keys": [{"id": "alice", "hash": HASH}, {"id": "alice", "hash": hash_of(other)}]})
    assert config.ring.find(KEY).principal.id == config.ring.find(other).principal.id == "alice"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"keys": [{"id": "alice", "hash": KEY}]}, "never the key itself"),
        (
            {"keys": [{"id": "alice", "hash": HASH}, {"id": "bob", "hash": HASH}]},
            "'alice' and 'bob' have the same hash",
        ),
        ({"keys": [{"id": "two words", "hash": HASH}]}, "match pattern"),
        ({"keys": [{"id": "alice", "hash": HASH, "expires": "2027-01-31T00:00:00"}]}, "timezone"),
        ({"keys": [{"id": "alice", "hash": HASH, "role": ["x"]}]}, "Extra inputs"),
        ({"key": []}, "Extra inputs"),
        ({"headers": ["x y"]}, "name of a header"),
        ({"headers": ["Authorization"]}, "must not be Authorization"),
        ({"headers": [], "bearer": False}, "no request could show a key"),
    ],
)
def test_what_is_wrong_is_refused_and_said_without_what_may_be_a_key(values, said):
    with pytest.raises(ValidationError, match=said) as error:
        Config.model_validate(values)
    assert KEY not in str(error.value)
