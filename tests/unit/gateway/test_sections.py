"""LiteLLM's sections: what is honoured, and that the rest is said."""

from routeiq.gateway.sections import honoured


def test_router_settings_that_are_honoured_stay_and_others_are_named():
    kept, warnings = honoured({"router_settings": {"num_retries": 1, "redis_host": "h", "cooldown_time": None}})
    assert kept == {"router_settings": {"num_retries": 1}}
    assert warnings == ("router_settings.redis_host is not honoured",)


def test_a_misspelt_key_gets_the_nearest_name():
    _, warnings = honoured({"router_settings": {"num_retry": 1}})
    assert warnings == ("router_settings.num_retry is not honoured; did you mean 'num_retries'?",)


def test_litellm_wide_settings_fill_those_of_the_router():
    kept, warnings = honoured(
        {
            "litellm_settings": {"num_retries": 4, "request_timeout": 9, "drop_params": True},
            "router_settings": {"num_retries": 1},
        }
    )
    assert kept == {"router_settings": {"num_retries": 1, "timeout": 9}}
    assert warnings == ("litellm_settings.drop_params is not honoured",)


def test_another_routing_strategy_is_said_to_be_replaced():
    kept, warnings = honoured({"router_settings": {"routing_strategy": "latency-based-routing"}})
    assert kept == {"router_settings": {}}
    assert "'latency-based-routing' is not honoured: simple-shuffle is used" in warnings[0]


def test_a_master_key_that_protects_nothing_is_a_loud_warning():
    kept, warnings = honoured({"general_settings": {"master_key": "sk-x", "database_url": "d"}})
    assert kept == {}
    assert "NOT authenticated" in warnings[0]
    assert "sk-x" not in str(warnings)
    assert warnings[1] == "general_settings.database_url is not honoured"


def test_whole_sections_of_litellms_are_said_to_mean_nothing():
    assert honoured({"guardrails": [], "storage": "memory"}) == ({"storage": "memory"}, ("guardrails is not honoured",))


def test_parameters_of_an_entry_are_named_with_their_model():
    entry = {"model_name": "fast", "litellm_params": {"model": "openai/x", "mock_response": "hi", "api_bas": "u"}}
    kept, warnings = honoured({"model_list": [{**entry, "backend": "openai"}]})
    assert kept["model_list"][0]["litellm_params"] == {"model": "openai/x"}
    assert warnings == (
        "model_list.0 (fast): litellm_params.mock_response is not honoured",
        "model_list.0 (fast): litellm_params.api_bas is not honoured; did you mean 'api_base'?",
    )


def test_parameters_that_only_litellm_knows_are_kept_and_a_likely_slip_is_said():
    entry = {"model_name": "fast", "litellm_params": {"model": "openai/x", "mock_response": "hi", "api_bas": "u"}}
    kept, warnings = honoured({"model_list": [entry]})
    assert kept["model_list"] == [entry]
    assert warnings == (
        "model_list.0 (fast): litellm_params.api_bas has LiteLLM serve this deployment; did you mean 'api_base'?",
    )


def test_shapes_that_make_no_sense_are_left_to_the_validation():
    for document in (
        {"model_list": "x"}, {"model_list": [7]}, {"model_list": [{"litellm_params": 7}]}, {"router_settings": 7},
        {"litellm_settings": [1]}, {"general_settings": "x"},
    ):  # fmt: skip
        assert honoured(document) == (document, ())


def test_an_empty_section_is_one_without_keys():
    assert honoured({"general_settings": None, "litellm_settings": None, "router_settings": None}) == (
        {"router_settings": {}},
        (),
    )


def test_the_document_that_is_handed_over_stays_as_it_is():
    document = {"model_list": [{"litellm_params": {"a": 1}}], "litellm_settings": {"num_retries": 1}}
    honoured(document)
    assert document == {"model_list": [{"litellm_params": {"a": 1}}], "litellm_settings": {"num_retries": 1}}
