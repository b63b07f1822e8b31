"""A streamed answer on its way to the client, with an upstream made for the test."""

import asyncio
import dataclasses
import itertools
import json
import types
from contextlib import aclosing

import pytest
from hypothesis import given
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
from tests.fakes.tracer import NotingTracer

from routeiq.core.attempts import AttemptError
from routeiq.core.calls import LogicalCall
from routeiq.core.dialects import CHAT, AnswerIdentity
from routeiq.core.logging import Activity
from routeiq.core.manager import PluginManager
from routeiq.core.replay import chat_events
from routeiq.core.settings import ManagerSettings
from routeiq.core.streams import CallStream

IDENTITY = AnswerIdentity("c1", "m", 1, {})


def events(*texts, usage=False):
    return list(
        chat_events(LLMResponse("".join(texts)), id="c1", model="m", created=1, include_usage=usage, pieces=texts)
    )


class Source:
    """An attempt whose stream is these pieces; an exception among them is raised."""

    def __init__(self, *pieces):
        self.headers = Headers()
        self.pieces = pieces
        self.closed = 0

    async def chunks(self):
        for piece in self.pieces:
            if isinstance(piece, BaseException):
                raise piece
            await asyncio.sleep(0)
            yield piece

    async def close(self):
        self.closed += 1


class Streaming:
    """One stream under a plugin of these hooks, and how it ended."""

    def __init__(
        self, source, *hooks, observed=True, strips_usage=False, tracer=None, metered=False, evaluated=None, **metadata
    ):
        self.source, self.hooks, self.observed, self.strips = source, hooks, observed, strips_usage
        self.evaluated = evaluated
        self.tracer, self.metered, self.metadata = tracer, metered, metadata
        self.ends = []

    async def __aenter__(self):
        ends = self.ends

        async def llm_success(call, response):
            ends.append(("success", response.text, call.aborted))

        async def llm_failure(call, exception):
            ends.append(("failure", exception))

        self.manager = PluginManager(ManagerSettings())
        witnesses = (llm_success, llm_failure) if self.observed else (llm_failure,)
        for name, hooks, more in (("p", self.hooks, self.metadata), ("witness", witnesses, {})):
            module = types.ModuleType(name)
            module.metadata = PluginMetadata(name=name, capabilities=frozenset(PluginCapability), **more)
            for hook in hooks:
                setattr(module, hook.__name__, hookimpl(hook))
            self.manager.register(module)
        if self.tracer is not None:
            self.manager.add_tracer(self.tracer)
        await self.manager.start()
        request = types.SimpleNamespace(messages=[{"role": "user", "content": "hi"}], parameters={})
        call = LLMCall("c1", "chat", "m", True)
        logical = LogicalCall(self.manager.plans, Activity("r"), call, None, request)
        logical.metered = self.metered
        logical.evaluation = self.evaluated
        encoder = CHAT.stream_encoder(IDENTITY, native=True, include_usage=False)
        self.stream = CallStream(
            logical, self.source, CHAT.stream_decoder(), encoder, native=True, strips_usage=self.strips
        )
        return self

    async def __aexit__(self, *_):
        await self.manager.stop()

    async def read(self):
        return b"".join([piece async for piece in self.stream])


def texts(raw):
    frames = [frame for frame in raw.split(b"\n\n") if frame]
    documents = [json.loads(frame.removeprefix(b"data: ")) for frame in frames if frame != b"data: [DONE]"]
    return "".join(choice["delta"].get("content") or "" for one in documents for choice in one.get("choices", ()))


async def test_bytes_pass_untouched_and_the_answer_is_assembled():
    pieces = events("one ", "two")
    async with Streaming(Source(*pieces)) as one:
        assert await one.read() == b"".join(pieces)
    assert one.ends == [("success", "one two", False)]
    assert one.source.closed == 1


async def test_without_anybody_who_looks_bytes_are_not_even_read():
    pieces = [b"data: no json\n\n", b"\xff"]
    async with Streaming(Source(*pieces), observed=False) as one:
        assert await one.read() == b"".join(pieces)
    assert one.ends == []


class Judged(list):
    """Stands for the evaluation of a call: keeps what was submitted."""

    def submit(self, invocation, activity, plans, trace):
        self.append(invocation)


@pytest.mark.parametrize("metered", [False, True])
@pytest.mark.parametrize("strips_usage", [False, True])
async def test_an_evaluator_alone_changes_no_byte_and_gets_the_whole_answer(metered, strips_usage):
    judged, pieces = Judged(), events("one ", "two")
    options = {"observed": False, "metered": metered, "strips_usage": strips_usage, "evaluated": judged}
    async with Streaming(Source(*pieces), **options) as one:
        assert await one.read() == b"".join(pieces)
    assert [(one.output.text, one.error) for one in judged] == [("one two", None)]
    assert one.ends == []


@pytest.mark.parametrize("pieces", [[b"data: no json\n\n", b"\xff"], events("one ", "two")[:2]])
async def test_a_stream_that_makes_no_sense_passes_an_evaluator(pieces):
    judged = Judged()
    async with Streaming(Source(*pieces), observed=False, evaluated=judged) as one:
        assert await one.read() == b"".join(pieces)
    assert len(judged) == 1
    assert one.ends == []


async def test_usage_that_was_asked_for_on_the_hosts_behalf_does_not_leave():
    async with Streaming(Source(*events("x", usage=True)), strips_usage=True) as one:
        assert b"usage" not in await one.read()
    assert len(one.ends) == 1


async def test_the_final_hook_comes_before_the_finish_reason_leaves():
    finals = []

    async def llm_stream_chunk(chunk, is_final):
        finals.append(is_final)
        return dataclasses.replace(chunk, kind="text", text="!") if is_final else None

    async with Streaming(Source(*events("a")), llm_stream_chunk) as one:
        raw = await one.read()
    assert finals.count(True) == 1
    assert finals[-1]
    assert texts(raw) == "a!"
    assert raw.index(b'"!"') < raw.index(b'"stop"') < raw.index(b"[DONE]")
    assert one.ends == [("success", "a!", False)]


@pytest.mark.parametrize("watched", [False, True])
async def test_a_break_ends_with_an_error_event_and_a_failure(watched):
    async def llm_stream_chunk(chunk):
        return None

    hooks = (llm_stream_chunk,) if watched else ()
    async with Streaming(Source(*events("half")[:2], AttemptError(502, "broken", "b")), *hooks) as one:
        raw = await one.read()
    assert b"broken" in raw
    assert b"half" in raw
    assert [end[0] for end in one.ends] == ["failure"]


async def test_a_stream_that_ends_before_its_answer_does_is_a_failure():
    async with Streaming(Source(*events("half")[:2])) as one:
        assert b"error" in await one.read()
    assert [end[0] for end in one.ends] == ["failure"]


async def test_an_error_event_of_the_upstreams_is_a_failure():
    async with Streaming(
        Source(events("x")[0], b'data: {"error": {"message": "overloaded"}}\n\n', b"data: [DONE]\n\n")
    ) as one:
        assert b"overloaded" in await one.read()
    assert [str(end[1]) for end in one.ends] == ["overloaded"]


async def test_a_reject_stops_the_stream():
    async def llm_stream_chunk(chunk):
        if chunk.text == "bad":
            raise Reject(403, "not this", "blocked")

    async with Streaming(Source(*events("good", "bad", "never")), llm_stream_chunk) as one:
        raw = await one.read()
    assert b"good" in raw
    assert b"not this" in raw
    assert b"never" not in raw
    assert one.ends[0][0] == "failure"


async def test_a_reader_that_closes_early_leaves_a_success_with_what_there_was():
    async with Streaming(Source(*events("one ", "two ", "three"))) as one, aclosing(one.stream.__aiter__()) as stream:
        await anext(stream)
        await anext(stream)
    assert one.ends == [("success", "one ", True)]
    assert one.source.closed == 1


@given(
    cuts=st.lists(st.integers(1, 600), max_size=12),
    stop=st.sampled_from(["read", "close", "cancel", "break"]),
    at=st.integers(0, 6),
    edits=st.booleans(),
)
def test_whatever_happens_a_stream_ends_exactly_once_and_packets_do_not_matter(cuts, stop, at, edits):
    whole = b"".join(events("al", "pha ", "beta", " gamma"))
    bounds = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    pieces = [whole[start:end] for start, end in itertools.pairwise(bounds)]
    if stop == "break":
        pieces[min(at, len(pieces) - 1) :] = [AttemptError(502, "broken")]

    async def llm_stream_chunk(chunk):
        return dataclasses.replace(chunk, text=chunk.text.upper()) if chunk.text else None

    async def main():
        async with Streaming(Source(*pieces), *([llm_stream_chunk] if edits else [])) as one:
            out = []

            async def consume():
                async with aclosing(one.stream.__aiter__()) as stream:
                    async for piece in stream:
                        out.append(piece)
                        if stop == "close" and len(out) > at:
                            return

            task = asyncio.create_task(consume())
            if stop == "cancel":
                for _ in range(at):
                    await asyncio.sleep(0)
                task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            if stop == "cancel" and at == 0:
                return  # cancelled before it began: whoever made it ends the call
            assert len(one.ends) == 1
            assert one.source.closed == 1
            if stop == "read":
                expected = "ALPHA BETA GAMMA" if edits else "alpha beta gamma"
                assert one.ends == [("success", expected, False)]
                assert texts(b"".join(out)) == expected
            if stop == "break":
                assert one.ends[0][0] == "failure"

    asyncio.run(main())


@pytest.mark.parametrize("observed", [False, True])
async def test_a_tracer_is_told_when_the_first_text_has_left(observed):
    tracer = NotingTracer()
    async with Streaming(Source(*events("one ", "two")), tracer=tracer, observed=observed) as one:
        pieces = one.stream.__aiter__()
        assert b"role" in await anext(pieces)
        assert b"one" in await anext(pieces)
        assert tracer.told == []
        await anext(pieces)
        assert tracer.told == ["first piece"]
        rest = [piece async for piece in pieces]
    assert tracer.told == ["first piece", "end call"]
    assert rest[-1] == b"data: [DONE]\n\n"


async def test_a_reader_that_leaves_at_the_first_text_has_had_it():
    tracer = NotingTracer()
    async with Streaming(Source(*events("one ", "two")), tracer=tracer) as one:
        pieces = one.stream.__aiter__()
        await anext(pieces)
        await anext(pieces)
        await pieces.aclose()
    assert tracer.told == ["first piece", "end call"]
    ((response, error),) = tracer.ends
    assert (response.text, error) == ("one ", None)


async def test_the_first_text_may_come_with_the_end():
    tracer = NotingTracer()

    async def llm_stream_window(window): ...

    window = StreamWindow(size=100, overlap=0)
    async with Streaming(Source(*events("one ")), llm_stream_window, tracer=tracer, stream_window=window) as one:
        await one.read()
    assert tracer.told == ["first piece", "end call"]


async def test_a_stream_without_text_has_only_an_end():
    tracer = NotingTracer()

    async def llm_stream_chunk(chunk, is_final):
        return None if is_final else dataclasses.replace(chunk, text="")

    async with Streaming(Source(*events("one ")), llm_stream_chunk, tracer=tracer) as one:
        await one.read()
    assert tracer.told == ["end call"]


async def test_a_stream_that_nobody_else_looks_at_is_read_to_its_first_text_and_no_further():
    pieces = [*events("one ")[:2], b"data: no json\n\n", b"\xff"]
    split = [pieces[0][:10], pieces[0][10:] + pieces[1][:20], pieces[1][20:] + b"data: no", b" json\n\n", b"\xff"]
    for source in (pieces, split):
        tracer = NotingTracer()
        async with Streaming(Source(*source), observed=False, tracer=tracer) as one:
            assert await one.read() == b"".join(pieces)
        assert tracer.told == ["first piece", "end call"]


async def test_a_stream_that_breaks_before_its_first_piece_has_only_an_end():
    tracer = NotingTracer()
    async with Streaming(Source(AttemptError(502, "broken")), tracer=tracer) as one:
        await one.read()
    assert tracer.told == ["end call"]
    ((response, error),) = tracer.ends
    assert (response, error.status_code) == (None, 502)


class TestMeters:
    """A tracer that wants the usage alone: what nobody else looks at passes as it is."""

    async def read(self, pieces, *, strips_usage=False, hooks=()):
        tracer, more = NotingTracer(), {"observed": False, "metered": True, "strips_usage": strips_usage}
        async with Streaming(Source(*pieces), *hooks, tracer=tracer, **more) as one:
            out = await one.read()
        ((response, error),) = tracer.ends
        return out, response, error

    async def test_usage_is_told_and_bytes_stay_as_they_are(self):
        pieces = [b": no json\n\n", *events("one ", "two", usage=True)]
        out, response, error = await self.read(pieces)
        assert out == b"".join(pieces)
        assert (response, error) == (LLMResponse(usage=Usage()), None)

    async def test_usage_that_was_asked_for_on_the_hosts_behalf_does_not_leave(self):
        out, response, _ = await self.read(events("x", usage=True), strips_usage=True)
        assert b"usage" not in out
        assert out.endswith(b"[DONE]\n\n")
        assert response.usage is not None

    async def test_a_stream_without_usage_has_none(self):
        null = b'data: {"choices":[{"index":0,"delta":{"content":"x"}}],"usage":null}\n\n'
        out, response, error = await self.read([null, *events("x")])
        assert out.startswith(null)
        assert (response, error) == (None, None)

    async def test_an_error_in_the_stream_is_what_the_call_failed_at(self):
        error_event = b'data: {"error":{"message":"overloaded"}}\n\n'
        out, response, error = await self.read([*events("x")[:2], error_event])
        assert out.endswith(error_event)
        assert (response, error.message) == (None, "overloaded")

    async def test_chunk_hooks_see_what_they_would_see(self):
        seen = []

        async def llm_stream_chunk(chunk):
            seen.append(chunk.text)

        _, response, _ = await self.read(events("one ", "two", usage=True), hooks=(llm_stream_chunk,))
        assert "".join(seen) == "one two"
        assert response.usage is not None


@given(st.lists(st.integers(1, 40), max_size=30), st.booleans())
def test_where_packets_end_does_not_matter_to_a_meter(sizes, strips_usage):
    whole = b"".join(events("one ", "two", usage=True))
    pieces, position = [], 0
    for size in sizes:
        pieces.append(whole[position : position + size])
        position += size
    pieces = [piece for piece in [*pieces, whole[position:]] if piece]
    out, response, _ = asyncio.run(TestMeters().read(pieces, strips_usage=strips_usage))
    assert response.usage is not None
    assert (b"usage" not in out) if strips_usage else (out == whole)
