"""What happens around the plugins' own start and end, so that a gateway is controlled as long as it serves."""

from __future__ import annotations

from typing import Any

from ..group.lifespan import run_in_group
from ..stores import within
from .control import Control


async def run_controlled(app: Any, control: Control, scope: Any, receive: Any, send: Any) -> None:
    """Run an application's lifespan inside what a controlled gateway needs.

    Its store opens, what operators want is taken up, the plugins start, the other workers know this one, changes are
    followed; and back in reverse.
    """

    async def inside(scope: Any, receive: Any, send: Any) -> None:
        await control.begin()

        async def receive_and_stop() -> Any:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await control.stop()
            return message

        async def start_and_send(message: Any) -> None:
            if message["type"] == "lifespan.startup.complete":
                await control.start()
            await send(message)

        try:
            await run_in_group(app, control.group, scope, receive_and_stop, start_and_send)
        finally:
            await control.stop()

    await within(control.state, inside, scope, receive, send)
