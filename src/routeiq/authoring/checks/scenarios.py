"""What clients, models and operators do to a plugin: ordinary requests, and such as authors seldom think of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from routeiq_plugin_sdk import Invocation, Principal
from routeiq_plugin_sdk.testing import PluginTestHarness, UpstreamAnswer, UpstreamFailure

CHAT: Final = "/v1/chat/completions"
CREDENTIAL: Final = "credential-of-a-client"
"""What a client shows that nobody else may see."""
ALICE: Final = Principal(id="alice", roles=frozenset({"user"}), models=None, metadata={"team": "search"})

ODD_TEXTS: Final = (
    "",
    "\u0000 \u200b\u202e\ud7ff\U0001f600",
    "x" * 20_000,
    "{not: json]",
    "e\u0301 \uff28\uff45\uff4c\uff4c\uff4f",
)
ODD_BODIES: Final = (
    b"", b"null", b"[]", b"{", b'"text"', b"\xff\xfe\x00", b'{"model": null}', b'{"model": 7, "messages": "x"}',
    b'{"model": "mock-model"}', b'{"model": "mock-model", "messages": [null, 1, {}, {"role": 5}]}',
    b'{"model": "mock-model", "messages": [], "temperature": "hot"}', b"[" * 5000 + b"]" * 5000,
    b"a=1&b=2", b'{"a": 1, "a": 2}',
)  # fmt: skip
CONVERSATIONS: Final[tuple[Sequence[dict[str, Any]], ...]] = (
    [{"role": "user", "content": "hello"}],
    [{"role": "system", "content": "be kind"}, {"role": "user", "content": None}],
    [
        {
            "role": "user",
            "content": [{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": "data:,"}}],
        }
    ],
    [{"role": "user", "content": [{"type": "unheard-of"}, {}]}],
    [
        {"role": "user", "content": "how warm is it?"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "1", "type": "function", "function": {"name": "warmth", "arguments": '{"city": "Ulm"'}}
            ],
        },
        {"role": "tool", "tool_call_id": "1", "content": "12 degrees"},
    ],
    [{"role": "narrator", "content": 5, "name": None}],
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """Something that happens to a plugin.

    Attributes:
        name: In words, for what is found in it.
        run: Makes it happen.
        ordinary: Whether its time counts.
    """

    name: str
    run: Callable[[PluginTestHarness], Awaitable[Any]]
    ordinary: bool = False


def scenarios(words: Sequence[str]) -> Iterator[Scenario]:
    """Yield what every plugin has to withstand.

    Args:
        words: What the plugin's configuration speaks of: said to it, since it may wait for that.
    """
    yield Scenario("a request GET /", lambda harness: harness.send_request("GET", "/"), ordinary=True)
    yield Scenario("a chat completion", lambda harness: harness.llm_call("a plan", principal=ALICE), ordinary=True)
    yield Scenario("a streamed chat completion", lambda harness: harness.llm_call("a plan", stream=True), ordinary=True)
    for word in words:
        yield Scenario(f"a chat completion that says {word!r}", lambda harness, word=word: harness.llm_call(word))  # type: ignore[misc]
    yield from _of_http()
    yield from _of_calls()
    yield from _of_answers()
    yield from _of_tools()
    yield from _of_agents()
    yield Scenario("the question how it is", lambda harness: harness.health())
    for invocation in (Invocation.mock(), Invocation.mock(kind="llm", input=None, output=None, error="it failed")):
        yield Scenario(f"the evaluation of {invocation.kind} {invocation.name}", _evaluation(invocation))


def _of_http() -> Iterator[Scenario]:
    for method, path in (
        ("HEAD", "/"), ("OPTIONS", CHAT), ("GET", "/%00/..%2f?a=%ff&a=1&=&"), ("DELETE", "/" + "x" * 8000),
        ("QUERY", "/v1/models"),
    ):  # fmt: skip
        yield Scenario(f"a request {method} {path[:40]}", _request(method, path))
    yield Scenario(
        "headers that repeat, and are no ASCII",
        _request("GET", "/", headers=[("x-a", "1"), ("x-a", "é"), ("cookie", "=;;a")]),
    )
    shown = [("authorization", f"Bearer {CREDENTIAL}"), ("x-api-key", CREDENTIAL), ("cookie", f"session={CREDENTIAL}")]
    yield Scenario("a request that shows credentials", _request("GET", "/", headers=shown))
    yield Scenario("a chat completion that shows credentials", _call("hello", headers=shown))
    for body in ODD_BODIES:
        yield Scenario(
            f"a request with the body {body[:50]!r}",
            _request("POST", CHAT, body, [("content-type", "application/json")]),
        )
    yield Scenario(
        "a body in pieces, some of them empty", _request("POST", CHAT, pieces=(b'{"mod', b"", b'el": ', b"1}"))
    )
    yield Scenario("a body of 2 MiB", _request("POST", "/upload", b"x" * 2**21))


def _request(
    method: str, path: str, body: bytes | None = None, headers: Any = None, pieces: Sequence[bytes] | None = None
) -> Callable[[PluginTestHarness], Awaitable[Any]]:
    return lambda harness: harness.send_request(method, path, body, headers, pieces=pieces)


def _of_calls() -> Iterator[Scenario]:
    for number, messages in enumerate(CONVERSATIONS):
        for stream in (False, True):
            name = f"a{' streamed' if stream else ''} chat completion with the messages {str(messages)[:70]}"
            yield Scenario(name, _call(messages, stream=stream), ordinary=number == 0)
    for text in ODD_TEXTS:
        yield Scenario(f"a chat completion that says {text[:20]!r}", _call(text))
    yield Scenario("a text completion", _call("once", api="completion"))
    yield Scenario("an embedding", _call("once", api="embedding"))
    yield Scenario("a call of the Responses API", _call("once", api="responses", stream=True))
    yield Scenario("a call of the Messages API", _call("once", api="messages", stream=True))
    yield Scenario("odd parameters", _call("once", max_tokens=None, tools=[{}], stop=5, n=2, user=7))
    yield Scenario("a model that does not exist", _call("once", model="no-such-model"))


def _call(messages: Any, **options: Any) -> Callable[[PluginTestHarness], Awaitable[Any]]:
    return lambda harness: harness.llm_call(messages, **options)


def _of_answers() -> Iterator[Scenario]:
    answers: dict[str, Any] = {
        "an answer without text": UpstreamAnswer(""),
        "an answer of odd text": UpstreamAnswer(ODD_TEXTS[1] + ODD_TEXTS[3]),
        "an upstream that fails": UpstreamFailure(500),
        "an upstream that refuses": UpstreamFailure(400, code="bad_request"),
        "an upstream that cannot be reached": UpstreamFailure(0),
    }
    for name, answer in answers.items():
        for stream in (False, True):
            yield Scenario(f"{name}{', streamed' if stream else ''}", _call("hello", answer=answer, stream=stream))
    broken = UpstreamAnswer("it breaks off", breaks_after=1)
    yield Scenario("a stream that breaks", _call("hello", answer=broken, stream=True))
    yield Scenario("a client that leaves in mid-stream", _leaving)


async def _leaving(harness: PluginTestHarness) -> None:
    body = {"model": "mock-model", "stream": True, "messages": [{"role": "user", "content": "one two three four"}]}
    async with harness.stream_request("POST", CHAT, body):
        return


def _evaluation(invocation: Invocation) -> Callable[[PluginTestHarness], Awaitable[Any]]:
    return lambda harness: harness.evaluate(invocation)


def _of_tools() -> Iterator[Scenario]:
    picture = {"type": "image", "mimeType": "image/png", "data": "AAAA"}
    odd = {
        "resultType": "input_required",
        "content": [picture, {"type": "unheard-of"}],
        "structuredContent": {"a": [None]},
    }
    yield Scenario("a call of a tool", _tool({"city": "Ulm"}), ordinary=True)
    yield Scenario("a call of a tool without arguments", _tool({}))
    yield Scenario("a call of a tool with odd arguments", _tool({"a": [None, {"b": ODD_TEXTS[1]}], "": 1.5}))
    yield Scenario("a tool that answers oddly", _tool({}, answer=odd))
    yield Scenario(
        "a tool that fails", _tool({}, answer={"content": [{"type": "text", "text": "no"}], "isError": True})
    )


def _tool(arguments: dict[str, Any], answer: Any = None) -> Callable[[PluginTestHarness], Awaitable[Any]]:
    return lambda harness: harness.tool_call("server", "weather", arguments, answer=answer)


def _of_agents() -> Iterator[Scenario]:
    odd = {"messageId": "1", "role": "ROLE_USER", "parts": [{"data": {"a": [None]}}, {"raw": "AAAA"}, {"text": ""}]}
    yield Scenario("a message to an agent", _message("hello"), ordinary=True)
    yield Scenario("a message to an agent that answers in a stream", _message("hello", stream=True))
    yield Scenario("an odd message to an agent", _message(odd))
    yield Scenario("a question for an agent's task", _message("", method="GetTask", params={"id": "1"}))


def _message(message: Any, **options: Any) -> Callable[[PluginTestHarness], Awaitable[Any]]:
    return lambda harness: harness.agent_call(message=message, **options)
