"""One `tools/call`: its plugins before and after the server, and what became of it."""

from __future__ import annotations

import asyncio
from time import perf_counter_ns
from typing import Any, Final

from routeiq_plugin_sdk import Headers, Reject, RemoteCall

from routeiq.core.dispatch import fire
from routeiq.core.errors import PluginAborted
from routeiq.core.identifiers import unique_id
from routeiq.core.jsonrpc import INVALID_PARAMS, INVALID_REQUEST, Message, RPCError, checked, is_id
from routeiq.core.logging import Activity
from routeiq.core.remote_calls import LogicalRemoteCall, RemoteError

from .failures import Told, told, withheld
from .mirrored import version_of
from .servers import RawHeaders, Server

METHOD: Final = "tools/call"
SESSION: Final = b"mcp-session-id"
TASKS: Final = "tasks/"
"""How the methods begin that ask for results of calls which run as tasks."""
_RESULT: Final = ("content", "structuredContent", "isError")


def is_call(message: Message) -> bool:
    """Return whether a message calls a tool."""
    return message.get("method") == METHOD


def tool_and_arguments(message: Message) -> tuple[str, dict[str, Any]]:
    """Return what a message calls, and with what.

    Raises:
        RPCError: for a message that some server could take for a call that plugins did not see.
    """
    if not is_id(message.get("id")):
        raise RPCError(INVALID_REQUEST, f"{METHOD} needs an id.")
    params = message.get("params")
    if not isinstance(params, dict):
        raise RPCError(INVALID_PARAMS, f"{METHOD} needs params.")
    checked(params, ("name", "arguments"))
    name, arguments = params.get("name"), params.get("arguments")
    if not isinstance(name, str) or not (arguments is None or isinstance(arguments, dict)):
        raise RPCError(INVALID_PARAMS, f"{METHOD} needs a name, and arguments that are an object.")
    return name, arguments or {}


def task_of(result: Any) -> str | None:
    """Return the id of the task that a call has become, or None: then this is the call's own result."""
    task = result.get("task") if isinstance(result, dict) else None
    id = task.get("taskId") if isinstance(task, dict) else None  # noqa: A001 - its name in the protocol
    if id is None and isinstance(result, dict) and result.get("resultType") == "task":
        id = result.get("taskId")  # noqa: A001
    return id if isinstance(id, str) else None


def made_call(
    server: Server, activity: Activity, headers: RawHeaders, message: Message, name: str, arguments: dict[str, Any]
) -> ToolCall:
    """Return the call that a message of a request is; `headers` are the client's."""
    assert activity.plans is not None
    streams = any(key == b"accept" and b"event-stream" in value for key, value in headers)
    visible = Headers(tuple(server.visible(headers)))
    call = RemoteCall(f"tool_{unique_id()}", "tool", "mcp", server.name, METHOD, streams, activity.request, visible)
    logical = LogicalRemoteCall(activity.plans, activity, call, name, arguments)
    session = next((value for key, value in headers if key == SESSION), b"")
    known = {
        "protocol_version": version_of(headers),
        "session_id": session.decode("latin-1"),
        "request_id": str(message["id"]),
    }
    logical.attributes = {key: value for key, value in known.items() if value}
    return ToolCall(message, logical)


def is_result(result: Any) -> bool:
    """Return whether this may be what a tool returned."""
    return isinstance(result, dict) and any(name in result for name in _RESULT)


def without_result(message: Message) -> Message:
    """Return a notification without the result of a task: clients fetch that, and plugins see it then."""
    params = message.get("params")
    if not isinstance(params, dict) or not is_result(params.get("result")):
        return message
    return {**message, "params": {name: value for name, value in params.items() if name != "result"}}


class ToolCall:
    """A call under way.

    Attributes:
        id: Its JSON-RPC id.
        logical: What tracers know of it.
        original: The client's message.
        changed: Whether plugins changed its arguments.
        error: What ended it without a result of the server's; None if nothing did.
        settled: Whether it has its answer, be it an error.
        task: The id of the task that it has become, whose result comes later; None: it has none.
    """

    def __init__(self, message: Message, logical: LogicalRemoteCall) -> None:
        self.id: Any = message["id"]
        self.logical = logical
        self.changed = False
        self.error: BaseException | None = None
        self.settled = False
        self.task: str | None = None
        self.original = message

    async def ask_plugins(self) -> Message | None:
        """Run `tool_pre_call`; return the error that answers the call if a plugin refused or failed it."""
        logical = self.logical
        logical.begin()
        plan = logical.plans.tool_pre_call
        if plan is None:
            return None
        call, given = logical.call, logical.input
        try:
            with logical.phase():
                arguments = await fire(plan, call, call.target, logical.name, given, logical.activity)
        except (Reject, PluginAborted) as error:
            return self.fail(error)
        self.changed = arguments is not given
        logical.input = arguments
        return None

    def message(self) -> Message:
        """Return the message for the server."""
        params = dict(self.original["params"])
        if self.changed:
            params["arguments"] = self.logical.input
        meta = params.get("_meta", {})
        if self.logical.trace_context and isinstance(meta, dict):
            params["_meta"] = {**meta, **self.logical.trace_context}
        return {**self.original, "params": params}

    async def answer(self, response: Message) -> Message:
        """Take the server's response, and return the client's: the result through `tool_post_call`."""
        with self.logical.phase():
            return await self._judged(response, self.logical.activity)

    async def _judged(self, response: Message, activity: Activity) -> Message:
        self.note(response)
        assert activity.plans is not None
        plan, logical = activity.plans.tool_post_call, self.logical
        if plan is None or self.error is not None:
            return response
        call, result = logical.call, logical.output
        assert result is not None
        try:
            output = await fire(plan, call, call.target, logical.name, logical.input, result, activity)
        except Reject as error:
            self.error = error
            logical.output = withheld(error, result)
            return {**response, "result": logical.output}
        except PluginAborted as error:
            return self.fail(error)
        if output is not result:
            logical.output, logical.is_error = output, output.get("isError") is True
        # Written anew also where it stays: of a key that stands there twice, only what plugins saw is left.
        return {**response, "result": output}

    async def answer_late(self, response: Message, activity: Activity) -> Message:
        """Take a response that comes by another request, perhaps after the call's end was told, perhaps once more.

        Args:
            activity: That of the request that it comes by, whose plugins judge it: those of the call may be others by
                now, or have been others for whoever made it.
        """
        self.error, self.settled = None, False
        try:
            answered = await self._judged(response, activity)
        except RemoteError as error:
            answered = self.fail(error)
        self.finish()
        self.logical.output = None  # the call is kept for further answers, but not what they bring
        return answered

    def note(self, response: Message) -> None:
        """Take what the server's response says. Raises RemoteError for one that is none."""
        self.logical.answered = self.logical.answered or perf_counter_ns()
        error, result = response.get("error"), response.get("result")
        if "error" in response:
            code = error.get("code") if isinstance(error, dict) else None
            text = str(code) if type(code) is int else "upstream_error"
            self.error = RemoteError(text, "The MCP server answered with an error.")
        elif not isinstance(result, dict):
            raise RemoteError("upstream_answer_invalid", "The MCP server's result is no object.")
        else:
            self.logical.output, self.logical.is_error = result, result.get("isError") is True
            self.task = task_of(result)
        self.settled = True

    def fail(self, error: Told) -> Message:
        """End the call with an error, and return the response that says so."""
        self.error, self.settled = error, True
        self.logical.output = None
        return told(error, self.id)

    def finish(self, exception: BaseException | None = None) -> None:
        """Tell the end, once what answers it has left. The first end counts.

        Args:
            exception: What ended the request before the call was settled.
        """
        if not self.settled:
            self.error = exception or RemoteError("upstream_unanswered", "The MCP server did not answer.")
            self.logical.call.aborted = isinstance(exception, asyncio.CancelledError | GeneratorExit)
        if self.error is None:
            self.logical.succeed()
        else:
            self.logical.fail(self.error)
