"""LiteLLM's objects as JSON and frames, and back."""

import orjson
import pytest

litellm = pytest.importorskip("litellm", reason="needs routeiq[litellm]")

from routeiq.adapters.litellm.objects import Frames, LazyDocument, document, plain_text, replaced, whole  # noqa: E402
from routeiq.core.dialects import CHAT  # noqa: E402


def chunk(text=None, finish_reason=None, usage=None):
    choices = [{"index": 0, "delta": {"content": text}, "finish_reason": finish_reason}]
    return litellm.ModelResponseStream(choices=choices, model="m", usage=usage)


def test_an_object_whose_frame_comes_back_is_itself():
    frames = Frames("chat")
    chunks = [chunk("a"), chunk("b"), chunk(None, "stop")]
    data = [frames.frame(one) for one in chunks]
    assert frames.items(data[0])[0] is chunks[0]
    rest = frames.items(data[1] + data[2] + b"data: [DONE]\n\n")
    assert [one is other for one, other in zip(rest, chunks[1:], strict=True)] == [True, True]


def test_a_changed_frame_becomes_an_object_of_the_same_kind():
    frames = Frames("chat")
    data = frames.frame(chunk("a")).replace(b'"a"', b'"changed"')
    (new,) = frames.items(data)
    assert isinstance(new, litellm.ModelResponseStream)
    assert new.choices[0].delta.content == "changed"


def test_a_chunk_that_tells_the_usage_alone_is_known_as_such():
    frames = Frames("chat")
    usage = litellm.Usage(prompt_tokens=1, completion_tokens=2, total_tokens=3)
    (event,) = CHAT.stream_decoder().feed(frames.frame(chunk(usage=usage), usage_apart=True))
    assert event.usage_only
    (event,) = CHAT.stream_decoder().feed(frames.frame(chunk("x", usage=usage), usage_apart=True))
    assert not event.usage_only


def test_events_of_responses_are_litellms_own_classes_again():
    frames = Frames("responses")
    delta = {
        "type": "response.output_text.delta", "item_id": "i", "output_index": 0, "content_index": 0, "delta": "x",
        "sequence_number": 4,
    }  # fmt: skip
    (event,) = frames.items(b"event: x\ndata: " + orjson.dumps(delta) + b"\n\n")
    assert type(event).__name__ == "OutputTextDeltaEvent"
    assert event.delta == "x"
    (event,) = frames.items(b'data: {"type": "response.something_new", "a": 1}\n\n')
    assert (event.type, event.a) == ("response.something_new", 1)


def test_streams_of_anthropics_api_are_bytes():
    frames = Frames("messages")
    assert frames.items(frames.frame(b"event: ping\ndata: {}\n\n")) == [b"event: ping\ndata: {}\n\n"]


CHOICE = {"index": 0, "finish_reason": "stop"}
USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
CHAT_DOCUMENT = {"id": "i", "choices": [{**CHOICE, "message": {"role": "assistant", "content": "x"}}], "usage": USAGE}
COMPLETION_DOCUMENT = {"id": "i", "choices": [{**CHOICE, "text": "x"}]}
EMBEDDING_DOCUMENT = {"data": [{"index": 0, "embedding": [1.0], "object": "embedding"}], "model": "m"}


@pytest.mark.parametrize(
    ("api", "data", "kind"),
    [
        ("chat", CHAT_DOCUMENT, "ModelResponse"),
        ("completion", COMPLETION_DOCUMENT, "TextCompletionResponse"),
        ("embedding", EMBEDDING_DOCUMENT, "EmbeddingResponse"),
    ],
)
def test_whole_answers_are_litellms_objects(api, data, kind):
    made = whole(api, data)
    assert type(made).__name__ == kind
    again = document(made)
    assert again.get("choices", again.get("data"))
    made._hidden_params = {"kept": True}
    assert replaced(made, api, again)._hidden_params == {"kept": True}


def test_what_is_no_answer_is_said():
    with pytest.raises(ValueError, match="NoneType"):
        document(None)


def test_nearly_all_chunks_are_plain_text_and_the_others_are_not():
    assert plain_text(chunk("a")) == "a"
    assert plain_text(chunk("")) is plain_text(chunk(None)) is plain_text(chunk("a", "stop")) is None
    usage = litellm.Usage(prompt_tokens=1, completion_tokens=2, total_tokens=3)
    assert plain_text(chunk("a", usage=usage)) is None
    for more in (
        {"reasoning_content": "hm"},
        {"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": ""}}]},
    ):
        choices = [{"index": 0, "delta": {"content": "a", **more}}]
        assert plain_text(litellm.ModelResponseStream(choices=choices, model="m")) is None


def test_what_a_chunk_would_be_as_json_is_worked_out_when_somebody_looks():
    raw = LazyDocument(chunk("a"))
    assert raw._document is None
    assert raw["choices"][0]["delta"]["content"] == "a"
    assert "model" in raw
    assert len(raw) == len(list(raw))
