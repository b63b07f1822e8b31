"""Who the client is behind proxies."""

import pytest

from routeiq.adapters.asgi.forwarded import TrustedProxies

PROXIES = TrustedProxies(["10.0.0.0/8", "::1"])


def resolved(client="10.0.0.1", kind="http", **headers):
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": kind, "client": (client, 1) if client else None, "scheme": kind, "headers": raw}
    return PROXIES.resolved(scope)


def test_without_a_trusted_peer_nothing_is_believed():
    assert resolved("8.8.8.8", x_forwarded_for="1.2.3.4", x_forwarded_proto="https")["client"] == ("8.8.8.8", 1)
    assert resolved(None, x_forwarded_for="1.2.3.4")["client"] is None
    assert not TrustedProxies([])


@pytest.mark.parametrize(
    ("told", "client"),
    [
        ("1.2.3.4", ("1.2.3.4", 0)),
        ("6.6.6.6, 1.2.3.4, 10.0.0.9", ("1.2.3.4", 0)),
        ("10.0.0.7, 10.0.0.9", ("10.0.0.7", 0)),
        ("1.2.3.4:55", ("1.2.3.4", 55)),
        ("[2001:db8::7]:8, 10.0.0.9", ("2001:db8::7", 8)),
        ("2001:db8::7", ("2001:db8::7", 0)),
        ("unknown", ("unknown", 0)),
        ("_hidden, 10.0.0.9", ("_hidden", 0)),
    ],
)
def test_the_nearest_hop_that_is_not_trusted_is_the_client(told, client):
    assert resolved(x_forwarded_for=told)["client"] == client


def test_scheme_and_host_are_told_too():
    scope = resolved(x_forwarded_for="1.2.3.4", x_forwarded_proto="https", x_forwarded_host="api.example")
    assert scope["scheme"] == "https"
    assert scope["headers"][0] == (b"host", b"api.example")
    assert resolved(kind="websocket", x_forwarded_proto="https")["scheme"] == "wss"
    assert resolved(x_forwarded_proto="gopher")["scheme"] == "http"


def test_of_several_schemes_that_of_the_clients_hop_counts():
    assert resolved(x_forwarded_for="1.2.3.4, 10.0.0.9", x_forwarded_proto="https, http")["scheme"] == "https"


def test_the_standard_header_comes_first():
    scope = resolved(
        forwarded='for="[2001:db8::7]:4711";proto=https;host=h.example, for=10.0.0.9', x_forwarded_for="6.6.6.6"
    )
    assert (scope["client"], scope["scheme"]) == (("2001:db8::7", 4711), "https")


def test_what_the_client_writes_left_of_its_own_hop_counts_for_nothing():
    scope = resolved(forwarded="for=6.6.6.6;proto=https;host=evil.example, for=1.2.3.4")
    assert (scope["client"], scope["scheme"]) == (("1.2.3.4", 0), "http")
    assert scope["headers"] == [(b"forwarded", b"for=6.6.6.6;proto=https;host=evil.example, for=1.2.3.4")]
    hidden = resolved(forwarded='for=1.2.3.4;by="for=9.9.9.9, for=8.8.8.8"')
    assert hidden["client"] == ("1.2.3.4", 0)


@pytest.mark.parametrize("told", ['for="', 'for="x, for="[2001:db8::7]"', "for", "for=1.2.3.4 5", "=;"])
def test_a_malformed_header_makes_the_client_unknown_and_not_its_proxy(told):
    assert resolved(forwarded=told)["client"] == ("unknown", 0)


@pytest.mark.parametrize("told", ["1.2.3.4:\xb2", "1.2.3.4:" + "9" * 5000, "1.2.3.4:"])
def test_a_port_that_is_none_is_left_out(told):
    scope = {"type": "http", "client": ("10.0.0.1", 1), "headers": [(b"x-forwarded-for", told.encode("latin-1"))]}
    assert PROXIES.resolved(scope)["client"] == ("1.2.3.4", 0)


def test_a_proxy_that_tells_only_the_scheme_is_believed():
    scope = resolved(forwarded="proto=https;")
    assert (scope["client"], scope["scheme"]) == (("10.0.0.1", 1), "https")


def test_addresses_of_ipv4_in_ipv6_are_what_they_stand_for():
    assert resolved("::ffff:10.0.0.1", x_forwarded_for="1.2.3.4")["client"] == ("1.2.3.4", 0)


def test_a_scope_that_nobody_said_anything_about_is_the_same_one():
    scope = {"type": "http", "client": ("10.0.0.1", 1), "scheme": "http", "headers": []}
    assert PROXIES.resolved(scope) is scope


def test_a_wrong_network_is_an_error():
    with pytest.raises(ValueError, match="not-a-network"):
        TrustedProxies(["not-a-network"])
