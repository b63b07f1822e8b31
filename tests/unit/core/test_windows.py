"""Windows over one stream: what is judged, what is held, and what leaves."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from routeiq_plugin_sdk import StreamChunk, StreamWindow, ToolCall

from routeiq.core.dialects import StreamEvent
from routeiq.core.plans import Guard
from routeiq.core.windows import Windows


class Numbered(int):
    """Stands for the plan of a plugin, named by its number."""

    @property
    def plugins(self):
        return (str(self),)


def windows(*geometries, judge=None, held=None):
    """Return windows for plugins with (size, overlap, max_hold), and what they were asked."""
    asked = []
    guards = [
        Guard(StreamWindow(size=s, overlap=o, max_hold=h), Numbered(number))
        for number, (s, o, h) in enumerate(geometries)
    ]

    async def judged(guard, window, is_final):
        asked.append((guard.plan, window, is_final))
        return window.text if judge is None else judge(guard.plan, window.text)

    return Windows(guards, judged, held), asked


def event(*chunks, **more):
    return StreamEvent(b"frame", {}, chunks, **more)


def text(value, **more):
    return StreamChunk("text", value, **more)


def said(leaving):
    return "".join(chunk.text for _, chunks in leaving for chunk in chunks)


async def fed(one, *pieces):
    out = [said(await one.add(event(text(piece)), (text(piece),))) for piece in pieces]
    return [*out, said(await one.end())]


async def test_text_leaves_once_the_windows_that_cover_it_are_judged():
    one, asked = windows((6, 2, None))
    assert await fed(one, "ab", "cd", "ef", "gh", "i") == ["", "", "abcd", "", "", "efghi"]
    assert [(window.text, window.before, window.offset, final) for _, window, final in asked] == [
        ("abcdef", "", 0, False),
        ("efghi", "d", 4, True),
    ]


async def test_a_smaller_hold_lets_text_go_earlier_and_shows_more_before_it():
    one, asked = windows((10, 1, 3))
    assert await fed(one, "a", "b", "c", "d", "e") == ["", "", "ab", "", "cd", "e"]
    assert [(window.before, window.text) for _, window, _ in asked] == [("", "abc"), ("ab", "cde"), ("abcd", "e")]


async def test_a_long_chunk_is_judged_in_windows_none_of_which_is_longer_than_declared():
    one, asked = windows((4, 1, None))
    assert await fed(one, "abcdefghij") == ["", "abcdefghij"]
    assert [window.text for _, window, _ in asked] == ["abcd", "defg", "ghij", "j"]


async def test_holds_do_not_add_up():
    one, _ = windows((4, 1, None), (8, 1, None), (3, 0, None))
    held = longest = 0
    for letter in "abcdefghijklmnopqrstuvwxyz":
        held += 1 - len(said(await one.add(event(text(letter)), (text(letter),))))
        longest = max(longest, held)
    assert longest <= 8
    assert held == len(said(await one.end()))


async def test_a_replacement_is_what_the_others_see_and_what_leaves():
    one, asked = windows(
        (6, 3, None), (9, 3, None), judge=lambda plan, said: said.replace("bad", "good") if plan == 0 else said
    )
    assert "".join(await fed(one, *"a bad word, so bad")) == "a good word, so good"
    assert all("bad" not in window.text for plan, window, _ in asked if plan == 1)


async def test_edits_go_to_the_chunk_that_they_begin_in_and_emptied_ones_are_empty():
    one, _ = windows((8, 4, None), judge=lambda plan, said: said.replace("bad", "x"))
    first, second = text("a b"), text("ad c")
    assert await one.add(event(first), (first,)) == []
    assert await one.add(event(second), (second,)) == []
    (_, (left,)), (_, (right,)) = await one.end()
    assert (left.text, right.text) == ("a x", " c")


async def test_untouched_events_keep_their_very_chunks():
    one, _ = windows((4, 1, None))
    chunks = (text("abcdef"),)
    given = event(*chunks)
    await one.add(given, chunks)
    ((left, same),) = await one.end()
    assert left is given
    assert same is chunks


async def test_frames_leave_in_order_and_what_follows_waits_for_its_turn():
    one, _ = windows((4, 1, None))
    other = StreamChunk("other")
    assert await one.add(event(other), (other,)) != []
    assert await one.add(event(text("ab")), (text("ab"),)) == []
    assert await one.add(event(other), (other,)) == []
    assert len(await one.end()) == 2


async def test_arguments_are_judged_by_call_with_its_name():
    one, asked = windows((4, 1, None))
    parts = [ToolCall(0, "t", "look", ""), ToolCall(0, None, None, '{"a"'), ToolCall(0, None, None, ":1}")]
    for part in parts:
        chunk = StreamChunk("tool_call", tool_call=part)
        await one.add(event(chunk), (chunk,))
    left = await one.end()
    assert "".join(chunk.tool_call.arguments for _, chunks in left for chunk in chunks) in (
        '{"a":1}',
        ":1}",
        '"a":1}',
        '{"a"' + ":1}",
    )
    assert {(window.kind, window.tool_call.name, window.tool_call.id) for _, window, _ in asked} == {
        ("tool_call", "look", "t")
    }
    assert asked[-1][2]


async def test_a_passage_ends_when_the_answer_moves_on_or_says_so():
    one, asked = windows((50, 5, None))
    await one.add(event(text("hello")), (text("hello"),))
    call = StreamChunk("tool_call", tool_call=ToolCall(0, "t", "f", "{}"))
    (first,) = await one.add(event(call), (call,))
    assert first[1][0].text == "hello"
    assert [final for _, _, final in asked] == [True]
    closing = StreamChunk("other")
    assert len(await one.add(event(closing, closes=True), (closing,))) == 2
    reason = StreamChunk("text", "more", finish_reason="stop")
    assert len(await one.add(event(reason), (reason,))) == 1
    assert [window.before for _, window, final in asked if window.kind == "text"] == ["", "hello"]


async def test_choices_have_passages_of_their_own():
    one, asked = windows((4, 0, None))
    for index, piece in ((0, "ab"), (1, "AB"), (0, "cd"), (1, "CD")):
        await one.add(event(text(piece, index=index)), (text(piece, index=index),))
    assert sorted((window.index, window.text) for _, window, _ in asked) == [(0, "abcd"), (1, "ABCD")]


@pytest.mark.parametrize("wrong", [{"size": 5, "overlap": 5}, {"size": 5, "overlap": 3, "max_hold": 3}, {"size": 0}])
def test_windows_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValidationError):
        StreamWindow(**wrong)


words = st.sampled_from(["bad", "good", "ba", "d", " ", "b", "bbad", "adbad"])


@given(
    st.lists(words, max_size=20),
    st.lists(st.integers(0, 60), max_size=20),
    st.lists(st.tuples(st.integers(4, 12), st.integers(2, 3), st.none() | st.integers(4, 12)), min_size=1, max_size=3),
)
async def test_a_word_is_replaced_wherever_it_is_cut_and_whatever_the_others_windows_are(pieces, cuts, geometries):
    whole = "".join(pieces)
    places = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    chunks = [whole[start:stop] for start, stop in itertools.pairwise(places)]
    one, asked = windows(*geometries, judge=lambda plan, said: said.replace("bad", "") if plan == 0 else said)
    left = "".join(await fed(one, *chunks))
    assert len(left) <= len(whole)
    # A plugin that removes a word may bring another one together; that one is seen again as far as it is still held.
    if "bad" not in whole:
        assert left == whole
    for plan, window, _ in asked:
        assert len(window.text) <= geometries[plan][0]


async def test_all_that_is_there_is_judged_at_once_and_no_more_held_than_was_declared():
    one, asked = windows((20, 2, 3))
    left = []
    for piece in ("a", "bc", "d", "efghij"):
        left.append(said(await one.add(event(text(piece)), (text(piece),))))
    left.append(said(await one.end()))
    assert left == ["", "a", "", "bcd", "efghij"]
    assert [(window.text, window.before) for _, window, _ in asked] == [
        ("abc", ""), ("bcd", "a"), ("cdefghij", "ab"), ("ij", "abcdefgh"),
    ]  # fmt: skip


@given(st.text("ab ", max_size=60), st.integers(1, 7), st.integers(3, 12))
async def test_a_replacement_of_the_same_length_is_exact(whole, step, size):
    chunks = [whole[start : start + step] for start in range(0, len(whole), step)]
    one, _ = windows((size, 2, None), judge=lambda plan, said: said.replace("ab", "**"))
    assert "".join(await fed(one, *chunks)) == whole.replace("ab", "**")


class Holds(list):
    """What was told of holds, in steps of the stream: real times only rise."""

    def __call__(self, plugin, began, ended):
        self.append((plugin, ended > began))


async def test_how_long_each_plugin_held_the_first_text_is_told_once():
    holds = Holds()
    one, _ = windows((6, 2, None), (2, 0, None), held=holds)
    await one.add(event(text("ab")), (text("ab"),))
    assert holds == [("1", False)]  # enough came at once
    await one.add(event(text("cd")), (text("cd"),))
    await one.add(event(text("ef")), (text("ef"),))
    assert holds == [("1", False), ("0", True)]
    await one.add(event(text("gh" * 20)), (text("gh" * 20),))
    await one.end()
    assert len(holds) == 2


async def test_a_first_text_that_never_fills_a_window_is_held_to_the_end():
    holds = Holds()
    one, _ = windows((60, 2, None), held=holds, judge=lambda plan, text: "something longer than that")
    assert await fed(one, "a", "b") == ["", "", "something longer than that"]
    assert holds == [("0", True)]
