"""A small internet: what names resolve to, which loopback server answers at which address, and who was connected to."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

import pytest

from routeiq.core.outbound import IPAddress, OutboundPolicy, OutboundSettings
from routeiq.transport.connection import Connection
from routeiq.transport.dial import dial_by
from routeiq.transport.guarded import GuardedClient

PUBLIC = "93.184.216.34"


@dataclass
class Net:
    """The internet of one test.

    Attributes:
        names: What name servers say.
        later: Answers to the next questions about a name, in the place of what they said before.
        ports: Which loopback port answers at an address and port.
        silent: Addresses that never answer.
        asked: Names that were resolved, in order.
        connected: Addresses and ports that were connected to, in order.
    """

    names: dict[str, list[str]] = field(
        default_factory=lambda: {"public.example": [PUBLIC], "other.example": ["1.1.1.1"]}
    )
    later: dict[str, list[list[str]]] = field(default_factory=dict)
    ports: dict[tuple[str, int], int] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    connected: list[tuple[str, int]] = field(default_factory=list)

    def serve_at(self, server: Any, address: str = PUBLIC, port: int = 80) -> None:
        """Let a loopback server answer at an address."""
        self.ports[address, port] = server.port

    async def resolve(self, name: str) -> Sequence[IPAddress]:
        self.asked.append(name)
        await asyncio.sleep(0)
        if self.later.get(name):
            self.names[name] = self.later[name].pop(0)
        if name not in self.names:
            raise OSError("Name or service not known")
        return [ip_address(address) for address in self.names[name]]

    async def dial(
        self,
        make: Callable[[], Connection],
        host: str,
        port: int,
        *,
        tls: ssl.SSLContext | None,
        name: str,
        timeout: float,
    ) -> Connection:
        self.connected.append((host, port))
        if host in self.silent:
            await asyncio.Event().wait()
        if (host, port) not in self.ports:
            raise ConnectionRefusedError("nothing listens there")
        dial = dial_by(asyncio.get_running_loop())
        return await dial(make, "127.0.0.1", self.ports[host, port], tls=tls, name=name, timeout=timeout)


@pytest.fixture
def net() -> Net:
    return Net()


@pytest.fixture
async def guarded(net: Net) -> AsyncIterator[Callable[..., GuardedClient]]:
    """guarded(tls=..., **settings): a client in the small internet; it is closed after the test."""
    clients: list[GuardedClient] = []

    def make(tls: ssl.SSLContext | None = None, **settings: Any) -> GuardedClient:
        async def context() -> ssl.SSLContext:
            assert tls is not None, "no test expects TLS here"
            return tls

        policy = OutboundPolicy(OutboundSettings.model_validate(settings))
        clients.append(GuardedClient("p", policy, resolve=net.resolve, tls=context, dial=net.dial))
        return clients[-1]

    yield make
    for client in clients:
        await client.close()


@pytest.fixture
def client(guarded: Callable[..., GuardedClient]) -> GuardedClient:
    return guarded()


@pytest.fixture
def redirect() -> Callable[..., bytes]:
    """redirect(location, status): a response that leads elsewhere."""

    def build(location: str, status: int = 302) -> bytes:
        return f"HTTP/1.1 {status} x\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n".encode("latin-1")

    return build
