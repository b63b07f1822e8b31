"""What a host hands to its manager."""

import ssl

import pytest
from routeiq_plugin_sdk import OutboundError

from routeiq.core.outbound import OutboundPolicy, OutboundSettings
from routeiq.transport.guarded import GuardedHTTP

HERE = OutboundPolicy(OutboundSettings(allow=("localhost",)))


async def test_the_client_of_a_host_resolves_names_by_the_system_and_connects_by_the_loop(serve, response):
    server = await serve(lambda peer: peer.answer(response(b"x")))
    client = GuardedHTTP()("p", HERE)
    assert (await client.get(f"http://localhost:{server.port}/")).content == b"x"
    await client.close()


async def test_without_more_only_the_systems_authorities_are_trusted(serve, response, server_context):
    server = await serve(lambda peer: peer.answer(response(b"x")), context=server_context)
    client = GuardedHTTP()("p", HERE)
    with pytest.raises(OutboundError, match="certificate verify failed"):
        await client.get(f"https://localhost:{server.port}/")
    await client.close()


async def test_authorities_are_read_once_for_all_plugins(serve, response, server_context, monkeypatch):
    made = []
    create = ssl.create_default_context
    monkeypatch.setattr(ssl, "create_default_context", lambda: made.append(1) or create())
    server = await serve(lambda peer: peer.answer(response(b"x")), context=server_context)
    factory = GuardedHTTP()
    for plugin in ("a", "b"):
        client = factory(plugin, HERE)
        for _ in range(2):
            with pytest.raises(OutboundError):
                await client.get(f"https://localhost:{server.port}/")
        await client.close()
    assert made == [1]
