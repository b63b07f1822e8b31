"""Networks, and which of them an address is in."""

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeiq_builtin_plugins.ip_allowlist.networks import Networks, network


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("10.0.0.1/8", r"write 10\.0\.0\.0/8 for all of the network"), ("2001:db8::1/32", "write 2001:db8::/32"),
        ("", "no address"), ("10.0.0", "no address"), ("10.0.0.0/33", "no address"), ("example.com", "no address"),
        ("010.0.0.1", "no address"), ("::/129", "no address"),
    ],
)  # fmt: skip
def test_what_is_no_network_is_refused(text, problem):
    with pytest.raises(ValueError, match=problem):
        network(text)


@pytest.mark.parametrize(
    "text", ["", "unknown", "_hidden", "1.2.3", "1.2.3.4.5", "01.2.3.4", "::g", "1.2.3.4\0", "[::1]"]
)
def test_what_is_no_address_is_told(text):
    with pytest.raises(ValueError, match="is no address"):
        Networks({}).verdict(text)


def test_the_narrowest_network_decides():
    networks = Networks({network("10.0.0.0/8"): True, network("10.1.0.0/16"): False, network("10.1.2.3"): True})
    assert [networks.verdict(host) for host in ("10.9.9.9", "10.1.9.9", "10.1.2.3", "11.0.0.1", "::a01:203")] == [
        True, False, True, None, None,
    ]  # fmt: skip


def test_ipv4_in_ipv6_is_ipv4():
    networks = Networks({network("::ffff:10.0.0.0/104"): True, network("::/0"): False})
    for host in ("10.1.2.3", "::ffff:10.1.2.3", "::FFFF:a01:203", "::ffff:10.1.2.3%eth0"):
        assert networks.verdict(host) is True
    assert networks.verdict("9.1.2.3") is None
    assert networks.verdict("fe80::1%eth0") is False
    assert network("::ffff:0:0/96") == network("0.0.0.0/0")


def parsed(version):
    bits, kind = (32, ipaddress.IPv4Network) if version == 4 else (128, ipaddress.IPv6Network)
    # Few distinct bits, so that networks lie in each other.
    number = st.integers(0, 15).map(lambda n: n << (bits - 4)) | st.integers(0, 255).map(lambda n: n << (bits - 12))
    return st.builds(
        lambda n, length: kind((n >> (bits - length) << (bits - length), length)), number, st.integers(0, bits)
    )


@settings(max_examples=150)
@given(
    st.sampled_from([4, 6]).flatmap(
        lambda v: st.tuples(st.dictionaries(parsed(v), st.booleans(), max_size=8), parsed(v))
    )
)
def test_the_verdict_is_that_of_a_search_through_all(given_networks):
    verdicts, asked = given_networks
    networks = Networks({network(str(one)): verdict for one, verdict in verdicts.items()})
    address = asked.network_address
    if getattr(address, "ipv4_mapped", None) is not None:
        return
    around = sorted((one for one in verdicts if address in one), key=lambda one: one.prefixlen)
    assert networks.verdict(str(address)) == (verdicts[around[-1]] if around else None)
