"""Which headers pass between clients and servers."""

import pytest
from tests.fakes.mcp_relay import TARGET

from routeiq.adapters.mcp import Server


def names(pairs):
    return [name.decode() for name, _ in pairs]


def pairs(*names):
    return [(name.encode(), b"x") for name in names]


@pytest.mark.parametrize(
    "name",
    [
        "authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "x-litellm-api-key", "x-auth-token",
        "x-amz-security-token", "x-goog-iap-jwt-assertion", "x-company-key", "x_user_secret",
    ],
)  # fmt: skip
def test_credentials_of_clients_stay_unless_the_settings_name_them(name):
    assert names(Server("s", TARGET).sent(pairs(name, "accept"))) == ["accept"]
    if not name.startswith("proxy-"):
        assert names(Server("s", TARGET, forwarded=frozenset({name.encode()})).sent(pairs(name))) == [name]


@pytest.mark.parametrize("name", ["host", "connection", "content-length", "te", "x-forwarded-for", "forwarded", "via"])
def test_what_belongs_to_a_connection_stays(name):
    assert Server("s", TARGET).sent(pairs(name)) == []


@pytest.mark.parametrize(
    "name", ["mcp-session-id", "mcp-param-api-key", "last-event-id", "idempotency-key", "user-agent", "x-own", "origin"]
)
def test_all_else_passes(name):
    assert names(Server("s", TARGET).sent(pairs(name))) == [name]


def test_the_servers_own_headers_win():
    server = Server("s", TARGET, ((b"user-agent", b"gateway"),))
    assert server.sent(pairs("user-agent", "accept")) == [(b"accept", b"x")]


def test_what_comes_back_is_the_servers_answer_and_not_its_site():
    server = Server("s", TARGET)
    gone = ("set-cookie", "date", "server", "transfer-encoding", "www-authenticate", "access-control-allow-origin")
    given = [*pairs(*gone, "mcp-session-id", "x-accel-buffering", "x-hop"), (b"connection", b"close, X-Hop")]
    assert names(server.returned(given)) == ["mcp-session-id", "x-accel-buffering"]
    forwarding = Server("s", TARGET, forwarded=frozenset({b"authorization"}))
    assert names(forwarding.returned(pairs("www-authenticate"))) == ["www-authenticate"]


def test_a_servers_secrets_are_not_shown():
    assert "secret" not in repr(Server("s", TARGET, ((b"authorization", b"secret"),)))


def test_plugins_see_no_credentials_that_are_forwarded():
    server = Server("s", TARGET, forwarded=frozenset({b"authorization"}))
    assert names(server.visible(pairs("authorization", "mcp-session-id", "cookie"))) == ["mcp-session-id"]
