"""OpenTelemetry in the gateway: whether it is on, and its lifespan."""

import sys

import pytest
from pydantic import ValidationError
from tests.fakes.telemetry import collecting

from routeiq import PluginManager
from routeiq.core.errors import ConfigurationError
from routeiq.core.settings import ManagerSettings
from routeiq.gateway.telemetry import OTelSettings, TelemetrySettings, telemetry_of, traced

ENDPOINT = "http://collector:4318"


@pytest.fixture
def installed():
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="needs routeiq[otel]")


@pytest.fixture
def not_installed(monkeypatch):
    """What is imported of OpenTelemetry's SDK cannot be found."""
    for name in [name for name in sys.modules if name.startswith("routeiq.adapters.opentelemetry")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk", None)


def telemetry(environ=None, **otel):
    return telemetry_of(TelemetrySettings(otel=OTelSettings(**otel)), None, environ or {})


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": " None "},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": " "},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": ENDPOINT, "OTEL_SDK_DISABLED": "True"},
        {"OTEL_SERVICE_NAME": "x"},
    ],
)
def test_where_nothing_says_where_telemetry_goes_there_is_none(environ):
    assert telemetry(environ) is None


@pytest.mark.parametrize(
    "environ",
    [
        {"OTEL_EXPORTER_OTLP_ENDPOINT": ENDPOINT},
        {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{ENDPOINT}/v1/traces"},
        {"OTEL_METRICS_EXPORTER": "console"},
    ],
)
def test_the_standard_variables_turn_it_on(installed, environ):
    assert telemetry(environ) is not None
    assert telemetry(environ, enabled=False) is None


def test_the_settings_turn_it_on(installed):
    assert telemetry(enabled=True) is not None
    assert telemetry(endpoint=ENDPOINT) is not None
    assert telemetry({"OTEL_SDK_DISABLED": "true"}, enabled=True) is None


@pytest.mark.parametrize("otel", [{"enabled": True}, {"endpoint": ENDPOINT}])
def test_asked_for_and_not_installed_is_an_error_with_the_line_that_installs_it(not_installed, otel):
    with pytest.raises(ConfigurationError, match=r"telemetry\.otel.*pip install 'routeiq\[otel\]'"):
        telemetry(**otel)


def test_variables_of_a_whole_machine_do_not_keep_a_gateway_from_starting(not_installed, caplog):
    assert telemetry({"OTEL_EXPORTER_OTLP_ENDPOINT": ENDPOINT}) is None
    assert "pip install 'routeiq[otel]'" in caplog.text


def test_an_exporter_that_is_not_installed_is_named(installed):
    with pytest.raises(ConfigurationError, match="variable OTEL_TRACES_EXPORTER: no exporter 'jaeger' is installed"):
        telemetry({"OTEL_TRACES_EXPORTER": "jaeger"}, enabled=True)


@pytest.mark.parametrize(
    ("otel", "words"),
    [
        ({"endpoint": "collector:4317"}, "base URL"),
        ({"endpoint": "http://user:secret@collector"}, "OTEL_EXPORTER_OTLP_HEADERS"),
        ({"sample": 2}, "less than or equal to 1"),
        ({"hooks": "all"}, "'events', 'spans' or 'none'"),
        ({"enabled": "sometimes"}, "auto"),
    ],
)
def test_settings_that_make_no_sense_say_what_would(otel, words):
    with pytest.raises(ValidationError, match=words):
        OTelSettings(**otel)


async def lifespan(app, *events):
    """Run an application's lifespan over these events; return what it answered."""
    pending, sent = [{"type": f"lifespan.{event}"} for event in events], []

    async def receive():
        return pending.pop(0)

    async def send(message):
        sent.append(message["type"])

    await app({"type": "lifespan"}, receive, send)
    return sent


def serving(manager, seen):
    """Return an application that notes the tracer of its manager while it serves, and makes a span."""

    async def app(scope, receive, send):
        assert (await receive())["type"] == "lifespan.startup"
        async with manager:
            await send({"type": "lifespan.startup.complete"})
            seen.append(manager.plans.tracer)
            if manager.plans.tracer is not None:
                manager.plans.tracer._tracer.start_span("s").end()
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    return app


async def test_a_lifespan_is_traced_to_its_end_any_number_of_times(installed):
    manager, seen = PluginManager(ManagerSettings(worker=3)), []
    with collecting() as collector:
        app = traced(telemetry(endpoint=collector.url), serving(manager, seen), manager)
        for count in (1, 2):
            answered = await lifespan(app, "startup", "shutdown")
            assert answered == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
            assert manager.plans.tracer is None
            assert len(collector.spans) == count
        resource = collector.spans[0].resource
    assert None not in seen
    assert (resource["service.name"], resource["routeiq.worker"]) == ("routeiq", 3)
    assert resource["service.instance.id"] == manager.node.id


async def test_the_last_spans_have_left_when_the_server_hears_of_the_end(installed):
    manager = PluginManager(ManagerSettings())
    with collecting() as collector:
        app = traced(telemetry(endpoint=collector.url), serving(manager, []), manager)
        pending, arrived = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}], {}

        async def receive():
            return pending.pop(0)

        async def send(message):
            arrived[message["type"]] = len(collector.spans)

        await app({"type": "lifespan"}, receive, send)
    assert arrived == {"lifespan.startup.complete": 0, "lifespan.shutdown.complete": 1}


async def test_a_start_that_fails_leaves_nothing_behind(installed):
    manager = PluginManager(ManagerSettings())

    async def app(scope, receive, send):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await lifespan(traced(telemetry(enabled=True), app, manager), "startup")
    assert manager.plans.tracer is None


async def test_without_telemetry_an_application_is_itself():
    app = object()
    assert traced(None, app, PluginManager(ManagerSettings())) is app
