"""`/a2a/<agent>` and all below it: requests to agents, inside the plugins."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any, Final

from routeiq_plugin_sdk import Headers, PluginResponse

from routeiq.adapters.a2a import A2AAdapter, Agent, AgentError, Incoming, StreamedAnswer, is_rest_path
from routeiq.core.jsonrpc import REJECTED
from routeiq.transport import UpstreamClient

from .a2a_agents import A2AAgent
from .departure import ClientWatch
from .request_bodies import request_body

PREFIX: Final = "/a2a/"
_HOST: Final = re.compile(r"[0-9A-Za-z._-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")


class AgentsEndpoint:
    """The agents of the settings."""

    def __init__(
        self, agents: Mapping[str, A2AAgent], client: UpstreamClient, max_body: int, public_url: str | None
    ) -> None:
        """Make it.

        Args:
            client: The caller's; its bound for whole bodies is that of answers.
            max_body: Bytes that a request may have.
            public_url: Where clients find the gateway, for the addresses in agent cards; None: where the request that
                asks for the card found it.
        """
        self._adapter = A2AAdapter(_agent(name, settings, client) for name, settings in agents.items())
        self._max_body = max_body
        self._public_url = public_url

    def serves(self, path: str) -> bool:
        """Return whether a path is an agent's: all below `PREFIX` are."""
        return path.startswith(PREFIX)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request whose path begins with `PREFIX`."""
        name, below = split_path(scope["path"])
        exchange = scope["routeiq"]
        if exchange.plans.scopes is not None:
            exchange.plans = exchange.plans.scopes.kept(exchange.plans)
        incoming = Incoming(
            method=scope["method"],
            below=below,
            query=scope["query_string"],
            headers=exchange.request.headers,
            body=await request_body(scope, receive, self._max_body),
            public_url=f"{self._public_url or public_url(scope)}{PREFIX}{name}",
        )
        with ClientWatch(receive):
            answer = await self._adapter.answer(name, incoming, exchange)
            if not isinstance(answer, StreamedAnswer):
                length = [(b"content-length", b"%d" % len(answer.body))] if answer.status != 204 else []
                headers = [*answer.headers, *length]
                await send({"type": "http.response.start", "status": answer.status, "headers": headers})
                await send({"type": "http.response.body", "body": answer.body})
                return
            async with aclosing(answer.stream) as stream:
                await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
                async for frame in stream.frames:
                    await send({"type": "http.response.body", "body": frame, "more_body": True})
            await send({"type": "http.response.body", "body": b""})


def _agent(name: str, settings: A2AAgent, client: UpstreamClient) -> Agent:
    return Agent(
        name,
        settings.url.get_secret_value(),
        client,
        settings.raw_headers(),
        settings.forwarded(),
        settings.timeout,
        whole_artifacts=settings.whole_artifacts,
    )


def split_path(path: str) -> tuple[str, str]:
    """Return the agent's name in a path, and what follows it, with its slash."""
    name, slash, rest = path.removeprefix(PREFIX).partition("/")
    return name, slash + rest


def public_url(scope: Any) -> str:
    """Return where the client found the gateway: scheme, host and root path, without a slash at the end.

    They are what trusted proxies tell. A host that is none is not repeated: the server's own address stands for it.
    """
    host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
    if not _HOST.fullmatch(host):
        address, port = scope.get("server") or ("localhost", None)
        host = f"[{address}]" if ":" in address else address
        host += f":{port}" if port else ""
    return f"{scope['scheme']}://{host}{scope.get('root_path', '').rstrip('/')}"


def render_refusal(path: str, status_code: int, message: str, code: str | None, headers: Headers) -> PluginResponse:
    """Return a refusal of a request that has not reached its agent, in the shape of the binding that the path shows."""
    reason = "".join(letter if letter.isalnum() else "_" for letter in code or "refused").upper()
    error = AgentError(status_code, REJECTED, reason, message)
    document = error.rest_document() if is_rest_path(split_path(path)[1]) else error.rpc_document(None)
    response = PluginResponse.json(document, status_code)
    return PluginResponse(response.body, status_code, Headers((*response.headers.raw, *headers.raw)))
