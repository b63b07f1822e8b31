"""Connecting: to a name, by the loop's resolver, or to an address, by nobody's."""

import asyncio
import socket

import pytest

from routeiq.transport.connection import Connection
from routeiq.transport.dial import dial_by


class Owner:
    """Takes connections back, and does nothing with them."""

    def released(self, connection): ...

    def retired(self, connection): ...

    def lost(self, connection): ...


async def connect(host, port):
    loop = asyncio.get_running_loop()
    connection = await dial_by(loop)(
        lambda: Connection(Owner(), "up", 1, loop), host, port, tls=None, name=host, timeout=1
    )
    connection.close()
    await asyncio.sleep(0)


async def test_a_name_is_resolved(serve):
    server = await serve(lambda peer: peer.left())
    await connect("localhost", server.port)
    assert len(server.peers) <= 1  # whether it was seen yet


async def test_for_an_address_no_resolver_is_asked(serve, monkeypatch):
    server = await serve(lambda peer: peer.left())
    asked = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **_: asked.append(arguments))
    await connect("127.0.0.1", server.port)
    with pytest.raises(OSError):
        await connect("::1", 1)
    assert asked == []


async def test_where_nothing_listens_there_is_an_os_error():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(OSError):
            await connect("127.0.0.1", unused.getsockname()[1])
