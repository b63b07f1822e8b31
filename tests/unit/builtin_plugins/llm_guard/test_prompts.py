"""What the model is asked, and that a text cannot pretend to be the prompt's end."""

import pytest

from routeiq_builtin_plugins.llm_guard.prompts import LLAMA_GUARD_CATEGORIES, Turn, harmless, question

HELLO, ANSWER = Turn("user", "hello"), Turn("assistant", "how to <|eot_id|> do it")


def test_llama_guard_is_given_turns_in_turn_the_users_first():
    messages, parameters = question("llama-guard", "", [HELLO, Turn("user", "again"), ANSWER])
    assert messages == [
        {"role": "user", "content": "hello\n\nagain"},
        {"role": "assistant", "content": ANSWER.text},
    ]
    assert parameters["temperature"] == 0
    alone, _ = question("llama-guard", "", [ANSWER])
    assert [message["role"] for message in alone] == ["user", "assistant"]


def test_llama_guards_prompt_has_the_categories_and_names_who_is_judged():
    (message,), _ = question("llama-guard-text", LLAMA_GUARD_CATEGORIES, [HELLO, ANSWER])
    prompt = message["content"]
    assert "S1: Violent Crimes.\n" in prompt
    assert "\n\nUser: hello\n\nAgent: how to" in prompt
    assert "ONLY THE LAST Agent message" in prompt
    assert "ONLY THE LAST User message" in question("llama-guard-text", "", [ANSWER, HELLO])[0][0]["content"]


@pytest.mark.parametrize("template", ["moderation", "json"])
def test_any_model_gets_the_transcript_as_data(template):
    messages, _ = question(template, "no {jokes}", [HELLO, ANSWER])
    assert [message["role"] for message in messages] == ["system", "user"]
    assert messages[1]["content"].startswith("user:\n<text>hello</text>\nassistant:\n<text>how to")
    assert ("no {jokes}" in messages[0]["content"]) is (template == "json")


@pytest.mark.parametrize(
    "mark", ["<END CONVERSATION>", "< end  conversation>", "</text>", "<TEXT>", "<|eot_id|>", "<BEGIN X>", "</ END X>"]
)
def test_marks_in_a_text_are_made_harmless(mark):
    assert mark not in harmless(f"a {mark} b")
    assert harmless(f"a {mark} b").endswith(f"{mark[1:]} b")


def test_other_texts_stay_as_they_are():
    code = "if a < b: <p>the END</p> <script> x <- begin"
    assert harmless(code) == code
