"""What scrapers are answered."""

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics

from routeiq.adapters.prometheus import Family, MetricsApp, Snapshot


class Source:
    def __init__(self, error=None):
        self.error = error

    async def taken(self):
        if self.error is not None:
            raise self.error
        return Snapshot({"hits": Family("hits", "counter", "Hits.", series={(): 3})})


async def ask(app, method="GET", accept="", kind="http"):
    sent = []

    async def send(message):
        sent.append(message)

    headers = [(b"accept", accept.encode())] if accept else []
    await app({"type": kind, "method": method, "path": "/metrics", "headers": headers}, None, send)
    if kind != "http":
        return sent
    start, body = sent
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body["body"].decode()


async def test_the_figures_are_told_in_the_text_format():
    status, headers, body = await ask(MetricsApp(Source()))
    assert status == 200
    assert headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert int(headers["content-length"]) == len(body)
    assert body == "# HELP hits_total Hits.\n# TYPE hits_total counter\nhits_total 3\n"


async def test_a_scraper_that_asks_for_openmetrics_gets_it():
    status, headers, body = await ask(MetricsApp(Source()), accept="application/openmetrics-text;version=1.0.0;q=0.9")
    assert (status, headers["content-type"]) == (200, "application/openmetrics-text; version=1.0.0; charset=utf-8")
    (metric,) = read_openmetrics(body)
    assert (metric.name, metric.samples[0].value) == ("hits", 3)


async def test_head_has_no_body():
    status, headers, body = await ask(MetricsApp(Source()), "HEAD")
    assert (status, headers["content-length"], body) == (200, "63", "")


async def test_other_methods_are_refused():
    status, headers, _ = await ask(MetricsApp(Source()), "POST")
    assert (status, headers["allow"]) == (405, "GET, HEAD")


async def test_figures_that_cannot_be_had_are_no_reason_to_fail(caplog):
    status, headers, _ = await ask(MetricsApp(Source(PermissionError("locked"))))
    assert (status, headers["retry-after"]) == (503, "5")
    assert "locked" in caplog.text


async def test_a_websocket_is_refused():
    (message,) = await ask(MetricsApp(Source()), kind="websocket")
    assert message["type"] == "websocket.close"


async def test_what_goes_wrong_otherwise_is_the_servers_to_tell():
    with pytest.raises(KeyError):
        await ask(MetricsApp(Source(KeyError("a mistake of ours"))))
