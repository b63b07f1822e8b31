"""HTTP phases: what happens to a request and its response, in the order of this file.

Inbound phases run in plugin order, outbound ones in reverse. After a plugin has answered a request itself no later
inbound phase runs, while the outbound phases run for every plugin.
"""

from __future__ import annotations

from .context import PluginContext
from .markers import hookspec
from .metadata import PluginCapability
from .types import PluginRequest, PluginResponse, Principal, ResponseMetadata

MIDDLEWARE = frozenset({PluginCapability.MIDDLEWARE})
OBSERVERS = frozenset(
    {PluginCapability.MIDDLEWARE, PluginCapability.OBSERVABILITY_EXPORTER, PluginCapability.EVALUATOR}
)


@hookspec(
    kind="chain",
    layer="http",
    requires=MIDDLEWARE,
    carries=("request",),
    returns=(PluginRequest, PluginResponse),
    ends=(PluginResponse,),
    may_reject=True,
    until="authentication",
)
def rewrite(request: PluginRequest, context: PluginContext) -> PluginRequest | PluginResponse | None:
    """Change method, path, query or headers before anything else looks at them.

    Fires first of all, once for each request and each WebSocket handshake.

    Returns:
        None: the request stays. PluginRequest (`request.replace(...)`): what later plugins, routing and the
        application see. PluginResponse: ends the request before anybody authenticates, for what must not need
        credentials (a CORS pre-flight never has any); outbound phases still run.

    Failure: the plugin's failure mode decides; `Reject` refuses the request. New in 0.1.
    """


@hookspec(
    kind="first",
    layer="http",
    requires=frozenset({PluginCapability.AUTH_PROVIDER}),
    returns=(Principal, PluginResponse),
    may_reject=True,
    fails_closed=True,
    until="authentication",
)
def authenticate(request: PluginRequest, context: PluginContext) -> Principal | PluginResponse | None:
    """Say who makes the request, or refuse it.

    Fires once for each request and handshake, after `rewrite`. The first plugin with an answer ends the phase.

    Returns:
        None: no opinion; the next provider is asked. Principal: who it is, from here on `request.principal`.
        PluginResponse: refuses the request; outbound phases still run. If no enforcing provider returns a
        Principal, the request gets 401.

    Failure: fails closed in every failure mode: a provider that raises or is late can't let a request pass; the
    next provider is not asked and the request gets 401. `Reject` refuses with its own status. New in 0.1.
    """


@hookspec(
    kind="first",
    layer="http",
    requires=MIDDLEWARE,
    returns=(PluginResponse,),
    may_reject=True,
    until="routing",
)
def request(request: PluginRequest, context: PluginContext) -> PluginResponse | None:
    """Look at the request, its body not read yet, and let it pass or answer it.

    Fires once for each request and handshake, after `authenticate`.

    Returns:
        None: the request goes on. PluginResponse: ends it; outbound phases still run, and
        `response.short_circuited_by` names the plugin.

    Failure: the plugin's failure mode decides; `Reject` refuses the request. New in 0.1.
    """


@hookspec(
    kind="chain",
    layer="http",
    requires=MIDDLEWARE,
    carries=("body",),
    returns=(bytes, PluginResponse),
    ends=(PluginResponse,),
    may_reject=True,
    needs="request_body",
    until="routing",
)
def request_body(request: PluginRequest, body: bytes, context: PluginContext) -> bytes | PluginResponse | None:
    """Inspect or replace the whole request body.

    Fires once for each HTTP request that has a body, after `request`, and only if a plugin implements it: then the body
    is buffered up to the configured limit (413 beyond it), and decoded if it was compressed.

    Returns:
        None: the body stays as it is. bytes: the body that later plugins and the application see, `content-length`
        corrected. PluginResponse: ends the request; outbound phases still run.

    Failure: the plugin's failure mode decides; `Reject` refuses the request. New in 0.1.
    """


@hookspec(
    kind="chain",
    layer="http",
    requires=MIDDLEWARE,
    carries=("chunk",),
    returns=(bytes,),
    may_reject=True,
    needs="request_body",
    until="routing",
)
def request_chunk(request: PluginRequest, chunk: bytes, is_final: bool, context: PluginContext) -> bytes | None:
    """Inspect or replace one piece of the request body on its way to the application.

    Fires for each piece as the application reads it, without buffering; where a plugin implements `request_body`, once
    with the whole body. Pieces are as the client sent them: a pattern may be cut anywhere.

    Args:
        is_final: True once, on the last piece, which is empty when the end was not known before.

    Returns:
        None: the piece stays. bytes: its replacement; empty swallows it.

    Failure: the plugin's failure mode decides; `Reject` refuses the request while no response has begun. New in 0.1.
    """


@hookspec(kind="first", layer="http", requires=MIDDLEWARE, returns=(PluginResponse,), contained=True)
def error(request: PluginRequest, exception: Exception, context: PluginContext) -> PluginResponse | None:
    """Turn an error into a response.

    Fires when the application raised, or a plugin whose failure mode is `abort` failed, and no response has begun;
    before `response_headers`.

    Returns:
        None: the next plugin is asked; in the end the client gets 500 (504 for a deadline) without the reason.
        PluginResponse: what the client gets.

    Failure: logged and counted in every failure mode; the next plugin is asked. New in 0.1.
    """


@hookspec(
    kind="chain",
    layer="http",
    requires=MIDDLEWARE,
    outbound=True,
    carries=("response",),
    returns=(ResponseMetadata,),
    may_reject=True,
)
def response_headers(
    request: PluginRequest, response: ResponseMetadata, context: PluginContext
) -> ResponseMetadata | None:
    """Inspect or replace the status and headers of the response.

    Fires once for each response, before the first byte leaves, also for responses that a plugin made. Where a plugin
    implements `response_body`, after the body is known.

    Returns:
        None: they stay. ResponseMetadata (`response.with_headers({...})`): what later plugins and the client see.

    Failure: the plugin's failure mode decides; `Reject` puts an error in the response's place. New in 0.1.
    """


@hookspec(
    kind="chain",
    layer="http",
    requires=MIDDLEWARE,
    outbound=True,
    carries=("body",),
    returns=(bytes,),
    may_reject=True,
    needs="response_body",
)
def response_body(
    request: PluginRequest, response: ResponseMetadata, body: bytes, context: PluginContext
) -> bytes | None:
    """Inspect or replace the whole response body.

    Fires once for each response that has a body and is not an event stream, and only if a plugin implements it: then
    the body is buffered up to the configured limit (502 beyond it), and decoded if it is compressed.

    Returns:
        None: the body stays. bytes: what later plugins and the client see, `content-length` corrected.

    Failure: the plugin's failure mode decides; `Reject` puts an error in the response's place. New in 0.1.
    """


@hookspec(
    kind="chain",
    layer="http",
    requires=MIDDLEWARE,
    outbound=True,
    carries=("chunk",),
    returns=(bytes,),
    needs="response_body",
    may_reject=True,
)
def response_chunk(
    request: PluginRequest, response: ResponseMetadata, chunk: bytes, is_final: bool, context: PluginContext
) -> bytes | None:
    """Inspect or replace one piece of the response body on its way to the client.

    Fires for each piece as the application sends it; nothing is held back or merged. The hot path of every stream:
    prefer a `def`. After `response_body`, once with the whole body.

    Args:
        is_final: True once, on the last piece, which is empty when the end was not known before.

    Returns:
        None: the piece stays. bytes: its replacement; `b""` swallows it.

    Failure: the plugin's failure mode decides; `abort` and `Reject` cut the connection, as the headers have left.
    New in 0.1.
    """


@hookspec(kind="observe", layer="http", requires=OBSERVERS, outbound=True, contained=True)
def response(request: PluginRequest, response: ResponseMetadata, context: PluginContext) -> None:
    """Learn how the request ended.

    Fires once for each request, whatever happened to it, after the last byte has left; for a WebSocket at its end.
    `response.aborted` tells that the client left or the response broke.

    Failure: logged and counted; there is nothing left to refuse. New in 0.1.
    """


@hookspec(
    kind="chain",
    layer="http",
    requires=MIDDLEWARE,
    carries=("message",),
    returns=(str, bytes),
    may_reject=True,
    until="routing",
)
def websocket_message(
    request: PluginRequest, message: str | bytes, from_client: bool, context: PluginContext
) -> str | bytes | None:
    """Inspect or replace one message of a WebSocket.

    Fires for each message of either side.

    Args:
        message: Text as `str`, binary as `bytes`.
        from_client: Whether the client sent it; else the application did.

    Returns:
        None: the message stays. str or bytes: its replacement.

    Failure: the plugin's failure mode decides; `abort` (1011) and `Reject` (1008) close the connection. New in 0.1.
    """
