"""What guards that edit texts have in common: all texts of a call go through one function, and come back changed.

Such a guard is made of its configuration, which takes too long for a request to wait for, and is then asked of many.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias, TypeVar

from routeiq_plugin_sdk import (
    LLMCall,
    PluginContext,
    Reject,
    StreamWindow,
    WindowText,
    json_texts,
    message_texts,
    with_json_texts,
    with_message_texts,
)

from .matching import Matcher, overlap

Texts: TypeAlias = Sequence[tuple[str, bool]]
"""Texts, each with whether it is JSON text."""
Edit: TypeAlias = Callable[[Texts], dict[int, str]]
"""Returns what changes of texts, by their number; raises Refused."""

LARGE: Final = 1 << 17
"""Characters from which on texts are looked at in a thread, so that other requests go on meanwhile."""
_WINDOW: Final = 4096
_SEPARATOR: Final = "\n\x00\n"

Made = TypeVar("Made")


class Refused(Exception):
    """A text may not pass.

    Attributes:
        code: Why, for programs.
        found: What in it is refused, as the guard counts it; None where there is too much to replace.
    """

    def __init__(self, code: str, found: Any = None) -> None:
        super().__init__(code)
        self.code = code
        self.found = found

    def rejection(self, config: Any) -> Reject:
        """Return what the client is told, with the status and the words of a configuration."""
        return Reject(config.status_code, config.message, self.code)


def made_of(context: PluginContext, make: Callable[[Any], Made]) -> Made:
    """Return what a function makes of a context's configuration, made once for each configuration."""
    known: tuple[tuple[Any, Made], ...] = context.shared.get("made", ())
    for config, made in known:
        if config is context.config:
            return made
    made = make(context.config)
    context.shared["made"] = ((context.config, made), *known[:1])  # requests under way may have the one before
    return made


def window_for(matcher: Matcher) -> StreamWindow:
    """Return windows as short as the longest match allows."""
    again = overlap(matcher)
    return StreamWindow(size=max(_WINDOW, 4 * again), overlap=again, max_hold=again + 1)


def place_of(call: LLMCall, window: WindowText) -> tuple[object, ...]:
    """Return what tells the text of a window from all others of `call.shared`.

    Calls that plugins make while this one goes on have the same `shared`.
    """
    return call.id, window.kind, window.index, window.tool_call.index if window.tool_call is not None else -1


def at_once(texts: Iterable[tuple[str, bool]]) -> str:
    """Return all texts as one, to be looked at in one pass: nearly always that is all there is to do."""
    return _SEPARATOR.join([text for text, _ in texts])


async def edited(texts: Texts, edit: Edit, context: PluginContext) -> dict[int, str]:
    """Return what changes of texts, by their number. Raises Reject for Refused."""
    try:
        if sum(len(text) for text, _ in texts) < LARGE:
            return edit(texts)
        return await asyncio.to_thread(edit, texts)
    except Refused as refused:
        raise refused.rejection(context.config) from None


async def edited_messages(
    messages: Sequence[Mapping[str, Any]], edit: Edit, context: PluginContext
) -> dict[str, Any] | None:
    """Return the overrides of a call whose messages change, or None. Raises Reject for Refused."""
    texts = message_texts(messages)
    changed = await edited([(text.text, text.kind == "tool_call") for text in texts], edit, context)
    if not changed:
        return None
    return {"messages": with_message_texts(messages, {texts[number].where: text for number, text in changed.items()})}


async def edited_value(value: Mapping[str, Any], edit: Edit, context: PluginContext) -> Mapping[str, Any] | None:
    """Return a JSON value with its texts edited, or None if none changes. Raises Reject for Refused."""
    texts = json_texts(value)
    changed = await edited([(text.text, False) for text in texts], edit, context)
    if not changed:
        return None
    new: Mapping[str, Any] = with_json_texts(value, {texts[number].where: text for number, text in changed.items()})
    return new
