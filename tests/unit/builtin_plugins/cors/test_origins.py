"""Which origins are allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeiq_builtin_plugins.cors.origins import Origins


@pytest.mark.parametrize(
    ("entry", "allowed", "refused"),
    [
        ("https://app.example.com", ["https://app.example.com"],
         ["http://app.example.com", "https://app.example.com:444", "https://a.app.example.com", "https://example.com",
          "https://APP.example.com", "null", "", "https://app.example.com.evil.example"]),
        ("https://*.example.com", ["https://a.example.com", "https://b.a.example.com", "https://x_1.example.com"],
         ["https://example.com", "https://evilexample.com", "http://a.example.com", "https://a.example.com:8443",
          "https://a.example.com.evil.example", "https://evil.example/.example.com", "https://.example.com",
          "https://a\n.example.com", "https://a@b.example.com", "https://" + "a." * 300 + "example.com"]),
        ("http://localhost:*", ["http://localhost", "http://localhost:3000"],
         ["https://localhost:3000", "http://localhost:3000.evil.example", "http://localhost:", "http://localhost:x"]),
        ("HTTPS://App.Example.com:443", ["https://app.example.com"], ["https://app.example.com:443"]),
        ("http://*.local:80", ["http://a.local"], ["http://a.local:80"]),
        ("http://[::1]:8080", ["http://[::1]:8080"], ["http://[::1]"]),
        ("chrome-extension://abcdef", ["chrome-extension://abcdef"], ["chrome-extension://abcdeg"]),
        ("null", ["null"], ["https://null"]),
        ("*", ["https://anything.example", "null"], []),
    ],
)  # fmt: skip
def test_entries(entry, allowed, refused):
    origins = Origins([entry])
    assert all(map(origins.allows, allowed))
    assert not any(map(origins.allows, refused))


@pytest.mark.parametrize(
    "entry",
    [
        "app.example.com", "https://app.example.com/", "https://app.example.com/x", "https://*", "https://a.*.example",
        "https://*example.com", "https://bücher.example", "https://u@a.example", "https://a.example:x", "", " *", "**",
    ],
)  # fmt: skip
def test_what_is_no_origin_is_refused_with_an_example(entry):
    with pytest.raises(ValueError, match=r"is no origin: write scheme, host"):
        Origins([entry])


@given(st.text(max_size=60))
def test_what_stands_around_an_allowed_name_does_not_count(text):
    origins = Origins(["https://*.example.com"])
    for origin in (f"{text}https://a.example.com", f"https://a.example.com{text}"):
        assert not text or not origins.allows(origin)
