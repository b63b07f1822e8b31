"""URLs in the one spelling that is understood."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from routeiq_plugin_sdk import OutboundRefused

from routeiq.core.outbound import OutboundURL


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "authority"),
    [
        ("http://Up.Example", "up.example", 80, "/", "up.example"),
        ("HTTPS://up.example:443/a?b#c", "up.example", 443, "/a?b", "up.example"),
        ("https://up.example:80?b", "up.example", 80, "/?b", "up.example:80"),
        ("http://10.0.0.1:8080/%41", "10.0.0.1", 8080, "/%41", "10.0.0.1:8080"),
        ("http://[2001:DB8:0:0::1]:65535/", "2001:db8::1", 65535, "/", "[2001:db8::1]:65535"),
    ],
)
def test_a_url_has_one_reading(url, host, port, path, authority):
    parsed = OutboundURL.parse(url)
    assert (parsed.host, parsed.port, parsed.path, parsed.authority) == (host, port, path, authority)
    assert parsed.tls == (parsed.scheme == "https")
    assert (parsed.address is None) == ("example" in host)
    assert OutboundURL.parse(str(parsed)) == parsed


def test_a_url_that_is_shown_does_not_show_its_path():
    assert "secret" not in repr(OutboundURL.parse("http://up.example/secret?secret"))


HOSTS = st.text(st.sampled_from("abxz019.-_%[]:@\\/?#\t\u3002\uff11"), min_size=1, max_size=12)


@given(st.sampled_from(["http://", "https://", "HTTP://", "http:/"]), HOSTS, st.text(max_size=5))
def test_what_is_parsed_holds_nothing_that_others_could_read_differently(scheme, host, rest):
    try:
        parsed = OutboundURL.parse(scheme + host + rest)
    except OutboundRefused:
        return
    assert parsed.path[0] == "/"
    assert str(parsed).isascii()
    if parsed.address is not None:
        assert ip_address(parsed.host) == parsed.address
    else:
        assert set(parsed.host) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.")
        assert not parsed.host.rpartition(".")[2].isdigit()
