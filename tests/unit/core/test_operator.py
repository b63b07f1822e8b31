"""What was set at run time, and how it goes with the settings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeiq.core.errors import ConfigurationError
from routeiq.core.operator import OperatorWord, combined, combined_override, disabled_by, with_word, words_of
from routeiq.core.settings import HookOverride, PluginOverride

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def test_a_word_is_found_again_and_an_empty_one_leaves_nothing():
    word = OperatorWord({"limit": 3}, {"priority": 5})
    document = with_word({}, "a", word)
    assert words_of(document) == {"a": word}
    assert with_word(document, "a", OperatorWord()) == {"plugins": {}}
    revised = with_word(document, "a", OperatorWord({"limit": 3}, revision="r"))
    assert revised == {"plugins": {"a": {"config": {"limit": 3}, "revision": "r"}}}
    assert words_of(revised)["a"].revision == "r"
    assert with_word(document, "a", OperatorWord(revision="r")) == {"plugins": {}}
    assert document == {"plugins": {"a": {"config": {"limit": 3}, "override": {"priority": 5}}}}


def test_other_parts_of_the_document_stay():
    document = with_word({"other": 1, "plugins": {"b": {"config": {"x": 1}}}}, "a", OperatorWord({"y": 2}))
    assert document["other"] == 1
    assert words_of(document) == {"a": OperatorWord({"y": 2}), "b": OperatorWord({"x": 1})}


@given(json_values)
def test_a_document_that_makes_no_sense_says_nothing(value):
    for document in ({"plugins": value}, {"plugins": {"a": value}}, {"plugins": {"a": {"config": value}}}):
        for word in words_of(document).values():
            assert isinstance(word, OperatorWord)
            assert dict(word.config) == (value if isinstance(value, dict) and word.config else dict(word.config))


def test_the_settings_win_field_by_field():
    settings = PluginOverride(priority=1, hooks={"request": HookOverride(timeout=2)})
    word = {
        "priority": 9,
        "mode": "audit",
        "hooks": {"request": {"timeout": 7, "priority": 3}, "response": {"priority": 4}},
    }
    merged = combined_override("a", settings, word)
    assert (merged.priority, merged.mode) == (1, "audit")
    assert merged.hooks["request"] == HookOverride(timeout=2, priority=3)
    assert merged.hooks["response"] == HookOverride(priority=4)


def test_a_word_that_makes_no_sense_names_plugin_and_field():
    with pytest.raises(ConfigurationError, match=r"operator's state: plugins\.a\.prioritty: .*priority"):
        combined_override("a", None, {"prioritty": 1})


def test_what_was_disabled_at_run_time_is_known_unless_the_settings_say_otherwise():
    document = {"plugins": {name: {"override": {"enabled": False}} for name in ("a", "b", "c#x")}}
    document["plugins"]["d"] = {"override": {"priority": 3}}
    settings = {"b": PluginOverride(enabled=True), "e": PluginOverride(enabled=False)}
    assert disabled_by(document, settings) == {"a", "c#x"}


def test_one_wrong_word_does_not_spoil_the_others():
    words = {"a": OperatorWord(override={"mode": "no"}), "b": OperatorWord(override={"priority": 3})}
    overrides, wrong = combined({"a": PluginOverride(priority=1)}, words)
    assert overrides == {"a": PluginOverride(priority=1), "b": PluginOverride(priority=3)}
    assert list(wrong) == ["a"]
