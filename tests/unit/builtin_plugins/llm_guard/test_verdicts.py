"""What models answer, with and without sense."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeiq_builtin_plugins.llm_guard.verdicts import SAFE, UnreadableVerdict, Verdict, read


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("safe", SAFE),
        ("\n\nsafe\n", SAFE),
        ("Safe", SAFE),
        ("unsafe\nS1", Verdict(True, ("S1",))),
        ("\n\nunsafe\nS10,S2, S14", Verdict(True, ("S10", "S2", "S14"))),
        ("unsafe\ns4,s4", Verdict(True, ("S4",))),
        ("unsafe", Verdict(True)),
        ("unsafe\nweapons", Verdict(True)),
    ],
)
def test_llama_guard(answer, verdict):
    assert read("llama-guard", answer, {}) == read("llama-guard-text", answer, {}) == verdict


@pytest.mark.parametrize("answer", ["", "I cannot help with that.", "safe or unsafe?", "safety", "unsafe S1", "{}"])
def test_what_llama_guard_never_says_is_no_verdict(answer):
    with pytest.raises(UnreadableVerdict):
        read("llama-guard", answer, {})


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ('{"unsafe": false}', SAFE),
        ('Sure:\n```json\n{"unsafe": true, "categories": ["jokes", 7, "jokes"]}\n```', Verdict(True, ("jokes",))),
        ('{"unsafe": "yes", "categories": "jokes"}', Verdict(True)),
        ('{"unsafe": "No"}', SAFE),
        ("Yes.", Verdict(True)),
        (" no\n", SAFE),
    ],
)
def test_json(answer, verdict):
    assert read("json", answer, {}) == verdict


@pytest.mark.parametrize(
    "answer", ["", "maybe", '{"unsafe": 1}', "{}", "[]", "{", "}{", '{"unsafe": "perhaps"}', "yes and no"]
)
def test_what_is_no_json_verdict(answer):
    with pytest.raises(UnreadableVerdict):
        read("json", answer, {})


def moderation(flagged=False, scores=None, **categories):
    return {"flagged": flagged, "categories": categories, "category_scores": scores or {}}


@pytest.mark.parametrize(
    ("document", "thresholds", "verdict"),
    [
        (moderation(), {}, SAFE),
        (moderation(True, hate=True, violence=False), {}, Verdict(True, ("hate",))),
        ({"results": [moderation(True, hate=True)]}, {}, Verdict(True, ("hate",))),
        ({"flagged": True}, {}, Verdict(True)),
        ({"categories": {"hate": True}}, {}, Verdict(True, ("hate",))),
        (moderation(scores={"hate": 0.4}), {"hate": 0.3}, Verdict(True, ("hate",))),
        (moderation(True, {"hate": 0.4}, hate=True), {"hate": 0.5}, SAFE),
        (moderation(True, {"hate": 0.4}, hate=True, violence=True), {"hate": 0.5}, Verdict(True, ("violence",))),
    ],
)
def test_moderation(document, thresholds, verdict):
    assert read("moderation", json.dumps(document), thresholds) == verdict


@pytest.mark.parametrize("document", [{}, {"flagged": "yes"}, moderation(scores={"hate": True}), moderation()])
def test_what_is_no_moderation(document):
    thresholds = {"hate": 0.5} if "category_scores" in document else {}
    with pytest.raises(UnreadableVerdict):
        read("moderation", json.dumps(document), thresholds)


@settings(max_examples=60)
@given(st.sampled_from(["llama-guard", "moderation", "json"]), st.text())
def test_an_answer_is_a_verdict_or_none_and_nothing_else(template, answer):
    try:
        verdict = read(template, answer, {})
    except UnreadableVerdict:
        return
    assert isinstance(verdict, Verdict)
