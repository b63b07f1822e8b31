"""Deployments, prices and limits, as LiteLLM's SDK and Router have them."""

import pytest
from routeiq_plugin_sdk import Usage

litellm = pytest.importorskip("litellm", reason="needs routeiq[litellm]")

from routeiq.adapters.litellm.hosts import RouterHost, SDKHost, attempt_deployment  # noqa: E402
from routeiq.adapters.litellm.operations import functions  # noqa: E402
from routeiq.adapters.litellm.requests import KeywordRequest  # noqa: E402
from routeiq.core.attempts import Changes  # noqa: E402

OPERATIONS = {operation.name: operation for operation, _ in functions(litellm)}


def sdk(name="acompletion", **keywords):
    return SDKHost(KeywordRequest(OPERATIONS[name], keywords), None, None)


def test_any_model_name_is_a_place():
    (one,) = sdk(model="m", api_base="http://127.0.0.1:9/v1").deployments("hosted_vllm/llama")
    assert (one.upstream_model, one.provider, one.backend) == ("llama", "hosted_vllm", "litellm")
    assert one.api_base == "http://127.0.0.1:9/v1"
    (one,) = sdk(model="m").deployments("no such provider at all")
    assert one.provider == "unknown"
    assert sdk().deployment("a name") is None


def test_prices_are_litellms_and_none_where_it_has_none():
    host = sdk()
    (priced,) = host.deployments("openai/gpt-4o-mini")
    assert host.cost(priced, Usage(1_000_000, 0, 1_000_000)) == pytest.approx(0.15)
    (unpriced,) = host.deployments("openai/no-such-model-7")
    assert host.cost(unpriced, Usage(1, 1, 2)) is None


def test_usage_is_asked_only_where_the_provider_tells_it():
    changes = Changes("m", None, None, True)
    host = sdk(model="openai/gpt-4o-mini")
    (one,) = host.deployments("openai/gpt-4o-mini")
    assert host.asks_usage(changes, one)
    assert not host.asks_usage(changes._replace(wants_usage=False), one)
    assert not sdk(stream_options={"include_usage": True}).asks_usage(changes, one)
    assert not sdk(mock_response="x").asks_usage(changes, one)
    assert not sdk("aresponses").asks_usage(changes, one)


def test_the_routers_deployments_are_found_by_group_and_by_id():
    models = [
        {"model_name": "g", "litellm_params": {"model": "openai/gpt-4o", "api_key": "k"}, "model_info": {"id": "one"}},
        {"model_name": "*", "litellm_params": {"model": "openai/*", "api_key": "k"}, "model_info": {"id": "any"}},
    ]
    router = litellm.Router(model_list=models, num_retries=1)
    host = RouterHost(router, KeywordRequest(OPERATIONS["acompletion"], {}), None, None)
    (one,) = host.deployments("g")
    assert (one.name, one.model, one.upstream_model, one.metadata["id"]) == ("one", "g", "gpt-4o", "one")
    assert host.deployment("one").name == "one"
    assert host.deployment("no such id") is None
    assert host.attempts_left(one, 1)
    assert not host.attempts_left(one, 2)


def test_an_attempts_deployment_is_read_from_its_arguments():
    keywords = {"model": "openai/gpt-4o", "model_info": {"id": "one"}, "metadata": {"model_group": "g"}}
    one = attempt_deployment(keywords)
    assert (one.name, one.model, one.upstream_model, one.provider) == ("one", "g", "gpt-4o", "openai")
