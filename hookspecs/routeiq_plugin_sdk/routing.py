"""Routing phases: which deployment answers an LLM call, and what happens when one fails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from .context import PluginContext
from .http import OBSERVERS
from .markers import hookspec
from .metadata import PluginCapability
from .types import Deployment, LLMCall

STRATEGY = frozenset({PluginCapability.ROUTING_STRATEGY})
AttemptDecision = Literal["retry", "fallback", "stop"]


@hookspec(kind="first", layer="routing", requires=STRATEGY, returns=(str,), may_reject=True)
def pre_routing(call: LLMCall, models: Sequence[Deployment], context: PluginContext) -> str | None:
    """Choose where the call goes.

    Fires once for each logical call, before `llm_pre_call`.

    Args:
        models: The eligible deployments of the model that the client asked for; empty if there is no such model.

    Returns:
        None: the next plugin is asked; in the end the router chooses, and with it the strategies that plugins
        contribute. str: the name of a deployment, which then is the only one tried, or of a model, among whose
        deployments the router chooses.

    Failure: the plugin's failure mode decides; a name that does not exist counts as a failure. `Reject` ends the
    call. New in 0.1.
    """


@hookspec(kind="observe", layer="routing", requires=OBSERVERS | STRATEGY)
def post_routing(call: LLMCall, deployment: Deployment, context: PluginContext) -> None:
    """Learn which deployment was chosen.

    Fires once for each attempt, before it is made; never for a call that a plugin answers itself.

    Failure: logged and counted; `abort` ends the call. New in 0.1.
    """


@hookspec(kind="first", layer="routing", requires=STRATEGY | {PluginCapability.MIDDLEWARE}, returns=(str,))
def attempt_failed(
    call: LLMCall, deployment: Deployment, exception: Exception, attempt: int, context: PluginContext
) -> AttemptDecision | None:
    """Decide what follows a failed attempt.

    Fires after each attempt that failed before the first byte of an answer; after the first byte there is nothing to
    retry.

    Args:
        exception: Why it failed; `status_code` and `headers` where the upstream answered.
        attempt: Counts from 1.

    Returns:
        None: the next plugin is asked; in the end the router decides. `retry`: the same deployment again, after the
        usual backoff. `fallback`: the next deployment. `stop`: the call fails with this exception. The router's limit
        of attempts holds all the same.

    Failure: the plugin's failure mode decides. New in 0.1.
    """
