"""The embedded model."""

import base64
import json
import struct

import pytest
from routeiq_plugin_sdk import Deployment, Headers

from routeiq.gateway.backends.echo import DIMENSIONS, EchoBackend

DEPLOYMENT = Deployment("echo:1", "echo", "echo", "echo", "echo")


async def ask(path="/chat/completions", *, stream=False, **body):
    answer = await EchoBackend().send(DEPLOYMENT, path, json.dumps(body).encode(), Headers(), stream=stream)
    return answer.status, [chunk async for chunk in answer.chunks()]


def user(content):
    return {"role": "user", "content": content}


@pytest.mark.parametrize(
    ("messages", "text"),
    [
        ([user("hello there")], "hello there"),
        (
            [user("first"), {"role": "assistant", "content": "x"}, user("last"), {"role": "assistant", "content": "y"}],
            "last",
        ),
        ([user([{"type": "text", "text": "a "}, {"type": "image_url"}, {"type": "text", "text": "b"}])], "a b"),
        ([{"role": "system", "content": "x"}], ""),
        ([user(None)], ""),
    ],
)
async def test_it_says_the_last_user_message(messages, text):
    status, chunks = await ask(model="echo", messages=messages)
    answer = json.loads(b"".join(chunks))
    assert (status, answer["choices"][0]["message"]["content"], answer["model"]) == (200, text, "echo")


async def test_word_by_word_when_streamed_and_every_character_of_it():
    text = "  one two\n three  "
    _, chunks = await ask(model="echo", messages=[user(text)], stream=True)
    events = [json.loads(chunk.removeprefix(b"data: ")) for chunk in chunks[:-1]]
    pieces = [event["choices"][0]["delta"].get("content") for event in events]
    assert "".join(piece or "" for piece in pieces) == text
    assert len([piece for piece in pieces if piece]) == 4
    assert chunks[-1] == b"data: [DONE]\n\n"


async def test_usage_is_told_and_in_a_stream_when_asked_for():
    body = {"model": "echo", "messages": [user("one two three")]}
    _, chunks = await ask(**body)
    usage = json.loads(chunks[0])["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]) == (3, 3, 6)
    _, chunks = await ask(**body, stream=True, stream_options={"include_usage": True})
    assert json.loads(chunks[-2].removeprefix(b"data: "))["usage"]["total_tokens"] == 6


async def test_several_choices_are_made():
    _, chunks = await ask(model="echo", messages=[user("x")], n=3)
    assert [choice["index"] for choice in json.loads(chunks[0])["choices"]] == [0, 1, 2]


async def test_embeddings_depend_on_the_input_alone_and_have_length_one():
    _, chunks = await ask("/embeddings", model="echo", input=["a", "b", "a"])
    vectors = [entry["embedding"] for entry in json.loads(chunks[0])["data"]]
    assert vectors[0] == vectors[2] != vectors[1]
    assert len(vectors[0]) == DIMENSIONS
    assert abs(sum(number**2 for number in vectors[0]) - 1) < 1e-6


async def test_embeddings_come_in_base64_and_other_dimensions_when_asked_for():
    _, chunks = await ask("/embeddings", model="echo", input="a", encoding_format="base64", dimensions=8)
    packed = base64.b64decode(json.loads(chunks[0])["data"][0]["embedding"])
    assert len(struct.unpack("<8f", packed)) == 8
    for wrong in (-1, 0, 100_000, "many"):
        status, _ = await ask("/embeddings", model="echo", input="a", dimensions=wrong)
        assert status == 400


async def test_token_lists_are_one_input():
    _, chunks = await ask("/embeddings", model="echo", input=[1, 2, 3])
    assert len(json.loads(chunks[0])["data"]) == 1


def test_it_chats_and_embeds_and_the_rest_is_translated():
    backend = EchoBackend()
    assert [backend.offers(DEPLOYMENT, api) for api in ("chat", "embedding", "completion", "responses")] == [
        True,
        True,
        False,
        False,
    ]
