"""Which deployments serve a model, in which order they are tried, and which are left alone."""

import random
import timeit
from collections import Counter

import pytest
from routeiq_plugin_sdk import Usage
from tests.fakes.clock import Clock

from routeiq.core.yaml_files import Document
from routeiq.gateway.router import LARGEST_EXPANSION, Router
from routeiq.gateway.settings import GatewaySettings


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make(clock):
    """make((model_name, params, info), ..., router_settings={}): a router with a clock and a seed of the test's."""

    def make(*entries, **sections):
        document = {
            "model_list": [
                {"model_name": name, "litellm_params": {"model": "echo/x", **params}, "model_info": info}
                for name, params, info in (((*entry, {}, {})[:3]) for entry in entries)
            ],
            **sections,
        }
        settings = GatewaySettings.from_document(Document(document, {}), {}, "test")
        return Router(settings, clock=clock, chance=random.Random(7))

    return make


def names(deployments):
    return [deployment.name for deployment in deployments]


def test_a_deployment_is_what_its_entry_says(make):
    router = make(("fast", {"model": "groq/llama"}, {"id": "g", "region": "eu"}))
    [deployment] = router.deployments("fast")
    assert (deployment.name, deployment.model, deployment.upstream_model) == ("g", "fast", "llama")
    assert (deployment.provider, deployment.backend) == ("groq", "openai")
    assert deployment.api_base == "https://api.groq.com/openai/v1"
    assert deployment.metadata["region"] == "eu"
    assert router.by_name("g") is deployment
    assert router.entry(deployment).model_name == "fast"


def test_models_stand_in_the_order_of_the_settings_and_once(make):
    assert make(("b",), ("a",), ("b",)).models() == ("b", "a")


def test_an_unknown_model_has_no_deployments(make):
    router = make(("a",))
    assert router.deployments("x") == () == tuple(router.order("x"))
    assert router.by_name("x") is None


def test_equal_deployments_share_the_calls_equally(make):
    router = make(("m",), ("m",), ("m",))
    first = Counter(router.order("m")[0].name for _ in range(3000))
    assert all(850 < first[name] < 1150 for name in ("m:1", "m:2", "m:3"))
    assert sorted(names(router.order("m"))) == ["m:1", "m:2", "m:3"]


@pytest.mark.parametrize("kind", ["weight", "rpm", "tpm"])
def test_shares_decide_how_often_a_deployment_comes_first(make, kind):
    router = make(("m", {kind: 3}), ("m", {kind: 1}), ("m", {kind: 0}))
    orders = [names(router.order("m")) for _ in range(4000)]
    assert 2850 < sum(order[0] == "m:1" for order in orders) < 3150
    assert all(order[2] == "m:3" for order in orders)


def test_weight_comes_before_rpm(make):
    router = make(("m", {"weight": 1, "rpm": 0}), ("m", {"weight": 0, "rpm": 9}))
    assert {router.order("m")[0].name for _ in range(50)} == {"m:1"}


def test_shares_that_are_all_nothing_are_equal(make):
    router = make(("m", {"weight": 0}), ("m", {"weight": 0}))
    assert {router.order("m")[0].name for _ in range(100)} == {"m:1", "m:2"}


def test_more_failures_than_allowed_within_a_minute_make_a_deployment_cool_down(make, clock):
    router = make(("m",), ("m",), router_settings={"allowed_fails": 2, "cooldown_time": 5})
    bad = router.by_name("m:1")
    for _ in range(2):
        router.record_failure(bad, 503)
    assert "cooling" not in router.health().values()
    router.record_failure(bad, 503)
    assert router.health() == {"m:1": "cooling", "m:2": "ok"}
    assert all(names(router.order("m")) == ["m:2", "m:1"] for _ in range(20))
    clock.now += 5.1
    assert router.health()["m:1"] == "ok"
    assert {router.order("m")[0].name for _ in range(50)} == {"m:1", "m:2"}


def test_a_failure_that_is_the_requests_counts_nothing(make):
    router = make(("m",), ("m",), router_settings={"allowed_fails": 0})
    for failure in (400, 404, 422, ValueError()):
        router.record_failure(router.by_name("m:1"), failure)
    assert "cooling" not in router.health().values()
    router.record_failure(router.by_name("m:1"), TimeoutError())
    assert router.health()["m:1"] == "cooling"


def test_failures_further_apart_than_a_minute_do_not_add_up(make, clock):
    router = make(("m",), ("m",), router_settings={"allowed_fails": 1})
    bad = router.by_name("m:1")
    for _ in range(10):
        router.record_failure(bad, 503)
        clock.now += 61
    assert "cooling" not in router.health().values()


def test_of_those_that_cool_down_the_one_that_is_ready_soonest_is_tried_first(make, clock):
    router = make(("m",), ("m",), ("m",), router_settings={"allowed_fails": 0, "cooldown_time": 60})
    for name in ("m:3", "m:1", "m:2"):
        router.record_failure(router.by_name(name), 503)
        clock.now += 1
    assert names(router.order("m")) == ["m:3", "m:1", "m:2"]


def test_a_success_ends_a_cool_down_only_where_nothing_better_is_left(make):
    router = make(("m",), ("m",), router_settings={"allowed_fails": 0})
    one, other = router.deployments("m")
    router.record_failure(one, 503)
    router.record_success(one)
    assert router.health()[one.name] == "cooling"
    router.record_failure(other, 503)
    router.record_success(one)
    assert router.health() == {one.name: "ok", other.name: "cooling"}


def test_one_models_cool_down_leaves_others_as_they_are(make):
    router = make(("a",), ("b",), ("b",), router_settings={"allowed_fails": 0})
    router.record_failure(router.by_name("a:1"), 503)
    assert names(router.order("a")) == ["a:1"]
    assert {router.order("b")[0].name for _ in range(50)} == {"b:1", "b:2"}


def test_a_wildcard_stands_for_any_name_of_its_form(make):
    router = make(("openai/*", {"model": "openai/*"}), ("exact", {"model": "openai/gpt-4o"}))
    [deployment] = router.deployments("openai/gpt-5")
    assert (deployment.model, deployment.upstream_model) == ("openai/gpt-5", "gpt-5")
    assert router.by_name(deployment.name) == deployment
    assert router.entry(deployment).model_name == "openai/*"
    assert router.deployments("groq/x") == ()
    assert router.models() == ("openai/*", "exact")


def test_a_wildcard_deployment_is_found_by_name_before_any_call_used_it(make):
    router = make(("openai/*", {"model": "openai/*"}, {"id": "any"}))
    assert router.by_name("any=openai/gpt-5").upstream_model == "gpt-5"
    assert router.by_name("any=groq/x") is None


def test_of_two_patterns_the_one_that_says_more_is_meant(make):
    router = make(("*", {"model": "groq/*"}), ("gpt-*", {"model": "openai/gpt-*"}))
    assert router.deployments("gpt-5")[0].provider == "openai"
    assert router.deployments("llama")[0].provider == "groq"


def test_an_exact_name_comes_before_every_pattern(make):
    router = make(("*", {"model": "groq/*"}), ("mine", {"model": "openai/gpt-4o"}))
    assert router.deployments("mine")[0].provider == "openai"


def test_names_that_clients_make_up_do_not_fill_the_memory(make):
    router = make(("*", {"model": "openai/*"}), router_settings={"allowed_fails": 0})
    for number in range(LARGEST_EXPANSION + 50):
        router.record_failure(router.order(f"m{number}")[0], 503)
    assert len(router._expanded) == LARGEST_EXPANSION
    assert len(router._health) == 1
    assert router.health() == {"*:1": "cooling"}


def test_attempts_are_those_of_the_deployment_or_of_all(make):
    router = make(("a", {"num_retries": 0}), ("b",), router_settings={"num_retries": 4})
    assert [router.max_attempts(router.by_name(name)) for name in ("a:1", "b:1")] == [1, 5]


def test_decisions_keep_to_the_settings(make):
    router = make(("a",), router_settings={"num_retries": 1, "retry_after": 3})
    deployment = router.by_name("a:1")
    assert router.decide(503, deployment, 1, 1).action == "fallback"
    retried = router.decide(503, deployment, 1, 0)
    assert retried.action == "retry"
    assert retried.delay >= 3
    assert router.decide(503, deployment, 2, 1).action == "stop"


def test_a_call_costs_what_the_settings_say(make):
    router = make(("a", {"input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6}), ("b",))
    usage = Usage(prompt_tokens=10, completion_tokens=5)
    assert router.cost(router.by_name("a:1"), usage) == pytest.approx(2e-5)
    assert router.cost(router.by_name("b:1"), usage) is None


def test_ordering_a_single_deployment_costs_next_to_nothing(make):
    router = make(("m",))
    best = min(timeit.repeat(lambda: router.order("m"), number=2000, repeat=20)) / 2000
    assert best < 1e-6
