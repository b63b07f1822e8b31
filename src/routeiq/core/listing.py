"""The order of a phase as people and programs are shown it: who is called when, and because of which rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .active import ActivePlugin
from .explain import Explainer
from .plans import Planner
from .steps import Phase

_BANDS = ("marked tryfirst", None, "marked trylast")


def hook_listing(phase: Phase, planner: Planner, active: Sequence[ActivePlugin]) -> dict[str, Any]:
    """Return one phase with its plugins in the order in which it calls them, and why each stands where it does."""
    nodes = planner.nodes(phase, active)
    priorities = {node.name: node.priority for node in nodes}
    explainer = Explainer(nodes)
    plugins: list[dict[str, Any]] = []
    previous: str | None = None
    for plugin in planner.in_call_order(phase, active):
        band = _BANDS[plugin.implementations[phase.name].band]
        if band is not None:
            because = band
        elif previous is None:
            because = f"priority {priorities[plugin.name]}"
        else:
            because = explainer.explain(previous, plugin.name).text
        when = plugin.record.when
        told = {"name": plugin.name, "because": because, "when": None if when is None else when.told()}
        plugins.append({**told, **plugin.statistics[phase.name].to_dict()})
        previous = plugin.name
    return {
        "name": phase.name,
        "kind": phase.kind,
        "layer": phase.layer,
        "direction": "outbound" if phase.outbound else "inbound",
        "plugins": plugins,
    }
