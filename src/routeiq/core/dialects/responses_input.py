"""The input of the Responses API as chat messages, and changed messages as input again.

Several items may make up one message (a text of the assistant and the calls after it), and some have no counterpart
(reasoning, built-in tools): plugins do not see these, and they stay beside the items that they precede.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from .alignment import align
from .dialect import InvalidRequest
from .responses_parts import chat_content, item_content, lacking, merged_content

CALLS: Final = {"function_call": "arguments", "custom_tool_call": "input"}
OUTPUTS: Final = frozenset({"function_call_output", "custom_tool_call_output"})

Item = dict[str, Any]
Message = dict[str, Any]


@dataclass(slots=True)
class Turn:
    """One message, and the items that say it.

    Attributes:
        items: With those that have no counterpart, in their order.
    """

    message: Message
    items: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class Conversation:
    """A whole input.

    Attributes:
        instructed: Whether the first turn is the body's `instructions`.
        trailing: Items without a counterpart that follow the last message.
    """

    turns: list[Turn]
    instructed: bool
    trailing: list[Any]

    @property
    def messages(self) -> list[Message]:
        """The conversation in the form of chat messages."""
        return [turn.message for turn in self.turns]


def item_type(item: object) -> str | None:
    """Return an item's type; messages may leave it out."""
    if not isinstance(item, dict):
        return None
    kind = item.get("type")
    if kind is None and "role" in item:
        return "message"
    return kind if isinstance(kind, str) else None


def read_input(body: Mapping[str, Any], *, strict: bool = False) -> Conversation:
    """Return the conversation of a request.

    Raises:
        InvalidRequest: if strict, for what chat completions have no equivalent of. Reasoning is left out in any case:
            it belongs to the server that wrote it.
    """
    turns: list[Turn] = []
    instructions, given = body.get("instructions"), body.get("input")
    instructed = isinstance(instructions, str) and bool(instructions)
    if instructed:
        turns.append(Turn({"role": "system", "content": instructions}))
    if isinstance(given, str):
        turns.append(Turn({"role": "user", "content": given}))
    hidden: list[Any] = []
    for item in given if isinstance(given, list) else ():
        kind = item_type(item)
        if kind in CALLS:
            if not turns or turns[-1].message["role"] != "assistant":
                turns.append(Turn({"role": "assistant", "content": None}))
            message = turns[-1].message
            turns[-1].message = {**message, "tool_calls": [*message.get("tool_calls", ()), _chat_call(item, kind)]}
        elif kind in OUTPUTS:
            content = chat_content(item.get("output"), strict=strict)
            turns.append(Turn({"role": "tool", "tool_call_id": item.get("call_id"), "content": content}))
        elif kind == "message":
            content = chat_content(item.get("content"), strict=strict)
            turns.append(Turn({"role": item.get("role") or "user", "content": content}))
        else:
            if strict and kind != "reasoning":
                raise lacking(f"input items of type {kind!r}", "input")
            hidden.append(item)
            continue
        turns[-1].items += [*hidden, item]
        hidden = []
    return Conversation(turns, instructed, hidden)


def _chat_call(item: Mapping[str, Any], kind: str) -> dict[str, Any]:
    argument = CALLS[kind]
    what = "function" if kind == "function_call" else "custom"
    called = {"name": item.get("name") or "", argument: item.get(argument) or ""}
    return {"id": item.get("call_id") or item.get("id") or "", "type": what, what: called}


def written_input(body: Mapping[str, Any], messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return `input` and `instructions` that say what the messages say, as far as they differ from the body's.

    What the messages leave unchanged keeps its items, with their ids and with what plugins do not see.
    """
    old = read_input(body)
    if list(messages) == old.messages:
        return {}
    changes: dict[str, Any] = {}
    rest = list(zip(messages, align(old.messages, messages), strict=True))
    if old.instructed:
        first = rest[0][0] if rest else {}
        text = first.get("content")
        if first.get("role") == "system" and isinstance(text, str) and text:
            rest = rest[1:]
            if text != body["instructions"]:
                changes["instructions"] = text
        else:
            changes["instructions"] = None
    if isinstance(body.get("input"), str) and len(rest) == 1 and _is_plain_user(rest[0][0]):
        changes["input"] = rest[0][0]["content"]
        return changes
    custom = _custom_calls(old)
    items: list[Any] = []
    for message, before in rest:
        turn = None if before is None else old.turns[before]
        items += new_items(message, custom) if turn is None else _merged(turn, message, custom)
    changes["input"] = [*items, *old.trailing]
    return changes


def _is_plain_user(message: Mapping[str, Any]) -> bool:
    return message.get("role") == "user" and isinstance(message.get("content"), str)


def _custom_calls(conversation: Conversation) -> frozenset[Any]:
    """Return the ids of the calls of custom tools, whose outputs are items of another type."""
    items = (item for turn in conversation.turns for item in turn.items)
    return frozenset(item.get("call_id") for item in items if item_type(item) == "custom_tool_call")


def _merged(turn: Turn, message: Mapping[str, Any], custom: frozenset[Any]) -> list[Any]:
    """Return the items of a turn with a changed message written into them."""
    if message == turn.message:
        return turn.items or new_items(message, custom)
    new = new_items(message, custom)
    visible = [item for item in turn.items if _is_visible(item)]
    if [item_type(item) for item in visible] != [item_type(item) for item in new]:
        # Reasoning belongs to the very item that follows it, and means nothing before another one.
        hidden = [item for item in turn.items if not _is_visible(item) and item_type(item) != "reasoning"]
        return [*hidden, *new]
    written = iter([_merged_item(old, item, message) for old, item in zip(visible, new, strict=True)])
    return [next(written) if _is_visible(item) else item for item in turn.items]


def _is_visible(item: object) -> bool:
    kind = item_type(item)
    return kind in CALLS or kind in OUTPUTS or kind == "message"


def _merged_item(old: Item, new: Item, message: Mapping[str, Any]) -> Item:
    """Return an item with what its new version says, and its own id, status and the like."""
    name = "content" if item_type(old) == "message" else "output"
    merged = {**old, **{key: value for key, value in new.items() if key != "type"}}
    if name in new:
        merged[name] = merged_content(old.get(name), message.get("content"), _text_type(message.get("role")))
    return merged if merged != old else old


def _text_type(role: object) -> str:
    return "output_text" if role == "assistant" else "input_text"


def new_items(message: Mapping[str, Any], custom: frozenset[Any] = frozenset()) -> list[Item]:
    """Return the items that say what a chat message says.

    Raises:
        InvalidRequest: if it is no message.
    """
    role, content = message.get("role"), message.get("content")
    if not isinstance(role, str):
        raise InvalidRequest("Each message needs a 'role'.", "messages")
    if role in ("tool", "function"):
        call_id = message.get("tool_call_id") or message.get("name")
        kind = "custom_tool_call_output" if call_id in custom else "function_call_output"
        return [{"type": kind, "call_id": call_id, "output": item_content(content, "input_text")}]
    calls = message.get("tool_calls")
    items: list[Item] = []
    if content or not calls:
        items.append({"type": "message", "role": role, "content": item_content(content, _text_type(role))})
    return [*items, *(_call_item(call) for call in (calls if isinstance(calls, list | tuple) else ()))]


def _call_item(call: Mapping[str, Any]) -> Item:
    custom = call.get("type") == "custom"
    kind = "custom_tool_call" if custom else "function_call"
    called = call.get("custom" if custom else "function") or {}
    argument = CALLS[kind]
    return {"type": kind, "call_id": call.get("id"), "name": called.get("name"), argument: called.get(argument) or ""}
