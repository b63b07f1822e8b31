"""The operator's state as it is understood: what was set at run time of each plugin, and how it goes with the settings.

The document that a store keeps is `{"plugins": {name: {"config": {...}, "override": {...}, "revision": ...}}}`: the
overlay of the plugin's configuration, fields of `PluginOverride`, and a word that changes with what is secret in them.
What the settings say of a plugin wins, field by field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from .errors import ConfigurationError, Problem
from .problems import problems_of
from .settings import PluginOverride

SOURCE: Final = "operator's state"


@dataclass(frozen=True, slots=True)
class OperatorWord:
    """What was set at run time of one plugin.

    Attributes:
        config: The overlay of its configuration.
        override: Fields of `PluginOverride`, as JSON has them.
        revision: What changes with the secrets in them: of two words that differ in a secret alone people are shown
            the same, and this tells them apart.
    """

    config: Mapping[str, Any] = field(default_factory=dict)
    override: Mapping[str, Any] = field(default_factory=dict)
    revision: str = ""


def words_of(document: Mapping[str, Any]) -> dict[str, OperatorWord]:
    """Return what a document says of each plugin; parts of a shape that makes no sense say nothing."""
    plugins = document.get("plugins")
    if not isinstance(plugins, Mapping):
        return {}
    return {
        str(name): OperatorWord(
            _mapping(entry.get("config")), _mapping(entry.get("override")), str(entry.get("revision", ""))
        )
        for name, entry in plugins.items()
        if isinstance(entry, Mapping)
    }


def with_word(document: Mapping[str, Any], plugin: str, word: OperatorWord) -> dict[str, Any]:
    """Return a document that says this of a plugin; a word without content leaves it out."""
    plugins = dict(_mapping(document.get("plugins")))
    parts = {"config": dict(word.config), "override": dict(word.override), "revision": word.revision}
    plugins.pop(plugin, None)
    if word.config or word.override:
        plugins[plugin] = {name: part for name, part in parts.items() if part}
    return {**document, "plugins": plugins}


def combined(
    settings: Mapping[str, PluginOverride], words: Mapping[str, OperatorWord]
) -> tuple[dict[str, PluginOverride], dict[str, ConfigurationError]]:
    """Return what holds for each plugin: what the settings say, and where they are silent what operators set.

    Args:
        settings: What the settings say.
        words: What was set at run time.

    Returns:
        The overrides, and what is wrong with words: of such a plugin only the settings' word holds.
    """
    overrides, wrong = dict(settings), {}
    for name, word in words.items():
        if not word.override:
            continue
        try:
            overrides[name] = combined_override(name, settings.get(name), word.override)
        except ConfigurationError as error:
            wrong[name] = error
    return overrides, wrong


def disabled_by(document: Mapping[str, Any], settings: Mapping[str, PluginOverride]) -> frozenset[str]:
    """Return the plugins and instances that were disabled at run time, and that the settings say nothing else of."""
    overrides, _ = combined(settings, words_of(document))
    return frozenset(
        name for name, one in overrides.items() if one.enabled is False and settings.get(name) != overrides[name]
    )


def combined_override(plugin: str, settings: PluginOverride | None, word: Mapping[str, Any]) -> PluginOverride:
    """Return what holds for one plugin.

    Raises:
        ConfigurationError: if what was set at run time makes no sense.
    """
    above = {} if settings is None else settings.model_dump(exclude_unset=True)
    hooks = {name: dict(fields) for name, fields in _mapping(word.get("hooks")).items() if isinstance(fields, Mapping)}
    for name, fields in _mapping(above.get("hooks")).items():
        hooks[name] = {**hooks.get(name, {}), **fields}
    merged = {**word, **above, **({"hooks": hooks} if hooks else {})}
    try:
        return PluginOverride.model_validate(merged)
    except ValidationError as error:
        found = problems_of(error, PluginOverride, SOURCE)
        problems = [Problem(one.source, f"plugins.{plugin}.{one.field}", one.message) for one in found]
        raise ConfigurationError(problems) from None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
