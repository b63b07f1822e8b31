"""A request as its server span has it."""

import asyncio
from types import SimpleNamespace

import pytest
from routeiq_plugin_sdk import Headers, PluginRequest, ResponseMetadata

pytest.importorskip("opentelemetry.sdk", reason="needs routeiq[otel]")

from opentelemetry.baggage import get_all
from opentelemetry.context import Context
from opentelemetry.trace import get_current_span

from routeiq.adapters.opentelemetry import requests
from routeiq.core.logging import Activity

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
METADATA = ResponseMetadata.mock


def ids(context):
    found = get_current_span(context).get_span_context()
    return f"{found.trace_id:032x}", f"{found.span_id:016x}", found.trace_flags.sampled, dict(found.trace_state)


def test_a_clients_trace_and_baggage_are_taken_up():
    headers = Headers.of(
        [
            ("traceparent", f"00-{TRACE}-{SPAN}-01"),
            ("tracestate", "a=1"),
            ("tracestate", "b=2"),
            ("baggage", "team=red"),
        ]
    )
    context = requests.extracted(headers, Context())
    assert ids(context) == (TRACE, SPAN, True, {"a": "1", "b": "2"})
    assert get_all(context) == {"team": "red"}


@pytest.mark.parametrize("traceparent", ["", "00-zz-1-01", f"00-{'0' * 32}-{SPAN}-01", f"ff-{TRACE}-{SPAN}-01", "é"])
def test_a_traceparent_that_is_none_begins_no_trace(traceparent):
    context = requests.extracted(Headers(((b"traceparent", traceparent.encode("latin-1")),)), Context())
    assert get_current_span(context).get_span_context().is_valid is False


def test_without_them_the_context_is_the_one_that_there_was():
    context = Context()
    assert requests.extracted(Headers.of({"accept": "x"}), context) is context


@pytest.mark.parametrize(
    ("method", "route", "expected"),
    [
        ("POST", "/v1/models/{model}", "POST /v1/models/{model}"),
        ("POST", None, "POST"),
        ("BREW", "/pot", "HTTP /pot"),
        ("WEBSOCKET", "/ws", "GET /ws"),
    ],
)
def test_a_span_is_named_by_method_and_route(method, route, expected):
    assert requests.span_name(requests.method(PluginRequest.mock(method)), route) == expected


def test_a_request_is_described_without_its_query_and_its_headers():
    headers = {"host": "api.example:8443", "user-agent": "curl/8", "authorization": "Bearer secret", "cookie": "secret"}
    request = PluginRequest.mock("POST", "/v1/x", headers=headers, query="key=secret", scheme="https", id="r1")
    attributes = {**requests.sampled_by(request, "POST", "/v1/{y}"), **requests.described(request, "POST")}
    assert attributes == {
        "http.request.method": "POST", "url.path": "/v1/x", "url.scheme": "https", "http.route": "/v1/{y}",
        "client.address": "127.0.0.1", "user_agent.original": "curl/8", "server.address": "api.example",
        "server.port": 8443, "network.protocol.version": "1.1", "routeiq.request.id": "r1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("host", "scheme", "expected"),
    [
        ("example", "https", ("example", 443)),
        ("[::1]", "http", ("::1", 80)),
        ("[::1]:8080", "ws", ("::1", 8080)),
        ("example:no", "http", ("example", None)),
        ("", "http", (None, None)),
    ],
)
def test_the_server_is_the_host_that_was_asked_for(host, scheme, expected):
    attributes = requests.described(PluginRequest.mock(headers={"host": host}, scheme=scheme, client=None), "GET")
    assert (attributes.get("server.address"), attributes.get("server.port")) == expected
    assert "client.address" not in attributes


def test_an_unknown_method_and_a_websocket_say_what_they_are():
    assert requests.described(PluginRequest.mock("BREW"), "_OTHER")["http.request.method_original"] == "BREW"
    assert requests.described(PluginRequest.mock("WEBSOCKET"), "GET")["network.protocol.name"] == "websocket"


@pytest.mark.parametrize(
    ("response", "error", "attributes", "status"),
    [
        (METADATA(200), None, {"http.response.status_code": 200}, "UNSET"),
        (METADATA(404), None, {"http.response.status_code": 404}, "UNSET"),
        (METADATA(502), None, {"http.response.status_code": 502, "error.type": "502"}, "ERROR"),
        (
            METADATA(500), KeyError("my secret"), {"http.response.status_code": 500, "error.type": "KeyError"}, "ERROR",
        ),
        (
            ResponseMetadata(200, Headers(), None, aborted=True), asyncio.CancelledError(),
            {"http.response.status_code": 200, "routeiq.aborted": True}, "UNSET",
        ),
        (ResponseMetadata(499, Headers(), None, aborted=True), None, {"routeiq.aborted": True}, "UNSET"),
        (
            ResponseMetadata(403, Headers(), "my-auth"), None,
            {"http.response.status_code": 403, "routeiq.answered_by": "my-auth"}, "UNSET",
        ),
    ],
)  # fmt: skip
def test_a_failure_is_what_failed_here(recorded, response, error, attributes, status):
    span = recorded.tracer.get_tracer("t").start_span("as it began")
    requests.write_end(span, PluginRequest.mock("GET", "/rewritten"), "/rewritten", response, error)
    span.end()
    (told,) = recorded.spans
    assert (told.name, told.status) == ("GET /rewritten", status)
    assert told.attributes == {"http.route": "/rewritten", **attributes}


def test_a_requests_figures_have_few_labels():
    request = PluginRequest.mock("POST", "/v1/x?key=secret")
    assert requests.measured(request, None, METADATA(503), None) == {
        "http.request.method": "POST", "url.scheme": "http", "http.response.status_code": 503, "error.type": "503",
    }  # fmt: skip
    assert requests.measured(request, "/v1/x", METADATA(200), None)["http.route"] == "/v1/x"


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({"route": SimpleNamespace(path_format="/x/{y}")}, "/x/{y}"),
        (
            {
                "route": SimpleNamespace(path_format="/x/{y}"),
                "fastapi": {"effective_route_context": SimpleNamespace(path_format="/prefix/x/{y}")},
            },
            "/prefix/x/{y}",
        ),
        ({"route": object(), "fastapi": None}, None),
        ({}, None),
        (None, None),
    ],
)
def test_a_route_is_what_a_router_wrote_into_the_scope(scope, expected):
    assert requests.written_route(SimpleNamespace(scope=scope)) == expected


def test_an_activity_that_no_scope_belongs_to_has_no_route():
    assert requests.written_route(Activity("r")) is None
