"""Write dashboards/routeiq.json, the Grafana dashboard over `/metrics`, from dashboards/panels.yaml.

Usage: python tools/dashboard.py           writes it
       python tools/dashboard.py --check   exits with status 1 if it is not what would be written
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[1] / "dashboards"
FILE, PANELS = FOLDER / "routeiq.json", FOLDER / "panels.yaml"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
WIDTH, HEIGHT = 24, 8
GATEWAY = 'job=~"$job",instance=~"$instance"'
WORDS = {
    "GATEWAY": GATEWAY,
    "MODEL": f'{GATEWAY},model=~"$model"',
    "PLUGIN": f'{GATEWAY},plugin=~"$plugin"',
    "RATE": "$__rate_interval",
}


@dataclass(frozen=True)
class Panel:
    """A panel: its queries by their legends, and what it needs beside them.

    Attributes:
        width: Of the 24 columns.
        unit: In Grafana's words: `s`, `reqps`, `short` ...
        kind: `timeseries`, `stat` or `table`.
        about: What one sees, and what to do about it.
        steps: Thresholds: from which value on which colour.
    """

    title: str
    queries: Mapping[str, str]
    unit: str
    about: str
    width: int = 8
    kind: str = "timeseries"
    stacked: bool = False
    steps: Mapping[float, str] = field(default_factory=dict)


def rows() -> dict[str, list[Panel]]:
    """Return the panels by their rows."""
    document = yaml.safe_load(PANELS.read_text(encoding="utf-8"))
    return {
        title: [Panel(**{**panel, "queries": _queries(panel["queries"])}) for panel in panels]
        for title, panels in document.items()
    }


def _queries(written: Mapping[str, str]) -> Mapping[str, str]:
    """Return queries with what their words in capitals stand for."""

    def meant(query: str) -> str:
        for word, meaning in WORDS.items():
            query = query.replace(word, meaning)
        return query

    return {legend: meant(query) for legend, query in written.items()}


def dashboard() -> dict[str, Any]:
    """Return the dashboard as Grafana has it."""
    return {
        "uid": "routeiq",
        "title": "RouteIQ",
        "description": "What a RouteIQ gateway, its models and its plugins do and cost.",
        "tags": ["routeiq", "llm"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "time": {"from": "now-1h", "to": "now"},
        "refresh": "30s",
        "templating": {"list": [_source_variable(), *_variables()]},
        "annotations": {"list": []},
        "panels": _panels(),
    }


def _source_variable() -> dict[str, Any]:
    return {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus", "current": {}}


def _variables() -> list[dict[str, Any]]:
    found = {
        "job": "label_values(routeiq_workers, job)",
        "instance": 'label_values(routeiq_workers{job=~"$job"}, instance)',
        "model": f"label_values(routeiq_llm_calls_total{{{GATEWAY}}}, model)",
        "plugin": f"label_values(routeiq_plugin_info{{{GATEWAY}}}, plugin)",
    }
    return [
        {
            "name": name,
            "label": name.capitalize(),
            "type": "query",
            "datasource": SOURCE,
            "query": {"query": query, "refId": name},
            "refresh": 2,
            "sort": 1,
            "multi": True,
            "includeAll": True,
            "allValue": ".*",
            "current": {"text": ["All"], "value": ["$__all"]},
        }
        for name, query in found.items()
    ]


def _panels() -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    y = 0
    for title, panels in rows().items():
        made.append(
            {
                "id": len(made) + 1,
                "type": "row",
                "title": title,
                "collapsed": False,
                "panels": [],
                "gridPos": {"x": 0, "y": y, "w": WIDTH, "h": 1},
            }
        )
        y += 1
        x = 0
        for panel in panels:
            if x + panel.width > WIDTH:
                x, y = 0, y + HEIGHT
            place = {"x": x, "y": y, "w": panel.width, "h": HEIGHT}
            made.append({"id": len(made) + 1, "gridPos": place, **_panel(panel)})
            x += panel.width
        y += HEIGHT
    return made


def _panel(panel: Panel) -> dict[str, Any]:
    is_table = panel.kind == "table"
    targets = [
        {
            "refId": chr(ord("A") + number),
            "datasource": SOURCE,
            "expr": query,
            "legendFormat": legend or "__auto",
            "editorMode": "code",
            "range": not is_table,
            "instant": is_table,
            "exemplar": panel.kind == "timeseries" and "_bucket" in query,
            **({"format": "table"} if is_table else {}),
        }
        for number, (legend, query) in enumerate(panel.queries.items())
    ]
    made = {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.about,
        "datasource": SOURCE,
        "targets": targets,
        "fieldConfig": {"defaults": _defaults(panel), "overrides": []},
        "options": _OPTIONS[panel.kind],
    }
    if is_table:
        hidden = {"Time": True, "Value": True}
        made["transformations"] = [{"id": "organize", "options": {"excludeByName": hidden}}]
    return made


def _defaults(panel: Panel) -> dict[str, Any]:
    steps = panel.steps or {0: "green"}
    listed = [
        {"color": colour, "value": value if number else None} for number, (value, colour) in enumerate(steps.items())
    ]
    defaults: dict[str, Any] = {"unit": panel.unit, "thresholds": {"mode": "absolute", "steps": listed}}
    if panel.kind == "timeseries":
        stacking = {"mode": "normal" if panel.stacked else "none", "group": "A"}
        fill = 30 if panel.stacked else 10
        defaults |= {"min": 0, "custom": {"fillOpacity": fill, "showPoints": "never", "stacking": stacking}}
    return defaults


_OPTIONS: dict[str, Any] = {
    "timeseries": {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
    "stat": {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "colorMode": "value",
        "graphMode": "area",
    },
    "table": {"showHeader": True, "sortBy": [{"displayName": "plugin"}]},
}


def text() -> str:
    """Return what the file holds."""
    return json.dumps(dashboard(), indent=2) + "\n"


def main() -> int:
    """Write the file, or check it."""
    if sys.argv[1:] == ["--check"]:
        current = FILE.is_file() and FILE.read_text(encoding="utf-8") == text()
        if not current:
            print(f"{FILE} is not current: run python tools/dashboard.py", file=sys.stderr)
        return int(not current)
    FILE.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
