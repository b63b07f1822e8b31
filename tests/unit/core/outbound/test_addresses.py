"""Special addresses."""

from ipaddress import ip_address

import pytest

from routeiq.core.outbound.addresses import disguise, special, translated


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("93.184.216.34", None),
        ("2606:2800:220:1::1", None),
        ("64:ff9b::5db8:d822", None),
        ("127.0.0.1", "loopback"),
        ("255.255.255.255", "broadcast"),
        ("240.0.0.1", "reserved"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("8000::1", "reserved"),
    ],
)
def test_an_address_is_special_unless_it_is_one_hosts_and_reachable_from_anywhere(address, why):
    assert special(ip_address(address)) == why


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", None),
        ("::1", None),
        ("2606:2800:220:1::1", None),
        ("64:ff9b::7f00:1", None),
        ("::2", "an IPv4-compatible"),
        ("::ffff:1.2.3.4", "an IPv4-mapped"),
        ("2002::1", "a 6to4"),
        ("2606:2800::5efe:1.2.3.4", "an ISATAP"),
    ],
)
def test_an_ipv6_address_may_stand_for_an_ipv4_address(address, kind):
    assert disguise(ip_address(address)) == kind


def test_what_a_translator_makes_of_an_address_is_known():
    assert translated(ip_address("64:ff9b::127.0.0.1")) == ip_address("127.0.0.1")
    assert translated(ip_address("64:ff9b:0:0:0:1::1")) is None
    assert translated(ip_address("127.0.0.1")) is None
