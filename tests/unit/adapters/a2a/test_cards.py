"""Agent cards with the gateway's addresses."""

import pytest

from routeiq.adapters.a2a.cards import CardRewriter

PUBLIC = "https://gateway.test/a2a/echo"


def rewritten(card, url="http://agent.test:9000/base"):
    return CardRewriter("echo", url).rewritten(card, PUBLIC)


def test_a_card_of_1_0_leads_to_the_gateway_and_nowhere_else(caplog):
    card = {
        "name": "echo",
        "supportedInterfaces": [
            {
                "url": "https://public.test/base/rpc",
                "protocolBinding": "JSONRPC",
                "protocolVersion": "1.0",
                "tenant": "t",
            },
            {"url": "https://public.test/base", "protocolBinding": "HTTP+JSON", "protocolVersion": "1.0"},
            {"url": "public.test:443", "protocolBinding": "GRPC", "protocolVersion": "1.0"},
            {"url": "https://public.test/elsewhere", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"},
            {"url": "https://public.test/base", "protocolBinding": ["JSONRPC"], "protocolVersion": "1.0"},
            "odd",
        ],
        "signatures": [{"protected": "x", "signature": "y"}],
        "documentationUrl": "https://public.test/docs",
    }
    assert rewritten(card) == {
        "name": "echo",
        "supportedInterfaces": [
            {"url": f"{PUBLIC}/rpc", "protocolBinding": "JSONRPC", "protocolVersion": "1.0", "tenant": "t"},
            {"url": PUBLIC, "protocolBinding": "HTTP+JSON", "protocolVersion": "1.0"},
        ],
        "documentationUrl": "https://public.test/docs",
    }
    assert "signatures" in caplog.text
    assert "'GRPC'" in caplog.text
    assert "not below" in caplog.text


def test_each_thing_is_told_once(caplog):
    cards = CardRewriter("echo", "http://agent.test")
    for _ in range(3):
        cards.rewritten({"signatures": [{}]}, PUBLIC)
    assert caplog.text.count("signatures") == 1


def test_a_card_of_0_3_is_rewritten_in_its_own_fields():
    card = {
        "url": "http://agent.test/base/rpc",
        "preferredTransport": "JSONRPC",
        "additionalInterfaces": [
            {"url": "http://agent.test/base/", "transport": "HTTP+JSON"},
            {"url": "agent.test:1", "transport": "GRPC"},
        ],
    }
    assert rewritten(card) == {
        "url": f"{PUBLIC}/rpc",
        "preferredTransport": "JSONRPC",
        "additionalInterfaces": [{"url": f"{PUBLIC}/", "transport": "HTTP+JSON"}],
    }
    assert rewritten({"url": "http://agent.test/base"}) == {"url": PUBLIC}


def test_where_the_preferred_transport_cannot_be_passed_on_another_one_takes_its_place():
    card = {
        "url": "agent.test:1",
        "preferredTransport": "GRPC",
        "additionalInterfaces": [{"url": "http://agent.test/base", "transport": "HTTP+JSON"}],
    }
    changed = rewritten(card)
    assert (changed["url"], changed["preferredTransport"]) == (PUBLIC, "HTTP+JSON")
    assert "url" not in rewritten({"url": "agent.test:1", "preferredTransport": "GRPC"})


@pytest.mark.parametrize(
    ("base", "url", "below"),
    [
        ("http://a", "http://a", ""),
        ("http://a", "http://a/", ""),
        ("http://a", "http://a/x", "/x"),
        ("http://a/x", "http://b/x/y", "/y"),
        ("http://a/x", "http://a/x/", "/"),
        ("http://a/x", "http://a/xy", None),
        ("http://a/x", "http://[", None),
    ],
)
def test_an_address_is_what_follows_the_agents_own(base, url, below):
    kept = rewritten({"supportedInterfaces": [{"url": url, "protocolBinding": "JSONRPC"}]}, base)["supportedInterfaces"]
    assert [one["url"] for one in kept] == ([] if below is None else [PUBLIC + below])
