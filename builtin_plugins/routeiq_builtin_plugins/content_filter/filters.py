"""The rules of a configuration at work: what is found is refused, replaced or told of."""

from __future__ import annotations

import fnmatch
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from routeiq_plugin_sdk import LLMCall, PluginContext, WindowText

from ..edits import Refused, Texts, at_once, place_of
from ..matching import Match, Matcher, Passage, TooMany, edited_json, judged
from .config import Config, Rule
from .rules import compiled

_STRUCTURE: Final = frozenset('"\\')


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

    def changed(self, texts: Texts, context: PluginContext) -> dict[int, str]:
        """Return what changes of texts, by their number.

        Args:
            texts: What is looked at.

        Raises:
            Refused: by a rule, or for more to replace than may be.
        """
        if not self.matcher.matching(at_once(texts)):
            return {}
        changed: dict[int, str] = {}
        with self._telling(context) as found:
            for number, (text, is_json) in enumerate(texts):
                new = self._whole(text, is_json, found)
                if new != text:
                    changed[number] = new
        return changed

    def window(self, call: LLMCall, window: WindowText, is_final: bool, context: PluginContext) -> str | None:
        """Return what a window of an answer becomes, or None if it stays. Raises Refused."""
        passages: dict[object, Passage] = call.shared.setdefault(f"{context.plugin}:passages", {})
        key = place_of(call, window)
        passage, text, is_json = passages.get(key), window.text, window.kind == "tool_call"
        whole = passage is None and is_final and window.offset == 0  # an answer that is there at once
        if whole and not is_json and text.isascii() and not self.matcher.matching(text):
            return None
        with self._telling(context) as found:
            if whole:
                new = self._whole(text, is_json, found, reveals=True)
            else:
                if passage is None:
                    replace = _json_replacement if is_json else _replacement
                    passage = passages[key] = Passage(self.matcher, replace, is_json=is_json)
                made = passage.judge(text, window.before, is_final=is_final)
                found.update(match.pattern.owner for match in made.matches)
                new = made.text
        if is_final and passage is not None:
            del passages[key]
        return new if new != text else None

    def _whole(self, text: str, is_json: bool, found: Counter[Rule], *, reveals: bool = False) -> str:
        def edit(one: str) -> str:
            made = judged(self.matcher, _replacement, one, self._most, reveals=reveals)
            found.update(match.pattern.owner for match in made.matches)
            return made.text

        return edited_json(text, edit) if is_json else edit(text)

    @contextmanager
    def _telling(self, context: PluginContext) -> Iterator[Counter[Rule]]:
        """Count what is found inside, and say so in the end, whatever becomes of it."""
        found: Counter[Rule] = Counter()
        try:
            yield found
        except TooMany:
            raise Refused("content_filter_too_much") from None
        except Refused as refused:
            if refused.found is not None:
                found[refused.found] += 1
            raise
        finally:
            if found:
                self._tell(found, context)

    def _tell(self, found: Counter[Rule], context: PluginContext) -> None:
        """Say which rules found something, and never what."""
        counter = context.metrics.counter("matches", "What rules found", labels=("rule", "action", "direction"))
        for rule, number in found.items():
            counter.inc(number, rule=rule.name, action=rule.action, direction=self.direction)
            told = {"rule": rule.name, "action": rule.action, "direction": self.direction, "count": number}
            context.logger.info("a rule found something", **told)
            context.events.emit("content-filter.matched", told)


class Filters:
    """Both directions of a configuration."""

    def __init__(self, config: Config) -> None:
        """Raises PatternError where the rules need more memory than they may take."""
        self.config = config
        self.incoming = Filter(config, "in")
        self.outgoing = Filter(config, "out")


def _replacement(match: Match, old: str) -> str | None:
    rule: Rule = match.pattern.owner
    if rule.action == "block":
        raise Refused("content_filter", rule)
    return rule.replacement if rule.action == "redact" else None


def _json_replacement(match: Match, old: str) -> str | None:
    """Return what replaces a part of JSON text that is not there as a whole: still JSON, or nothing at all."""
    new = _replacement(match, old)
    if new is None:
        return None
    if not _STRUCTURE.isdisjoint(old):
        raise Refused("content_filter_tool_call", match.pattern.owner)
    return json.dumps(new, ensure_ascii=False)[1:-1]
