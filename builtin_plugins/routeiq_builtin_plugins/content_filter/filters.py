"""The rules of a configuration at work: what is found is refused, replaced or told of."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Sequence
from typing import Final

from routeiq_plugin_sdk import LLMCall, PluginContext, WindowText

from ..matching import Judged, Match, Matcher, Passage, edited_json, judged
from .config import Config
from .rules import compiled

_SEPARATOR: Final = "\n\x00\n"
_STRUCTURE: Final = frozenset('"\\')


class Refused(Exception):
    """A rule refuses the text; `code` says in what way."""

    def __init__(self, code: str = "content_filter") -> None:
        super().__init__(code)
        self.code = code


class Filter:
    """The rules of one direction.

    Attributes:
        direction: `in` or `out`.
    """

    def __init__(self, config: Config, direction: str) -> None:
        """Raises PatternError where the rules need more memory than they may take."""
        rules = [rule for rule in config.rules if rule.direction in (direction, "both")]
        self.direction = direction
        self.matcher = Matcher([compiled(rule) for rule in rules], config.memory_mib)
        self._most = config.max_redactions
        self._paths = config.bodies

    def __bool__(self) -> bool:
        return bool(self.matcher.patterns)

    def looks_at(self, path: str) -> bool:
        """Return whether bodies of a path are looked at."""
        return any(fnmatch.fnmatchcase(path, pattern) for pattern in self._paths)

    def changed(self, texts: Sequence[tuple[str, bool]], context: PluginContext) -> dict[int, str]:
        """Return what changes of texts, by their number.

        Args:
            texts: Each with whether it is JSON text.

        Raises:
            Refused: by a rule, or for more to replace than may be.
        """
        # One pass over all of them: nearly always that is all there is to do.
        if not self.matcher.matching(_SEPARATOR.join([text for text, _ in texts])):
            return {}
        changed: dict[int, str] = {}
        for number, (text, is_json) in enumerate(texts):
            new = self._whole_json(text, context) if is_json else self._whole(text, context)
            if new != text:
                changed[number] = new
        return changed

    def window(self, call: LLMCall, window: WindowText, is_final: bool, context: PluginContext) -> str | None:
        """Return what a window of an answer becomes, or None if it stays. Raises Refused."""
        passages: dict[object, Passage] = call.shared.setdefault(f"{context.plugin}:passages", {})
        key = window.kind, window.index, window.tool_call.index if window.tool_call is not None else -1
        passage = passages.get(key)
        is_json = window.kind == "tool_call"
        if passage is None:
            if is_final and window.offset == 0:  # an answer that is there as a whole
                plain = window.text.isascii() or not self.matcher.folds
                if plain and not is_json and not self.matcher.matching(window.text):
                    return None
                return self._answer(window.text, is_json, context)
            passage = passages[key] = Passage(
                self.matcher, _json_replacement if is_json else _replacement, is_json=is_json
            )
        made = passage.judge(window.text, window.before, is_final=is_final)
        if is_final:
            del passages[key]
        self._tell(made, context)
        return made.text

    def _answer(self, text: str, is_json: bool, context: PluginContext) -> str:
        if is_json:
            return self._whole_json(text, context)
        made = Passage(self.matcher, _replacement).judge(text)
        self._tell(made, context)
        return made.text

    def _whole(self, text: str, context: PluginContext) -> str:
        made = judged(self.matcher, _replacement, text, self._most)
        self._tell(made, context)
        return made.text

    def _whole_json(self, text: str, context: PluginContext) -> str:
        return edited_json(text, lambda one: self._whole(one, context))

    def _tell(self, made: Judged, context: PluginContext) -> None:
        """Count what was found, and say so. Raises Refused if a rule says so."""
        if not made.matches:
            return
        counter = context.metrics.counter("matches", "What rules found", labels=("rule", "action", "direction"))
        refusing = False
        for name, action in {(match.pattern.owner.name, match.pattern.owner.action): None for match in made.matches}:
            number = sum(match.pattern.owner.name == name for match in made.matches)
            counter.inc(number, rule=name, action=action, direction=self.direction)
            told = {"rule": name, "action": action, "direction": self.direction, "count": number}
            context.logger.info("a rule found something", **told)
            context.events.emit("content-filter.matched", told)
            refusing = refusing or action == "block"
        if refusing:
            raise Refused
        if made.replaced > self._most:
            raise Refused("content_filter_too_much")


class Filters:
    """Both directions of a configuration."""

    def __init__(self, config: Config) -> None:
        """Raises PatternError where the rules need more memory than they may take."""
        self.config = config
        self.incoming = Filter(config, "in")
        self.outgoing = Filter(config, "out")


def _replacement(match: Match, old: str) -> str | None:
    rule = match.pattern.owner
    return rule.replacement if rule.action == "redact" else None


def _json_replacement(match: Match, old: str) -> str | None:
    """Return what replaces a part of JSON text that is not there as a whole: still JSON, or nothing at all."""
    new = _replacement(match, old)
    if new is None:
        return None
    if not _STRUCTURE.isdisjoint(old):
        raise Refused("content_filter_tool_call")
    return json.dumps(new, ensure_ascii=False)[1:-1]
