"""What the settings of servers and agents share; those of MCP's servers have the rest."""

import pytest
from pydantic import TypeAdapter, ValidationError

from routeiq.gateway.remote_settings import RemoteName, RemoteSettings


@pytest.mark.parametrize("name", ["a/b", "", "-a", "a b", "a-", "\u00e4"])
def test_a_name_is_a_part_of_a_path(name):
    with pytest.raises(ValidationError, match="part of a path"):
        TypeAdapter(RemoteName).validate_python(name)
    assert TypeAdapter(RemoteName).validate_python("Travel-agent_2.x") == "Travel-agent_2.x"


def test_headers_are_written_as_requests_have_them():
    remote = RemoteSettings.model_validate(
        {
            "url": "http://a",
            "headers": {"X-Own": "1"},
            "auth_type": "api_key",
            "auth_value": "k",
            "extra_headers": ["X-Y"],
        }
    )
    assert remote.raw_headers() == ((b"x-own", b"1"), (b"x-api-key", b"k"))
    assert remote.forwarded() == {b"x-y"}


@pytest.mark.parametrize(
    "field", [{"extra_headers": ["\u20ac"]}, {"extra_headers": [""]}, {"static_headers": {"a b": "x"}}]
)
def test_a_header_has_a_name(field):
    with pytest.raises(ValidationError, match="not the name of a header"):
        RemoteSettings.model_validate({"url": "http://a", **field})


@pytest.mark.parametrize(
    "field",
    [
        {"static_headers": {"x": "secret\r\ny: z"}},
        {"static_headers": {"x": "secret\u20ac"}},
        {"static_headers": {"Host": "secret"}},
        {"auth_type": "bearer_token", "authentication_token": "secret\u20ac"},
    ],
)
def test_a_header_that_cannot_be_sent_is_told_without_its_value(field):
    with pytest.raises(ValidationError, match="cannot be sent") as caught:
        RemoteSettings.model_validate({"url": "http://a", **field})
    assert "secret" not in caught.value.errors(include_input=False)[0]["msg"]
