"""Tool and agent phases: calls that pass through to MCP servers and A2A agents, and the evaluation of any call."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from .context import PluginContext
from .http import MIDDLEWARE
from .markers import hookspec
from .metadata import PluginCapability
from .types import EvaluationResult, Invocation, RemoteCall

TOOLS = MIDDLEWARE | {PluginCapability.TOOL_RUNTIME}
EVALUATORS = frozenset({PluginCapability.EVALUATOR})
MOST_NESTED: Final = 100
"""Levels of arrays and objects that a replacement may have; parsers of JSON refuse more."""


def replace_object(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[dict[str, Any]]:
    """Return what a plugin put in an object's place, as plain values of JSON: found here, it is its failure alone.

    Raises:
        TypeError: if a value is none of JSON's, or a name no text.
        ValueError: if a number is not finite, a text not Unicode, or the nesting too deep.
    """
    return (_object(new, "", 0),)


def _object(value: Mapping[str, Any], where: str, depth: int) -> dict[str, Any]:
    for name in value:
        if not isinstance(name, str):
            raise TypeError(f"the name {name!r} in {where or 'the result'} must be a text")
        _check_text(name, where)
    return {str(name): _plain(one, f"{where}.{name}" if where else name, depth + 1) for name, one in value.items()}


def _plain(value: object, where: str, depth: int) -> Any:
    if depth > MOST_NESTED:
        raise ValueError(f"the result is nested more than {MOST_NESTED} levels deep")
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        _check_text(value, where)
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{where} is {value!r}, which JSON cannot say")
        return value
    if isinstance(value, Mapping):
        return _object(value, where, depth)
    if isinstance(value, list | tuple):
        return [_plain(one, f"{where}[{index}]", depth + 1) for index, one in enumerate(value)]
    raise TypeError(f"{where} must be a value of JSON, not {type(value).__name__}")


def _check_text(text: str, where: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{where or 'the result'} has half of a surrogate pair, which is no text") from None


@hookspec(
    kind="chain",
    layer="tools",
    requires=TOOLS,
    carries=("arguments",),
    apply=replace_object,
    returns=(dict, Mapping),
    may_reject=True,
)
def tool_pre_call(
    call: RemoteCall, server: str, tool: str, arguments: Mapping[str, Any], context: PluginContext
) -> Mapping[str, Any] | None:
    """Inspect or replace the arguments of a tool, or refuse its call.

    Fires once for each call of a tool, before the server is asked.

    Args:
        server: The MCP server's name in the settings.
        tool: The tool's name, as the server lists it.
        arguments: What the tool is called with: an object of JSON.

    Returns:
        None: the arguments stay. Mapping: the arguments that later plugins and the server see, whole.

    Failure: the plugin's failure mode decides; `Reject` answers the call in the shape that the protocol expects.
    New in 0.1.
    """


@hookspec(
    kind="chain",
    layer="tools",
    requires=TOOLS,
    outbound=True,
    carries=("result",),
    apply=replace_object,
    returns=(dict, Mapping),
    may_reject=True,
)
def tool_post_call(
    call: RemoteCall,
    server: str,
    tool: str,
    arguments: Mapping[str, Any],
    result: Mapping[str, Any],
    context: PluginContext,
) -> Mapping[str, Any] | None:
    """Inspect or replace the result of a tool, or withhold it.

    Fires once for each result, before it leaves for the client; not for a call that failed or was refused.

    Args:
        arguments: What the server was asked.
        result: MCP's `CallToolResult` as JSON: `content`, `structuredContent`, `isError`. One whose `resultType` is
            `input_required` has none of these: the server asks back, and the call will come again with answers.

    Returns:
        None: the result stays. Mapping: the result that later plugins and the client see, whole.

    Failure: the plugin's failure mode decides; `Reject` answers the call in the shape that the protocol expects.
    New in 0.1.
    """


@hookspec(
    kind="chain",
    layer="agents",
    requires=MIDDLEWARE,
    carries=("message",),
    apply=replace_object,
    returns=(dict, Mapping),
    may_reject=True,
)
def agent_pre_call(
    call: RemoteCall, agent: str, message: Mapping[str, Any], context: PluginContext
) -> Mapping[str, Any] | None:
    """Inspect or replace a message to an agent, or refuse it.

    Fires once for each message that a client sends (`SendMessage`, `SendStreamingMessage`), before the agent is asked.

    Args:
        agent: The agent's name in the settings.
        message: A2A's `Message` as JSON, in the form of its version 1.0 whatever the client speaks: `messageId`,
            `role`, `parts` ... What is returned is written back in the client's own form.

    Returns:
        None: the message stays. Mapping: the message that later plugins and the agent see, whole.

    Failure: the plugin's failure mode decides; `Reject` answers the call in the shape that the protocol expects.
    New in 0.1.
    """


@hookspec(
    kind="chain",
    layer="agents",
    requires=MIDDLEWARE,
    outbound=True,
    carries=("result",),
    apply=replace_object,
    returns=(dict, Mapping),
    may_reject=True,
)
def agent_post_call(
    call: RemoteCall, agent: str, message: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext
) -> Mapping[str, Any] | None:
    """Inspect or replace what an agent answers, or withhold it.

    Fires once for each thing that an agent says, before it leaves for the client: for the answer to a message, for each
    event of a stream, and for each task that is fetched later (`GetTask`, `ListTasks`, `CancelTask`,
    `SubscribeToTask`), so that asking twice leads around no guard. Not for errors of the agent.

    Args:
        message: What the agent was asked, as `agent_pre_call` left it; empty for a call that sends no message.
        result: As JSON in the form of A2A 1.0: a `Task` (has `id`), a `Message` (`messageId`), or of a stream also a
            `TaskStatusUpdateEvent` (`taskId` and `status`) or a `TaskArtifactUpdateEvent` (`artifact`).

    Returns:
        None: the result stays. Mapping: the result that later plugins and the client see, whole.

    Failure: the plugin's failure mode decides; `Reject` answers the call, or ends its stream, in the shape that the
    protocol expects. New in 0.1.
    """


@hookspec(kind="collect", layer="evaluation", requires=EVALUATORS, returns=(EvaluationResult,), contained=True)
def evaluate(invocation: Invocation, context: PluginContext) -> EvaluationResult | None:
    """Score a call that is over.

    Fires after the answer of an LLM call, a tool or an agent has left, for a sample of the calls, and only while the
    plugin `evaluator` (or one like it) is active, which says how many. Evaluators never delay an answer: each runs by
    itself, within a time limit, and a `def` runs in a thread of the plugin.

    Returns:
        None: nothing to say. EvaluationResult: published as event `evaluation.completed`, as metrics, and in traces.

    Failure: logged and counted; there is nothing left to refuse. New in 0.1.
    """
