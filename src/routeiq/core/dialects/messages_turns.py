"""Turns of the Messages API as chat messages, and chat messages as turns again.

One turn of the user can hold several results of tools, each a message of its own in chat. Blocks without a counterpart
(thinking, citations, server tools) are not seen by plugins, and stay in a turn that is not changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from .alignment import align
from .content import content_text
from .dialect import InvalidRequest

Block = dict[str, Any]
Message = dict[str, Any]
_SEEN: Final = frozenset({"text", "image", "document", "tool_use", "tool_result"})


@dataclass(slots=True)
class Part:
    """One chat message, and the blocks of a turn that say it.

    Attributes:
        role: The turn's role: `user` or `assistant`; `system` for the body's own.
        turn: The position of the turn, or -1 for the body's `system`.
        blocks: With those that have no counterpart; None where the turn's content is a text.
    """

    message: Message
    role: str
    turn: int
    blocks: list[Any] | None = field(default=None)


def read_parts(body: Mapping[str, Any]) -> list[Part]:
    """Return the conversation of a request, `system` first."""
    parts: list[Part] = []
    system = body.get("system")
    if system:
        content = system if isinstance(system, str) else content_text(system)
        parts.append(Part({"role": "system", "content": content}, "system", -1))
    given = body.get("messages")
    for position, turn in enumerate(given if isinstance(given, list) else ()):
        if isinstance(turn, dict):
            parts += _parts_of(turn, position)
    return parts


def _parts_of(turn: Mapping[str, Any], position: int) -> list[Part]:
    role, content = str(turn.get("role") or "user"), turn.get("content")
    if not isinstance(content, list):
        return [Part({"role": role, "content": content if isinstance(content, str) else ""}, role, position)]
    if role == "assistant":
        return [Part(_assistant(content), role, position, list(content))]
    parts: list[Part] = []
    rest: list[Any] = []
    for block in content:
        if isinstance(block, dict) and block.get("type") == "tool_result":
            message = {"role": "tool", "tool_call_id": block.get("tool_use_id"), "content": _chat(block.get("content"))}
            parts.append(Part(message, role, position, [block]))
        else:
            rest.append(block)
    if rest or not parts:
        parts.append(Part({"role": role, "content": _chat(rest)}, role, position, rest))
    return parts


def _assistant(blocks: Sequence[Any]) -> Message:
    message: Message = {"role": "assistant", "content": content_text([b for b in blocks if _type(b) == "text"]) or None}
    calls = [_chat_call(block) for block in blocks if _type(block) == "tool_use"]
    if calls:
        message["tool_calls"] = calls
    return message


def _chat_call(block: Mapping[str, Any]) -> dict[str, Any]:
    arguments = orjson.dumps(block.get("input") or {}).decode()
    return {"id": block.get("id"), "type": "function", "function": {"name": block.get("name"), "arguments": arguments}}


def _type(block: object) -> object:
    return block.get("type") if isinstance(block, Mapping) else None


def _chat(content: object) -> Any:
    """Return content in the form of chat: a text where there is nothing else, else a list of parts."""
    if isinstance(content, str):
        return content
    parts = [
        part for block in (content if isinstance(content, list) else ()) if (part := _chat_part(block)) is not None
    ]
    if all(part["type"] == "text" for part in parts):
        return "".join(part["text"] for part in parts)
    return parts


def _chat_part(block: Any) -> dict[str, Any] | None:
    kind = _type(block)
    if kind == "text" and isinstance(block.get("text"), str):
        return {"type": "text", "text": block["text"]}
    source = block.get("source") if isinstance(block, Mapping) else None
    if kind == "image" and isinstance(source, dict):
        url = source.get("url") or f"data:{source.get('media_type')};base64,{source.get('data')}"
        return {"type": "image_url", "image_url": {"url": url}}
    if kind == "document" and isinstance(source, dict):
        if source.get("type") == "text":
            return {"type": "text", "text": str(source.get("data") or "")}
        name = block.get("title") or "document"
        data = source.get("url") or f"data:{source.get('media_type')};base64,{source.get('data')}"
        return {"type": "file", "file": {"filename": name, "file_data": data}}
    return None


def written(body: Mapping[str, Any], messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return `system` and `messages` that say what the chat messages say, as far as they differ from the body's.

    Raises:
        InvalidRequest: for what is no message.
    """
    old = read_parts(body)
    before = [part.message for part in old]
    if list(messages) == before:
        return {}
    changes: dict[str, Any] = {}
    system: list[str] = []
    turns: list[tuple[str, int, list[Any]]] = []  # role, the old turn or -1, its blocks
    for message, position in zip(messages, align(before, messages), strict=True):
        part = None if position is None else old[position]
        role = message.get("role")
        if role in ("system", "developer"):
            system.append(content_text(message.get("content")))
            continue
        same = part is not None and message == part.message
        blocks = _kept(part) if same and part is not None else _changed(part, message)
        turn_role = "assistant" if role == "assistant" else "user"
        turn = part.turn if part is not None else -1
        if turns and _continues(turns[-1], turn_role, turn, role):
            turns[-1][2].extend(blocks)
        else:
            turns.append((turn_role, turn, list(blocks)))
    text = "\n\n".join(system)
    if text != "\n\n".join(content_text(part.message.get("content")) for part in old if part.role == "system"):
        changes["system"] = text or None
    changes["messages"] = [_turn(body, role, position, blocks) for role, position, blocks in turns]
    return changes


def _continues(last: tuple[str, int, list[Any]], turn_role: str, turn: int, role: object) -> bool:
    """Return whether a message belongs to the turn before it: of the body's own, or one more result of a tool."""
    if last[0] != turn_role:
        return False
    return last[1] == turn if turn != -1 else role in ("tool", "function")


def _kept(part: Part) -> list[Any]:
    if part.blocks is None:
        return [{"type": "text", "text": part.message["content"]}]
    return part.blocks


def _turn(body: Mapping[str, Any], role: str, position: int, blocks: list[Any]) -> dict[str, Any]:
    """Return a turn: the very one of the body where its blocks are unchanged."""
    if position >= 0:
        old: dict[str, Any] = body["messages"][position]
        content = old.get("content")
        if content == blocks or (isinstance(content, str) and blocks == [{"type": "text", "text": content}]):
            return old
    plain = len(blocks) == 1 and set(blocks[0]) == {"type", "text"} and blocks[0]["type"] == "text"
    return {"role": role, "content": blocks[0]["text"] if plain else blocks}


def _changed(part: Part | None, message: Mapping[str, Any]) -> list[Any]:
    """Return the blocks that say what a message says; those that it leaves as they were keep what else they hold."""
    role, content = message.get("role"), message.get("content")
    if not isinstance(role, str):
        raise InvalidRequest("Each message needs a 'role'.", "messages")
    old = part.blocks if part is not None and part.blocks is not None else []
    if role in ("tool", "function"):
        before = old[0] if old and isinstance(old[0], dict) else {"type": "tool_result"}
        return [{**before, "tool_use_id": message.get("tool_call_id"), "content": _blocks(content, [])}]
    blocks = _blocks(content, old)
    calls = message.get("tool_calls")
    known = {block.get("id"): block for block in old if _type(block) == "tool_use"}
    for call in calls if isinstance(calls, list | tuple) else ():
        blocks.append(_tool_use(call, known))
    # What chat has no form for stays, but thinking: it is signed for the very content that followed it.
    return [*(b for b in old if _type(b) not in _SEEN and _type(b) not in ("thinking", "redacted_thinking")), *blocks]


def _tool_use(call: Mapping[str, Any], known: Mapping[Any, Any]) -> Block:
    function = call.get("function") or {}
    try:
        arguments = orjson.loads(function.get("arguments") or "{}")
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(
            f"The arguments of the tool call {call.get('id')!r} are no JSON: {error}.", "messages"
        ) from None
    block = {**known.get(call.get("id"), {"type": "tool_use"})}
    return {**block, "id": call.get("id"), "name": function.get("name"), "input": arguments}


def _blocks(content: object, old: Sequence[Any]) -> list[Block]:
    if content is None or content == "":
        return []
    texts = [block for block in old if _type(block) == "text"]
    if isinstance(content, str):
        # One text for one block: its cache_control stays.
        return [{**texts[0], "text": content}] if len(texts) == 1 else [{"type": "text", "text": content}]
    if not isinstance(content, list | tuple):
        raise InvalidRequest("A message's 'content' must be a text or a list of parts.", "messages")
    by_form = {orjson.dumps(form): block for block in old if (form := _chat_part(block)) is not None}
    return [by_form.get(orjson.dumps(part)) or _block(part) for part in content]


def _block(part: Any) -> Block:
    kind = _type(part)
    if kind == "text":
        return {"type": "text", "text": part.get("text") or ""}
    url = (part.get("image_url") or {}).get("url") if kind == "image_url" else None
    if isinstance(url, str):
        return {"type": "image", "source": _source(url)}
    data = (part.get("file") or {}).get("file_data") if kind == "file" else None
    if isinstance(data, str):
        return {"type": "document", "source": _source(data)}
    raise InvalidRequest(f"The Messages API has no equivalent of a content part of type {kind!r}.", "messages")


def _source(url: str) -> dict[str, Any]:
    if url.startswith("data:") and ";base64," in url:
        media_type, _, data = url.removeprefix("data:").partition(";base64,")
        return {"type": "base64", "media_type": media_type, "data": data}
    return {"type": "url", "url": url}
