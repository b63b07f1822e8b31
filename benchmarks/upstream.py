"""An upstream that speaks OpenAI's chat completions as cheaply as Python can: `python -m benchmarks.upstream PORT`."""

from __future__ import annotations

import asyncio
import json
import os
import sys

import uvloop

EVENTS = int(os.environ.get("EVENTS", "50"))
PAUSE = float(os.environ.get("PAUSE", "0"))  # seconds between events
COMMON = {"id": "chatcmpl-bench", "created": 1, "model": "bench"}


def whole() -> bytes:
    """Return the response to a request that is not streamed."""
    choice = {"index": 0, "message": {"role": "assistant", "content": "lorem ipsum " * 20}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 100, "completion_tokens": 40, "total_tokens": 140}
    body = json.dumps({**COMMON, "object": "chat.completion", "choices": [choice], "usage": usage}).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


def event(delta: dict[str, str], finish_reason: str | None = None) -> bytes:
    """Return one event of a stream as a chunk of HTTP."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return chunk(f"data: {json.dumps({**COMMON, 'object': 'chat.completion.chunk', 'choices': [choice]})}\n\n".encode())


def chunk(data: bytes) -> bytes:
    """Return data as a chunk of HTTP."""
    return b"%x\r\n%b\r\n" % (len(data), data)


WHOLE = whole()
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
STREAM = [
    event({"role": "assistant", "content": ""}),
    *(event({"content": f"word{number} "}) for number in range(EVENTS)),
    event({}, "stop"),
    chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n",
]
USAGE = {"prompt_tokens": 100, "completion_tokens": EVENTS, "total_tokens": 100 + EVENTS}
STREAM_WITH_USAGE = [
    *STREAM[:-1],
    chunk(
        f"data: {json.dumps({**COMMON, 'object': 'chat.completion.chunk', 'choices': [], 'usage': USAGE})}\n\n".encode()
    ),
    STREAM[-1],
]


class Upstream(asyncio.Protocol):
    """One connection; requests have a content-length."""

    def __init__(self) -> None:
        self.received = b""
        self.events = STREAM

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the transport."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self.received += data
        while (head := self.received.find(b"\r\n\r\n")) >= 0:
            fields = self.received[:head].lower()
            mark = fields.find(b"content-length:")
            length = int(fields[mark + 15 :].split(b"\r\n", 1)[0]) if mark >= 0 else 0
            if len(self.received) < head + 4 + length:
                return
            body, self.received = self.received[head + 4 : head + 4 + length], self.received[head + 4 + length :]
            asked = body.replace(b" ", b"")
            if b'"stream":true' in asked:
                self.transport.write(HEAD)  # type: ignore[attr-defined]
                self.events = STREAM_WITH_USAGE if b'"include_usage":true' in asked else STREAM
                self.send(0)
            else:
                self.transport.write(WHOLE)  # type: ignore[attr-defined]

    def send(self, position: int) -> None:
        """Send one event, each in a turn of the loop of its own."""
        if self.transport.is_closing():
            return
        self.transport.write(self.events[position])  # type: ignore[attr-defined]
        if position + 1 < len(self.events):
            loop = asyncio.get_running_loop()
            if PAUSE:
                loop.call_later(PAUSE, self.send, position + 1)
            else:
                loop.call_soon(self.send, position + 1)


async def main(port: int) -> None:
    """Serve for ever."""
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
