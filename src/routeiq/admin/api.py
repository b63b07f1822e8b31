"""The admin API as an ASGI application: who asks is found out first, and nothing is told before."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from routeiq.core.errors import RouteIQError
from routeiq.gateway.access import AdminAccess
from routeiq.gateway.control import Control

from .answers import Refusal
from .failures import refusal_of
from .gate import Gate
from .hooks import Listing
from .operations import Sendable
from .requests import AdminRequest
from .table import table_of

logger = logging.getLogger(__name__)


class AdminAPI:
    """The application, to be mounted at a prefix outside the plugins: none of them can keep an operator out."""

    def __init__(
        self,
        control: Control,
        access: AdminAccess,
        hooks: Listing,
        *,
        prefix: str = "/admin",
        settings_file: str = "routeiq.yaml",
        trusted_proxies: Sequence[str] = (),
    ) -> None:
        """Make it.

        Args:
            control: The gateway's.
            access: Who may come in.
            hooks: Lists the phases, with the figures of all workers.
            prefix: Where it is mounted.
            settings_file: What to call the file that holds operators' word on plugins.
            trusted_proxies: Networks of proxies whose word on a client's address counts.
        """
        self._gate = Gate(access, trusted_proxies)
        self._ending = asyncio.Event()
        self._prefix = prefix
        self._table = table_of(control, hooks, self._ending, settings_file, prefix)

    def end(self) -> None:
        """End streams, and whatever waits: the gateway is about to stop, and gives what runs its time."""
        self._ending.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one connection's event."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "there are no WebSockets here"})
        elif scope["type"] == "http":
            head = scope["method"] == "HEAD"
            try:
                answer = await self._answer(scope, receive)
                await answer.send(send, head=head)
            except (Refusal, RouteIQError) as error:  # of a stream, too, only before its first byte
                refusal = error if isinstance(error, Refusal) else refusal_of(error)
                await refusal.answer.send(send, head=head)

    async def _answer(self, scope: Any, receive: Any) -> Sendable:
        identity = self._gate.identity(scope)
        path = scope["path"].removeprefix(scope.get("root_path", "")).removeprefix(self._prefix)
        if scope["method"] == "OPTIONS":
            return self._table.options(path)
        operation, parts = self._table.find(scope["method"], path)
        if operation.writes and identity.role != "write":
            raise Refusal(403, f"The token of {identity.name!r} may only read.", "read_only")
        request = AdminRequest(scope, receive, identity, parts, operation.query)
        try:
            return await operation.handler(request)
        except (Refusal, RouteIQError):
            raise
        except Exception:  # plugins' own code has its part in what is shown of them
            logger.exception("the admin API failed in %s %s", scope["method"], scope["path"])
            raise Refusal(500, "The answer could not be made: the log says why.", "internal_error") from None
