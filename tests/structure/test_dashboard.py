"""The dashboard and the reference speak of metrics that there are, with labels that they have."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from routeiq import PluginManager
from routeiq.core.memory_state import MemoryState
from routeiq.core.settings import ManagerSettings
from routeiq.gateway.app import Gateway
from routeiq.gateway.settings import GatewaySettings

SCRAPED = {"le", "job", "instance"}  # the histograms' own label, and those that Prometheus adds
_METRIC = re.compile(r"\b(?:routeiq|process|python)_\w+")
_BY = re.compile(r"\bby \(([^)]*)\)")
_SELECTED = re.compile(r"(\w+)=~?\"")


@pytest.fixture
async def told() -> Mapping[str, Metric]:
    """What `/metrics` tells after some traffic, by the families' names."""
    manager = PluginManager(ManagerSettings())
    app = Gateway(GatewaySettings(), manager, MemoryState())
    async with manager, httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        for stream in (False, True):
            body = {"model": "echo", "stream": stream, "messages": [{"role": "user", "content": "hello"}]}
            assert (await client.post("/v1/chat/completions", json=body)).status_code == 200
        answer = await client.get("/metrics", headers={"accept": "application/openmetrics-text"})
    families: Iterator[Metric] = text_string_to_metric_families(answer.text)  # type: ignore[no-untyped-call]
    return {metric.name: metric for metric in families}


def family(name: str) -> str:
    return re.sub(r"_(total|bucket|count|sum)$", "", name)


def labels_of(metric: Metric) -> set[str]:
    return {label for sample in metric.samples for label in sample.labels}


def targets(dashboard: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is asked of Prometheus, and where."""
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["name"], variable["query"]["query"]


@pytest.fixture
def dashboard(repository: Path) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = json.loads((repository / "dashboards" / "routeiq.json").read_text(encoding="utf-8"))
    return loaded


def test_the_dashboard_is_what_its_panels_say(repository: Path, tool: Callable[[str], ModuleType]) -> None:
    written = (repository / "dashboards" / "routeiq.json").read_text(encoding="utf-8")
    assert written == tool("dashboard").text(), "run python tools/dashboard.py"


def test_every_metric_of_the_dashboard_is_told(dashboard: Mapping[str, Any], told: Mapping[str, Metric]) -> None:
    asked = {name: title for title, query in targets(dashboard) for name in _METRIC.findall(query)}
    assert len(asked) > 25
    for name, title in asked.items():
        metric = told.get(name) or told.get(family(name))
        assert metric is not None, f"{title}: {name}"
        assert (metric.type == "histogram") == name.endswith("_bucket"), f"{title}: {name}"
        assert (metric.type == "counter") == name.endswith("_total"), f"{title}: {name}"


def test_every_label_of_the_dashboard_is_one_of_its_metrics(
    dashboard: Mapping[str, Any], tool: Callable[[str], ModuleType]
) -> None:
    known = {row[0]: set(re.findall(r"`(\w+)`", row[2])) for row in documented(tool)}
    for title, query in targets(dashboard):
        metrics = set(_METRIC.findall(query))
        labels = SCRAPED.union(*(known.get(name) or known.get(family(name)) or set() for name in metrics))
        used = {label.strip() for group in _BY.findall(query) for label in group.split(",")}
        used |= set(_SELECTED.findall(query))
        assert used <= labels, f"{title}: {query}"


def test_panels_have_ids_and_places_of_their_own(dashboard: Mapping[str, Any]) -> None:
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])
        }  # fmt: skip
        assert max(x for x, _ in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells
    variables = {variable["name"] for variable in dashboard["templating"]["list"]}
    assert set(re.findall(r"\$\{?(\w+)", json.dumps(dashboard))) - {"__rate_interval", "__all"} <= variables


def documented(tool: Callable[[str], ModuleType]) -> list[list[str]]:
    rows = [line.strip("| ").split(" | ") for line in tool("host_pages").prometheus().splitlines()[2:]]
    return [[name.strip("`"), kind, *(rest if len(rest) == 2 else ["", *rest])] for name, kind, *rest in rows]


async def test_every_metric_that_is_told_stands_in_the_reference(
    told: Mapping[str, Metric], tool: Callable[[str], ModuleType], repository: Path
) -> None:
    import asyncio

    rows = await asyncio.to_thread(documented, tool)  # which runs a loop of its own
    stands = {name: (kind, set(re.findall(r"`(\w+)`", labels)), text) for name, kind, labels, text in rows}
    for name, metric in told.items():
        shown = f"{name}_total" if metric.type == "counter" else name
        kind, labels, text = stands[shown]
        assert (kind, text) == (metric.type, metric.documentation)
        assert labels_of(metric) <= labels | {"le"}, name
        assert text.strip(), f"{name} says nothing of itself"
    assert "<!-- made from: prometheus -->" in (repository / "docs/reference/metrics.md").read_text(encoding="utf-8")
