"""The plugin `evaluator`: says how many calls are evaluated, and exports what evaluators say of them.

The host asks the evaluators, after the answers have left; this plugin judges nothing itself.
"""

from __future__ import annotations

from routeiq_plugin_sdk import EvaluationPolicy, Event, PluginCapability, PluginContext, PluginMetadata, hookimpl

from .config import Config

metadata = PluginMetadata(
    name="evaluator",
    description="Has calls of tools, agents and models evaluated, and exports the results.",
    capabilities={PluginCapability.EVALUATOR},
    config_schema=Config,
    enabled_by_default=False,
    priority=2000,
    gateway_compat=">=0.1,<1",
)

SCORES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@hookimpl.startup
def startup(context: PluginContext) -> None:
    """Export from now on what evaluators say."""
    context.events.subscribe("evaluation.completed", export)


@hookimpl.register_evaluation_policy
def register_evaluation_policy(context: PluginContext) -> EvaluationPolicy:
    """Return what the configuration says; it is asked anew when that changes."""
    config: Config = context.config
    return config.policy


def export(event: Event, context: PluginContext) -> None:
    """Count one result, and log it if the operator wants that."""
    data, config = event.data, context.config
    labels = {"evaluator": data["evaluator"], "kind": data["kind"]}
    context.metrics.counter(
        "results", "Results of evaluators, by what they are of.", ["evaluator", "kind", "target", "status"]
    ).inc(**labels, target=data["target"], status=data["status"])
    context.metrics.histogram(
        "score", "Scores of evaluators, from 0 to 1.", ["evaluator", "kind", "target"], SCORES
    ).observe(data["score"], **labels, target=data["target"])
    context.metrics.histogram(
        "duration_seconds", "How long evaluators took for a call, in seconds.", ["evaluator", "kind"]
    ).observe(data["duration"], **labels)
    if config.log == "all" or (config.log == "failed" and data["status"] in ("failed", "error")):
        feedback = {"feedback": data["feedback"]} if config.log_feedback else {}
        shown = {name: data[name] for name in ("call_id", "target", "name", "score", "status")}
        context.logger.info("evaluated", **labels, **shown, **feedback)
