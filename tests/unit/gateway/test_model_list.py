"""One entry of the model list, in LiteLLM's form."""

import pickle

import pytest
from pydantic import ValidationError

from routeiq.gateway.model_list import ModelEntry, Price, deployment_names, with_default_credentials


def entry(name="fast", info=None, **params):
    return ModelEntry.model_validate(
        {"model_name": name, "litellm_params": {"model": "openai/gpt-4o", **params}, "model_info": info or {}}
    )


def test_secrets_show_neither_in_a_repr_nor_in_json():
    shown = entry(api_key="sk-secret", extra_headers={"x-token": "hdr-secret"})
    for text in (repr(shown), str(shown.model_dump(mode="json"))):
        assert "sk-secret" not in text
        assert "hdr-secret" not in text
    assert shown.litellm_params.api_key.get_secret_value() == "sk-secret"


def test_an_empty_key_is_none():
    assert entry(api_key="").litellm_params.api_key is None


def test_base_url_is_litellms_other_name_of_api_base():
    assert entry(base_url="http://h/v1").placement.api_base == "http://h/v1"


def test_num_retries_comes_before_max_retries():
    assert entry(num_retries=0, max_retries=7).litellm_params.retries == 0
    assert entry(max_retries=7).litellm_params.retries == 7
    assert entry().litellm_params.retries is None


def test_a_price_may_stand_in_either_place():
    assert entry().price is None
    assert entry(info={"input_cost_per_token": 2e-6}).price == Price(2e-6, 0.0)
    both = entry(info={"input_cost_per_token": 9.0, "output_cost_per_token": 4e-6}, input_cost_per_token=0.0)
    assert both.price == Price(0.0, 4e-6)


def test_model_info_takes_any_key_and_plugins_see_it():
    seen = entry(info={"id": 17, "region": "eu", "tags": ["a"]}).metadata
    assert seen == {"id": "17", "region": "eu", "tags": ["a"]}
    with pytest.raises(TypeError):
        seen["region"] = "us"


def test_an_entry_reaches_worker_processes_whole():
    sent = entry(api_key="sk-1")
    assert pickle.loads(pickle.dumps(sent)) == sent
    assert pickle.loads(pickle.dumps(sent)).placement == sent.placement


def test_the_general_timeout_fills_only_a_gap():
    assert entry().with_timeout(30).litellm_params.timeout == 30
    assert entry(timeout=5).with_timeout(30).litellm_params.timeout == 5


def test_a_wildcard_upstream_needs_a_wildcard_name():
    with pytest.raises(ValidationError, match="stands for any model"):
        entry(model="openai/*")
    with pytest.raises(ValidationError, match="one '\\*'"):
        entry(name="*/*", model="openai/*")


@pytest.mark.parametrize(
    "params", [{"timeout": 0}, {"timeout": float("inf")}, {"num_retries": -1}, {"weight": -1}, {"rpm": "many"}]
)
def test_values_that_cannot_be_are_refused(params):
    with pytest.raises(ValidationError):
        entry(**params)


def test_an_api_that_does_not_exist_is_refused():
    with pytest.raises(ValidationError, match="apis"):
        ModelEntry.model_validate({"model_name": "m", "litellm_params": {"model": "openai/m"}, "apis": ["chats"]})


def test_names_are_ids_or_counted_and_never_taken_twice():
    entries = [entry("a"), entry("a", {"id": "a:1"}), entry("b"), entry("a")]
    assert deployment_names(entries) == ["a:2", "a:1", "b:1", "a:3"]


def test_a_providers_own_variable_gives_the_key_and_address():
    params, warning = with_default_credentials({"model": "groq/llama"}, {"GROQ_API_KEY": "k"})
    assert (params["api_key"], warning) == ("k", None)
    params, _ = with_default_credentials({"model": "gpt-4o"}, {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://h/v1"})
    assert (params["api_key"], params["api_base"]) == ("k", "http://h/v1")


def test_a_key_given_beside_the_model_wins():
    params, _ = with_default_credentials({"model": "groq/llama", "api_key": "mine"}, {"GROQ_API_KEY": "other"})
    assert params["api_key"] == "mine"


def test_a_providers_key_is_not_sent_to_an_address_of_somebody_elses():
    given = {"model": "openai/x", "api_base": "http://elsewhere/v1"}
    params, warning = with_default_credentials(given, {"OPENAI_API_KEY": "k"})
    assert "api_key" not in params
    assert "OPENAI_API_KEY is not sent" in warning
    assert "os.environ/OPENAI_API_KEY" in warning
    assert with_default_credentials(given, {}) == (given, None)


@pytest.mark.parametrize("params", [{}, {"model": 7}, {"model": "x", "custom_llm_provider": 7}, {"model": "echo/x"}])
def test_what_makes_no_sense_yet_is_left_to_the_validation(params):
    assert with_default_credentials(params, {"OPENAI_API_KEY": "k"})[0] in (params, {**params, "api_key": "k"})
