"""Agents that answer as a test says, and the adapter before them with the test's plugins; no sockets."""

from __future__ import annotations

import types
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from routeiq_plugin_sdk import Headers, PluginCapability, PluginMetadata, PluginRequest, hookimpl

from routeiq import PluginManager
from routeiq.adapters.a2a import A2AAdapter, Agent, Incoming, StreamedAnswer, WholeAnswer
from routeiq.core.logging import Activity
from routeiq.core.settings import ManagerSettings
from routeiq.transport import ConnectionClosed

URL = "http://agent.test:9000/base"
MESSAGE = {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "hello"}]}
ANSWER = {"messageId": "n", "role": "ROLE_AGENT", "parts": [{"text": "hi"}], "own": 1}
TASK = {"id": "t", "contextId": "c", "status": {"state": "TASK_STATE_COMPLETED"}}
REST = {"below": "/message:send", "headers": {"a2a-version": "1.0"}}
EVENTS = [(b"content-type", b"text/event-stream; charset=utf-8")]
BROKEN = ConnectionClosed("http://agent.test", "cut", response_started=True)
ALL = frozenset(PluginCapability) - {PluginCapability.AUTH_PROVIDER}


@dataclass
class Reply:
    """What an agent answers.

    Attributes:
        pieces: The body, in the pieces in which it comes; an exception breaks it off.
        closed: Whether the gateway gave up the rest.
    """

    status: int = 200
    pieces: list[Any] = field(default_factory=list)
    headers: list[tuple[bytes, bytes]] = field(default_factory=lambda: [(b"content-type", b"application/json")])
    closed: bool = False

    async def read(self) -> bytes:
        return b"".join([piece async for piece in self.chunks()])

    async def chunks(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, BaseException):
                raise piece
            yield piece

    async def close(self) -> None:
        self.closed = True


def rpc(method: str = "SendMessage", **params: Any) -> dict[str, Any]:
    """Return a request of JSON-RPC; without parameters it sends a message."""
    return {"jsonrpc": "2.0", "id": 7, "method": method, "params": params or {"message": MESSAGE, "own": True}}


def result(value: Any) -> dict[str, Any]:
    """Return the response to it."""
    return {"jsonrpc": "2.0", "id": 7, "result": value}


def seeing(seen: list[Any]) -> tuple[Any, Any]:
    """Return hooks that write down what they see."""

    async def agent_pre_call(message: Any) -> None:
        seen.append(message)

    async def agent_post_call(message: Any, result: Any) -> None:
        seen.append((message, result))

    return agent_pre_call, agent_post_call


def reply(document: Any, status: int = 200, **headers: str) -> Reply:
    """Return a whole answer: of bytes, or of what is JSON."""
    body = document if isinstance(document, bytes) else orjson.dumps(document)
    kind = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Reply(status, [body], [(name.encode(), value.encode()) for name, value in kind.items()])


def frames(*documents: Any) -> list[Any]:
    """Return the events of a stream; bytes and exceptions as they are."""
    return [
        one if isinstance(one, bytes | BaseException) else b"data: " + orjson.dumps(one) + b"\n\n" for one in documents
    ]


def streamed(*documents: Any) -> Reply:
    """Return an answer that is a stream of these events."""
    return Reply(200, frames(*documents), EVENTS)


class Agents:
    """Stands for the HTTP client: keeps what was sent, and gives the replies in turn."""

    def __init__(self) -> None:
        self.replies: list[Any] = []
        self.sent: list[types.SimpleNamespace] = []

    async def request(
        self, method: str, target: Any, headers: Any, body: bytes, *, further: Any, read_timeout: float
    ) -> Any:
        sent = Headers((*headers, *further))
        self.sent.append(
            types.SimpleNamespace(
                method=method, url=f"{target.origin}{target.path}", headers=sent, body=body, timeout=read_timeout
            )
        )
        answer = self.replies.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


@dataclass
class Got:
    """What the client got."""

    answer: WholeAnswer | StreamedAnswer
    frames: list[bytes]

    @property
    def status(self) -> int:
        return self.answer.status

    @property
    def headers(self) -> Headers:
        return Headers(tuple(self.answer.headers))

    @property
    def body(self) -> Any:
        assert isinstance(self.answer, WholeAnswer)
        return orjson.loads(self.answer.body)

    @property
    def events(self) -> list[Any]:
        return [orjson.loads(frame.partition(b"data: ")[2]) for frame in self.frames]


@pytest.fixture
def agents() -> Agents:
    return Agents()


@pytest.fixture
async def ask(agents: Agents) -> AsyncIterator[Callable[..., Awaitable[Got]]]:
    """ask(body, *hooks, below=..., ...): what a client gets for a request to the agent `echo`."""
    managers: list[PluginManager] = []

    async def make(
        body: Any = b"",
        *hooks: Any,
        below: str = "",
        method: str = "POST",
        headers: dict[str, str] | None = None,
        query: bytes = b"",
        name: str = "echo",
        failure_mode: Any = None,
        tracer: Any = None,
        whole_artifacts: bool = False,
        reads: bool = True,
    ) -> Got:
        manager = PluginManager(ManagerSettings())
        manager.attach(frozenset({"agents"}))
        if tracer is not None:
            manager.add_tracer(tracer)
        module = types.ModuleType("guard")
        module.metadata = PluginMetadata(  # type: ignore[attr-defined]
            name="guard", capabilities=ALL, failure_mode=failure_mode
        )
        for hook in hooks:
            setattr(module, hook.__name__, hookimpl(hook))
        manager.register(module)
        await manager.start()
        managers.append(manager)
        given = Headers.of(headers or {})
        activity = Activity("r")
        activity.request = PluginRequest.mock(method, f"/a2a/{name}{below}", headers=headers)
        activity.plans = manager.plans
        data = body if isinstance(body, bytes) else orjson.dumps(body)
        incoming = Incoming(method, below, query, given, data, "https://gateway.test/a2a/echo")
        agent = Agent("echo", URL, agents, whole_artifacts=whole_artifacts)  # type: ignore[arg-type]
        answer = await A2AAdapter([agent]).answer(name, incoming, activity)
        if not isinstance(answer, StreamedAnswer) or not reads:
            return Got(answer, [])
        async with aclosing(answer.stream) as stream:
            return Got(answer, [frame async for frame in stream.frames])

    yield make
    for manager in managers:
        await manager.stop()
