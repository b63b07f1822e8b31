"""The plugin `model-router`: strategies that spread calls over deployments, experiments that do so over models.

`weighted`, `least-latency` and `cost-aware` are strategies for `router_settings.routing_strategy`; experiments and
aliases choose a model before any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from routeiq_plugin_sdk import (
    Adaptation,
    LLMCall,
    LLMResponse,
    PluginCapability,
    PluginContext,
    PluginMetadata,
    PluginRequest,
    ResponseMetadata,
    RoutingStrategy,
    hookimpl,
)

from .config import Config
from .cost import CostAware
from .experiments import Taken, subject
from .latency import LeastLatency
from .weighted import Weighted

VARIANT_HEADER = "x-routeiq-variant"


def _adapted(config: Config) -> Adaptation:
    if config.experiments:
        return Adaptation()
    unused = {"response_headers", "llm_success", "llm_failure"}
    return Adaptation(unused_hooks=unused if config.aliases else {"pre_routing", *unused})


metadata = PluginMetadata(
    name="model-router",
    description="Spreads calls over deployments and models: weighted, by latency, by cost, in experiments.",
    capabilities={PluginCapability.ROUTING_STRATEGY, PluginCapability.MIDDLEWARE},
    config_schema=Config,
    adapt=_adapted,
    enabled_by_default=False,
    priority=400,
    gateway_compat=">=0.1,<1",
)


@hookimpl.register_routing_strategies
def register_routing_strategies() -> Mapping[str, Callable[[str], RoutingStrategy]]:
    """Offer the strategies; each model that uses one has its own."""
    return {"weighted": Weighted, "least-latency": LeastLatency, "cost-aware": CostAware}


@hookimpl.pre_routing
def pre_routing(call: LLMCall, context: PluginContext) -> str | None:
    """Choose the variant of an experiment, or what an alias stands for; what plugins call stays as it is."""
    config: Config = context.config
    if call.origin is not None:
        return None
    experiment = config.by_model.get(call.model)
    if experiment is None:
        return config.aliases.get(call.model)
    variant = experiment.assignment.variant(subject(call, experiment.by, experiment.header))
    call.shared.setdefault(context.plugin, {})[call.id] = Taken(experiment.name, variant)
    return variant


@hookimpl.llm_success
def llm_success(call: LLMCall, response: LLMResponse, context: PluginContext) -> None:
    """Count an answer of a variant, and what it took."""
    taken = _taken(call, context)
    if taken is None:
        return
    _count(taken, "success", context)
    labels = ["experiment", "variant"]
    if response.usage is not None:
        tokens = context.metrics.counter("experiment_tokens", "Tokens of calls in experiments.", labels)
        tokens.inc(response.usage.total_tokens, experiment=taken.experiment, variant=taken.variant)
    if response.cost is not None:
        cost = context.metrics.counter("experiment_cost", "US dollars that calls in experiments cost.", labels)
        cost.inc(response.cost, experiment=taken.experiment, variant=taken.variant)


@hookimpl.llm_failure
def llm_failure(call: LLMCall, context: PluginContext) -> None:
    """Count a failure of a variant."""
    taken = _taken(call, context)
    if taken is not None:
        _count(taken, "failure", context)


@hookimpl.response_headers
def response_headers(
    request: PluginRequest, response: ResponseMetadata, context: PluginContext
) -> ResponseMetadata | None:
    """Tell the client which variant answered: `x-routeiq-variant: <experiment>=<variant>`."""
    taken = request.shared.get(context.plugin)
    if not taken:
        return None
    return response.with_added_headers([(VARIANT_HEADER, str(one)) for one in taken.values()])


def _taken(call: LLMCall, context: PluginContext) -> Taken | None:
    taken: Any = call.shared.get(context.plugin, {}).get(call.id)
    return taken if isinstance(taken, Taken) else None


def _count(taken: Taken, outcome: str, context: PluginContext) -> None:
    labels = ["experiment", "variant", "outcome"]
    calls = context.metrics.counter("experiment_calls", "Calls in experiments, by variant and outcome.", labels)
    calls.inc(experiment=taken.experiment, variant=taken.variant, outcome=outcome)
