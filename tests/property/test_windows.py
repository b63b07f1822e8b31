"""One guard, one suite: in every dialect, streamed and not, natively and translated, the text cut at every offset."""

import asyncio
import itertools
import types

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from routeiq_plugin_sdk import (
    Headers,
    LLMCall,
    LLMResponse,
    PluginCapability,
    PluginMetadata,
    Reject,
    StreamWindow,
    Usage,
    hookimpl,
)

from routeiq.core.calls import LogicalCall
from routeiq.core.dialects import CHAT, COMPLETION, MESSAGES, RESPONSES, AnswerIdentity
from routeiq.core.dialects.passages import passages, with_passages
from routeiq.core.logging import Activity
from routeiq.core.manager import PluginManager
from routeiq.core.replay import chat_events
from routeiq.core.settings import ManagerSettings
from routeiq.core.streams import CallStream

TEXT = "It is a secret that nobody tells, a secret."
DIALECTS = [CHAT, COMPLETION, RESPONSES, MESSAGES]
IDENTITY = AnswerIdentity("id_1", "m", 1, {"model": "m"})
each_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: one.api)


class Guard:
    """Replaces a word, or refuses it, and notes how calls end."""

    metadata = PluginMetadata(
        name="guard", capabilities={PluginCapability.MIDDLEWARE}, stream_window=StreamWindow(size=20, overlap=8)
    )

    def __init__(self, refuses=False):
        self.refuses = refuses
        self.ends = []

    @hookimpl
    def llm_stream_window(self, window):
        if self.refuses and "secret" in window.text:
            raise Reject(403, "a secret", "secret")
        return window.text.replace("secret", "******")

    @hookimpl
    def llm_success(self, response):
        self.ends.append(("success", response.text))

    @hookimpl
    def llm_failure(self, exception):
        self.ends.append(("failure", str(exception)))


class Source:
    """An attempt: a stream in pieces, or a whole document."""

    headers = Headers()

    def __init__(self, dialect, pieces=(), document=None):
        self.dialect, self.pieces, self.document = dialect, pieces, document

    async def chunks(self):
        for piece in self.pieces:
            yield piece

    async def close(self):
        pass

    def response(self):
        return self.dialect.decode_response(self.document)

    def usage(self):
        return self.dialect.decode_usage(self.document)

    def passages(self):
        return passages(self.dialect.api, self.document)

    def replace(self, old, texts):
        self.document = with_passages(self.document, old, texts)


def chat_stream(pieces):
    events = chat_events(
        LLMResponse("".join(pieces), usage=Usage(1, 2, 3)),
        id="c",
        model="m",
        created=1,
        include_usage=True,
        pieces=pieces,
    )
    return b"".join(events)


def translated(dialect, stream):
    encoder = dialect.stream_encoder(IDENTITY, native=dialect is CHAT, include_usage=True)
    out = [encoder.start()]
    for event in CHAT.stream_decoder().feed(stream):
        out.append(encoder.event(event, event.chunks))
    return b"".join([*out, encoder.end()])


def read(dialect, stream):
    decoder = dialect.stream_decoder()
    chunks = [chunk for event in [*decoder.feed(stream), *decoder.close()] for chunk in event.chunks]
    return "".join(chunk.text for chunk in chunks if chunk.kind == "text")


async def streamed(dialect, pieces, native, cuts=(), guard=None):
    """Pass a stream under a guard; return its bytes, and the guard."""
    guard = guard or Guard()
    stream = translated(dialect, chat_stream(pieces)) if native else chat_stream(pieces)
    places = sorted({0, len(stream), *(cut % len(stream) for cut in cuts)})
    packets = [stream[start:stop] for start, stop in itertools.pairwise(places)]
    manager = PluginManager(ManagerSettings())
    manager.register(guard)
    async with manager:
        call = LLMCall("c", dialect.api, "m", True)
        request = types.SimpleNamespace(messages=[], parameters={})
        logical = LogicalCall(manager.plans, Activity("r"), call, None, request)
        native = native or dialect is CHAT
        decoder = (dialect if native else CHAT).stream_decoder()
        encoder = dialect.stream_encoder(IDENTITY, native=native, include_usage=True)
        source = Source(dialect, packets)
        stream = CallStream(logical, source, decoder, encoder, native=native, strips_usage=False)
        return b"".join([piece async for piece in stream]), guard


@each_dialect
@pytest.mark.parametrize("native", [True, False])
async def test_a_word_is_replaced_wherever_the_text_is_cut(dialect, native):
    for offset in range(1, len(TEXT)):
        out, guard = await streamed(dialect, [TEXT[:offset], TEXT[offset:]], native)
        assert read(dialect, out) == TEXT.replace("secret", "******")
        assert guard.ends == [("success", TEXT.replace("secret", "******"))]


@each_dialect
@pytest.mark.parametrize("native", [True, False])
@settings(max_examples=30)
@given(pieces=st.lists(st.integers(0, len(TEXT)), max_size=12), cuts=st.lists(st.integers(0, 5000), max_size=6))
def test_and_whatever_the_chunks_and_packets_are(dialect, native, pieces, cuts):
    places = sorted({0, len(TEXT), *pieces})
    parts = [TEXT[start:stop] for start, stop in itertools.pairwise(places)]
    out, guard = asyncio.run(streamed(dialect, parts, native, cuts))
    assert read(dialect, out) == TEXT.replace("secret", "******")
    assert len(guard.ends) == 1
    if dialect is RESPONSES:
        agrees_with_itself(out)


def agrees_with_itself(out):
    """What repeats content in a Responses stream says what was streamed, and the numbers have no gap."""
    data = [orjson.loads(frame.split(b"data: ")[1]) for frame in out.strip().split(b"\n\n")]
    assert [event["sequence_number"] for event in data] == list(range(len(data)))
    deltas = "".join(event["delta"] for event in data if event["type"] == "response.output_text.delta")
    assert [event["text"] for event in data if event["type"] == "response.output_text.done"] == [deltas]
    assert RESPONSES.decode_response(data[-1]["response"]).text == deltas


@each_dialect
@pytest.mark.parametrize("native", [True, False])
async def test_a_refused_stream_ends_validly_and_nothing_of_it_left(dialect, native):
    parts = [TEXT[start : start + 3] for start in range(0, len(TEXT), 3)]
    out, guard = await streamed(dialect, parts, native, guard=Guard(refuses=True))
    assert "secret" not in read(dialect, out)
    events = dialect.stream_decoder().feed(out)
    assert any(event.error is not None and event.error["message"] == "a secret" for event in events)
    assert guard.ends == [("failure", "a secret")]


@each_dialect
@pytest.mark.parametrize("refuses", [True, False])
async def test_the_same_guard_judges_answers_that_are_not_streamed(dialect, refuses):
    guard = Guard(refuses)
    chat = {"choices": [{"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}]}
    response = CHAT.decode_response(chat)
    source = Source(dialect, document=dialect.encode_response(response, IDENTITY, None))

    class Host:
        def deployments(self, model):
            return (types.SimpleNamespace(name="d", model=model),)

        async def attempt(self, call, deployment, changes):
            return source

        def cost(self, deployment, usage):
            return None

    manager = PluginManager(ManagerSettings())
    manager.register(guard)
    async with manager:
        call = LLMCall("c", dialect.api, "m", False)
        request = types.SimpleNamespace(messages=[], parameters={})
        logical = LogicalCall(manager.plans, Activity("r"), call, Host(), request)
        if refuses:
            with pytest.raises(Reject):
                await logical.open()
            assert guard.ends == [("failure", "a secret")]
        else:
            await logical.open()
            assert source.response().text == TEXT.replace("secret", "******")
            assert guard.ends == [("success", TEXT.replace("secret", "******"))]
