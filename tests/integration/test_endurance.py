"""What a gateway has to withstand on its socket: odd requests, changes under load, failures that are told once."""

import asyncio
import gzip
import json
import logging

import httpx
import pytest

BODY = json.dumps({"model": "echo", "messages": [{"role": "user", "content": "still here"}]}).encode()


async def raw(url, *pieces, pause=0.0, until_close=True):
    """Send bytes as they are, and return what comes back."""
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        if pause:
            await asyncio.sleep(pause)
    if not until_close:
        writer.close()
        return b""
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    return answer


def head(length, *lines):
    fields = "".join(f"{line}\r\n" for line in ("host: x", "connection: close", f"content-length: {length}", *lines))
    return f"POST /v1/chat/completions HTTP/1.1\r\n{fields}\r\n".encode()


async def looks(body, request):
    return None


looks.__name__ = "request_body"


@pytest.mark.parametrize("buffered", [False, True])
async def test_a_body_may_come_byte_by_byte(gateway, plugin, buffered):
    one = await gateway(*([plugin("p", looks)] if buffered else []))
    answer = await raw(one.url, head(len(BODY)), *(bytes([byte]) for byte in BODY))
    assert b"still here" in answer
    chunked = b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + b"0\r\n\r\n"
    request = (
        b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    assert b"still here" in await raw(one.url, request, chunked)


@pytest.mark.parametrize("buffered", [False, True])
async def test_a_compressed_body_is_understood(gateway, plugin, buffered):
    one = await gateway(*([plugin("p", looks)] if buffered else []))
    packed = gzip.compress(BODY)
    assert b"still here" in await raw(one.url, head(len(packed), "content-encoding: gzip"), packed)
    assert b" 400 " in (await raw(one.url, head(7, "content-encoding: gzip"), b"garbage"))[:20]
    assert b" 415 " in (await raw(one.url, head(7, "content-encoding: br"), b"garbage"))[:20]


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nx-evil: a\x00b\r\n\r\n",
        b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
        b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\nhello",
        b"no http at all\r\n\r\n",
    ],
)
async def test_requests_that_would_deceive_are_refused_and_the_next_one_is_served(gateway, request_bytes):
    one = await gateway()
    answer = await raw(one.url, request_bytes)
    assert answer == b"" or b" 400 " in answer[:20]
    assert b"still here" in await raw(one.url, head(len(BODY)), BODY)


async def test_a_client_that_promises_more_than_it_sends_is_let_go(gateway, plugin, eventually):
    ends = []

    async def response(response):
        ends.append((response.status_code, response.aborted))

    one = await gateway(plugin("p", looks, response))
    await raw(one.url, head(len(BODY) + 10), BODY, until_close=False)
    await eventually(lambda: ends)
    assert ends == [(499, True)]
    assert b"still here" in await raw(one.url, head(len(BODY)), BODY)


async def test_plugins_come_and_go_under_load_and_no_request_fails(gateway, plugin):
    async def response_headers(response):
        return response.with_headers({"x-here": "yes"})

    one = await gateway()
    statuses, headers, stop = [], set(), asyncio.Event()

    async def ask(client):
        while not stop.is_set():
            answer = await client.post("/v1/chat/completions", content=BODY)
            statuses.append(answer.status_code)
            headers.add(answer.headers.get("x-here"))

    async with httpx.AsyncClient(base_url=one.url) as client:
        asking = [asyncio.create_task(ask(client)) for _ in range(8)]
        for number in range(20):
            one.manager.register(plugin(f"guest-{number}", response_headers, looks))
            await one.manager.settled()
            await asyncio.sleep(0.01)
            await one.manager.unregister(f"guest-{number}")
        stop.set()
        await asyncio.gather(*asking)
    assert set(statuses) == {200}
    assert headers == {None, "yes"}
    assert len(statuses) > 20


@pytest.mark.parametrize("phase", ["request", "llm_pre_call", "llm_success", "response"])
@pytest.mark.parametrize("mode", ["continue", "abort"])
async def test_a_failure_is_logged_once(gateway, plugin, caplog, phase, mode):
    async def hook():
        raise ValueError("boom-7")

    hook.__name__ = phase
    one = await gateway(plugin("faulty", hook, failure_mode=mode))
    with caplog.at_level(logging.INFO):
        async with httpx.AsyncClient(base_url=one.url) as client:
            await client.post("/v1/chat/completions", content=BODY)
    told = [record for record in caplog.records if "boom-7" in record.getMessage()]
    assert len(told) == 1
    assert "faulty" in told[0].getMessage()
    assert phase in told[0].getMessage()
    assert not [
        record for record in caplog.records if record.name.startswith("uvicorn") and record.levelno >= logging.ERROR
    ]


async def test_streams_that_run_are_finished_when_the_gateway_stops(gateway, upstream, models, replies):
    one = await gateway(settings={"model_list": models(upstream)})
    upstream.replies.append(replies.stream(*["tick "] * 20, pause=0.02))
    async with one.client() as client:
        answer = await client.chat.completions.create(
            model="fast", messages=[{"role": "user", "content": "x"}], stream=True
        )
        parts = []
        async for part in answer:
            parts.append(part.choices[0].delta.content or "")
            if len(parts) == 3:
                one.server.should_exit = True
    assert "".join(parts) == "tick " * 20
