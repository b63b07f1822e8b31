"""What became of events on a manager's bus."""

from __future__ import annotations

from collections.abc import Sequence

from routeiq.core.manager import PluginManager

from .families import Family


def event_families(manager: PluginManager) -> Sequence[Family]:
    """Return the families of a manager's events, by the plugin that subscribed to them; none: the host itself."""
    labels = ("plugin",)
    delivered = Family("routeiq_events_delivered", "counter", "Calls of handlers of events, failures included.", labels)
    dropped = Family(
        "routeiq_events_dropped", "counter", "Events that were lost because their reader was too slow for them.", labels
    )
    failed = Family("routeiq_event_failures", "counter", "Calls of handlers of events that failed.", labels)
    for plugin, figures in manager.events.figures.items():
        name = (plugin or "",)
        delivered.series[name] = figures.delivered
        dropped.series[name] = figures.dropped
        failed.series[name] = figures.failed
    return delivered, dropped, failed
