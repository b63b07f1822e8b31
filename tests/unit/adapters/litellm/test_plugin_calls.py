"""Plugins that call models in LiteLLM: through the Router around them, or the SDK."""

import sys
import types

import pytest
from routeiq_plugin_sdk import LLMError, PluginCapability, PluginMetadata, hookimpl

litellm = pytest.importorskip("litellm", reason="needs routeiq[litellm]")


QUESTION = [{"role": "user", "content": "is it?"}]


class Asker:
    """Asks a model of every call of a client."""

    metadata = PluginMetadata(name="asker", capabilities={PluginCapability.MIDDLEWARE})

    def __init__(self, model, **parameters):
        self.model, self.parameters, self.answers, self.seen = model, parameters, [], 0

    @hookimpl
    async def llm_pre_call(self, context):
        self.seen += 1
        try:
            self.answers.append(await context.llm.chat(self.model, QUESTION, **self.parameters))
        except LLMError as error:
            self.answers.append(error)


def router(**models):
    return litellm.Router(
        model_list=[
            {
                "model_name": name,
                "litellm_params": {"model": "openai/gpt-4o-mini", "api_key": "k", "mock_response": text},
            }
            for name, text in models.items()
        ]
    )


async def test_the_sdk_answers_by_names_in_its_own_form(installed, recorder, call):
    asker = Asker("openai/gpt-4o-mini", api_key="k", mock_response="yes")
    async with installed(asker, recorder):
        answer = await litellm.acompletion(**call)
    assert answer.choices[0].message.content == "one two three"
    assert asker.answers[0].text == "yes"
    assert asker.answers[0].cost > 0
    assert asker.seen == 1
    origins = [entry[1].origin for entry in recorder.seen if entry[0] == "llm_success"]
    assert origins == ["asker", None]


async def test_the_router_around_a_hook_answers_where_it_has_the_model(installed, recorder):
    asker = Asker("guard")
    async with installed(asker, recorder):
        models = router(group="text", guard="safe")
        answer = await models.acompletion(model="group", messages=QUESTION)
    assert answer.choices[0].message.content == "text"
    assert asker.answers[0].text == "safe"
    assert asker.seen == 1
    attempts = [(entry[1].origin, entry[2].model) for entry in recorder.seen if entry[0] == "post_routing"]
    assert attempts == [("asker", "guard"), (None, "group")]


async def test_the_proxys_router_answers_where_none_is_around(installed, monkeypatch, call):
    asker = Asker("guard")
    async with installed(asker):
        proxy = types.SimpleNamespace(llm_router=router(guard="by the proxy"))
        monkeypatch.setitem(sys.modules, "litellm.proxy.proxy_server", proxy)
        await litellm.acompletion(**call)
    assert asker.answers[0].text == "by the proxy"


async def test_a_name_that_litellm_does_not_know_is_an_error(installed, call):
    asker = Asker("no-such-model")
    async with installed(asker):
        await litellm.acompletion(**call)
    assert isinstance(asker.answers[0], LLMError)
    assert asker.answers[0].status_code == 400
