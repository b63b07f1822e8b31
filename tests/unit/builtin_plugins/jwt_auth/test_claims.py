"""Whom claims stand for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeiq_builtin_plugins.jwt_auth.claims import claim, principal_of
from routeiq_builtin_plugins.jwt_auth.config import Config
from routeiq_builtin_plugins.jwt_auth.tokens import InvalidToken


def config(**values):
    return Config(issuer="i", audience=("a",), jwks_url="https://i/", **values)


def test_claims_become_what_other_plugins_go_by():
    claims = {"sub": "alice", "realm_access": {"roles": ["a", "b"]}, "models": "echo gpt", "email": "a@b", "x": 1}
    found = principal_of(
        claims,
        config(
            roles_claim="realm_access.roles", models_claim="models", id_prefix="jwt:", metadata_claims=("email", "none")
        ),
    )
    assert (found.id, found.roles, found.models) == ("jwt:alice", {"a", "b"}, {"echo", "gpt"})
    assert dict(found.metadata) == {"email": "a@b"}


def test_a_claim_is_looked_for_by_its_whole_name_first():
    assert claim({"https://x.example/roles": 1, "a": {"b": 2}, "a.b": 3}, "https://x.example/roles") == 1
    assert claim({"a": {"b": 2}, "a.b": 3}, "a.b") == 3
    assert claim({"a": 5}, "a.b") is None


def test_without_a_claim_of_models_none_may_be_called_where_one_is_asked_for():
    assert principal_of({"sub": "x"}, config(models_claim="models")).models == frozenset()
    assert principal_of({"sub": "x"}, config()).models is None
    assert principal_of({"sub": "x", "roles": ["a"]}, config(roles_claim=None)).roles == frozenset()


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 257},
        {"sub": "a\nb"},
        {"sub": "x", "roles": 7},
        {"sub": "x", "roles": [7]},
        {"sub": "x", "roles": {"a": 1}},
    ],
)
def test_claims_in_no_form_that_is_known_are_refused(claims):
    with pytest.raises(InvalidToken):
        principal_of(claims, config())


ANYTHING = st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x))


@given(st.dictionaries(st.sampled_from(["sub", "roles", "models"]), ANYTHING))
def test_whatever_claims_are_they_stand_for_somebody_or_are_refused(claims):
    try:
        found = principal_of(claims, config(models_claim="models"))
    except InvalidToken:
        return
    assert found.id == claims["sub"]
    assert all(isinstance(role, str) for role in found.roles)
