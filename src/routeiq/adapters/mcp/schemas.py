"""Which parameters of a server's tools are mirrored into headers: asked of the server, when a plugin changed some.

Clients know it from `tools/list`. The gateway need not read those answers: it asks itself, at most once in a while.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from routeiq.core.dialects.sse import FrameSplitter, payload
from routeiq.core.jsonrpc import is_response
from routeiq.transport import UpstreamClient, UpstreamError, UpstreamResponse
from routeiq.transport.remote_headers import IDENTITY, is_event_stream

from .mirrored import METHOD, NAME, PARAMETER, Mirrors, check_mirrored, mirrored, mirrors_of
from .replies import is_json
from .servers import RawHeaders, Server
from .tool_calls import ToolCall

FRESH: Final = 300.0
"""Seconds that a server's tools are taken for the same."""
PAGES: Final = 50
"""Pages of a listing that are read."""
_ID: Final = "routeiq-tools"


class ToolSchemas:
    """What servers' tools mirror."""

    def __init__(self, client: UpstreamClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._known: dict[str, tuple[float, dict[str, Mirrors]]] = {}

    async def mirrors(self, server: Server, tool: str, headers: RawHeaders, meta: Any) -> Mirrors | None:
        """Return what a tool mirrors; None where its server does not say: then the server itself will judge.

        Args:
            headers: Of the client's request, as the server is sent them: the listing may depend on who asks.
            meta: The `_meta` of the request, which names version and client.
        """
        until, tools = self._known.get(server.name, (0.0, {}))
        if self._clock() >= until or tool not in tools:
            found = await self._listed(server, headers, meta)
            if found is None:
                return None
            tools = found
            self._known[server.name] = self._clock() + FRESH, tools
        return tools.get(tool, {})

    async def followed(
        self, server: Server, call: ToolCall, original: Mapping[str, Any], headers: RawHeaders
    ) -> RawHeaders:
        """Return the client's headers with what they mirror of a call's arguments changed as plugins changed those.

        Args:
            original: The client's own arguments.

        Raises:
            RPCError: the client's headers did not mirror these.
        """
        meta = call.message()["params"].get("_meta")
        mirrors = await self.mirrors(server, call.logical.name, server.sent(headers), meta)
        if not mirrors:
            return headers
        check_mirrored(mirrors, original, headers)
        known = {PARAMETER + name.lower().encode("ascii") for name in mirrors.values()}
        kept = [pair for pair in headers if pair[0] not in known]
        return [*kept, *mirrored(mirrors, call.logical.input).items()]

    async def _listed(self, server: Server, headers: RawHeaders, meta: Any) -> dict[str, Mirrors] | None:
        gone = (METHOD, NAME, b"accept-encoding")
        kept = [pair for pair in headers if pair[0] not in gone and not pair[0].startswith(PARAMETER)]
        further = [*kept, (METHOD, b"tools/list"), IDENTITY]
        tools: dict[str, Mirrors] = {}
        base: dict[str, Any] = {} if meta is None else {"_meta": meta}
        params = base
        for _ in range(PAGES):
            body = orjson.dumps({"jsonrpc": "2.0", "id": _ID, "method": "tools/list", "params": params})
            try:
                response = await self._client.request(
                    "POST", server.target, server.headers, body, further=further, read_timeout=server.timeout
                )
                result = await _result(response)
            except UpstreamError:
                return None
            if result is None:
                return None
            for tool in result.get("tools") or ():
                if isinstance(tool, dict) and isinstance(tool.get("name"), str):
                    tools[tool["name"]] = mirrors_of(tool.get("inputSchema"))
            cursor = result.get("nextCursor")
            if not isinstance(cursor, str) or cursor == params.get("cursor"):
                break
            params = {**base, "cursor": cursor}
        return tools


async def _result(response: UpstreamResponse) -> Mapping[str, Any] | None:
    """Return the result that a listing's answer has; None for any other answer."""
    is_stream = is_event_stream(response.headers)
    if response.status != 200 or not (is_stream or is_json(response)):
        await response.close()
        return None
    body = await response.read()
    if is_stream:
        splitter = FrameSplitter()
        frames = [*splitter.split(body), *splitter.rest()]
        documents = [data for frame in frames if (data := payload(frame))]
    else:
        documents = [body]
    for document in documents:
        try:
            message = orjson.loads(document)
        except orjson.JSONDecodeError:
            continue
        if is_response(message) and isinstance(message.get("result"), dict):
            result: Mapping[str, Any] = message["result"]
            return result
    return None
