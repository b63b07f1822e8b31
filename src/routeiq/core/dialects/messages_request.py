"""A request of the Messages API as one of chat completions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from .dialect import InvalidRequest

_SAME: Final = ("temperature", "top_p", "stream", "service_tier")
_LEFT_OUT: Final = frozenset({"model", "messages", "system", "top_k", "betas", "container", "context_management"})
_EFFORTS: Final = ((16_000, "high"), (4_000, "medium"), (0, "low"))


def chat_request(body: Mapping[str, Any], messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the chat request that asks for the same.

    `top_k` and the words on caching have no counterpart, and are left out: the answer stays one to the question.

    Raises:
        InvalidRequest: for tools that the provider itself runs, which chat has no equivalent of.
    """
    if body.get("mcp_servers"):
        raise InvalidRequest("This model is served over chat completions, which have no MCP servers.", "mcp_servers")
    chat: dict[str, Any] = {"model": body.get("model"), "messages": list(messages)}
    chat |= {name: body[name] for name in _SAME if body.get(name) is not None}
    chat["max_tokens"] = body.get("max_tokens")
    if body.get("stop_sequences"):
        chat["stop"] = body["stop_sequences"]
    user = (body.get("metadata") or {}).get("user_id") if isinstance(body.get("metadata"), dict) else None
    if user is not None:
        chat["user"] = user
    thinking = body.get("thinking")
    if isinstance(thinking, dict) and thinking.get("type") in ("enabled", "adaptive"):
        chat["reasoning_effort"] = _effort(thinking.get("budget_tokens"))
    if body.get("tools"):
        chat["tools"] = [_tool(tool) for tool in body["tools"]]
    if isinstance(body.get("tool_choice"), dict):
        chat |= _choice(body["tool_choice"])
    return chat


def _effort(budget: object) -> str:
    tokens = budget if isinstance(budget, int) else 4_000
    return next(effort for least, effort in _EFFORTS if tokens >= least)


def _tool(tool: Any) -> dict[str, Any]:
    if not isinstance(tool, dict) or tool.get("type") not in (None, "custom"):
        kind = tool.get("type") if isinstance(tool, dict) else type(tool).__name__
        raise InvalidRequest(f"This model is served over chat completions, which have no tool {kind!r}.", "tools")
    function = {"name": tool.get("name"), "parameters": tool.get("input_schema") or {"type": "object"}}
    if tool.get("description") is not None:
        function["description"] = tool["description"]
    return {"type": "function", "function": function}


def _choice(choice: Mapping[str, Any]) -> dict[str, Any]:
    kind = choice.get("type")
    words: dict[str, Any] = {"auto": "auto", "any": "required", "none": "none"}
    chosen: dict[str, Any] = {}
    if kind == "tool":
        chosen["tool_choice"] = {"type": "function", "function": {"name": choice.get("name")}}
    elif kind in words:
        chosen["tool_choice"] = words[kind]
    if choice.get("disable_parallel_tool_use"):
        chosen["parallel_tool_calls"] = False
    return chosen
