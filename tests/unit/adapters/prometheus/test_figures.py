"""All figures of a manager in one snapshot."""

import subprocess
import sys

from prometheus_client.parser import text_string_to_metric_families as read_text

from routeiq import PluginMiddleware
from routeiq.adapters.prometheus import Family, Figures, MetricsApp
from routeiq.core.logging import Activity


async def exchanged(app, path="/"):
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b"", "scheme": "http"}
    await app(scope, receive, send)
    return sent[-1]["body"].decode()


async def answering(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hi"})


async def test_any_host_can_tell_them(plugin, managed):
    def request(context):
        context.metrics.counter("hits").inc()

    manager = managed(plugin("a", request))
    figures = Figures(manager)
    app = PluginMiddleware(answering, manager)
    async with manager:
        assert await exchanged(app) == "hi"
        document = await exchanged(MetricsApp(figures), "/metrics")
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for metric in read_text(document)
        for sample in metric.samples
    }
    assert samples["routeiq_http_requests_total", "200", "GET"] == 1
    assert samples["routeiq_hook_calls_total", "a", "request"] == 1
    assert samples["routeiq_plugin_a_hits_total",] == 1
    assert samples["routeiq_plugin_state", "a", "active"] == 1
    assert samples["process_open_fds",] > 0
    assert samples["routeiq_hook_duration_seconds_count", "a", "request"] == 1


async def test_hosts_add_what_they_like(managed):
    figures = Figures(managed())
    figures.add(lambda: [Family("version", "gauge", series={(): 7})])
    assert (await figures.taken()).families["version"].series == {(): 7}


def test_a_plugin_cannot_speak_in_the_hosts_name(managed):
    manager = managed()
    figures = Figures(manager)
    gauge = Family("routeiq_http_requests", "counter", series={(): 7})
    figures.add(lambda: [gauge])
    assert figures.snapshot().families["routeiq_http_requests"].series == {}


def test_a_snapshot_stays_as_it_is(managed):
    manager = managed()
    figures = Figures(manager)
    before = figures.snapshot()
    manager.plans.tracer.request_began(Activity("r"))
    assert figures.snapshot().families["routeiq_http_requests_in_progress"].series == {(): 1}
    assert before.families["routeiq_http_requests_in_progress"].series == {(): 0}


def test_the_library_is_not_loaded_before_somebody_asks():
    code = (
        "import asyncio, sys; from routeiq import PluginManager; from routeiq.adapters.prometheus import Figures;"
        "from routeiq.core.settings import ManagerSettings;"
        "figures = Figures(PluginManager(ManagerSettings())); assert 'prometheus_client' not in sys.modules;"
        "asyncio.run(figures.taken()); assert 'prometheus_client' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
