"""The gateway's models, as plugins call them: with the price of the settings, and LiteLLM's own arguments left out."""

from typing import Any

import pytest
from routeiq_plugin_sdk import LLMCall, LLMResponse

from routeiq import PluginManager
from routeiq.core.dialects import InvalidRequest
from routeiq.core.logging import Activity
from routeiq.core.settings import ManagerSettings
from routeiq.gateway.backends.echo import EchoBackend
from routeiq.gateway.plugin_calls import GatewayModels
from routeiq.gateway.router import Router
from routeiq.gateway.service import Service
from routeiq.gateway.settings import GatewaySettings


async def answer(body: Any) -> LLMResponse:
    entry = {
        "model_name": "m",
        "litellm_params": {"model": "echo/e"},
        "model_info": {"input_cost_per_token": 1.0, "output_cost_per_token": 10.0},
    }
    router = Router(GatewaySettings.model_validate({"model_list": [entry]}))
    models = GatewayModels(Service(router, {"echo": EchoBackend()}))
    plans = PluginManager(ManagerSettings()).plans
    logical, got = await models.answer(plans, Activity("1"), LLMCall("c", "chat", "m", origin="p"), body)
    assert not isinstance(got, LLMResponse)
    return logical.priced(got.response())


async def test_an_answer_is_decoded_and_priced():
    response = await answer({"model": "m", "messages": [{"role": "user", "content": "a b"}]})
    assert (response.text, response.cost) == ("a b", 22.0)


@pytest.mark.parametrize("body", [{"model": "m"}, {"model": "m", "messages": [{"role": "user", "content": b"x"}]}])
async def test_what_is_no_request_is_refused(body):
    with pytest.raises(InvalidRequest):
        await answer(body)
