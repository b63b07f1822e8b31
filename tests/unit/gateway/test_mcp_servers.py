"""The section `mcp_servers` of the settings."""

import pytest

from routeiq.core.errors import ConfigurationError
from routeiq.core.yaml_files import Document
from routeiq.gateway.mcp_servers import MCPServer
from routeiq.gateway.settings import GatewaySettings

URL = "https://mcp.example.com/mcp"


def settings(section, environ=None):
    return GatewaySettings.from_document(Document({"mcp_servers": section}, {}), environ or {}, "routeiq.yaml")


def problems(section):
    with pytest.raises(ConfigurationError) as caught:
        settings(section)
    return [(problem.field, problem.message) for problem in caught.value.problems]


def test_a_server_is_what_litellms_file_says_of_it():
    section = {
        "files": {
            "url": URL, "transport": "http", "description": "files", "auth_type": "bearer_token",
            "authentication_token": "os.environ/TOKEN", "static_headers": {"X-Own": "os.environ/TOKEN"},
            "extra_headers": ["Authorization"], "timeout": 5,
        }
    }  # fmt: skip
    server = settings(section, {"TOKEN": "secret"}).mcp_servers["files"]
    assert server.raw_headers() == ((b"x-own", b"secret"), (b"authorization", b"Bearer secret"))
    assert (server.timeout, server.extra_headers) == (5.0, ("Authorization",))


@pytest.mark.parametrize(
    ("kind", "header"),
    [
        ("api_key", (b"x-api-key", b"u:p")),
        ("bearer_token", (b"authorization", b"Bearer u:p")),
        ("basic", (b"authorization", b"Basic dTpw")),
        ("token", (b"authorization", b"token u:p")),
        ("authorization", (b"authorization", b"u:p")),
    ],
)
def test_a_credential_is_sent_as_its_type_says(kind, header):
    assert MCPServer(url=URL, auth_type=kind, auth_value="u:p").raw_headers() == (header,)


def test_headers_is_another_word_for_static_headers():
    assert MCPServer(url=URL, headers={"a": "b"}).raw_headers() == ((b"a", b"b"),)


@pytest.mark.parametrize(
    ("section", "field", "message"),
    [
        ({"a": {"url": URL, "alowed_tools": ["x"]}}, "mcp_servers.a.alowed_tools", "there is no such key"),
        ({"a": {"url": URL, "time_out": 1}}, "mcp_servers.a.time_out", "did you mean 'timeout'"),
        ({"a": {}}, "mcp_servers.a.url", ""),
        ({"a": {"url": "ftp://x"}}, "mcp_servers.a.url", "must begin with http"),
        ({"a": {"url": URL, "transport": "stdio"}}, "mcp_servers.a.transport", "only http (Streamable HTTP) is"),
        ({"a": {"url": URL, "auth_type": "basic"}}, "mcp_servers.a", "go together"),
        ({"a": {"url": URL, "static_headers": {"Host": "x"}}}, "mcp_servers.a", "cannot be sent"),
        ({"a/b": {"url": URL}}, "mcp_servers.a/b", "a part of a path"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(section, field, message):
    ((found, words),) = problems(section)
    assert found.startswith(field)
    assert message in words


def test_a_variable_that_is_not_set_is_told():
    section = {"a": {"url": URL, "static_headers": {"x-own": "os.environ/NONE"}}}
    assert problems(section) == [("mcp_servers.a.static_headers.x-own", "the environment variable NONE is not set")]


def test_secrets_are_masked_wherever_settings_are_shown():
    server = MCPServer(url=f"{URL}?key=secret", auth_type="basic", auth_value="secret", headers={"x": "secret"})
    shown = GatewaySettings(mcp_servers={"files": server})
    for text in (repr(shown), str(shown.masked()), shown.model_dump_json()):
        assert "secret" not in text
    assert shown.masked()["mcp_servers"]["files"]["url"] == f"{URL}?**********"


def test_litellms_proxy_has_its_servers_to_itself():
    document = Document({"server": {"litellm_proxy": True}, "mcp_servers": {"a": {"command": "x"}}}, {})
    from routeiq.gateway.settings import _own_part

    assert "mcp_servers" not in _own_part(document).data
