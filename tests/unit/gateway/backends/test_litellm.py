"""The LiteLLM backend: settings into arguments, answers into bytes, and what clients may not say."""

import json

import pytest
from routeiq_plugin_sdk import Headers, Usage

from routeiq.core.attempts import AttemptError
from routeiq.core.errors import ConfigurationError
from routeiq.gateway.app import create_standalone_app
from routeiq.gateway.backends import litellm as module
from routeiq.gateway.backends.litellm import LiteLLMBackend
from routeiq.gateway.router import Router
from routeiq.gateway.settings import GatewaySettings

litellm = pytest.importorskip("litellm", reason="needs routeiq[litellm]")
pytestmark = [pytest.mark.litellm, pytest.mark.filterwarnings("ignore")]

MESSAGES = [{"role": "user", "content": "hi"}]


def made(**params):
    params = {"model": "openai/gpt-4o-mini", "api_key": "k", "mock_response": "one two", **params}
    document = {"model_list": [{"model_name": "m", "litellm_params": params}]}
    settings = GatewaySettings.model_validate(document)
    router = Router(settings)
    return LiteLLMBackend(router.entry, settings.deployments), router.order("m")[0]


async def ask(backend, deployment, path="/chat/completions", stream=False, headers=None, **body):
    body = {"model": "m", "messages": MESSAGES, **body} if path == "/chat/completions" else {"model": "m", **body}
    if stream:
        body["stream"] = True
    return await backend.send(deployment, path, json.dumps(body).encode(), headers or Headers(), stream=stream)


async def test_a_whole_answer_is_openais_json():
    backend, deployment = made()
    reply = await ask(backend, deployment)
    document = json.loads(await reply.read())
    assert reply.status == 200
    assert document["choices"][0]["message"]["content"] == "one two"
    assert document["object"] == "chat.completion"


async def test_a_stream_is_openais_events():
    backend, deployment = made()
    reply = await ask(backend, deployment, stream=True, stream_options={"include_usage": True})
    assert (b"content-type", b"text/event-stream") in reply.headers
    frames = b"".join([chunk async for chunk in reply.chunks()]).decode().strip().split("\n\n")
    assert frames[-1] == "data: [DONE]"
    events = [json.loads(frame.removeprefix("data: ")) for frame in frames[:-1]]
    text = "".join(event["choices"][0]["delta"].get("content") or "" for event in events if event["choices"])
    assert text == "one two"
    assert events[-1]["choices"] == []
    assert events[-1]["usage"]["total_tokens"] > 0


async def test_the_other_apis_have_their_functions():
    backend, deployment = made(mock_response=[[0.5, 0.5]])
    reply = await ask(backend, deployment, "/embeddings", input="hi")
    assert json.loads(await reply.read())["data"][0]["embedding"]
    backend, deployment = made(model="text-completion-openai/gpt-3.5-turbo-instruct")
    reply = await ask(backend, deployment, "/completions", prompt="hi")
    assert json.loads(await reply.read())["choices"][0]["text"] == "one two"
    backend, deployment = made()
    reply = await ask(backend, deployment, "/responses", input="hi")
    assert json.loads(await reply.read())["output"][0]["content"][0]["text"] == "one two"


def test_which_apis_are_litellms_and_which_are_translated_here():
    def offered(**params):
        backend, deployment = made(**params)
        return {
            api
            for api in ("chat", "completion", "embedding", "responses", "messages")
            if backend.offers(deployment, api)
        }

    assert offered() == {"chat", "embedding", "responses"}
    own = {"messages"} if module._has_proxy() else set()
    assert offered(model="anthropic/claude") == {"chat", "embedding"} | own
    assert offered(model="bedrock/x") == {"chat", "embedding"}
    assert offered(model="text-completion-openai/x") == {"chat", "embedding", "completion"}


async def test_clients_may_not_say_what_is_litellms_own():
    backend, _ = made()
    await backend.ready()
    body = {"model": "m", "messages": MESSAGES, "temperature": 1, "metadata": {"a": "b"}, "top_k": 3}
    assert backend.permitted(body) is body
    own = (
        "api_base base_url api_key mock_response custom_llm_provider fallbacks extra_headers timeout litellm_metadata"
        " model_list num_retries guardrails"
    )
    assert backend.permitted({**body, **dict.fromkeys(own.split(), "x")}) == body


@pytest.mark.parametrize(
    ("mock", "status"), [("RateLimitError", 429), ("InternalServerError", 500), ("ContextWindowExceededError", 400)]
)
async def test_failures_are_attempts_that_failed(mock, status):
    backend, deployment = made(mock_response=f"litellm.{mock}")
    with pytest.raises(AttemptError) as caught:
        await ask(backend, deployment)
    assert caught.value.status_code == status


async def test_the_settings_are_the_arguments(monkeypatch):
    seen = {}

    class Upstream:
        reserved = frozenset()

        async def send(self, api, arguments):
            seen.update(arguments, api=api)

        def knows(self, model, provider):
            return None

    monkeypatch.setattr(module, "_imported", Upstream)
    backend, deployment = made(
        model="azure/gpt", api_version="2024", temperature=0.2, timeout=7, stream_timeout=3, rpm=5, num_retries=4,
        extra_headers={"x-a": "1"},
    )  # fmt: skip
    await ask(backend, deployment, headers=Headers.of({"x-b": "2"}), temperature=0.9)
    assert seen == {
        "api": "chat", "model": "azure/gpt", "messages": MESSAGES, "api_key": "k", "api_version": "2024", "timeout": 7,
        "temperature": 0.9, "mock_response": "one two", "num_retries": 0, "max_retries": 0,
        "extra_headers": {"x-a": "1", "x-b": "2"},
    }  # fmt: skip
    seen.clear()
    await ask(backend, deployment, stream=True)
    assert (seen["timeout"], seen["temperature"], seen["stream"]) == (3, 0.2, True)


async def test_what_cannot_be_imported_is_said_and_the_call_is_refused(monkeypatch, caplog):
    def broken():
        raise ImportError("no such library")

    monkeypatch.setattr(module, "_imported", broken)
    backend, deployment = made()
    assert backend.health() == {"m:1": "loading: LiteLLM is being imported"}
    with pytest.raises(AttemptError) as caught:
        await ask(backend, deployment)
    assert caught.value.status_code == 503
    assert "no such library" in backend.health()["m:1"]
    assert "not served" in caplog.text
    await backend.close()


async def test_a_price_is_litellms():
    backend, deployment = made()
    assert backend.cost(deployment, Usage(1, 1, 2)) is None
    await backend.ready()
    assert backend.cost(deployment, Usage(1_000_000, 0, 1_000_000)) == pytest.approx(0.15)
    assert backend.health() == {}


async def test_a_provider_that_litellm_does_not_know_is_said_at_the_start(caplog):
    backend, _ = made(model="no_such_provider/x")
    await backend.ready()
    assert "deployment m:1: LiteLLM does not know who serves 'no_such_provider/x'" in caplog.text


def test_without_litellm_a_deployment_that_needs_it_ends_the_start(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    document = {"model_list": [{"model_name": "m", "litellm_params": {"model": "bedrock/x"}}]}
    with pytest.raises(ConfigurationError, match=r"model_list \(m:1\).*'bedrock/x'.*pip install 'routeiq\[litellm\]'"):
        create_standalone_app(GatewaySettings.model_validate(document))
