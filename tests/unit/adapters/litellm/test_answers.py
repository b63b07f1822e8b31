"""Answers of LiteLLM, read only as far as somebody looks at them."""

import types

import pytest

litellm = pytest.importorskip("litellm", reason="needs routeiq[litellm]")

from routeiq.adapters.litellm.answers import Answer  # noqa: E402
from routeiq.core.attempts import AttemptError  # noqa: E402


class Stream:
    def __init__(self, *items, error=None, close_error=None):
        self.items, self.error, self.close_error, self.closed = list(items), error, close_error, 0

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self.items:
            return self.items.pop(0)
        if self.error is not None:
            raise self.error
        raise StopAsyncIteration

    async def aclose(self):
        self.closed += 1
        if self.close_error is not None:
            raise self.close_error


def test_a_whole_answer_is_decoded_when_asked_for():
    made = litellm.completion(model="openai/gpt-4o-mini", messages=[], mock_response="hello", api_key="k")
    answer = Answer("chat", made)
    assert not answer.is_stream
    assert answer.response().text == "hello"


def test_nonsense_is_said():
    with pytest.raises(AttemptError, match="makes no sense"):
        Answer("chat", None).response()
    with pytest.raises(AttemptError, match="makes no sense"):
        Answer("chat", {"choices": "none"}).response()


def test_headers_are_the_providers():
    value = types.SimpleNamespace(_hidden_params={"additional_headers": {"llm_provider-retry-after": "3", "x": "y"}})
    assert Answer("chat", value).headers.items_list() == [("retry-after", "3")]
    assert Answer("chat", types.SimpleNamespace()).headers.raw == ()


async def test_a_stream_is_frames_and_its_end_is_told():
    chunk = litellm.ModelResponseStream(choices=[{"index": 0, "delta": {"content": "a"}}], model="m")
    answer = Answer("chat", Stream(chunk, None))
    pieces = [piece async for piece in answer.chunks()]
    assert answer.is_stream
    assert pieces[-1] == b"data: [DONE]\n\n"
    assert answer.frames.items(pieces[0]) == [chunk]


async def test_a_stream_that_breaks_raises_with_its_cause():
    cause = litellm.APIConnectionError("gone", "openai", "m")
    with pytest.raises(AttemptError) as caught:
        [piece async for piece in Answer("chat", Stream(error=cause)).chunks()]
    assert caught.value.__cause__ is cause


async def test_closing_never_fails(caplog):
    stream = Stream(close_error=RuntimeError("cannot"))
    await Answer("chat", stream).close()
    assert stream.closed == 1
    assert "could not be closed" in caplog.text
    await Answer("chat", object()).close()
