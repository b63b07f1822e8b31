"""LiteLLM's functions replaced: what they say of themselves, and whom a call passes through."""

import inspect

import pytest

litellm = pytest.importorskip("litellm", reason="needs routeiq[litellm]")

from routeiq.adapters.litellm.interception import Interception  # noqa: E402


async def test_replaced_functions_say_of_themselves_what_they_are(recorder, installed):
    before = inspect.signature(litellm.completion), litellm.completion.__name__
    async with installed(recorder):
        assert (inspect.signature(litellm.completion), litellm.completion.__name__) == before
        assert inspect.iscoroutinefunction(litellm.acompletion)
        assert not inspect.iscoroutinefunction(litellm.completion)
        assert inspect.iscoroutinefunction(litellm.Router.acompletion)


async def test_there_is_one_for_all_adapters(recorder, installed):
    async with installed(recorder) as adapter:
        current = Interception.current()
        assert current.adapters == (adapter,)
        async with installed(recorder) as second:
            assert Interception.current() is current
            assert current.adapters == (adapter, second)
    assert Interception.current() is not current


async def test_without_plugins_a_call_is_litellms_own(installed, call):
    async with installed():
        assert Interception.current().next(of_router=False) is None
        stream = await litellm.acompletion(**call, stream=True)
        assert type(stream) is litellm.CustomStreamWrapper


async def test_wrong_arguments_are_refused_as_before(recorder, installed):
    async with installed(recorder):
        with pytest.raises(TypeError, match="multiple values"):
            await litellm.acompletion("m", [], model="m")
    assert recorder.hooks() == []
