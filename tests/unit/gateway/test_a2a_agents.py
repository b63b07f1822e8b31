"""The settings of agents."""

import pytest
from pydantic import ValidationError

from routeiq.core.errors import ConfigurationError
from routeiq.core.yaml_files import Document
from routeiq.gateway.a2a_agents import A2AAgent
from routeiq.gateway.settings import GatewaySettings


def test_secrets_are_masked_wherever_settings_are_shown():
    written = {"url": "http://a/x/", "headers": {"Authorization": "os.environ/KEY"}, "extra_headers": ["X-Tenant"]}
    document = Document({"a2a_agents": {"echo": written}}, {})
    settings = GatewaySettings.from_document(document, {"KEY": "Bearer 7"}, "routeiq.yaml")
    agent = settings.a2a_agents["echo"]
    assert agent.url.get_secret_value() == "http://a/x"
    assert agent.raw_headers() == ((b"authorization", b"Bearer 7"),)
    assert agent.forwarded() == {b"x-tenant"}
    assert "Bearer" not in f"{settings!r} {settings.model_dump_json()} {settings.masked()}"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"url": "ftp://a"}, "http://"),
        ({"url": "http://user:pass@a"}, "user name"),
        ({"url": "http://a?x=1"}, "query"),
        ({"url": "http://a", "headers": {"host": "b"}}, "cannot be sent"),
        ({"url": "http://a", "static_headers": {"a b": "c"}}, "name of a header"),
        ({"url": "http://a", "auth_type": "basic"}, "go together"),
        ({"url": "http://a", "timeout": 0}, "greater than 0"),
        ({"url": "http://a", "tiemout": 1}, "Extra inputs"),
        ({}, "required"),
    ],
)
def test_what_makes_no_sense_is_refused(given, words):
    with pytest.raises(ValidationError, match=words):
        A2AAgent.model_validate(given)


def test_a_misspelt_key_is_an_error_that_names_the_right_one():
    with pytest.raises(ConfigurationError, match="'timeout'"):
        GatewaySettings.from_document(Document({"a2a_agents": {"echo": {"url": "http://a", "timout": 1}}}, {}), {}, "f")


def test_the_public_url_is_one_without_a_query():
    assert GatewaySettings.model_validate({"server": {"public_url": "https://ai.test/x/"}}).server.public_url == (
        "https://ai.test/x"
    )
    with pytest.raises(ValidationError, match="query"):
        GatewaySettings.model_validate({"server": {"public_url": "https://ai.test?x"}})


def test_litellms_proxy_has_no_agents_and_says_so():
    agents = {"echo": {"url": "http://a"}}
    served = GatewaySettings.model_validate({"a2a_agents": agents, "server": {"litellm_proxy": True}})
    assert [warning.split()[0] for warning in served.warnings] == ["a2a_agents"]
    assert GatewaySettings.model_validate({"a2a_agents": agents}).warnings == ()
