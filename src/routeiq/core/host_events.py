"""What the host tells of its plugins, by the event bus: failures, quarantines, changed configurations, worse health.

Requests and LLM calls are told by those who know them: `adapters.asgi.events` and `call_events`. Nothing here shows a
value of a configuration, or anything of a client's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel

from .event_names import CONFIG_CHANGED, HEALTH_DEGRADED, PLUGIN_ERROR, PLUGIN_QUARANTINED
from .events import EventBus

LONGEST_MESSAGE: Final = 500
_RANKS: Final = {"ok": 0, "degraded": 1, "failed": 2}


def plugin_failed(events: EventBus, plugin: str, hook: str, exception: BaseException, count: int = 1) -> None:
    """Tell that a plugin failed.

    Args:
        hook: The phase, or the function of its context that it had its own function called by.
        count: For how many failures this one stands.
    """
    if events.wanted(PLUGIN_ERROR):
        message = str(exception)[:LONGEST_MESSAGE]
        data = {"plugin": plugin, "hook": hook, "error": type(exception).__name__, "message": message, "count": count}
        events.emit(PLUGIN_ERROR, data)


def quarantined(events: EventBus, plugin: str, reason: str, cooldown: float | None) -> None:
    """Tell that a plugin is in quarantine. `cooldown`: seconds until its trial, or None if there will be none."""
    _quarantine(events, plugin, True, reason, cooldown)


def released(events: EventBus, plugin: str) -> None:
    """Tell that a plugin is back from its quarantine."""
    _quarantine(events, plugin, False, "", None)


def _quarantine(events: EventBus, plugin: str, quarantined: bool, reason: str, cooldown: float | None) -> None:
    if events.wanted(PLUGIN_QUARANTINED):
        data = {"plugin": plugin, "quarantined": quarantined, "reason": reason, "cooldown": cooldown}
        events.emit(PLUGIN_QUARANTINED, data)


def config_changed(events: EventBus, plugin: str, fields: Iterable[str], overrides: Iterable[str]) -> None:
    """Tell what of a plugin has changed, if anything has: names, never values.

    Args:
        fields: Of its configuration.
        overrides: Of the operator's word on it: `enabled`, `priority`, `mode` ...
    """
    if events.wanted(CONFIG_CHANGED):
        data = {"plugin": plugin, "fields": sorted(fields), "overrides": sorted(overrides)}
        if data["fields"] or data["overrides"]:
            events.emit(CONFIG_CHANGED, data)


def changed_fields(old: Any, new: Any) -> Iterator[str]:
    """Yield the fields in which two configurations of one model differ, dotted where they are nested models."""
    if not isinstance(old, BaseModel) or type(old) is not type(new):
        return
    for name in type(old).model_fields:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            nested = [f"{name}.{field}" for field in changed_fields(before, after)]
            yield from nested or [name]


class HealthWatch:
    """Tells when the health gets worse, compared with the last time that somebody asked."""

    def __init__(self, events: EventBus) -> None:
        self._events = events
        self._status = "ok"

    def saw(self, status: str, plugins: Mapping[str, Mapping[str, Any]]) -> None:
        """Take what a look at the health has found, as `PluginManager.health` returns it."""
        previous, self._status = self._status, status
        if _RANKS[status] > _RANKS[previous] and self._events.wanted(HEALTH_DEGRADED):
            ill = {name: health["status"] for name, health in plugins.items() if health["status"] != "ok"}
            self._events.emit(HEALTH_DEGRADED, {"status": status, "previous": previous, "plugins": ill})
