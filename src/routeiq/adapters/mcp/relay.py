"""Passes requests of MCP's Streamable HTTP to servers, of any version: POST, GET, DELETE, JSON and event streams.

What is not understood here passes as it is. A POST is read, for it may call tools; its answer only if it does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from routeiq.core.dialects.sse import FrameSplitter
from routeiq.core.jsonrpc import INVALID_REQUEST, RPCError
from routeiq.core.logging import Activity
from routeiq.core.remote_calls import RemoteError
from routeiq.transport import UpstreamClient, UpstreamError, UpstreamResponse
from routeiq.transport.remote_headers import IDENTITY, is_event_stream

from .failures import answered_with, remote_error
from .post import Post
from .replies import Reply, check_plain, check_status
from .resumed import Resumed
from .schemas import ToolSchemas
from .servers import RawHeaders, Server
from .tool_calls import SESSION
from .unanswered import STREAMS, TASKS, Unanswered

METHODS = ("GET", "POST", "DELETE")


class Relay:
    """The servers of one gateway, and the connections to them."""

    def __init__(self, client: UpstreamClient, servers: Mapping[str, Server]) -> None:
        """Pass requests on.

        Args:
            client: Whose bound for a whole body is that of results which plugins see.
            servers: By name.
        """
        self._client = client
        self._servers = servers
        self._schemas = ToolSchemas(client)
        self._streams, self._tasks = Unanswered(STREAMS), Unanswered(TASKS)

    def server(self, name: str) -> Server | None:
        """Return the server of a name, or None."""
        return self._servers.get(name)

    def close(self) -> None:
        """Give up the calls that may still be answered; the client is the caller's to close."""
        self._streams.close()
        self._tasks.close()

    async def serve(
        self, server: Server, method: str, headers: RawHeaders, body: bytes, activity: Activity, send: Any
    ) -> None:
        """Serve one request, to the last byte of its answer.

        Args:
            headers: The client's.
            activity: The request's, with its plans.
            send: Takes ASGI's messages.
        """
        reply = Reply(server, send)
        try:
            if method == "POST":
                post = Post(server, self._client, self._schemas, self._streams, self._tasks, activity, reply)
                await post.serve(headers, body)
            elif method in METHODS:
                await self._pass(server, method, headers, activity, reply)
            else:
                error = RPCError(INVALID_REQUEST, f"Use {', '.join(METHODS)} here.", status=405)
                await reply.error(error, None, [(b"allow", ", ".join(METHODS).encode())])
        except RemoteError as error:
            await reply.error(error, None)

    async def _pass(self, server: Server, method: str, headers: RawHeaders, activity: Activity, reply: Reply) -> None:
        """Pass a request without a body: a stream of the server's own messages, or the end of a session."""
        session = next((value for name, value in headers if name == SESSION), b"")
        if method == "DELETE":
            self._streams.forget(server.name, session)
        assert activity.plans is not None
        guarded = method == "GET" and activity.plans.tool_post_call is not None
        further = server.sent(headers)
        if guarded:
            further = [*(pair for pair in further if pair[0] != b"accept-encoding"), IDENTITY]
        # A stream may be silent for as long as nothing happens.
        timeout = float("inf") if method == "GET" else server.timeout
        try:
            response = await self._client.request(
                method, server.target, server.headers, further=further, read_timeout=timeout
            )
        except UpstreamError as error:
            raise remote_error(error) from error
        try:
            check_status(response, server)
            if guarded and is_event_stream(response.headers):
                check_plain(response)
                resumed = Resumed(lambda message: self._streams.find(server.name, session, message.get("id")), activity)
                await reply.relay(response, _judged(response, resumed))
            elif guarded and response.status < 300:
                raise answered_with(response.status)  # whatever it is, plugins could not see it
            else:
                await reply.relay(response)
        except UpstreamError as error:
            if reply.started:
                raise
            raise remote_error(error) from error
        finally:
            await response.close()


async def _judged(response: UpstreamResponse, resumed: Resumed) -> AsyncIterator[bytes]:
    splitter = FrameSplitter()
    async for chunk in response.chunks():
        for frame in splitter.split(chunk):
            yield await resumed.judged_frame(frame)
