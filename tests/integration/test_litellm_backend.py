"""Deployments that LiteLLM serves, through the gateway's sockets to an upstream and back."""

import anthropic
import openai
import pytest
from tests.fakes.behaviour import Behaviour
from tests.fakes.upstream import running

pytest.importorskip("litellm", reason="needs routeiq[litellm]")
pytestmark = [pytest.mark.litellm, pytest.mark.filterwarnings("ignore")]

SAID = [{"role": "user", "content": "hello"}]
TEXT = "Hello from the upstream."


@pytest.fixture(scope="module")
def up():
    with running() as one:
        yield one


@pytest.fixture
async def served(gateway, up, plugin):
    """A gateway whose model LiteLLM serves, and the ends of its calls."""
    up.reset()
    ends = []

    async def llm_success(call, response):
        ends.append((call.api, "success", response.text))

    async def llm_failure(call, exception):
        ends.append((call.api, "failure", getattr(exception, "status_code", None)))

    def model(name, provider, base):
        params = {"model": f"{provider}/up", "api_base": base, "api_key": "k", "num_retries": 0}
        return {"model_name": name, "litellm_params": params, "backend": "litellm"}

    base = up.openai_url
    entries = [model("fast", "openai", base), model("claude", "anthropic", base.removesuffix("/v1"))]
    app = await gateway(plugin("witness", llm_success, llm_failure), settings={"model_list": entries})
    app.ends = ends
    return app


@pytest.mark.parametrize("stream", [False, True])
async def test_openais_apis(served, stream, eventually):
    async with served.client() as client:
        chat = await client.chat.completions.create(model="fast", messages=SAID, stream=stream)
        completion = await client.completions.create(model="fast", prompt="hello", stream=stream)
        responses = await client.responses.create(model="fast", input="hello", stream=stream)
        if stream:
            texts = [
                "".join([chunk.choices[0].delta.content or "" async for chunk in chat if chunk.choices]),
                "".join([chunk.choices[0].text async for chunk in completion if chunk.choices]),
                [event async for event in responses][-1].response.output_text,
            ]
        else:
            texts = [chat.choices[0].message.content, completion.choices[0].text, responses.output_text]
            embedding = await client.embeddings.create(model="fast", input="hello", encoding_format="float")
            assert embedding.data[0].embedding
    assert texts == [TEXT] * 3
    expected = [(api, "success", TEXT) for api in ("chat", "completion", "responses")]
    await eventually(lambda: len(served.ends) >= (3 if stream else 4))
    # A stream's call ends after its last bytes have left, when the client may be at the next one already.
    assert sorted(end for end in served.ends if end[0] != "embedding") == sorted(expected)


@pytest.mark.parametrize("model", ["fast", "claude"])
@pytest.mark.parametrize("stream", [False, True])
async def test_anthropics_api(served, model, stream, eventually):
    async with anthropic.AsyncAnthropic(base_url=served.url, api_key="none", max_retries=0) as client:
        if stream:
            async with client.messages.stream(model=model, max_tokens=9, messages=SAID) as events:
                text = "".join([text async for text in events.text_stream])
        else:
            text = (await client.messages.create(model=model, max_tokens=9, messages=SAID)).content[0].text
    assert text == TEXT
    await eventually(lambda: served.ends)
    assert served.ends == [("messages", "success", TEXT)]


async def test_a_refused_call_keeps_status_message_and_rate_limits(served, up):
    up.default = Behaviour(status=429, headers={"retry-after": "7"})
    async with served.client() as client:
        with pytest.raises(openai.RateLimitError) as caught:
            await client.chat.completions.create(model="fast", messages=SAID)
    assert caught.value.response.headers["retry-after"] == "7"
    assert served.ends == [("chat", "failure", 429)]


async def test_a_stream_that_breaks_ends_with_an_error_and_one_failure(served, up):
    up.default = Behaviour(in_body="disconnect")
    async with served.client() as client:
        with pytest.raises(openai.APIError):
            async for _ in await client.chat.completions.create(model="fast", messages=SAID, stream=True):
                pass
    assert served.ends == [("chat", "failure", 502)]


async def test_a_client_cannot_choose_where_litellm_goes(served, up):
    async with served.client() as client:
        answer = await client.chat.completions.create(
            model="fast", messages=SAID, extra_body={"api_base": "http://127.0.0.1:1", "mock_response": "mine"}
        )
    assert answer.choices[0].message.content == TEXT
