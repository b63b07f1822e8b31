import my_guardrails
from routeiq_plugin_sdk.testing import MockPluginContext

context = MockPluginContext(my_guardrails.Config(blocked=["secret"]))


async def test_a_blocked_word_is_answered_with_403():
    answer = await my_guardrails.request_body(b"a secret plan", context)
    assert answer.status_code == 403


async def test_other_bodies_pass():
    assert await my_guardrails.request_body(b"a plan", context) is None
