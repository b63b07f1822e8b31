"""Every text is judged, long ones in parts that overlap."""

from hypothesis import given, settings
from hypothesis import strategies as st

from routeiq_builtin_plugins.llm_guard.prompts import Turn
from routeiq_builtin_plugins.llm_guard.texts import OVERLAP, judged, parts, turns_of, turns_of_value

MESSAGES = [
    {"role": "system", "content": "be kind"},
    {"role": "user", "content": [{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": "x"}}]},
    {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": '{"a": 1}'}}]},
    {"role": "tool", "content": "found"},
    {"role": "user", "content": "  "},
]


def test_every_text_of_every_message_is_a_turn():
    assert turns_of(MESSAGES) == [
        Turn("user", "be kind"),
        Turn("user", "look"),
        Turn("assistant", '{"a": 1}'),
        Turn("user", "found"),
    ]
    assert turns_of_value({"a": ["x", {"b": "y"}], "n": 1}) == [Turn("user", "x\ny")]
    assert turns_of_value({"n": 1}) == []


def test_each_is_judged_with_what_came_before_it():
    turns = turns_of(MESSAGES)
    assert judged(turns, 0, 1000) == [(turn,) for turn in turns]
    assert judged(turns, 2, 1000)[3] == (turns[1], turns[2], turns[3])
    assert judged([turns[0], turns[0]], 0, 1000) == [(turns[0],)]
    assert judged(turns, 1, 1000, passed=3) == [(turns[2], turns[3])]
    assert judged([Turn("user", "a" * 1200), turns[1]], 1, 1000)[-1] == (Turn("user", "a" * 1000), turns[1])


@settings(max_examples=40)
@given(st.integers(1, 5000), st.integers(500, 1500), st.integers(1, OVERLAP))
def test_whatever_is_no_longer_than_the_overlap_stands_whole_in_one_part(length, longest, wanted):
    text = "".join(chr(0x4E00 + number) for number in range(length))
    cut = list(parts(text, longest))
    assert all(len(part) <= longest for part in cut)
    assert all(any(text[at : at + wanted] in part for part in cut) for at in range(0, length, 97))
    assert cut[0][0] == text[0]
    assert cut[-1][-1] == text[-1]
