"""The plugin `request-log`: one line of JSON for each request, and one for each call of a model.

Hooks only note what there is to say; a thread makes the lines and writes them, so that nothing waits for a disk.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from routeiq_plugin_sdk import (
    Adaptation,
    Deployment,
    Event,
    GatewayPlugin,
    LLMCall,
    LLMResponse,
    PluginCapability,
    PluginContext,
    PluginMetadata,
    PluginRequest,
    RemoteCall,
    ResponseMetadata,
    hookimpl,
)

from .config import Config, Output
from .contents import weight_of
from .fields import ARGUMENTS, INPUT, OUTPUT, RESULT
from .notes import CallNotes, notes_of
from .records import (
    Said,
    answer_fields,
    call_fields,
    content_fields,
    failure_fields,
    line,
    remote_fields,
    request_fields,
    said_fields,
)
from .sampling import is_sampled
from .sinks import RotatedFile, Sink, StandardOutput
from .writer import LineWriter, Record

PATIENCE: Final = 5.0
"""Seconds in which, at the end, what waits is written."""
MOST_SAID: Final = 1000
"""Calls of tools and agents whose contents are kept until they have ended."""
MOST_WEIGHT: Final = 65536
"""Characters that the contents of such a call are taken to have."""
TELLS_EVERY: Final = 10.0
"""Seconds between two looks at how the writing goes."""


def adapt(config: Config) -> Adaptation:
    """Return that what was said need not be looked at where it is not written."""
    wants = config.selection.wants
    unused = [] if wants(INPUT) else ["llm_pre_call"]
    if not wants(ARGUMENTS) and not wants(RESULT):
        unused += ["tool_post_call", "agent_post_call"]
    return Adaptation(unused_hooks=unused)


metadata: Final = PluginMetadata(
    name="request-log",
    description="Writes a line of JSON for each request and each call of a model.",
    capabilities={PluginCapability.OBSERVABILITY_EXPORTER, PluginCapability.MIDDLEWARE},
    config_schema=Config,
    adapt=adapt,
    enabled_by_default=False,
    priority=5,
    gateway_compat=">=0.1,<1",
)


class RequestLog(GatewayPlugin):
    """Keeps the thread that writes."""

    metadata = metadata

    def __init__(self) -> None:
        self._writer: LineWriter | None = None
        self._output: Output | None = None
        self._told = (0, 0)
        self._said: OrderedDict[str, Said] = OrderedDict()

    @hookimpl.startup
    async def startup(self, context: PluginContext) -> None:
        """Open the output. Raises OSError if there is no such place."""
        await self._open(context.config.output)
        context.every(TELLS_EVERY, self._tell)
        # Their hooks do not tell how a call failed, and the events do.
        for pattern in ("tool.call.completed", "tool.call.failed", "agent.call.completed", "agent.call.failed"):
            context.events.subscribe(pattern, self._remote_ended)

    @hookimpl.shutdown
    async def shutdown(self, context: PluginContext) -> None:
        """Write what waits."""
        writer, self._writer, self._output = self._writer, None, None
        await _closed(writer, context)

    @hookimpl.config_changed
    async def config_changed(self, new: Config, context: PluginContext) -> None:
        """Write to the new output from now on; the requests under way too. Raises OSError if there is no such place."""
        if new.output != self._output:
            writer = self._writer
            await self._open(new.output)
            await _closed(writer, context)

    @hookimpl.health_check
    def health_check(self) -> Mapping[str, Any]:
        """Tell of lines that cannot be written: nobody else would."""
        writer = self._writer
        if writer is None or not writer.problem:
            return {"status": "ok"}
        return {"status": "degraded", "reason": f"lines cannot be written: {writer.problem}"}

    @hookimpl.rewrite(tryfirst=True)
    def rewrite(self, request: PluginRequest, context: PluginContext) -> None:
        """Note when the request came."""
        notes_of(request.shared, context.plugin).began = time.perf_counter()

    @hookimpl.llm_pre_call(trylast=True)
    def llm_pre_call(self, call: LLMCall, messages: Sequence[Mapping[str, Any]], context: PluginContext) -> None:
        """Note what is sent, as other plugins have left it."""
        notes_of(call.shared, context.plugin).of(call.id).messages = messages

    @hookimpl.post_routing
    def post_routing(self, call: LLMCall, deployment: Deployment, context: PluginContext) -> None:
        """Note where it is sent."""
        notes_of(call.shared, context.plugin).of(call.id).deployment = deployment

    @hookimpl.llm_success
    def llm_success(
        self, call: LLMCall, model: str, response: LLMResponse, kwargs: Mapping[str, Any], context: PluginContext
    ) -> None:
        """Log a call that was answered."""
        notes = notes_of(call.shared, context.plugin).calls.pop(call.id, None) or CallNotes()
        if not is_sampled(_joined(call), context.config.sample):
            return
        fields = {**call_fields(call, model, kwargs, notes.deployment, _since(call)), **answer_fields(response)}
        self._put(fields, notes.messages, response, context)

    @hookimpl.llm_failure
    def llm_failure(
        self, call: LLMCall, model: str, exception: BaseException, kwargs: Mapping[str, Any], context: PluginContext
    ) -> None:
        """Log a call that failed, was refused, or was given up."""
        notes = notes_of(call.shared, context.plugin).calls.pop(call.id, None) or CallNotes()
        config: Config = context.config
        if config.errors or is_sampled(_joined(call), config.sample):
            fields = {**call_fields(call, model, kwargs, notes.deployment, _since(call)), **failure_fields(exception)}
            self._put(fields, notes.messages, None, context)

    @hookimpl.tool_post_call(tryfirst=True)
    def tool_post_call(
        self, call: RemoteCall, arguments: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext
    ) -> None:
        """Note what a tool was asked, and what it answered: before plugins put back what they had replaced."""
        self._note_said(call, arguments, result)

    @hookimpl.agent_post_call(tryfirst=True)
    def agent_post_call(
        self, call: RemoteCall, message: Mapping[str, Any], result: Mapping[str, Any], context: PluginContext
    ) -> None:
        """Note what an agent was asked, and what it answered last."""
        self._note_said(call, message, result)

    @hookimpl.response
    def response(self, request: PluginRequest, response: ResponseMetadata, context: PluginContext) -> None:
        """Log a request."""
        config: Config = context.config
        failed = response.status_code >= 400 or response.aborted
        if (failed and config.errors) or is_sampled(request.id, config.sample):
            began = notes_of(request.shared, context.plugin).began
            duration = None if began is None else round(time.perf_counter() - began, 6)
            self._put(request_fields(request, response, duration, config), None, None, context)

    def _note_said(self, call: RemoteCall, asked: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        self._said[call.id] = asked, result
        while len(self._said) > MOST_SAID:
            self._said.popitem(last=False)

    def _remote_ended(self, event: Event, context: PluginContext) -> None:
        """Log a call of a tool or an agent."""
        config: Config = context.config
        said = self._said.pop(event.data["call_id"], None)
        failed = event.name.endswith(".failed") or bool(event.data.get("is_error"))
        if (failed and config.errors) or is_sampled(event.request_id or event.data["call_id"], config.sample):
            record = functools.partial(_made_remote, event, said, context.node.worker, config)
            self._write(record, 0 if said is None else MOST_WEIGHT, context)

    def _put(
        self,
        fields: dict[str, Any],
        messages: Sequence[Mapping[str, Any]] | None,
        response: LLMResponse | None,
        context: PluginContext,
    ) -> None:
        config: Config = context.config
        said = response if response is not None and config.selection.wants(OUTPUT) else None
        weight = weight_of(messages, config.max_messages) + (len(said.text) if said is not None else 0)
        record = functools.partial(_made, fields, messages, said, time.time(), context.node.worker, config)
        self._write(record, weight, context)

    def _write(self, record: Record, weight: int, context: PluginContext) -> None:
        if self._writer is not None:
            lines = context.metrics.counter("lines", "Lines, by what became of them.", ["outcome"])
            lines.inc(outcome="queued" if self._writer.put(record, weight) else "dropped")

    async def _open(self, output: Output) -> None:
        sink = await asyncio.to_thread(_sink, output)
        self._writer, self._output, self._told = LineWriter(sink, output.queue), output, (0, 0)

    def _tell(self, context: PluginContext) -> None:
        """Say in the gateway's own log what was lost since the last time."""
        writer = self._writer
        if writer is None or (writer.dropped, writer.failed) == self._told:
            return
        dropped, failed = self._told
        self._told = writer.dropped, writer.failed
        context.metrics.counter("failed", "Lines that could not be written.").inc(writer.failed - failed)
        context.logger.warning(
            "lines are lost", dropped=writer.dropped - dropped, failed=writer.failed - failed, reason=writer.problem
        )


async def _closed(writer: LineWriter | None, context: PluginContext) -> None:
    left = await asyncio.to_thread(writer.close, PATIENCE) if writer is not None else 0
    if left:
        context.logger.warning("lines were not written in time", lines=left)


def _made(
    fields: dict[str, Any],
    messages: Sequence[Mapping[str, Any]] | None,
    response: LLMResponse | None,
    now: float,
    worker: int,
    config: Config,
) -> dict[str, Any]:
    return line({**fields, **content_fields(messages, response, config)}, now, worker, config)


def _made_remote(event: Event, said: Said | None, worker: int, config: Config) -> dict[str, Any]:
    contents = said_fields(said, config) if said is not None else {}
    return line({**remote_fields(event), **contents}, event.time, worker, config)


def _sink(output: Output) -> Sink:
    if output.file is None:
        return StandardOutput()
    return RotatedFile(output.file, output.max_size, output.keep)


def _joined(call: LLMCall) -> str:
    """Return the id that decides about a call: its request's, so that their lines go together."""
    return call.request.id if call.request is not None else call.id


def _since(call: LLMCall) -> float:
    return max(0.0, time.time() - call.started_at)
