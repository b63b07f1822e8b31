"""A guard with stream windows, through the gateway and with real clients: one suite for all of its APIs."""

import anthropic
import openai
import pytest
from routeiq_plugin_sdk import Reject, StreamWindow

TEXT = "It is a secret that nobody tells, a secret."
GUARDED = TEXT.replace("secret", "******")


async def chat(gateway, stream):
    async with gateway.client() as client:
        answer = await client.chat.completions.create(model="echo", messages=said(), stream=stream)
        if not stream:
            return answer.choices[0].message.content
        return "".join([chunk.choices[0].delta.content or "" async for chunk in answer])


async def completion(gateway, stream):
    async with gateway.client() as client:
        answer = await client.completions.create(model="echo", prompt=TEXT, stream=stream)
        return "".join([chunk.choices[0].text async for chunk in answer]) if stream else answer.choices[0].text


async def responses(gateway, stream):
    async with gateway.client() as client:
        answer = await client.responses.create(model="echo", input=TEXT, stream=stream)
        if not stream:
            return answer.output_text
        events = [event async for event in answer]
        if events[-1].type == "response.failed":  # which is how this API ends, and its client raises nothing
            raise openai.OpenAIError(events[-1].response.error.message)
        assert events[-1].response.output_text == "".join(
            event.delta for event in events if event.type == "response.output_text.delta"
        )
        return events[-1].response.output_text


async def messages(gateway, stream):
    async with anthropic.AsyncAnthropic(base_url=gateway.url, api_key="none", max_retries=0) as client:
        if not stream:
            answer = await client.messages.create(model="echo", max_tokens=99, messages=said())
            return answer.content[0].text
        async with client.messages.stream(model="echo", max_tokens=99, messages=said()) as events:
            return "".join([text async for text in events.text_stream])


def said():
    return [{"role": "user", "content": TEXT}]


EVERYWHERE = pytest.mark.parametrize("ask", [chat, completion, responses, messages], ids=lambda ask: ask.__name__)
WINDOW = StreamWindow(size=20, overlap=8)


@EVERYWHERE
@pytest.mark.parametrize("stream", [False, True])
async def test_a_word_is_replaced(gateway, plugin, ask, stream):
    seen = []

    async def llm_stream_window(window, is_final):
        return window.text.replace("secret", "******")

    async def llm_success(call, response):
        seen.append((response.text, call.original.text if call.original is not None else None))

    app = await gateway(plugin("guard", llm_stream_window, llm_success, stream_window=WINDOW))
    assert await ask(app, stream) == GUARDED
    assert seen == [(GUARDED, None if stream else TEXT)]


@EVERYWHERE
@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_is_refused(gateway, plugin, ask, stream):
    ended = []

    async def llm_stream_window(window):
        if "secret" in window.text:
            raise Reject(403, "a secret", "secret")

    async def llm_failure(exception):
        ended.append(exception.code)

    app = await gateway(plugin("guard", llm_stream_window, llm_failure, stream_window=WINDOW))
    with pytest.raises((openai.OpenAIError, anthropic.APIError), match="a secret"):
        await ask(app, stream)
    assert ended == ["secret"]


@pytest.mark.parametrize(("mode", "text"), [("continue", TEXT), ("quarantine", TEXT), ("abort", None)])
@pytest.mark.parametrize("stream", [False, True])
async def test_a_guard_that_fails(gateway, plugin, mode, text, stream):
    async def llm_stream_window():
        raise RuntimeError("broken")

    app = await gateway(plugin("guard", llm_stream_window, stream_window=WINDOW, failure_mode=mode))
    if text is None:
        with pytest.raises(openai.APIError, match="plugin"):
            await chat(app, stream)
    else:
        assert await chat(app, stream) == text


async def test_a_guard_in_audit_changes_nothing(gateway, plugin):
    async def llm_stream_window():
        return "something else"

    settings = {"plugins": {"guard": {"mode": "audit"}}}
    app = await gateway(plugin("guard", llm_stream_window, stream_window=WINDOW), settings=settings)
    for stream in (False, True):
        assert await chat(app, stream) == TEXT
