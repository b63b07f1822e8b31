"""A client that keeps so many connections busy: `python -m benchmarks.load PORT --connections 32 --requests 10000`.

Prints one line of JSON: requests answered, errors, seconds, and the median and 99th percentile of the time to the end
and to the first event, in milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time

import uvloop

TEXT = "Summarise the following text in one sentence. " + "lorem ipsum " * 60


class Client(asyncio.Protocol):
    """One connection that asks again as soon as it was answered."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first time."""
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        """Send a request, if there is one left to send."""
        if self.run.left <= 0:
            self.transport.close()
            return
        self.run.left -= 1
        self.began, self.first, self.received, self.length = time.perf_counter(), 0.0, b"", -1
        self.transport.write(self.run.request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        """Take a part of an answer."""
        self.received += data
        if self.length < 0:
            head = self.received.find(b"\r\n\r\n")
            if head < 0:
                return
            if not self.received.startswith(b"HTTP/1.1 200"):
                self.run.errors += 1
                self.transport.close()
                return
            fields = self.received[:head].lower()
            mark = fields.find(b"content-length:")
            self.length = int(fields[mark + 15 :].split(b"\r\n", 1)[0]) if mark >= 0 else 0
            self.received = self.received[head + 4 :]
        if not self.first and b"data: " in self.received:
            self.first = time.perf_counter()
        complete = len(self.received) >= self.length if self.length else self.received.endswith(b"0\r\n\r\n")
        if complete:
            now = time.perf_counter()
            self.run.times.append(now - self.began)
            if self.first:
                self.run.firsts.append(self.first - self.began)
            self.ask()

    def connection_lost(self, exception: Exception | None) -> None:
        """Tell the run."""
        self.run.closed()


class Run:
    """All connections of one run."""

    def __init__(self, request: bytes, connections: int, requests: int) -> None:
        self.request, self.left, self.connections = request, requests, connections
        self.times: list[float] = []
        self.firsts: list[float] = []
        self.errors = 0
        self.done = asyncio.get_running_loop().create_future()

    def closed(self) -> None:
        """Count a connection that ended."""
        self.connections -= 1
        if self.connections == 0:
            self.done.set_result(None)


def quantile(values: list[float], share: float) -> float:
    """Return a quantile in milliseconds."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1000 if values else 0.0


async def main(port: int, connections: int, requests: int, stream: bool, model: str, header: list[str]) -> None:
    """Run and print."""
    messages = [{"role": "user", "content": TEXT}]
    body = json.dumps(
        {"model": model, "messages": messages, "temperature": 0.2, **({"stream": True} if stream else {})}
    ).encode()
    head = "POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
    head += f"content-length: {len(body)}\r\n"
    run = Run((head + "".join(f"{one}\r\n" for one in header) + "\r\n").encode() + body, connections, requests)
    loop, began = asyncio.get_running_loop(), time.perf_counter()
    for _ in range(connections):
        await loop.create_connection(lambda: Client(run), "127.0.0.1", port)
    await run.done
    print(
        json.dumps(
            {
                "answered": len(run.times),
                "errors": run.errors,
                "seconds": time.perf_counter() - began,
                "median_ms": quantile(run.times, 0.5),
                "p99_ms": quantile(run.times, 0.99),
                "first_ms": quantile(run.firsts, 0.5),
            }
        )
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--stream", action="store_true")
    parser.add_argument("--model", default="bench")
    parser.add_argument("--header", action="append", default=[])
    given = parser.parse_args()
    uvloop.run(main(given.port, given.connections, given.requests, given.stream, given.model, given.header))
