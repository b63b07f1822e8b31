"""The table of tricks against the client itself: what is refused is not connected to, nor are others asked."""

import re
import ssl

import pytest
from routeiq_plugin_sdk import OutboundError, OutboundRefused
from tests.fakes.ssrf import ADDRESSES, CASES, OPERATORS

EVERY = [({}, case) for case in CASES] + [(settings, case) for settings, cases in OPERATORS for case in cases]


@pytest.fixture
def net(net):
    net.names = dict(ADDRESSES)
    return net


@pytest.mark.parametrize(("settings", "case"), EVERY, ids=str)
async def test_what_is_refused_is_not_connected_to(guarded, net, settings, case):
    client = guarded(tls=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), **settings)
    with pytest.raises(OutboundError) as failure:  # where a request may go, nothing listens
        await client.get(case.url)
    if case.reason:
        assert net.connected == []
        assert isinstance(failure.value, OutboundRefused) or "cannot be resolved" in failure.value.reason
    else:
        assert net.connected
        assert "nothing listens there" in failure.value.reason


# What a location cannot hold, or means otherwise there, is left out: it is relative, or trimmed.
LOCATIONS = [case for case in CASES if case.reason and re.fullmatch(r"[a-z+]+://[!-~]*", case.url)]


@pytest.mark.parametrize("case", LOCATIONS, ids=str)
async def test_no_redirect_leads_there_either(serve, guarded, net, redirect, case):
    net.names = {**ADDRESSES, "start.example": ["1.1.1.1"]}
    net.serve_at(await serve(lambda peer: peer.answer(redirect(case.url))), "1.1.1.1")
    with pytest.raises(OutboundError):
        await guarded().get("http://start.example/")
    assert net.connected == [("1.1.1.1", 80)]
