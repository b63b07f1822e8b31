"""An agent made with the official `a2a-sdk`, on a loopback socket: it speaks both bindings, of 1.0 and of 0.3."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any

import uvicorn
from a2a.helpers import new_task_from_user_message, new_text_message, new_text_part
from a2a.server.agent_execution import AgentExecutor, RequestContext
from a2a.server.events import EventQueue
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_agent_card_routes, create_jsonrpc_routes, create_rest_routes
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types import AgentCapabilities, AgentCard, AgentInterface, AgentSkill, Role
from starlette.applications import Starlette


class Echo(AgentExecutor):
    """Answers `say ...` by a message, and anything else by a task with an artifact, a word at a time.

    Attributes:
        heard: The texts that it was sent.
        gate: What it waits for before the second word.
        cancelled: Whether a task was.
    """

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.cancelled = False

    async def execute(self, context: RequestContext, event_queue: EventQueue) -> None:
        """Answer one message."""
        text = context.get_user_input()
        self.heard.append(text)
        assert context.message is not None
        if text.startswith("say "):
            await event_queue.enqueue_event(new_text_message(text[4:], role=Role.ROLE_AGENT))
            return
        task = context.current_task
        if task is None:
            task = new_task_from_user_message(context.message)
            await event_queue.enqueue_event(task)
        updater = TaskUpdater(event_queue, task.id, task.context_id)
        await updater.start_work(updater.new_agent_message([new_text_part("working")]))
        words = text.split()
        for number, word in enumerate(words):
            last = number == len(words) - 1
            await updater.add_artifact([new_text_part(f"{word} ")], artifact_id="a", append=number > 0, last_chunk=last)
            await self.gate.wait()
        await updater.complete(updater.new_agent_message([new_text_part("done")]))

    async def cancel(self, context: RequestContext, event_queue: EventQueue) -> None:
        """Cancel a task."""
        self.cancelled = True
        assert context.task_id is not None
        assert context.context_id is not None
        await TaskUpdater(event_queue, context.task_id, context.context_id).cancel()


def card(url: str, name: str = "echo") -> AgentCard:
    """Return the card of an agent at a URL; its last interface is one that the gateway does not speak."""
    interfaces = [
        AgentInterface(url=f"{url}/rpc", protocol_binding="JSONRPC", protocol_version="1.0"),
        AgentInterface(url=url, protocol_binding="HTTP+JSON", protocol_version="1.0"),
        AgentInterface(url=f"{url}/rpc", protocol_binding="JSONRPC", protocol_version="0.3"),
        AgentInterface(url=url, protocol_binding="HTTP+JSON", protocol_version="0.3"),
        AgentInterface(url="127.0.0.1:1", protocol_binding="GRPC", protocol_version="1.0"),
    ]
    return AgentCard(
        name=name,
        description="echoes",
        version="1",
        supported_interfaces=interfaces,
        capabilities=AgentCapabilities(streaming=True, extended_agent_card=True),
        default_input_modes=["text/plain"],
        default_output_modes=["text/plain"],
        skills=[AgentSkill(id="echo", name="echo", description="echoes", tags=["echo"])],
    )


def application(executor: Echo, url: str) -> Starlette:
    """Return the agent as an ASGI application that believes to be found at a URL."""
    handler = DefaultRequestHandler(
        agent_executor=executor,
        task_store=InMemoryTaskStore(),
        agent_card=card(url),
        extended_agent_card=card(url, "echo, extended"),
    )
    routes: list[Any] = [
        *create_agent_card_routes(card(url)),
        *create_jsonrpc_routes(handler, rpc_url="/rpc", enable_v0_3_compat=True),
        *create_rest_routes(handler, enable_v0_3_compat=True),
    ]
    return Starlette(routes=routes)


@asynccontextmanager
async def serving(executor: Echo) -> AsyncIterator[str]:
    """Serve an agent; gives its URL."""
    url = ""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await made(scope, receive, send)

    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off"))
    # Whose handler of signals stands last decides for sse-starlette whether streams end, in every later test too.
    server.capture_signals = nullcontext  # type: ignore[assignment,method-assign]
    task = asyncio.create_task(server.serve())
    while not server.started:
        assert not task.done(), "the agent did not start"
        await asyncio.sleep(0.005)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    made = application(executor, url)
    yield url
    server.should_exit = True
    await asyncio.wait_for(task, 10)
