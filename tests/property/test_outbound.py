"""The law of plugins' requests: whatever a URL says and name servers answer, what is connected to is allowed."""

import asyncio
import contextlib
from ipaddress import IPv6Address, ip_address

from hypothesis import given, settings
from hypothesis import strategies as st
from routeiq_plugin_sdk import OutboundError

from routeiq.core.outbound import OutboundPolicy, OutboundSettings
from routeiq.transport.guarded import GuardedClient

FORBIDDEN = [
    "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "198.18.0.1", "192.0.2.1", "168.63.129.16", "::1", "::", "fe80::1", "fc00::1", "fec0::1",
    "ff02::1", "::ffff:127.0.0.1", "::127.0.0.1", "2002:7f00:1::", "2001::1", "64:ff9b::7f00:1", "64:ff9b:1::1",
    "2001:db8::1", "fd00:ec2::254", "2606:4700::5efe:7f00:1",
]  # fmt: skip
PUBLIC = ["93.184.216.34", "1.1.1.1", "8.8.8.8", "2606:2800:220:1::1", "64:ff9b::5db8:d822"]
ADDRESSES = st.sampled_from(FORBIDDEN + PUBLIC).map(ip_address) | st.ip_addresses()


@st.composite
def spellings(draw):
    """An address as people have written it to get past a check."""
    address = draw(ADDRESSES)
    if isinstance(address, IPv6Address):
        text = draw(st.sampled_from([str(address), address.exploded, str(address).upper()]))
        return draw(st.sampled_from([f"[{text}]", f"[{text}%25lo]", f"[{text}%lo]", text]))
    number, parts = int(address), str(address).split(".")
    return draw(
        st.sampled_from(
            [
                str(address), str(number), hex(number), oct(number).replace("o", ""), f"{parts[0]}.{number & 0xFFFFFF}",
                ".".join(f"0{int(part):o}" for part in parts), ".".join(hex(int(part)) for part in parts),
                ".".join(part.zfill(3) for part in parts), f"{address}.", f"[::ffff:{address}]", f"[::{address}]",
                f"[64:ff9b::{address}]", f"%{ord(parts[0][0]):02x}{parts[0][1:]}.{'.'.join(parts[1:])}",
                "".join(chr(0xFF10 + int(char)) if char.isdigit() else "\u3002" for char in str(address)),
            ]
        )
    )  # fmt: skip


NAMES = st.sampled_from(
    ["a.example", "A.EXAMPLE", "localhost", "metadata.google.internal", "xn--a.example", "a.example."]
)
JUNK = st.text(st.sampled_from("ab:@/\\?#%.[]\t\r\n 09\u2044\uff0f"), max_size=4)
HOSTS = NAMES | spellings() | NAMES | st.builds("{}{}{}".format, JUNK, spellings() | NAMES, JUNK)
# What is right stands there several times, so that many of the URLs get past the first checks.
URLS = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from([*["http://", "https://"] * 6, "HTTP://", "http:/", "http:\\", "//", "ftp://", " http://"]),
    st.sampled_from([*[""] * 12, "u@", "u:p@", "a.example@", "a.example\\@", "a.example#@"]),
    HOSTS,
    st.sampled_from([*["", ":80", ":8080"] * 4, ":443", ":0", ":65536", ":22"]),
    st.sampled_from([*["", "/p?q"] * 3, "?@127.0.0.1", "#@127.0.0.1", "\\@127.0.0.1"]),
)
ANSWERS = st.lists(
    st.lists(st.sampled_from(PUBLIC) | ADDRESSES.map(str), min_size=1, max_size=3), min_size=1, max_size=3
)


def connections(policy, urls, answers):
    """Return the addresses that are connected to when these URLs are asked for, and all that names resolved to."""
    connected, resolved, later = [], set(), list(answers)

    async def resolve(name):
        answer = [ip_address(one) for one in (later.pop(0) if len(later) > 1 else later[0])]
        resolved.update(answer)
        return answer

    async def dial(make, host, port, **_):
        connected.append((ip_address(host), port))
        raise ConnectionRefusedError

    async def tls():
        return None

    async def run():
        client = GuardedClient("p", policy, resolve=resolve, tls=tls, dial=dial)
        for url in urls:
            with contextlib.suppress(OutboundError):
                await client.get(url, timeout=5)
        await client.close()

    asyncio.run(run())
    return connected, resolved


@settings(max_examples=400)
@given(st.lists(URLS, min_size=1, max_size=2), ANSWERS)
def test_only_public_addresses_are_ever_connected_to(urls, answers):
    connected, resolved = connections(OutboundPolicy(), urls, answers)
    for address, _ in connected:
        assert str(address) not in FORBIDDEN
        # Of other people's knowledge: what is not global for Python's table is not for ours.
        assert address.is_global
        assert not address.is_multicast
        assert address in resolved or any(literal(address) & spelt(url) for url in urls)


@given(st.lists(URLS, min_size=1, max_size=2), ANSWERS)
def test_an_operator_opens_exactly_what_the_settings_name(urls, answers):
    policy = OutboundPolicy(OutboundSettings(allow=("10.0.0.0/8", "[::1]:8080"), deny=("10.9.0.0/16",), public=False))
    for address, port in connections(policy, urls, answers)[0]:
        assert (address.version == 4 and int(address) >> 24 == 10) or (str(address) == "::1" and port == 8080)


def literal(address):
    """Return the ways in which a URL may spell an address."""
    return {str(address), address.exploded, str(address).upper()}


def spelt(url):
    """Return the parts of a URL that could be an address."""
    for mark in "[]/?#@":
        url = url.replace(mark, " ")
    return {*url.split(), *(part.rpartition(":")[0] for part in url.split()), *(str_of(part) for part in url.split())}


def str_of(text):
    try:
        return str(ip_address(text))
    except ValueError:
        return ""
