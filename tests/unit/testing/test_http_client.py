from __future__ import annotations

import pytest
from routeiq_plugin_sdk import OutboundError, OutboundRefused
from routeiq_plugin_sdk.testing import ScriptedHTTP

from routeiq.core.outbound import OutboundPolicy
from routeiq.testing.faults import Faults
from routeiq.testing.http_client import HarnessHTTPFactory


async def test_a_plugins_client_keeps_to_the_policy_and_the_script() -> None:
    script, faults = ScriptedHTTP(), Faults()
    script.respond("https://a.example/*", content=b"x")
    client = HarnessHTTPFactory(script, faults)("p", OutboundPolicy())
    assert (await client.get("https://a.example/b")).content == b"x"
    async with client.stream("GET", "https://a.example/c") as response:
        assert (await response.read()).content == b"x"
    assert [(request.plugin, request.url) for request in script.requests] == [
        ("p", "https://a.example/b"),
        ("p", "https://a.example/c"),
    ]
    with pytest.raises(OutboundRefused):
        await client.get("http://169.254.169.254/")
    with pytest.raises(OutboundRefused):
        await client.validate("ftp://a.example/")
    await client.validate("https://a.example/")
    faults.order("p", "http", OutboundError("", "on order"), 1)
    with pytest.raises(OutboundError, match="on order"):
        await client.get("https://a.example/b")
    await client.leave_loop()
    await client.close()
