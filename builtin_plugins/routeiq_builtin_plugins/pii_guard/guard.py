"""The guard at work: what is found is replaced, and put back in what is answered."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections import Counter
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, Final, TypeAlias

from routeiq_plugin_sdk import LLMCall, PluginContext, WindowText

from ..edits import Refused, Texts, at_once, place_of
from ..matching import Judged, Match, Matcher, Passage, Pattern, TooMany, edited_json, judged, longest_match, regexp
from .config import Config
from .entities import ENTITIES, EntityName, patterns
from .vault import PLACEHOLDER, QUOTED, Full, Vault

Findings: TypeAlias = Counter[tuple[EntityName, str]]
"""How often an entity was found, by what became of it."""

_RESTORE: Final = "restore"
_ANGLE: Final = re.compile(r"\\u003([cCeE])")
_MEMORY_MIB: Final = 64


class Guard:
    """A configuration made ready.

    Attributes:
        incoming: What is looked for in what clients send.
        outgoing: What is looked for in answers: entities, placeholders that are put back, or nothing.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        wanted = [entity for entity in ENTITIES if config.action_of(entity) != "off"]
        found = patterns(wanted)
        placeholders = any(config.action_of(entity) == "placeholder" for entity in wanted)
        restored = _placeholders() if config.restore and placeholders and config.direction != "out" else []
        self.incoming = Matcher(found if config.direction != "out" else [], _MEMORY_MIB)
        self.outgoing = Matcher([*restored, *(found if config.direction != "in" else [])], _MEMORY_MIB)
        self._key = (config.hash_key.get_secret_value() if config.hash_key else "").encode()
        self._ignored = {value.casefold() for value in config.ignore if not value.startswith("@")}
        self._ends = tuple(value.casefold() for value in config.ignore if value.startswith("@"))

    # What clients send

    def changed(self, texts: Texts, shared: MutableMapping[str, Any], context: PluginContext) -> dict[int, str]:
        """Return what changes of texts that go in, by their number; what stands for what is kept in `shared`.

        Args:
            texts: What is looked at.

        Raises:
            Refused: for what is to be blocked, or for more to replace than may be.
        """
        if not self.incoming.matching(at_once(texts)):
            return {}
        vault = shared.setdefault(_vault_key(context), Vault(text for text, _ in texts))
        changed: dict[int, str] = {}

        def edit(text: str) -> str:
            made = judged(
                self.incoming, lambda match, old: self._replaced(match, old, vault), text, self.config.max_findings
            )
            self._count(made, found)
            return made.text

        with self._telling("in", context) as found:
            for number, (text, is_json) in enumerate(texts):
                new = edited_json(text, edit) if is_json else edit(text)
                if new != text:
                    changed[number] = new
        return changed

    # What is answered

    def window(self, call: LLMCall, window: WindowText, is_final: bool, context: PluginContext) -> str | None:
        """Return what a window of an answer becomes, or None if it stays. Raises Refused."""
        vault: Vault | None = call.shared.get(_vault_key(context))
        if vault is None and self.config.direction == "in":
            return None
        is_json = window.kind == "tool_call"
        passages: dict[object, Passage] = call.shared.setdefault(f"{context.plugin}:passages", {})
        key = place_of(call, window)
        passage = passages.get(key)
        if passage is None and is_final and window.offset == 0 and not is_json:  # an answer that is there at once
            new = self.restored(window.text, call.shared, context)
        else:
            if passage is None:
                passage = passages[key] = self._passage(vault, is_json)
            with self._telling("out", context) as found:
                made = passage.judge(window.text, window.before, is_final=is_final, reveals=self._reveals)
                self._count(made, found)
            new = made.text
            if is_final:
                del passages[key]
        return new if new != window.text else None

    def _passage(self, vault: Vault | None, is_json: bool) -> Passage:
        return Passage(self.outgoing, lambda match, old: self._answered(match, old, vault, is_json), is_json=is_json)

    def restored(self, text: str, shared: MutableMapping[str, Any], context: PluginContext) -> str:
        """Return a text that is answered, there at once. Raises Refused."""
        if not self.outgoing.matching(text) and (text.isascii() or not self._reveals):
            return text
        vault: Vault | None = shared.get(_vault_key(context))

        def replace(match: Match, old: str) -> str | None:
            return self._answered(match, old, vault, False)

        with self._telling("out", context) as found:
            made = judged(self.outgoing, replace, text, self.config.max_findings, reveals=self._reveals)
            self._count(made, found)
        return made.text

    # Both

    @property
    def _reveals(self) -> bool:
        return self.config.direction != "in"

    def _replaced(self, match: Match, old: str, vault: Vault | None) -> str | None:
        """Return what takes the place of an entity, or None where it stays.

        Args:
            vault: Where placeholders are kept; None: they will not be put back.
        """
        entity: EntityName = match.pattern.owner
        if self._is_ignored(old):
            return None
        action = self.config.action_of(entity)
        if action == "placeholder":
            return f"<{entity}>" if vault is None else vault.placeholder(entity, old)
        if action == "mask":
            return _masked(old, self.config.keep_last)
        if action == "hash":
            return f"<{entity}:{hmac.new(self._key, old.encode(), hashlib.sha256).hexdigest()[:16]}>"
        if action == "block":
            raise Refused("personal_data", entity)
        return None

    def _answered(self, match: Match, old: str, vault: Vault | None, is_json: bool) -> str | None:
        entity = match.pattern.owner
        if entity == _RESTORE:
            new = None if vault is None else vault.value(_ANGLE.sub(lambda one: "<>"[one[1] in "eE"], old))
        elif is_json and "\\" in old and self.config.action_of(entity) == "mask":
            new = f"<{entity}>"  # an escape cannot be masked letter by letter
        else:
            new = self._replaced(match, old, None)
        if new is None or not is_json:
            return new
        return json.dumps(new, ensure_ascii=False)[1:-1]

    def _is_ignored(self, value: str) -> bool:
        plain = value.casefold()
        return plain in self._ignored or (bool(self._ends) and plain.endswith(self._ends))

    def _count(self, made: Judged, found: Findings) -> None:
        for match in made.matches:
            entity = match.pattern.owner
            if entity != _RESTORE:
                found[entity, self.config.action_of(entity)] += 1

    @contextmanager
    def _telling(self, direction: str, context: PluginContext) -> Iterator[Findings]:
        """Count what is found inside, and say so in the end, whatever becomes of it."""
        found: Findings = Counter()
        try:
            yield found
        except (Full, TooMany):
            raise Refused("personal_data_too_much") from None
        except Refused as refused:
            if refused.found is not None:
                found[refused.found, "block"] += 1
            raise
        finally:
            if found:
                self._tell(found, direction, context)

    def _tell(self, found: Findings, direction: str, context: PluginContext) -> None:
        """Say what was found, by what it is and never by what it says."""
        counter = context.metrics.counter("found", "Personal data found", labels=("entity", "action", "direction"))
        for (entity, action), number in found.items():
            counter.inc(number, entity=entity, action=action, direction=direction)
            told = {"entity": entity, "action": action, "direction": direction, "count": number}
            context.events.emit("pii-guard.found", told)


def _vault_key(context: PluginContext) -> str:
    return f"{context.plugin}:vault"


def _masked(text: str, keep: int) -> str:
    """Return a text with `*` for its letters and digits, but for the last ones."""
    made: list[str] = []
    for character in reversed(text):
        if character.isalnum() and keep > 0:
            keep -= 1
            made.append(character)
        else:
            made.append("*" if character.isalnum() else character)
    return "".join(reversed(made))


def _placeholders() -> list[Pattern]:
    """Return what finds placeholders, plain and as JSON text of those who escape angle brackets."""
    return [
        Pattern(_RESTORE, source, regexp(source), 0, longest_match(source) or 0, folds=False)
        for source in (PLACEHOLDER, QUOTED)
    ]
