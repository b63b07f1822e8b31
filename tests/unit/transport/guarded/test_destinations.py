"""Addresses of URLs: resolved once, checked all, and remembered for a moment."""

import asyncio
import socket
from ipaddress import ip_address

import pytest
from routeiq_plugin_sdk import OutboundError, OutboundRefused

from routeiq.core.outbound import OutboundPolicy, OutboundSettings
from routeiq.transport.guarded.destinations import MOST_PENDING, MOST_REMEMBERED, Destinations, SystemResolver

POLICY = OutboundPolicy()


def addresses(*texts):
    return tuple(map(ip_address, texts))


@pytest.fixture
def destinations(net):
    return Destinations(POLICY, net.resolve)


async def test_a_name_has_the_addresses_that_its_resolver_says_in_that_order(destinations, net):
    net.names["dual.example"] = ["2606:2800:220:1::1", "93.184.216.34"]
    assert await destinations.of(POLICY.parse("http://dual.example/")) == addresses(*net.names["dual.example"])


async def test_an_address_is_not_resolved(destinations, net):
    assert await destinations.of(POLICY.parse("http://1.1.1.1/")) == addresses("1.1.1.1")
    assert net.asked == []


async def test_one_address_that_is_refused_spoils_the_answer(destinations, net):
    net.names["mixed.example"] = ["93.184.216.34", "10.0.0.1"]
    with pytest.raises(OutboundRefused, match=r"its address 10\.0\.0\.1 is a private address"):
        await destinations.of(POLICY.parse("http://mixed.example/"))


async def test_a_checked_answer_is_used_for_a_moment_and_a_refused_one_never(destinations, net):
    public, loop = POLICY.parse("http://public.example/"), POLICY.parse("http://loop.example/")
    net.names["loop.example"] = ["127.0.0.1"]
    for _ in range(3):
        await destinations.of(public)
        with pytest.raises(OutboundRefused):
            await destinations.of(loop)
    assert net.asked == ["public.example", *["loop.example"] * 3]


async def test_an_answer_is_remembered_for_the_port_that_it_was_checked_for(net):
    policy = OutboundPolicy(OutboundSettings(allow=("guard.internal:8443",)))
    net.names["guard.internal"] = ["10.0.3.7"]
    destinations = Destinations(policy, net.resolve)
    assert await destinations.of(policy.parse("http://guard.internal:8443/")) == addresses("10.0.3.7")
    with pytest.raises(OutboundRefused):
        await destinations.of(policy.parse("http://guard.internal:8444/"))


async def test_after_the_moment_the_name_is_resolved_and_checked_anew(net):
    destinations = Destinations(POLICY, net.resolve, remembered=0)
    net.later["public.example"] = [["93.184.216.34"], ["127.0.0.1"], ["93.184.216.35"]]
    url = POLICY.parse("http://public.example/")
    assert await destinations.of(url) == addresses("93.184.216.34")
    with pytest.raises(OutboundRefused):
        await destinations.of(url)
    assert await destinations.of(url) == addresses("93.184.216.35")


async def test_requests_that_ask_at_the_same_time_share_the_answer_and_the_failure(destinations, net):
    url, unknown = POLICY.parse("http://public.example/"), POLICY.parse("http://unknown.example/")
    await asyncio.gather(*(destinations.of(url) for _ in range(20)))
    failures = await asyncio.gather(*(destinations.of(unknown) for _ in range(20)), return_exceptions=True)
    assert net.asked == ["public.example", "unknown.example"]
    assert {str(failure) for failure in failures} == {
        "unknown.example: the name cannot be resolved: Name or service not known"
    }


async def test_one_who_gives_up_leaves_the_answer_to_the_others(destinations, net):
    url = POLICY.parse("http://public.example/")
    first, second = asyncio.create_task(destinations.of(url)), asyncio.create_task(destinations.of(url))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == addresses("93.184.216.34")
    assert net.asked == ["public.example"]


async def test_a_name_without_addresses_is_an_error(destinations, net):
    net.names["empty.example"] = []
    with pytest.raises(OutboundError, match=r"empty\.example: the name has no address"):
        await destinations.of(POLICY.parse("http://empty.example/"))


async def test_an_address_that_python_does_not_know_is_an_error(net):
    async def resolve(name):
        return [ip_address("nonsense")]

    with pytest.raises(OutboundError, match="cannot be resolved"):
        await Destinations(POLICY, resolve).of(POLICY.parse("http://public.example/"))


async def test_whoever_makes_plugins_ask_for_many_names_fills_no_memory(net):
    async def slow(name):
        await asyncio.Event().wait()

    destinations = Destinations(POLICY, slow)
    tasks = [
        asyncio.create_task(destinations.of(POLICY.parse(f"http://n{number}.example/")))
        for number in range(MOST_PENDING)
    ]
    await asyncio.sleep(0)
    with pytest.raises(OutboundError, match=f"{MOST_PENDING} other names are being looked up"):
        await destinations.of(POLICY.parse("http://one-more.example/"))
    destinations.close()
    for failure in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(failure, asyncio.CancelledError | OutboundError)

    async def quick(name):
        return addresses("93.184.216.34")

    destinations = Destinations(POLICY, quick)
    for number in range(MOST_REMEMBERED + 10):
        await destinations.of(POLICY.parse(f"http://n{number}.example/"))
    assert len(destinations._known) <= MOST_REMEMBERED


async def test_the_systems_resolver_knows_the_machine_and_each_address_once(monkeypatch):
    resolve = SystemResolver()
    assert set(await resolve("localhost")) <= set(addresses("127.0.0.1", "::1"))
    with pytest.raises(OSError):
        await resolve("name.invalid")
    entry = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("1.1.1.1", 0))
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_, **__: [entry, entry] if host == b"up" else None)
    assert await resolve("up") == addresses("1.1.1.1")
