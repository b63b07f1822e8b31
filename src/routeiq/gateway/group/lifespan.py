"""A worker becomes a peer once its plugins have started, and leaves once they have stopped."""

from __future__ import annotations

from typing import Any

from .group import Group


async def run_in_group(app: Any, group: Group, scope: Any, receive: Any, send: Any) -> None:
    """Run an application's lifespan, and be a peer from its successful start to its end."""

    async def send_as_peer(message: Any) -> None:
        if message["type"] == "lifespan.startup.complete":
            await group.open()
        else:
            await group.close()
        await send(message)

    try:
        await app(scope, receive, send_as_peer)
    finally:
        await group.close()
