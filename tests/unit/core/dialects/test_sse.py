from __future__ import annotations

import orjson
import pytest

from routeiq.core.dialects.sse import (
    FRAME_LIMIT,
    Fragment,
    FrameSplitter,
    StreamDecoder,
    changed_frame,
    data_frame,
    dumps,
    named_frame,
)


def split(stream: bytes, size: int) -> list[bytes]:
    splitter = FrameSplitter()
    frames = [frame for start in range(0, len(stream), size) for frame in splitter.split(stream[start : start + size])]
    return [*frames, *splitter.rest()]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    "frames",
    [
        [b"data: 1\n\n", b"data: 2\n\n"],
        [b"data: 1\r\n\r\n", b"event: x\r\ndata: 2\r\n\r\n"],
        [b"data: 1\r\r", b"data: 2\r\r"],
        [b"data: 1\n\r\n", b": ping\r\n\n", b"data: 2\n\n"],
        [b"\xef\xbb\xbfdata: 1\n\n", b"\ndata: 2\n\n"],
        [b"data: 1\n\n", b"data: 2"],
        [b"\n\n", b"\ndata: 1\n\n"],
    ],
)
def test_frames_do_not_depend_on_packets(frames: list[bytes], size: int) -> None:
    assert split(b"".join(frames), size) == frames


def test_frames_of_bare_carriage_returns_are_not_waited_for() -> None:
    assert FrameSplitter().split(b"data: 1\r\r") == [b"data: 1\r\r"]


def test_a_whole_packet_is_its_own_frame() -> None:
    packet = b"event: x\ndata: {}\n\n"
    assert FrameSplitter().split(packet)[0] is packet


def test_pending_tells_the_bytes_of_an_unfinished_frame() -> None:
    splitter = FrameSplitter()
    splitter.split(b"data: 1\n\ndata")
    assert splitter.pending == 4


def test_a_frame_without_end_is_passed_on_in_fragments_and_the_next_one_is_read() -> None:
    decoder = StreamDecoder()
    stream = b'data: "' + b"x" * (FRAME_LIMIT + 100_000) + b'"\n\ndata: {"a":1}\n\n'
    step = 1024 * 1024
    events = [event for start in range(0, len(stream), step) for event in decoder.feed(stream[start : start + step])]
    assert b"".join(event.frame for event in events) == stream
    assert [event.data for event in events if event.data is not None] == [{"a": 1}]
    assert {chunk.kind for event in events[:-1] for chunk in event.chunks} == {"other"}
    assert decoder.pending == 0


def test_a_fragment_is_not_decoded_even_if_it_looks_like_an_event() -> None:
    decoder = StreamDecoder()
    decoder.feed(b"data: " + b"x" * FRAME_LIMIT + b"\n")
    (event,) = decoder.feed(b'data: {"a":1}\n\n')
    assert isinstance(event.frame, Fragment)
    assert event.data is None


def test_the_stream_may_end_within_a_fragment() -> None:
    decoder = StreamDecoder()
    events = decoder.feed(b"data: " + b"x" * FRAME_LIMIT + b"\n")
    assert events[-1].frame + decoder.close()[0].frame == b"data: " + b"x" * FRAME_LIMIT + b"\n"


@pytest.mark.parametrize(
    "frame",
    [
        b'data: {"a": 1}\n\n',
        b'data:{"a": 1}\n\n',
        b'id: 7\ndata: {"a": 1}\n\n',
        b'data: {"a": 1}\nid: 7\n\n',
        b'data: {"a":\ndata: 1}\n\n',
        b'\xef\xbb\xbfdata: {"a": 1}\r\n\r\n',
        b': ping\rdata: {"a": 1}\r\r',
        b'\ndata: {"a": 1}\n\n',
    ],
)
def test_data_is_read_however_it_is_written(frame: bytes) -> None:
    (event,) = StreamDecoder().feed(frame)
    assert event.frame == frame
    assert event.data == {"a": 1}
    assert [(chunk.kind, chunk.raw) for chunk in event.chunks] == [("other", {"a": 1})]


@pytest.mark.parametrize("frame", [b": ping\n\n", b"\n\n", b"event: x\n\n", b'retry: {"a":1}\n\n', b"dataset: {}\n\n"])
def test_a_frame_without_data_has_no_chunks(frame: bytes) -> None:
    (event,) = StreamDecoder().feed(frame)
    assert (event.frame, event.data, event.chunks, event.terminal) == (frame, None, (), False)


@pytest.mark.parametrize(
    "frame", [b"data: {oops\n\n", b"data: 17\n\n", b"data: \xff\n\n", b"data\n\n", b"data: []\n\n"]
)
def test_data_that_is_no_object_is_an_event_with_nothing_to_read(frame: bytes) -> None:
    (event,) = StreamDecoder().feed(frame)
    assert (event.frame, event.data) == (frame, None)
    assert [(chunk.kind, chunk.raw) for chunk in event.chunks] == [("other", None)]


@pytest.mark.parametrize("frame", [b"data: [DONE]\n\n", b"data:[DONE]\r\n\r\n", b"data: [DONE] \n\n"])
def test_done_is_the_terminal_event(frame: bytes) -> None:
    (event,) = StreamDecoder().feed(frame)
    assert (event.terminal, event.done, event.chunks) == (True, True, ())


@pytest.mark.parametrize(("given", "end"), [(b'data: {"a":1}', b"\n\n"), (b'data: {"a":1}\n', b"\n")])
def test_a_last_event_without_blank_line_is_given_one(given: bytes, end: bytes) -> None:
    decoder = StreamDecoder()
    assert decoder.feed(given) == []
    (event,) = decoder.close()
    assert (event.frame, event.data) == (given + end, {"a": 1})
    assert decoder.close() == []


def test_rests_that_are_no_event_stay_as_they_are() -> None:
    decoder = StreamDecoder()
    decoder.feed(b": bye")
    assert [event.frame for event in decoder.close()] == [b": bye"]


@pytest.mark.parametrize(
    ("frame", "changed"),
    [
        (b'data: {"a":1}\n\n', b'data: {"b":2}\n\n'),
        (b'data:{"a":1}\r\n\r\n', b'data: {"b":2}\r\n\r\n'),
        (b'id: 7\ndata: {"a":\ndata: 1}\n: c\n\n', b'id: 7\ndata: {"b":2}\n: c\n\n'),
        (b'\xef\xbb\xbfdata: {"a":1}\r\r', b'\xef\xbb\xbfdata: {"b":2}\r\r'),
    ],
)
def test_a_changed_frame_keeps_its_other_lines(frame: bytes, changed: bytes) -> None:
    assert changed_frame(frame, {"b": 2}) == changed


def test_a_changed_type_is_named_in_the_event_line() -> None:
    assert changed_frame(b'event: a\ndata: {"type":"a"}\n\n', {"type": "b"}) == b'event: b\ndata: {"type":"b"}\n\n'


def test_new_frames() -> None:
    assert data_frame({"a": 1}) == b'data: {"a":1}\n\n'
    assert named_frame({"type": "x"}) == b'event: x\ndata: {"type":"x"}\n\n'


def test_text_that_is_no_unicode_is_written_as_escapes() -> None:
    assert dumps({"a": "x\ud83d"}) == b'{"a":"x\\ud83d"}'
    assert orjson.loads(dumps({"a": "\u00e4"})) == {"a": "\u00e4"}
