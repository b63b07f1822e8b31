"""A server that speaks OpenAI's and Anthropic's APIs on loopback, and does what the test says.

How a request is answered is said, in this order, by its header `x-upstream`, by its model's name (after a `?`), by the
next of `Upstream.script`, or by `Upstream.default`. So a test can script it through any host, and load can run it in a
process of its own: `python -m tests.fakes.upstream PORT`.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from . import anthropic_answers, openai_answers, responses_answers
from .behaviour import HEADER, Behaviour


class Endpoint(NamedTuple):
    """How an API answers: whole, in frames or not at all so, and with which errors."""

    whole: Callable[[Behaviour, Any, str], dict[str, Any]]
    frames: Callable[[Behaviour, Any, str], Iterator[bytes]] | None
    errors: Any = openai_answers
    error_event: Callable[[str], bytes] = openai_answers.error_event


ENDPOINTS: Final = {
    "/v1/chat/completions": Endpoint(openai_answers.chat, openai_answers.chat_stream),
    "/v1/completions": Endpoint(openai_answers.completion, openai_answers.completion_stream),
    "/v1/embeddings": Endpoint(openai_answers.embedding, None),
    "/v1/responses": Endpoint(
        responses_answers.response, responses_answers.response_stream, error_event=responses_answers.error_event
    ),
    "/v1/messages": Endpoint(
        anthropic_answers.message, anthropic_answers.message_stream, anthropic_answers, anthropic_answers.error_event
    ),
    "/v1/messages/count_tokens": Endpoint(anthropic_answers.count, None, anthropic_answers),
}
MALFORMED: Final = b'data: {"id": "no JSON\n\n'


@dataclass(frozen=True)
class Request:
    """What the upstream was asked. Header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        """The body, decoded; None if there is none."""
        return json.loads(self.raw) if self.raw else None


class _Closed(Exception):
    """The test wants the connection closed."""


class _Protocol(HttpToolsProtocol):
    """Lets the application close its connection where ASGI would have it answer."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {"upstream": {"close": self.transport.close}}


class Upstream:
    """The server, as an ASGI application with a memory.

    Attributes:
        url: Its address, without a path.
        requests: What it was asked, in order.
        script: How the next requests are answered; each behaviour is used once.
        default: How those are answered for which nothing else is said.
        left: How many clients closed their connection before they had their answer.
    """

    def __init__(self, *, records: bool = True) -> None:
        self.url = ""
        self.requests: list[Request] = []
        self.script: deque[Behaviour] = deque()
        self.default = Behaviour()
        self.left = 0
        self._records = records
        self._failed: Counter[str] = Counter()
        self._released = threading.Event()

    @property
    def openai_url(self) -> str:
        """The base URL for OpenAI's clients. Anthropic's want `url`."""
        return f"{self.url}/v1"

    def reset(self) -> None:
        """Forget what was asked and what was said, for another round; what stalls then, stalls anew."""
        self.requests.clear()
        self.script.clear()
        self.default = Behaviour()
        self.left = 0
        self._failed.clear()
        self._released.clear()

    def release(self) -> None:
        """Let everything go on that stalls, now and from now on."""
        self._released.set()

    def wait(self, requests: int = 1, *, left: int = 0, timeout: float = 5.0) -> None:
        """Wait until so many requests have come, and so many clients have left.

        Raises:
            TimeoutError: if they have not after `timeout` seconds.
        """
        end = time.monotonic() + timeout
        while len(self.requests) < requests or self.left < left:
            if time.monotonic() > end:
                raise TimeoutError(f"{len(self.requests)} requests came, and {self.left} clients left")
            time.sleep(0.002)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])
        raw = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            raw += message.get("body", b"")
            if not message.get("more_body", False):
                break
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        request = Request(scope["method"], scope["path"], headers, raw)
        if self._records:
            self.requests.append(request)
        answering = asyncio.ensure_future(self._answer(request, send))
        leaving = asyncio.ensure_future(receive())
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            self.left += 1
        answering.cancel()
        leaving.cancel()
        results = await asyncio.gather(answering, leaving, return_exceptions=True)
        if isinstance(results[0], _Closed):
            scope["extensions"]["upstream"]["close"]()
        elif isinstance(results[0], Exception):
            raise results[0]

    async def _answer(self, request: Request, send: Any) -> None:
        if request.method == "GET" and request.path == "/v1/models":
            await _send(send, 200, {"object": "list", "data": []}, {})
            return
        endpoint = ENDPOINTS.get(request.path)
        if endpoint is None or request.method != "POST":
            await _send(send, 404, openai_answers.error(404, f"Nothing at {request.method} {request.path}."), {})
            return
        body = request.body
        model, _, script = str(body.get("model")).partition("?")
        script = request.headers.get(HEADER, script)
        behaviour = self._behaviour(script)
        await asyncio.sleep(behaviour.delay)
        if behaviour.at_start == "stall":
            await self._stall()
        if behaviour.at_start == "disconnect":
            raise _Closed
        if behaviour.status != 200:
            headers = {**endpoint.errors.error_headers(behaviour.status), **behaviour.headers}
            await _send(send, behaviour.status, endpoint.errors.error(behaviour.status, behaviour.message), headers)
        elif body.get("stream") and endpoint.frames is not None:
            await self._stream(send, behaviour, endpoint, endpoint.frames(behaviour, body, model))
        else:
            await self._whole(send, behaviour, endpoint.whole(behaviour, body, model))

    def _behaviour(self, script: str) -> Behaviour:
        if not script:
            return self.script.popleft() if self.script else self.default
        behaviour = Behaviour.parse(script)
        if behaviour.times and behaviour.status != 200:
            self._failed[script] += 1
            if self._failed[script] > behaviour.times:
                return replace(behaviour, status=200)
        return behaviour

    async def _whole(self, send: Any, behaviour: Behaviour, document: dict[str, Any]) -> None:
        data = json.dumps(document).encode()
        if behaviour.in_body in ("malformed", "error"):
            data = data[: len(data) // 2]
        half = len(data) // 2
        await _start(send, 200, "application/json", {"content-length": str(len(data)), **behaviour.headers})
        if behaviour.in_body in ("stall", "disconnect"):
            await send({"type": "http.response.body", "body": data[:half], "more_body": True})
            await self._interrupt(behaviour)
            data = data[half:]
        await send({"type": "http.response.body", "body": data})

    async def _stream(self, send: Any, behaviour: Behaviour, endpoint: Endpoint, frames: Iterator[bytes]) -> None:
        await _start(send, 200, "text/event-stream; charset=utf-8", dict(behaviour.headers))
        for number, frame in enumerate(frames):
            if behaviour.in_body != "end" and number == behaviour.after:
                await self._interrupt(behaviour)
                if behaviour.in_body != "stall":
                    last = MALFORMED if behaviour.in_body == "malformed" else endpoint.error_event(behaviour.message)
                    await send({"type": "http.response.body", "body": last})
                    return
            if behaviour.pause and number:
                await asyncio.sleep(behaviour.pause)
            await send({"type": "http.response.body", "body": frame, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _interrupt(self, behaviour: Behaviour) -> None:
        if behaviour.in_body == "disconnect":
            # A client that reads ahead, as LiteLLM's Proxy does, would see the end before it hands on the beginning.
            await asyncio.sleep(0.1)
            raise _Closed
        if behaviour.in_body == "stall":
            await self._stall()

    async def _stall(self) -> None:
        while not self._released.is_set():
            await asyncio.sleep(0.005)


async def _start(send: Any, status: int, kind: str, headers: dict[str, str]) -> None:
    fields = {"content-type": kind, "x-request-id": "req_upstream", **headers}
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})


async def _send(send: Any, status: int, document: dict[str, Any], headers: dict[str, str]) -> None:
    data = json.dumps(document).encode()
    await _start(send, status, "application/json", {"content-length": str(len(data)), **headers})
    await send({"type": "http.response.body", "body": data})


def server(upstream: Upstream) -> uvicorn.Server:
    """Return a server for an upstream, not yet running."""
    options: dict[str, Any] = {"log_level": "critical", "lifespan": "off", "loop": "asyncio", "ws": "none"}
    return uvicorn.Server(uvicorn.Config(upstream, http=_Protocol, timeout_graceful_shutdown=1, **options))


@contextmanager
def running(upstream: Upstream | None = None) -> Iterator[Upstream]:
    """Serve an upstream from a thread while the block runs."""
    upstream = upstream or Upstream()
    listening = socket.create_server(("127.0.0.1", 0))
    upstream.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    one = server(upstream)
    thread = threading.Thread(target=one.run, args=([listening],), name="upstream", daemon=True)
    thread.start()
    try:
        yield upstream
    finally:
        upstream.release()
        one.should_exit = True
        thread.join(5)
        listening.close()


def main() -> None:
    """Serve at the port of the command line until the process is ended; 0 takes a free one. Prints the address."""
    listening = socket.create_server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0))
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    server(Upstream(records=False)).run([listening])


if __name__ == "__main__":
    main()
