"""Tokens of the admin API: which are taken, which are refused and why, and who they say asks."""

import hashlib
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeiq.core.errors import ConfigurationError
from routeiq.core.yaml_files import Document
from routeiq.gateway.access import AdminAccess, AdminSettings, Identity, hash_of, new_token
from routeiq.gateway.settings import GatewaySettings

TOKEN = "correct-horse-battery"


def settings(**admin):
    return GatewaySettings.from_document(Document({"admin": admin}, {}), {}, "routeiq.yaml")


def entry(name="alice", role="write", token=TOKEN):
    return {"name": name, "role": role, "hash": hash_of(token)}


def problems(**admin):
    with pytest.raises(ConfigurationError) as caught:
        settings(**admin)
    return "\n".join(map(str, caught.value.problems))


def test_a_token_of_the_settings_says_whose_it_is_and_what_it_may():
    tokens = [entry(), entry("bob", "read", "another-token-of-bob")]
    access = AdminAccess.of(settings(tokens=tokens).admin, {})
    assert access.verify(TOKEN) == Identity("alice", "write")
    assert access.verify("another-token-of-bob") == Identity("bob", "read")
    assert access.printed is None


@given(st.text())
def test_any_other_token_is_nobodys(token):
    access = AdminAccess.of(AdminSettings(), {"ROUTEIQ_ADMIN_TOKEN": TOKEN})
    assert access.verify(token) is None


@pytest.mark.parametrize("token", ["", TOKEN[:-1], f"{TOKEN} ", TOKEN.upper(), hash_of(TOKEN), "\udcff" * 20])
def test_one_that_comes_near_is_nobodys(token):
    assert AdminAccess.of(settings(tokens=[entry()]).admin, {}).verify(token) is None


def test_all_tokens_are_compared_whatever_the_first_says(monkeypatch):
    compared = []
    tokens = [entry(f"n{number}", token=f"token-of-number-{number}") for number in range(5)]
    access = AdminAccess.of(settings(tokens=tokens).admin, {})
    monkeypatch.setattr("hmac.compare_digest", lambda one, other: compared.append(one) or one == other)
    for token in ("token-of-number-0", "token-of-nobody-0"):
        compared.clear()
        access.verify(token)
        assert len(compared) == 5


def test_the_token_of_the_environment_may_write_beside_those_of_the_settings():
    access = AdminAccess.of(settings(tokens=[entry()]).admin, {"ROUTEIQ_ADMIN_TOKEN": "accept-token-accept-token"})
    assert access.verify("accept-token-accept-token") == Identity("environment", "write")
    assert access.verify(TOKEN) == Identity("alice", "write")
    assert access.printed is None


def test_without_any_token_one_is_made_to_be_printed():
    access, other = (AdminAccess.of(AdminSettings(), {}) for _ in range(2))
    assert access.verify(access.printed) == Identity("printed", "write")
    assert access.verify(other.printed) is None
    assert access.printed not in repr(access)


def test_the_token_that_was_made_stays_while_one_is_needed():
    assert AdminAccess.of(AdminSettings(), {}, "made-before-made-before").printed == "made-before-made-before"
    assert AdminAccess.of(settings(tokens=[entry()]).admin, {}, "made-before-made-before").printed is None


def test_it_can_be_sent_to_workers():
    access = AdminAccess.of(AdminSettings(), {})
    assert pickle.loads(pickle.dumps(access)).verify(access.printed) == Identity("printed", "write")


def test_where_it_is_off_nobody_has_access():
    access = AdminAccess.of(settings(enabled=False, tokens=[entry()]).admin, {"ROUTEIQ_ADMIN_TOKEN": "x"})
    assert (access.enabled, access.printed, access.verify(TOKEN)) == (False, None, None)


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("short", "at least 16 characters, and this one 5"),
        ("", "this one 0"),
        ("a token with blanks", "without blanks"),
        (f"{TOKEN}\n", "line ends"),
        ("ü" * 20, "ASCII"),
    ],
)
def test_a_bad_token_in_the_environment_is_refused_and_not_shown(token, reason):
    with pytest.raises(ConfigurationError, match="ROUTEIQ_ADMIN_TOKEN") as caught:
        AdminAccess.of(AdminSettings(), {"ROUTEIQ_ADMIN_TOKEN": token})
    assert reason in str(caught.value)
    assert not token or token not in str(caught.value)


@pytest.mark.parametrize("written", [{"hash": TOKEN}, {"token": TOKEN}, {"hash": f"sha256:{TOKEN}"}])
def test_a_plain_token_in_the_settings_is_an_error_that_says_how_to_hash_it(written):
    text = problems(tokens=[{"name": "alice", **written}])
    assert "routeiq admin hash" in text
    assert TOKEN not in text


def test_names_are_distinct_and_can_stand_in_a_log():
    assert "several tokens have the name 'alice'" in problems(tokens=[entry(), entry(token="x" * 16)])
    assert "the name 'printed' is that of the token" in problems(tokens=[entry("printed")])
    assert "letters, digits" in problems(tokens=[entry("a\nb")])
    assert "must be 'read' or 'write'" in problems(tokens=[entry(role="admin")])


def test_a_hash_may_be_written_in_capitals():
    written = {**entry(), "hash": hash_of(TOKEN).upper().replace("SHA256", "sha256")}
    assert AdminAccess.of(settings(tokens=[written]).admin, {}).verify(TOKEN) == Identity("alice", "write")


def test_the_hash_is_what_other_tools_say():
    assert hash_of(TOKEN) == f"sha256:{hashlib.sha256(TOKEN.encode()).hexdigest()}"
    assert hash_of(new_token()) != hash_of(new_token())


def test_plugins_are_not_shown_who_has_access():
    assert "admin" not in settings(tokens=[entry()]).masked()
