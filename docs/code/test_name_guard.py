import name_guard
from routeiq_plugin_sdk.testing import PluginTestHarness

CONVERSATION = [
    {"role": "user", "content": [{"type": "text", "text": "What is Projekt Adler?"}]},
    {"role": "assistant", "tool_calls": [{"id": "c1", "function": {"name": "find", "arguments": '"Projekt Adler"'}}]},
    {"role": "tool", "tool_call_id": "c1", "content": "Projekt Adler is late."},
]


def test_a_name_is_replaced_wherever_it_stands():
    with PluginTestHarness(name_guard) as harness:
        result = harness.llm_call(CONVERSATION, answer="Projekt Adler flies.", stream=True)
        assert result.text == "[a project] flies."
        assert "Projekt Adler" not in str(harness.upstream.requests[0].messages)
