"""Entries of the operator's lists."""

from ipaddress import ip_address, ip_network

import pytest

from routeiq.core.outbound import OutboundURL
from routeiq.core.outbound.rules import Rule


@pytest.mark.parametrize(
    ("text", "network", "name", "port"),
    [
        ("10.0.3.0/24", "10.0.3.0/24", "", None),
        ("10.0.3.7", "10.0.3.7/32", "", None),
        ("10.0.3.7:8443", "10.0.3.7/32", "", 8443),
        ("10.0.3.0/24:80", "10.0.3.0/24", "", 80),
        ("fd00::/8", "fd00::/8", "", None),
        ("fd00::7", "fd00::7/128", "", None),
        ("[fd00::7]", "fd00::7/128", "", None),
        ("[fd00::/8]:8443", "fd00::/8", "", 8443),
        ("::1", "::1/128", "", None),
        ("localhost", None, "localhost", None),
        ("guard.internal:8443", None, "guard.internal", 8443),
        ("*.svc.cluster.local:80", None, ".svc.cluster.local", 80),
    ],
)
def test_an_entry_is_a_network_an_address_or_a_name_with_or_without_a_port(text, network, name, port):
    rule = Rule.parse(text)
    assert (rule.network, rule.name, rule.port) == (None if network is None else ip_network(network), name, port)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("10.0.3.7/24", r"did you mean 10\.0\.3\.0/24"),
        ("10.0.3.0/33", "an entry has one of the forms"),
        ("http://guard.internal/", "an entry is no URL"),
        ("guard..internal", "single dots between them"),
        ("guard.internal.", "none at the end"),
        ("*", "an entry has one of the forms"),
        ("*.10.0.0.1", "before a name, not before an address"),
        ("guard.internal:https", "a port is a number from 1 to 65535"),
        ("guard.internal:", "a port is a number from 1 to 65535"),
        ("10.1", "four decimal numbers"),
        ("[fd00::7", "ends with ']'"),
        ("fe80::1%eth0", "no zone here"),
        ("::ffff:10.0.0.0/104", "would mean nothing"),
        ("0.0.0.0", "would mean nothing"),
        ("", "the host is missing"),
    ],
)
def test_an_entry_that_makes_no_sense_is_told_with_what_would(text, right):
    with pytest.raises(ValueError, match=right):
        Rule.parse(text)


def test_a_name_means_itself_and_a_star_what_ends_with_it():
    exact, star = Rule.parse("a.example"), Rule.parse("*.example:81")
    assert exact.means(OutboundURL.parse("http://A.example:5/"))
    assert not exact.means(OutboundURL.parse("http://b.a.example/"))
    assert star.means(OutboundURL.parse("http://b.a.example:81/"))
    assert not star.means(OutboundURL.parse("http://b.a.example/"))
    assert not star.means(OutboundURL.parse("http://example:81/"))
    assert not exact.holds(ip_address("10.0.0.1"), 80)


def test_a_network_means_its_addresses():
    rule = Rule.parse("10.0.3.0/24:80")
    assert rule.holds(ip_address("10.0.3.255"), 80)
    assert not rule.holds(ip_address("10.0.3.255"), 81)
    assert not rule.holds(ip_address("10.0.4.0"), 80)
    assert not rule.holds(ip_address("fd00::1"), 80)
    assert not rule.is_exactly(ip_address("10.0.3.0"))
    assert Rule.parse("10.0.3.0").is_exactly(ip_address("10.0.3.0"))
