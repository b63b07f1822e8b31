"""A request of the Responses API as the chat completions request that asks for the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from .dialect import InvalidRequest
from .responses_input import read_input
from .responses_parts import lacking

_REFUSED: Final = {
    "previous_response_id": "'previous_response_id': send the whole conversation as 'input'",
    "conversation": "stored conversations: send the whole conversation as 'input'",
    "prompt": "stored prompts: send 'instructions' and 'input'",
    "background": "'background'",
    "top_logprobs": "'top_logprobs' in the form of responses",
}
# What is about storing, showing or shortening the response, not about what the model is asked.
_LEFT_OUT: Final = frozenset(
    {
        "input", "instructions", "include", "metadata", "store", "truncation", "max_tool_calls", "context_management",
        "stream_options",
    }
)  # fmt: skip


def chat_request(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the chat completions request. Raises InvalidRequest for what it cannot ask for.

    Parameters that only one server knows pass under their own names. `max_output_tokens` becomes `max_tokens`, the name
    that servers without the Responses API know.
    """
    for name, what in _REFUSED.items():
        if body.get(name):
            raise lacking(what, name)
    chat: dict[str, Any] = {}
    for name, value in body.items():
        if name in _LEFT_OUT or name in _REFUSED:
            continue
        write = _WRITERS.get(name)
        if write is None:
            chat[name] = value
        elif value is not None:
            write(chat, value)
    messages = read_input(body, strict=True).messages
    if not messages:
        raise InvalidRequest("'input' must hold at least one message.", "input")
    chat["messages"] = [
        {**message, "role": "system"} if message["role"] == "developer" else message for message in messages
    ]
    return chat


def _write_max_output_tokens(chat: dict[str, Any], value: Any) -> None:
    chat["max_tokens"] = value


def _write_reasoning(chat: dict[str, Any], value: Any) -> None:
    effort = _mapping(value, "reasoning").get("effort")
    if effort is not None:
        chat["reasoning_effort"] = effort


def _write_text(chat: dict[str, Any], value: Any) -> None:
    text = _mapping(value, "text")
    if text.get("verbosity") is not None:
        chat["verbosity"] = text["verbosity"]
    if text.get("format") is None:
        return
    form = _mapping(text["format"], "text.format")
    if form.get("type") == "json_schema":
        schema = {name: given for name, given in form.items() if name != "type" and given is not None}
        chat["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif form.get("type") != "text":
        chat["response_format"] = dict(form)


def _write_tools(chat: dict[str, Any], value: Any) -> None:
    if not isinstance(value, list):
        raise InvalidRequest("'tools' must be a list.", "tools")
    if value:
        chat["tools"] = [_tool(_mapping(tool, "tools")) for tool in value]


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    kind = tool.get("type")
    described = {name: value for name, value in tool.items() if name != "type" and value is not None}
    if kind == "function":
        return {"type": "function", "function": described}
    if kind == "custom":
        form = described.get("format")
        if isinstance(form, dict) and form.get("type") == "grammar":
            grammar = {name: value for name, value in form.items() if name != "type"}
            described["format"] = {"type": "grammar", "grammar": grammar}
        return {"type": "custom", "custom": described}
    raise lacking(f"built-in tools such as {kind!r}", "tools")


def _write_tool_choice(chat: dict[str, Any], value: Any) -> None:
    if isinstance(value, str):
        chat["tool_choice"] = value
        return
    choice = _mapping(value, "tool_choice")
    if choice.get("type") == "allowed_tools":
        tools = choice.get("tools")
        allowed = [_named_tool(_mapping(tool, "tool_choice")) for tool in (tools if isinstance(tools, list) else ())]
        chosen = {"mode": choice.get("mode", "auto"), "tools": allowed}
        chat["tool_choice"] = {"type": "allowed_tools", "allowed_tools": chosen}
    else:
        chat["tool_choice"] = _named_tool(choice)


def _named_tool(choice: Mapping[str, Any]) -> dict[str, Any]:
    kind = choice.get("type")
    if kind not in ("function", "custom"):
        raise lacking(f"a choice of {kind!r} tools", "tool_choice")
    return {"type": kind, kind: {"name": choice.get("name")}}


def _mapping(value: Any, param: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InvalidRequest(f"'{param}' must hold an object.", param)
    return value


_WRITERS: Final[Mapping[str, Callable[[dict[str, Any], Any], None]]] = {
    "max_output_tokens": _write_max_output_tokens,
    "reasoning": _write_reasoning,
    "text": _write_text,
    "tools": _write_tools,
    "tool_choice": _write_tool_choice,
}
