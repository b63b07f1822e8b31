"""The client as a plugin uses it, over real sockets of a small internet of our own."""

import asyncio
import json
import logging
import threading

import pytest
from routeiq_plugin_sdk import OutboundError, OutboundRefused, OutboundTimeout

from routeiq.core.outbound import OutboundPolicy
from routeiq.transport.guarded import GuardedClient

URL = "http://public.example/check"


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


# Requests


async def test_a_request_brings_its_response(serve, client, net, response):
    server = await serve(lambda peer: peer.answer(response(b'{"ok": true}', b"X-A: 1", b"x-a: 2", status=b"203 x")))
    net.serve_at(server)
    got = await client.get(URL)
    assert (got.status_code, got.json(), got.headers.get_list("x-a")) == (203, {"ok": True}, ["1", "2"])
    assert got.url == URL
    assert net.connected == [("93.184.216.34", 80)]


async def test_the_head_is_of_the_url_although_the_connection_goes_to_an_address(serve, client, net, response):
    server = await serve(lambda peer: peer.answer(response()))
    net.serve_at(server, port=8080)
    await client.post("http://PUBLIC.example:8080/a?b=c", params={"d": "e f", "g": [1, True]}, json={"h": "é"})
    request = server.requests[0]
    head = request.head.decode().lower().split("\r\n")
    assert head[:2] == ["post /a?b=c&d=e+f&g=1&g=true http/1.1", "host: public.example:8080"]
    assert {"content-type: application/json", "accept-encoding: gzip, deflate", "accept: */*"} <= set(head)
    assert json.loads(request.body) == {"h": "é"}


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
async def test_there_is_a_function_for_each_method(serve, client, net, response, method):
    server = await serve(lambda peer: peer.answer(response(b"x")))
    net.serve_at(server)
    assert (await getattr(client, method)(URL, content="body")).content == b"x"
    assert server.requests[0].head.startswith(f"{method.upper()} /check ".encode())
    assert server.requests[0].body == b"body"


async def test_a_head_request_has_no_body_to_wait_for(serve, client, net):
    net.serve_at(await serve(lambda peer: peer.answer(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n")))
    assert (await client.request("HEAD", URL)).content == b""


async def test_connections_are_kept_for_the_same_origin_at_the_same_address_only(serve, client, net, response):
    async def script(peer):
        while True:
            await peer.answer(response(b"x"))

    server = await serve(script)
    net.names["alias.example"] = ["93.184.216.34"]
    net.serve_at(server)
    for url in (URL, URL, "http://alias.example/", "http://alias.example/", URL):
        await client.get(url)
    assert len(net.connected) == 2
    assert [len(peer.requests) for peer in server.peers] == [3, 2]


async def test_options_that_do_not_exist_are_not_ignored(client):
    with pytest.raises(TypeError, match="takes no argument 'data'; there are: params, headers, json, content"):
        await client.post(URL, data={})


@pytest.mark.parametrize(
    "headers",
    [{"host": "evil.example"}, {"transfer-encoding": "chunked"}, {"content-length": "5"}, {"accept-encoding": "br"}],
)
async def test_the_headers_that_are_the_clients_own_cannot_be_sent(serve, client, net, headers):
    server = await serve(lambda peer: peer.left())
    net.serve_at(server)
    with pytest.raises(ValueError, match="the client's own"):
        await client.request("POST", URL, headers=headers)
    assert not server.requests


# Refusals


async def test_a_refusal_connects_to_nothing_and_is_told_to_the_operator(client, net, caplog):
    net.names["loop.example"] = ["127.0.0.1"]
    for url in ("http://127.0.0.1/secret", "http://loop.example/?secret"):
        with pytest.raises(OutboundRefused, match="loopback"):
            await client.get(url)
    assert net.connected == []
    assert [(one.levelno, one.name) for one in caplog.records] == [(logging.WARNING, "routeiq.plugin.p")] * 2
    assert "its address 127.0.0.1 is a loopback address" in caplog.text
    assert "secret" not in caplog.text


async def test_a_url_is_validated_as_a_request_would_be(client, net):
    net.names["loop.example"] = ["127.0.0.1"]
    await client.validate(URL)
    with pytest.raises(OutboundRefused, match="loopback"):
        await client.validate("http://loop.example/")
    with pytest.raises(OutboundRefused, match="four decimal numbers"):
        await client.validate("http://127.1/")
    with pytest.raises(OutboundError, match="cannot be resolved"):
        await client.validate("http://unknown.example/")
    assert net.connected == []


async def test_an_operator_opens_a_service_in_the_network(serve, guarded, net, response):
    net.names["guard.internal"] = ["10.0.3.7"]
    net.serve_at(await serve(lambda peer: peer.answer(response(b"x"))), "10.0.3.7", 8080)
    with pytest.raises(OutboundRefused):
        await guarded().get("http://guard.internal:8080/")
    assert (await guarded(allow=["10.0.3.0/24"]).get("http://guard.internal:8080/")).content == b"x"


async def test_proxies_of_the_environment_are_not_asked(serve, client, net, response, monkeypatch):
    proxy = await serve(lambda peer: peer.answer(response(b"proxy")))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    net.serve_at(await serve(lambda peer: peer.answer(response(b"x"))))
    assert (await client.get(URL)).content == b"x"
    assert not proxy.peers


# Failures and limits


async def test_an_unreachable_server_is_an_outbound_error_with_the_host(client):
    with pytest.raises(OutboundError, match=r"^public\.example: no connection: nothing listens there$") as failure:
        await client.get(URL)
    assert not isinstance(failure.value, OutboundRefused)


async def test_a_body_beyond_the_limit_is_given_up_and_the_connection_closed(serve, guarded, net):
    async def script(peer):
        await peer.answer(b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n" + bytes(70_000))
        await peer.left()

    server = await serve(script)
    net.serve_at(server)
    with pytest.raises(OutboundError, match=r"longer than 65536 bytes \(outbound\.max_response\)"):
        await guarded(max_response="64KiB").get(URL)
    await until(server.peers[0].gone.is_set)


async def test_the_timeout_is_for_the_whole_response_however_often_a_byte_comes(serve, client, net):
    async def script(peer):
        await peer.answer(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        for _ in range(8):
            await peer.send(b"x")
            await asyncio.sleep(0.02)
        await peer.left()

    server = await serve(script)
    net.serve_at(server)
    with pytest.raises(OutboundTimeout, match=r"^public\.example: no whole response within 0\.1 seconds$"):
        await client.get(URL, timeout=0.1)
    await until(server.peers[0].gone.is_set)


async def test_the_operators_timeout_holds_where_a_plugin_names_none(serve, guarded, net):
    net.serve_at(await serve(lambda peer: peer.left()))
    with pytest.raises(OutboundTimeout, match=r"0\.05 seconds"):
        await guarded(timeout=0.05).get(URL)
    net.silent.add("1.1.1.1")
    with pytest.raises(OutboundTimeout, match=r"0\.05 seconds"):
        await guarded(timeout=0.05).get("http://other.example/")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcde",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: " + b"y" * 300_000,
    ],
    ids=["nothing", "no HTTP", "half", "two lengths", "no chunk", "a long head"],
)
async def test_a_broken_answer_is_an_outbound_error(serve, client, net, answer):
    net.serve_at(await serve(lambda peer: peer.answer(answer)))
    with pytest.raises(OutboundError, match=r"^public\.example: "):
        await client.get(URL)


async def test_a_request_that_is_cancelled_closes_its_connection(serve, client, net):
    async def script(peer):
        await peer.request()
        await peer.left()

    server = await serve(script)
    net.serve_at(server)
    task = asyncio.create_task(client.get(URL))
    await until(lambda: server.requests)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(server.peers[0].gone.is_set)


# Streams


async def test_a_stream_comes_as_it_is_sent_however_long(serve, guarded, net):
    async def script(peer):
        await peer.answer(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for _ in range(3):
            await peer.send(b"5\r\nhello\r\n")
            await go_on.wait()
            go_on.clear()
        await peer.send(b"0\r\n\r\n")

    go_on = asyncio.Event()
    net.serve_at(await serve(script))
    chunks = []
    async with guarded(max_response=1).stream("GET", URL) as response:
        assert (response.status_code, response.url) == (200, URL)
        async for chunk in response.chunks():
            chunks.append(chunk)
            go_on.set()
    assert chunks == [b"hello"] * 3


async def test_a_stream_that_is_left_closes_its_connection(serve, client, net):
    async def script(peer):
        await peer.answer(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nab")
        await peer.left()

    server = await serve(script)
    net.serve_at(server)
    async with client.stream("GET", URL) as response:
        assert response.headers["content-length"] == "100"
    await until(server.peers[0].gone.is_set)


@pytest.mark.parametrize("packets", [[], [b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nab"]])
async def test_a_stream_has_a_timeout_for_its_head_and_between_its_pieces(serve, client, net, packets):
    async def script(peer):
        await peer.answer(*packets)
        await peer.left()

    net.serve_at(await serve(script))
    with pytest.raises(OutboundTimeout, match="seconds"):
        async with client.stream("GET", URL, timeout=0.1) as response:
            async for _ in response.chunks():
                pass


async def test_a_stream_can_be_read_whole(serve, client, net, response):
    net.serve_at(await serve(lambda peer: peer.answer(response(b"[1]"))))
    async with client.stream("GET", URL) as streamed:
        assert (await streamed.read()).json() == [1]


# TLS


async def test_the_certificate_is_checked_against_the_name_although_an_address_is_connected_to(
    serve, guarded, net, response, server_context, trusting
):
    server = await serve(lambda peer: peer.answer(response(b"x")), context=server_context)
    net.names["guard.internal"] = ["93.184.216.34"]
    net.serve_at(server, port=443)
    client = guarded(tls=trusting)
    assert (await client.get("https://guard.internal/")).content == b"x"
    assert net.connected == [("93.184.216.34", 443)]
    for url, reason in (
        ("https://public.example/", "certificate is not valid for 'public.example'"),
        ("https://93.184.216.34/", "certificate is not valid for '93.184.216.34'"),
    ):
        with pytest.raises(OutboundError, match=reason):
            await client.get(url)
    assert len(server.requests) == 1


# Loops, threads and the end


async def test_each_event_loop_has_connections_of_its_own(serve, client, net, response):
    async def script(peer):
        while True:
            await peer.answer(response(b"x"))

    server = await serve(script)
    net.serve_at(server)
    await client.get(URL)
    found = []

    async def elsewhere():
        found.append((await client.get(URL)).content)
        found.append((await client.get(URL)).content)
        await client.leave_loop()

    await asyncio.to_thread(asyncio.run, elsewhere())
    await client.get(URL)
    assert found == [b"x", b"x"]
    assert [len(peer.requests) for peer in server.peers] == [2, 2]
    await until(server.peers[1].gone.is_set)
    assert not server.peers[0].gone.is_set()


async def test_closing_ends_what_is_under_way_in_all_loops_and_later_requests(serve, client, net):
    async def script(peer):
        await peer.request()
        await peer.left()

    server = await serve(script)
    net.serve_at(server)
    ended = []

    async def wait():
        with pytest.raises(OutboundError, match="the client was closed"):
            await client.get(URL)
        ended.append(threading.current_thread())

    here, there = asyncio.create_task(wait()), asyncio.create_task(asyncio.to_thread(asyncio.run, wait()))
    await until(lambda: len(server.requests) == 2)
    await client.close()
    await asyncio.gather(here, there)
    assert len(set(ended)) == 2
    with pytest.raises(OutboundError, match="the plugin is stopped"):
        await client.get(URL)
    await client.close()


def test_a_loop_that_was_closed_without_a_word_is_forgotten(net):
    client = GuardedClient("p", OutboundPolicy(), resolve=net.resolve, tls=None, dial=net.dial)

    async def ask():
        with pytest.raises(OutboundError):
            await client.get(URL)

    for _ in range(3):
        asyncio.run(ask())
    assert len(client._by_loop) == 1
    asyncio.run(client.close())
