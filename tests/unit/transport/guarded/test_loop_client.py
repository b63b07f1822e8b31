"""Redirects: each is a request of its own, decided about anew."""

import asyncio

import pytest
from routeiq_plugin_sdk import OutboundError, OutboundRefused

URL = "http://public.example/check"


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.fixture
def steady(serve, net):
    """steady(answer, address): a server that answers everything so."""

    async def start(answer, address="93.184.216.34", port=80, **options):
        async def script(peer):
            while True:
                await peer.answer(answer)

        server = await serve(script, **options)
        net.serve_at(server, address, port)
        return server

    return start


async def test_a_redirect_is_followed_and_the_answer_tells_where_it_came_from(steady, client, redirect, response):
    await steady(redirect("http://other.example/there?a#b"))
    other = await steady(response(b"x"), "1.1.1.1")
    got = await client.get(URL)
    assert (got.content, got.url) == (b"x", "http://other.example/there?a")
    assert other.requests[0].head.startswith(b"GET /there?a HTTP/1.1\r\nhost: other.example\r\n")


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://127.0.0.1/", "this is a loopback address"),
        ("//127.0.0.1/", "this is a loopback address"),
        ("http://169.254.169.254/latest/meta-data/", "a cloud's metadata service"),
        ("http://[::ffff:169.254.169.254]/", "an IPv4-mapped address"),
        ("http://loop.example/", "its address 127.0.0.1 is a loopback address"),
        ("http://2130706433/", "four decimal numbers"),
        ("http://user@other.example/", "no user name or password"),
        ("http://other.example\\@127.0.0.1/", "no backslash"),
        ("http://other.example%2f@127.0.0.1/", "no user name or password"),
        ("http://\uff11\uff12\uff17.0.0.1/".encode().decode("latin-1"), "four decimal numbers"),
        ("http://127.0.0.1\t/", "a host name is written as|four decimal numbers"),
        ("http://[::1", "redirects to what is no URL|a '[' encloses an IPv6 address"),
        ("file:///etc/passwd", "this scheme is not let through"),
        ("gopher://other.example/", "this scheme is not let through"),
        ("javascript:alert(1)", "this scheme is not let through"),
        ("data:,x", "this scheme is not let through"),
        ("http:///", "the host is missing"),
        ("https://", "the host is missing"),
        ("http:other.example", "this is no absolute URL"),
    ],
)
async def test_a_redirect_goes_nowhere_where_a_request_may_not_go(steady, client, net, redirect, location, reason):
    net.names["loop.example"] = ["127.0.0.1"]
    await steady(redirect(location))
    with pytest.raises(OutboundRefused) as refusal:
        await client.get(URL)
    assert any(one in str(refusal.value) for one in reason.split("|"))
    assert "public.example redirects" in str(refusal.value) or location == "http://loop.example/"
    assert net.connected == [("93.184.216.34", 80)]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_chain_of_redirects_ends_at_the_first_that_may_not_be_followed(steady, client, net, redirect, status):
    await steady(redirect("http://other.example/", status))
    net.names["third.example"] = ["1.0.0.1"]
    await steady(redirect("http://third.example/", status), "1.1.1.1")
    await steady(redirect("http://10.0.0.1:6379/", status), "1.0.0.1")
    with pytest.raises(OutboundRefused, match=r"a private address.*\(third\.example redirects there\)"):
        await client.get(URL)
    assert net.connected == [("93.184.216.34", 80), ("1.1.1.1", 80), ("1.0.0.1", 80)]


async def test_redirects_have_an_end(steady, client, net, redirect):
    server = await steady(redirect("/again"))
    with pytest.raises(OutboundError, match=r"^public\.example: it redirects more than 5 times$"):
        await client.get(URL)
    assert len(server.requests) == 6
    with pytest.raises(OutboundError, match="more than 1 times"):
        await client.get(URL, max_redirects=1)


async def test_a_plugin_can_have_the_redirect_itself(steady, client, redirect):
    await steady(redirect("http://127.0.0.1/"))
    got = await client.get(URL, max_redirects=0)
    assert (got.status_code, got.headers["location"]) == (302, "http://127.0.0.1/")


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 302 x\r\ncontent-length: 1\r\n\r\nx", b"HTTP/1.1 304 x\r\nlocation: /\r\n\r\n"]
)
async def test_what_leads_nowhere_is_the_response(steady, client, answer):
    await steady(answer)
    assert (await client.get(URL)).status_code in (302, 304)


async def test_no_secret_goes_to_another_origin(steady, client, redirect, response):
    await steady(redirect("http://other.example/"))
    other = await steady(response(b"x"), "1.1.1.1")
    await client.get(
        URL, headers={"authorization": "s", "cookie": "s", "x-api-key": "s", "accept": "text/plain", "user-agent": "me"}
    )
    head = other.requests[0].head.lower()
    assert b"accept: text/plain" in head
    assert b"user-agent: me" in head
    assert not any(name in head for name in (b"authorization", b"cookie", b"x-api-key"))


async def test_to_the_same_origin_all_goes_along(steady, client, redirect, response, serve, net):
    async def script(peer):
        await peer.answer(redirect("http://public.example/there", 307))
        await peer.answer(response(b"x"))

    server = await serve(script)
    net.serve_at(server)
    await client.put(URL, headers={"authorization": "s"}, content=b"body")
    assert b"authorization: s" in server.requests[1].head
    assert server.requests[1].body == b"body"
    assert len(net.connected) == 1


async def test_a_body_never_goes_to_another_origin(steady, client, net, redirect):
    await steady(redirect("http://other.example/", 307))
    with pytest.raises(OutboundRefused, match="redirects a request with a body to another origin"):
        await client.post(URL, content=b"secret")
    assert net.connected == [("93.184.216.34", 80)]


async def test_a_connection_with_tls_is_never_given_up_for_one_without(
    steady, guarded, net, redirect, server_context, trusting
):
    net.names["guard.internal"] = ["93.184.216.34"]
    await steady(redirect("http://guard.internal/"), port=443, context=server_context)
    with pytest.raises(OutboundRefused, match="guard.internal redirects from https to http"):
        await guarded(tls=trusting).get("https://guard.internal/")
    assert net.connected == [("93.184.216.34", 443)]


async def test_a_name_that_changes_its_address_between_two_redirects_gets_nowhere(steady, guarded, net, redirect):
    """DNS rebinding: the first answer is public, the next one is not."""
    server = await steady(redirect("http://rebind.example:81/"))
    net.serve_at(server, port=81)
    net.later["rebind.example"] = [["93.184.216.34"], ["127.0.0.1"]]
    with pytest.raises(OutboundRefused, match="its address 127.0.0.1 is a loopback address"):
        await guarded().get("http://rebind.example/")
    assert net.connected == [("93.184.216.34", 80)]


async def test_what_was_checked_is_what_is_connected_to_however_often_the_name_changes(steady, client, net, response):
    """No second look-up exists that an attacker's name server could answer otherwise."""
    await steady(response(b"x"))
    net.later["public.example"] = [["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]]
    assert (await client.get(URL)).content == b"x"
    assert net.asked == ["public.example"]
    assert net.connected == [("93.184.216.34", 80)]


async def test_a_kept_connection_does_not_serve_a_request_whose_own_check_fails(steady, guarded, net, response):
    await steady(response(b"x"))
    client = guarded()
    net.later["public.example"] = [["93.184.216.34"], ["127.0.0.1"]]
    assert (await client.get(URL)).content == b"x"
    next(iter(client._by_loop.values()))._destinations._known.clear()  # as if the moment were over
    with pytest.raises(OutboundRefused, match="loopback"):
        await client.get(URL)


async def test_a_redirect_leaves_no_connection_behind(serve, client, net, redirect):
    async def script(peer):
        await peer.answer(b"HTTP/1.1 302 x\r\nlocation: http://10.0.0.1/\r\ncontent-length: 100\r\n\r\nlong")
        await peer.left()

    server = await serve(script)
    net.serve_at(server)
    with pytest.raises(OutboundRefused):
        await client.get(URL)
    await until(server.peers[0].gone.is_set)
