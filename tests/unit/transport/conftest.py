"""A raw server on loopback, scripted by each test; all tests here run on asyncio's loop and on uvloop."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import socket
import ssl
import struct
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from routeiq.transport import UpstreamClient

try:
    import uvloop
except ImportError:
    LOOPS = {"asyncio": asyncio.new_event_loop}
else:
    LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.hookimpl(optionalhook=True)
def pytest_asyncio_loop_factories(config: object, item: object) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    return LOOPS


@dataclass
class Request:
    head: bytes
    body: bytes


@dataclass
class Peer:
    """The server's side of one connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    requests: list[Request] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def request(self) -> Request:
        """The next request; EOFError when the client closes."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        body = await self.reader.readexactly(int(length[1])) if length else b""
        self.requests.append(Request(head, body))
        return self.requests[-1]

    async def send(self, *packets: bytes) -> None:
        for packet in packets:
            self.writer.write(packet)
            await self.writer.drain()
            await asyncio.sleep(0)

    async def answer(self, *packets: bytes) -> Request:
        request = await self.request()
        await self.send(*packets)
        return request

    async def left(self) -> None:
        """Return when the client has closed."""
        with contextlib.suppress(ConnectionError):
            while await self.reader.read(65536):
                pass

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Script = Callable[[Peer], Awaitable[object]]


@dataclass
class Server:
    url: str
    port: int
    peers: list[Peer] = field(default_factory=list)

    @property
    def requests(self) -> list[Request]:
        return [request for peer in self.peers for request in peer.requests]


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[Server]]]:
    """await serve(script): a server that runs the script for each connection, and closes it afterwards.

    A script that raises fails the test, unless it is because its client has left.
    """
    failures: list[BaseException] = []
    servers: list[asyncio.AbstractServer] = []
    scripts: set[asyncio.Task[None]] = set()

    async def start(script: Script, *, host: str = "127.0.0.1", context: ssl.SSLContext | None = None) -> Server:
        async def run(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            task.set_name("server")
            scripts.add(task)
            peer = Peer(reader, writer)
            server.peers.append(peer)
            try:
                await script(peer)
            except (ConnectionError, EOFError, asyncio.CancelledError):
                pass
            except Exception as failure:
                # uvloop 0.21 says in this way that the client has left.
                if "the handler is closed" not in str(failure):
                    failures.append(failure)
            finally:
                peer.gone.set()
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
                scripts.discard(task)

        listening = await asyncio.start_server(run, host, 0, ssl=context)
        servers.append(listening)
        port = listening.sockets[0].getsockname()[1]
        name = f"[{host}]" if ":" in host else host
        server = Server(f"{'https' if context else 'http'}://{name}:{port}", port)
        return server

    yield start
    for listening in servers:
        listening.close()
    for task in tuple(scripts):
        task.cancel()
    await asyncio.gather(*scripts, return_exceptions=True)
    assert not failures, failures


@pytest.fixture
async def make_client() -> AsyncIterator[Callable[..., UpstreamClient]]:
    """make_client(...): a client that is closed after the test."""
    clients: list[UpstreamClient] = []

    def make(**settings: object) -> UpstreamClient:
        clients.append(UpstreamClient(**settings))  # type: ignore[arg-type]
        return clients[-1]

    yield make
    for client in clients:
        await client.aclose()


@pytest.fixture
def client(make_client: Callable[..., UpstreamClient]) -> UpstreamClient:
    return make_client()


@pytest.fixture
def response() -> Callable[..., bytes]:
    """response(body, *header lines, status=...): a response with its content-length."""

    def build(body: bytes = b"", *headers: bytes, status: bytes = b"200 OK") -> bytes:
        return b"\r\n".join([b"HTTP/1.1 " + status, b"content-length: %d" % len(body), *headers, b"", body])

    return build


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificate and key for `localhost`, `guard.internal` and `::1`, in one file; it is its own authority."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    path, key = folder / "certificate.pem", folder / "key.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,DNS:guard.internal,IP:::1"]
    subprocess.run([*command, *names, "-keyout", key, "-out", path], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + key.read_bytes())
    return path


@pytest.fixture
def server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate)
