"""Contributions: what a plugin adds to the host, as values that come and go with the plugin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .context import PluginContext
from .markers import hookspec
from .metadata import PluginCapability
from .strategies import RoutingStrategy
from .tools import EVALUATORS
from .types import EvaluationPolicy


@hookspec(
    kind="collect",
    layer="contributions",
    requires=frozenset({PluginCapability.ROUTES}),
    returns=(list, tuple),
    native=True,
    until="routing",
)
def register_routes(context: PluginContext) -> Sequence[Any] | None:
    """Add HTTP or WebSocket routes to the host.

    Fires once after `startup`, in plugin order; must be a `def`. The routes are part of the plans: they appear and
    disappear with the plugin, and requests to them run through all phases. The gateway's own routes come first, then
    those of plugins in their order.

    Returns:
        Routes as Starlette has them: objects with `matches(scope)` and `handle(scope, receive, send)`.

    Failure: by the plugin's failure mode, as in `startup`. New in 0.1.
    """


@hookspec(
    kind="collect",
    layer="contributions",
    requires=frozenset({PluginCapability.ROUTING_STRATEGY}),
    returns=(Mapping,),
    native=True,
    may_reject=True,
)
def register_routing_strategies(context: PluginContext) -> Mapping[str, Callable[[str], RoutingStrategy]] | None:
    """Add strategies by which calls are spread over the deployments of a model.

    Fires once after `startup`, in plugin order; must be a `def`. The operator chooses by name, in the settings of the
    gateway (`router_settings.routing_strategy`), for all models or for one. Strategies come and go with their plugin:
    while it is not there, the router does without. Of two that have the same name, that of the first plugin counts.

    Returns:
        Factories by name, such as `{"least-latency": LeastLatency}`: each is called with the name of a model, once for
        each model that uses it, and returns a `RoutingStrategy`.

    Failure: by the plugin's failure mode, as in `startup`. What a strategy raises later is a failure of this hook: but
    for `abort` the call goes on as if the strategy had changed nothing. New in 0.1.
    """


@hookspec(kind="first", layer="evaluation", requires=EVALUATORS, returns=(EvaluationPolicy,), native=True)
def register_evaluation_policy(context: PluginContext) -> EvaluationPolicy | None:
    """Say how many calls are evaluated, and within which limits.

    Fires after `startup`, and again whenever the plugin's configuration has changed; must be a `def`. The policy is
    part of the plans: it holds while the plugin is active, and for the calls of its scope. Of several plugins' the
    first in plugin order holds; without any, no call is evaluated. The built-in plugin `evaluator` gives one.

    Returns:
        None: no policy. EvaluationPolicy: sample rates and limits for all evaluators.

    Failure: by the plugin's failure mode, as in `startup`; after a change of the configuration it is logged, and the
    policy before it stays. New in 0.1.
    """
