"""A request as its server span has it, by the HTTP conventions; a WebSocket is one request, to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.context import Context
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.trace import Span, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from routeiq_plugin_sdk import Headers, PluginRequest, ResponseMetadata

from routeiq.core.logging import Activity

from . import names
from .failures import error_type
from .names import Attributes

Route = Callable[[Activity], str | None]
"""Returns the route that a request takes, such as `/v1/models/{model}`: one of few; None where none is known."""

LEFT: Final = 499
"""The status of a request whose client left before there was any."""
METHODS: Final = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"})
_PORTS: Final = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_PROPAGATED: Final = frozenset({b"traceparent", b"tracestate", b"baggage"})
_propagator: Final = CompositePropagator([TraceContextTextMapPropagator(), W3CBaggagePropagator()])


def written_route(exchange: Activity) -> str | None:
    """Return the route that FastAPI, or another router that does so, wrote into the scope; None before that."""
    scope = getattr(exchange, "scope", None) or {}
    # Where a router of FastAPI's is included below a prefix, only its own note has all of the path.
    included = scope.get("fastapi")
    context = included.get("effective_route_context") if isinstance(included, dict) else None
    path = getattr(context or scope.get("route"), "path_format", None)
    return path if isinstance(path, str) else None


def extracted(headers: Headers, context: Context) -> Context:
    """Return a context with the trace and the baggage that a client sent (W3C's traceparent, tracestate, baggage)."""
    sent: dict[str, list[str]] = {}
    for name, value in headers.raw:
        if name in _PROPAGATED:
            sent.setdefault(name.decode("ascii"), []).append(value.decode("latin-1"))
    return _propagator.extract(sent, context) if sent else context


def method(request: PluginRequest) -> str:
    """Return the method that names a span."""
    known = request.method
    if known in METHODS:
        return known
    return "GET" if known == "WEBSOCKET" else "_OTHER"


def span_name(known: str, route: str | None) -> str:
    """Return the name of a request's span, of few kinds."""
    known = "HTTP" if known == "_OTHER" else known
    return known if route is None else f"{known} {route}"


def sampled_by(request: PluginRequest, known: str, route: str | None) -> Attributes:
    """Return what a sampler may decide by."""
    attributes: Attributes = {
        names.HTTP_METHOD: known,
        names.URL_PATH: request.path,
        names.URL_SCHEME: request.scheme,
    }
    if route is not None:
        attributes[names.HTTP_ROUTE] = route
    return attributes


def described(request: PluginRequest, known: str) -> Attributes:
    """Return what else is known of a request when it arrives."""
    attributes: Attributes = {names.REQUEST_ID: request.id, names.PROTOCOL_VERSION: request.http_version}
    if known == "_OTHER":
        attributes[names.HTTP_METHOD_ORIGINAL] = request.method
    if request.method == "WEBSOCKET":
        attributes[names.PROTOCOL_NAME] = "websocket"
    if request.client is not None:
        attributes[names.CLIENT_ADDRESS] = request.client.host
    agent = request.headers.get("user-agent")
    if agent is not None:
        attributes[names.USER_AGENT] = agent
    host, port = _address(request)
    if host:
        attributes[names.SERVER_ADDRESS] = host
        if port is not None:
            attributes[names.SERVER_PORT] = port
    return attributes


def _address(request: PluginRequest) -> tuple[str, int | None]:
    """Return the host and the port that were asked for."""
    host = request.headers.get("host") or ""
    name, colon, port = host.rpartition(":")
    if not colon or host.endswith("]"):
        return host.strip("[]"), _PORTS.get(request.scheme)
    return name.strip("[]"), int(port) if port.isascii() and port.isdigit() else None


def measured(
    request: PluginRequest, route: str | None, response: ResponseMetadata, error: BaseException | None
) -> Attributes:
    """Return the attributes of a request's metric: few, and each of few values."""
    attributes = {
        names.HTTP_METHOD: method(request),
        names.URL_SCHEME: request.scheme,
        **_ended(response, error),
    }
    if route is not None:
        attributes[names.HTTP_ROUTE] = route
    return attributes


def write_end(
    span: Span, request: PluginRequest, route: str | None, response: ResponseMetadata, error: BaseException | None
) -> None:
    """Write into a span how a request ended, and where plugins sent it.

    An error is what failed here: no refusal, and no client that left.
    """
    attributes = _ended(response, error)
    if route is not None:
        attributes[names.HTTP_ROUTE] = route
    if response.aborted:
        attributes[names.ABORTED] = True
    if response.short_circuited_by is not None:
        attributes[names.ANSWERED_BY] = response.short_circuited_by
    span.set_attributes(attributes)
    span.update_name(span_name(method(request), route))
    if names.ERROR_TYPE in attributes:
        span.set_status(Status(StatusCode.ERROR))


def _ended(response: ResponseMetadata, error: BaseException | None) -> Attributes:
    """Return the status, and what it failed at."""
    attributes: Attributes = {}
    if response.status_code != LEFT or not response.aborted:
        attributes[names.HTTP_STATUS] = response.status_code
    if error is not None and not isinstance(error, asyncio.CancelledError):
        attributes[names.ERROR_TYPE] = error_type(error)
    elif response.status_code >= 500:
        attributes[names.ERROR_TYPE] = str(response.status_code)
    return attributes
