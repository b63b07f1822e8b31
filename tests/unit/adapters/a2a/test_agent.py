"""What an agent is sent, and what of its response comes back."""

import pytest
from routeiq_plugin_sdk import Headers

from routeiq.adapters.a2a import Agent, AgentError
from routeiq.transport import ConnectFailed

from .conftest import URL, reply


def agent(agents, headers=(), forwarded=()):
    return Agent("echo", URL, agents, headers, forwarded)


async def sent(agents, below="", query=b"", headers=()):
    one = agent(agents)
    agents.replies.append(reply({}))
    await one.send("POST", below, query, one.passed(headers), b"{}")
    return agents.sent[-1]


@pytest.mark.parametrize(
    ("below", "query", "url"),
    [
        ("", b"", "http://agent.test:9000/base"),
        ("/", b"", "http://agent.test:9000/base/"),
        ("/message:send", b"", "http://agent.test:9000/base/message:send"),
        (
            "/tasks/a b?c%",
            b"historyLength=2&x=%20",
            "http://agent.test:9000/base/tasks/a%20b%3Fc%25?historyLength=2&x=%20",
        ),
        ("//evil.test/x", b"", "http://agent.test:9000/base//evil.test/x"),
        ("/ä", b"", "http://agent.test:9000/base/%C3%A4"),
    ],
)
async def test_a_path_stays_below_the_agents_url(agents, below, query, url):
    assert (await sent(agents, below, query)).url == url


@pytest.mark.parametrize("below", ["/..", "/../x", "/a/../../x", "/./x", "/a\\..\\x"])
async def test_a_path_that_leads_elsewhere_is_not_sent(agents, below):
    with pytest.raises(AgentError, match="cannot be passed on"):
        await agent(agents).send("GET", below, b"", Headers(), b"")
    assert agents.sent == []


async def test_clients_credentials_stay_here_and_the_agents_own_go_along(agents):
    given = Headers.of(
        {
            "authorization": "Bearer client", "cookie": "c=1", "x-api-key": "k", "a2a-version": "1.0",
            "x-a2a-extensions": "https://x/ext", "x-trace": "t", "host": "gateway.test", "if-none-match": "e",
            "accept-encoding": "br", "content-encoding": "gzip", "x-http-method-override": "GET",
        }
    ).raw  # fmt: skip
    request = await sent(agents, headers=given)
    protocol = {"a2a-version": "1.0", "x-a2a-extensions": "https://x/ext", "x-trace": "t"}
    assert dict(request.headers) == {**protocol, "accept-encoding": "identity"}
    own = Headers.of({"authorization": "Bearer agent", "x-trace": "1"}).raw
    one = agent(agents, own, {b"x-api-key", b"authorization"})
    agents.replies.append(reply({}))
    await one.send("POST", "", b"", one.passed(given), b"")
    own_too = {"authorization": "Bearer agent", "x-trace": "1", "x-api-key": "k", "accept-encoding": "identity"}
    assert dict(agents.sent[-1].headers) == {**protocol, **own_too}
    assert agents.sent[-1].timeout == 300


def test_only_headers_that_mean_something_to_clients_come_back(agents):
    pairs = [
        (b"content-type", b"application/json"), (b"set-cookie", b"c=1"), (b"server", b"x"), (b"a2a-extensions", b"e"),
        (b"content-length", b"1"), (b"etag", b"x"), (b"www-authenticate", b"Bearer"), (b"x-own", b"1"),
    ]  # fmt: skip
    assert [name for name, _ in agent(agents).returned(pairs)] == [b"content-type", b"a2a-extensions", b"x-own"]
    assert b"www-authenticate" in [name for name, _ in agent(agents, (), {b"authorization"}).returned(pairs)]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (reply({}, 302, location="http://x"), "AGENT_ANSWER_UNUSABLE"),
        (reply({}, content_encoding="gzip"), "AGENT_ANSWER_UNUSABLE"),
        (ConnectFailed("http://agent.test", "refused"), "AGENT_UNREACHABLE"),
    ],
)
async def test_an_answer_that_cannot_be_used_is_an_error(agents, answer, reason):
    agents.replies.append(answer)
    with pytest.raises(AgentError) as caught:
        await agent(agents).send("GET", "", b"", Headers(), b"")
    assert caught.value.reason == reason
    assert getattr(answer, "closed", True)


async def test_a_header_that_would_split_the_message_is_not_sent(agents):
    class Strict:
        async def request(self, *arguments, **more):
            raise ValueError("a header's value holds CR")

    one = Agent("echo", URL, Strict())
    with pytest.raises(AgentError, match="cannot be passed on"):
        await one.send("GET", "", b"", Headers(), b"")
