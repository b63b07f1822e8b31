"""What plugins made of the content of a Responses stream, and events that repeat content brought into line with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from routeiq_plugin_sdk import StreamChunk

from .responses_events import DONES, ITEM_DONE, PARTS_DONE, Key, item_calls, key_of, number, text_field, unseen


@dataclass(slots=True)
class _Content:
    """A text as it left: its pieces, and whether any of them is not the upstream's."""

    pieces: list[str] = field(default_factory=list)
    changed: bool = False


@dataclass(slots=True)
class _Call:
    """What plugins changed about a tool call besides its arguments."""

    call_id: str | None = None
    name: str | None = None


class Edits:
    """The content that left so far, by its place in the output.

    Attributes:
        any: Whether anything was changed at all.
    """

    def __init__(self) -> None:
        self.any = False
        self._contents: dict[Key, _Content] = {}
        self._calls: dict[int, _Call] = {}
        self._known_calls: dict[int, int] = {}
        self._items: dict[str, int] = {}

    def add(self, key: Key, text: str, *, changed: bool = True) -> None:
        """Note a piece of content that leaves."""
        content = self._contents.get(key)
        if content is None:
            content = self._contents[key] = _Content()
        content.pieces.append(text)
        if changed:
            content.changed = self.any = True

    def name_item(self, data: Mapping[str, Any]) -> None:
        """Note an item's id and index, by which final responses are matched."""
        item = data.get("item")
        if isinstance(item, dict) and isinstance(item.get("id"), str):
            self._items[item["id"]] = number(data, "output_index")

    def learn_call(self, data: Mapping[str, Any]) -> None:
        """Note a tool call that was announced, with the arguments that it already had."""
        item, index = data.get("item"), number(data, "output_index")
        argument = item_calls(item)
        if argument is None or not isinstance(item, dict):
            return
        self._known_calls.setdefault(index, len(self._known_calls))
        if isinstance(item.get(argument), str) and item[argument]:
            self.add(("call", index, 0), item[argument], changed=False)

    def delta(self, data: dict[str, Any], key: Key, chunk: StreamChunk, *, same: bool) -> dict[str, Any] | None:
        """Return a delta with the chunk written into it; None if nothing is left of it."""
        if key[0] == "call":
            self._known_calls.setdefault(key[1], len(self._known_calls))
        text = _text(chunk, key)
        before = data.get("delta")
        if same or text == before:
            self.add(key, before if isinstance(before, str) else "", changed=False)
            return data
        self.add(key, text)
        if not text:
            return None
        changed = {**data, "delta": text}
        if "logprobs" in data:
            changed["logprobs"] = []  # they would tell the tokens that were replaced
        return changed

    def call_added(self, data: dict[str, Any], chunk: StreamChunk) -> dict[str, Any]:
        """Return the announcement of a tool call with the chunk written into it."""
        item, index, call = data.get("item"), number(data, "output_index"), chunk.tool_call
        argument = item_calls(item)
        if argument is None or call is None or not isinstance(item, dict):
            return data
        self.any = True
        self._calls[index] = _Call(call.id, call.name)
        if call.arguments != (item.get(argument) or ""):
            self.add(("call", index, 0), "")
            item = {**item, argument: call.arguments}
        return {**data, "item": self._renamed(index, item)}

    def learn_whole(self, data: Mapping[str, Any], old: tuple[StreamChunk, ...], new: tuple[StreamChunk, ...]) -> None:
        """Note the content of an event that was the first to tell it (there were no deltas)."""
        carrying = [position for position, chunk in enumerate(old) if chunk.kind not in ("usage", "other")]
        if not carrying:
            return
        for position, key in zip(carrying, self._keys(data), strict=False):
            before, after = old[position], new[position]
            text = _text(after, key)
            self.add(key, text, changed=text != _text(before, key))
            if key[0] == "call":
                self._known_calls.setdefault(key[1], len(self._known_calls))
            if after is not before and after.tool_call is not None:
                self._calls[key[1]] = _Call(after.tool_call.id, after.tool_call.name)
                self.any = True

    def _keys(self, data: Mapping[str, Any]) -> list[Key]:
        kind = data.get("type")
        if isinstance(kind, str) and kind in DONES:
            return [key_of(data, DONES[kind])]
        if kind == ITEM_DONE:
            index = number(data, "output_index")
            return [key for key, _ in unseen(index, data.get("item"), self._contents, self._known_calls)]
        response = data.get("response")
        output = response.get("output") if isinstance(response, dict) else None
        keys: list[Key] = []
        for index, item in enumerate(output if isinstance(output, list) else ()):
            keys += [key for key, _ in unseen(index, item, self._contents, self._known_calls)]
        return keys

    def repaired(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return an event that repeats content in line with what left."""
        kind = data.get("type")
        if not isinstance(kind, str):
            return data
        done = DONES.get(kind)
        if done is not None:
            key = key_of(data, done)
            text = self._changed_text(key)
            changed = data if text is None else {**data, done.field: text}
            if text is not None and "logprobs" in data:
                changed["logprobs"] = []
            if kind == "response.function_call_arguments.done" and "name" in data:
                call = self._calls.get(key[1])
                changed = changed if call is None or call.name is None else {**changed, "name": call.name}
            return changed
        if kind in PARTS_DONE:
            place, position = PARTS_DONE[kind]
            key = place, number(data, "output_index"), number(data, position)
            part = self._part(key, data.get("part"))
            return data if part is data.get("part") else {**data, "part": part}
        if kind == ITEM_DONE and isinstance(data.get("item"), dict):
            item = self._item(number(data, "output_index"), data["item"])
            return data if item is data["item"] else {**data, "item": item}
        return data

    def repaired_response(self, response: dict[str, Any]) -> dict[str, Any]:
        """Return a final response in line with what left."""
        output = response.get("output")
        if not isinstance(output, list):
            return response
        items = [self._item(self._index(position, item), item) for position, item in enumerate(output)]
        changed = {**response, "output": items}
        if isinstance(response.get("output_text"), str):
            texts = [part.get("text") for item in items for part in _parts(item) if part.get("type") == "output_text"]
            changed["output_text"] = "".join(text for text in texts if isinstance(text, str))
        return changed

    def _index(self, position: int, item: object) -> int:
        """Return which output index an item was streamed under: some servers leave items out of the final response."""
        identifier = item.get("id") if isinstance(item, dict) else None
        return self._items.get(identifier, position) if isinstance(identifier, str) else position

    def _item(self, index: int, item: Any) -> Any:
        if not isinstance(item, dict):
            return item
        argument = item_calls(item)
        if argument is not None:
            text = self._changed_text(("call", index, 0))
            renamed = self._renamed(index, item)
            return renamed if text is None else {**renamed, argument: text}
        changed = item
        for place in ("content", "summary"):
            parts = item.get(place)
            if isinstance(parts, list):
                new = [self._part((place, index, position), part) for position, part in enumerate(parts)]
                if any(part is not old for part, old in zip(new, parts, strict=True)):
                    changed = {**changed, place: new}
        return changed

    def _part(self, key: Key, part: Any) -> Any:
        read, text = text_field(part), self._changed_text(key)
        if read is None or text is None:
            return part
        changed = {**part, read[1]: text}
        if part.get("logprobs"):
            changed["logprobs"] = []
        return changed

    def _renamed(self, index: int, item: dict[str, Any]) -> dict[str, Any]:
        call = self._calls.get(index)
        if call is None:
            return item
        named = {"call_id": call.call_id, "name": call.name}
        return {**item, **{name: value for name, value in named.items() if value is not None}}

    def _changed_text(self, key: Key) -> str | None:
        """Return a whole content as it left; None if it left as it came."""
        content = self._contents.get(key)
        return "".join(content.pieces) if content is not None and content.changed else None


def _text(chunk: StreamChunk, key: Key) -> str:
    """Return the content that a chunk has for a place; none if a plugin made something else of it."""
    if key[0] == "call":
        return chunk.tool_call.arguments if chunk.kind == "tool_call" and chunk.tool_call is not None else ""
    return chunk.text if chunk.kind != "tool_call" else ""


def _parts(item: object) -> list[dict[str, Any]]:
    content = item.get("content") if isinstance(item, dict) else None
    return [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
