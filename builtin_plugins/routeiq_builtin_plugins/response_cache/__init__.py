"""The plugin `response-cache`: answers a question that was asked before with the answer that it got.

It stands next to the model. Its `llm_pre_call` runs after all others that may refuse or change a call, so that a hit
has been through every guard, and what it keeps is what came from upstream, before any plugin changed that. On a hit the
others see the kept answer as if the model had just given it: a guard that put placeholders into the question puts the
words of this very client back.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from routeiq_plugin_sdk import (
    Adaptation,
    GatewayPlugin,
    LLMCall,
    LLMResponse,
    PluginCapability,
    PluginContext,
    PluginMetadata,
    PluginRequest,
    Reject,
    ResponseMetadata,
    StorageUnavailable,
    StreamChunk,
    hookimpl,
)

from .capture import Capture
from .config import Config, Semantic
from .directives import RequestDirectives, request_directives, time_to_live
from .embedding import embedded
from .entries import Entry, is_complete, is_plain, size
from .flights import Flights
from .notes import CallNotes, Notes, notes_of
from .question import Question, obstacle, question
from .similarity import Direction, SimilarityIndex
from .status import Status


def adapt(config: Config) -> Adaptation:
    """Return what a configuration has no use for."""
    return Adaptation(unused_hooks=() if config.headers else ("response_headers",))


metadata: Final = PluginMetadata(
    name="response-cache",
    description="Answers a question that was asked before with the answer that it got.",
    capabilities={PluginCapability.MIDDLEWARE},
    config_schema=Config,
    adapt=adapt,
    enabled_by_default=False,
    priority=190,
    before={"rate-limit", "cost-tracker"},  # a kept answer needs no tokens, and costs nothing
    gateway_compat=">=0.1,<1",
)


class ResponseCache(GatewayPlugin):
    """Keeps what is for this process alone: the questions that are being answered, and those asked in other words."""

    metadata = metadata

    def __init__(self) -> None:
        self._flights = Flights()
        self._index = SimilarityIndex(1, 1)
        self._index_of: Semantic | None = None

    # Hooks

    @hookimpl.llm_pre_call(trylast=True)
    async def llm_pre_call(
        self,
        call: LLMCall,
        model: str,
        messages: Sequence[Mapping[str, Any]],
        kwargs: Mapping[str, Any],
        context: PluginContext,
    ) -> LLMResponse | None:
        """Return the answer that was kept. Raises Reject if the client wants no other, and there is none."""
        config: Config = context.config
        wants = _wanted(call)
        why = obstacle(call, messages, kwargs, config)
        asked = question(call, model, messages, kwargs, config) if why is None else None
        if asked is None:
            _forward(call, Status("bypass", why or "content"), wants, context)
            return None
        notes = notes_of(call.shared, context.plugin)
        pending = notes.calls[call.id] = CallNotes(asked, keeps=not wants.no_store)
        if wants.no_cache:
            _forward(call, Status("request"), wants, context)
            return None
        hit = await self._found(call, pending, wants, context)
        if hit is None:
            _forward(call, Status("miss"), wants, context)
            return None
        pending.keeps = False
        entry, status = hit
        _note(call, status, context)
        saved = context.metrics.counter("saved_tokens", "Tokens of answers that no model was asked for.")
        saved.inc(entry.response.usage.total_tokens if entry.response.usage is not None else 0)
        return entry.response

    @hookimpl.llm_stream_chunk(tryfirst=True)
    def llm_stream_chunk(self, call: LLMCall, chunk: StreamChunk, context: PluginContext) -> None:
        """Take up what comes of a stream, first: before another plugin changes it."""
        notes = call.shared.get(context.plugin)
        pending = notes.calls.get(call.id) if isinstance(notes, Notes) else None
        if pending is None or not pending.keeps:
            return
        if pending.capture is None:
            pending.capture = Capture(context.config.max_answer)
        pending.capture.add(chunk)

    @hookimpl.llm_success
    async def llm_success(self, call: LLMCall, response: LLMResponse, context: PluginContext) -> None:
        """Keep an answer that is whole, and tell those who wait for it."""
        pending = notes_of(call.shared, context.plugin).calls.pop(call.id, None)
        if pending is None:
            return
        try:
            if pending.keeps and call.answered_by is None and not call.aborted:
                await self._keep(call, pending, response, context)
        finally:
            self._flights.end(pending.question.key, call.id)

    @hookimpl.llm_failure
    async def llm_failure(self, call: LLMCall, context: PluginContext) -> None:
        """Tell those who wait that there is no answer; `async`, so that it runs where they wait."""
        pending = notes_of(call.shared, context.plugin).calls.pop(call.id, None)
        if pending is not None:
            self._flights.end(pending.question.key, call.id)

    @hookimpl.response_headers
    def response_headers(
        self, request: PluginRequest, response: ResponseMetadata, context: PluginContext
    ) -> ResponseMetadata | None:
        """Tell where the answer comes from."""
        notes = request.shared.get(context.plugin)
        if not isinstance(notes, Notes) or notes.status is None:
            return None
        return response.with_headers(notes.status.headers())

    # Looking up

    async def _found(
        self, call: LLMCall, pending: CallNotes, wants: RequestDirectives, context: PluginContext
    ) -> tuple[Entry, Status] | None:
        """Return the answer that was kept for a question, after having waited for one that is being made."""
        key, config = pending.question.key, context.config
        entry = await _read(key, wants, context)
        if entry is not None:
            return entry, _hit(entry)
        if pending.keeps and config.wait and call.origin is None and not self._flights.begin(key, call.id):
            if await self._flights.wait(key, config.wait):
                entry = await _read(key, wants, context)
                if entry is not None:
                    return entry, dataclasses.replace(_hit(entry), collapsed=True)
            self._flights.begin(key, call.id)
        if config.semantic is None or pending.question.text is None:
            return None
        pending.direction = await embedded(pending.question.text, config.semantic, context)
        return await self._similar(pending.question, pending.direction, wants, context)

    async def _similar(
        self, asked: Question, direction: Direction | None, wants: RequestDirectives, context: PluginContext
    ) -> tuple[Entry, Status] | None:
        if direction is None:
            return None
        index, threshold = self._indexed(context), context.config.semantic.threshold
        key = index.nearest(asked.group, direction, threshold, time.time())
        entry = await _read(key, wants, context) if key is not None else None
        if key is None or entry is None:
            return None
        return entry, dataclasses.replace(_hit(entry), detail="semantic")

    def _indexed(self, context: PluginContext) -> SimilarityIndex:
        """Return the index, a new one if its bounds or what embeds texts are others now."""
        wanted: Semantic = context.config.semantic
        if self._index_of != wanted:
            self._index, self._index_of = SimilarityIndex(wanted.entries, wanted.total), wanted
        return self._index

    # Keeping

    async def _keep(self, call: LLMCall, pending: CallNotes, response: LLMResponse, context: PluginContext) -> None:
        config: Config = context.config
        answer = _came(call, pending, response)
        said = call.response_headers.get_list("cache-control")
        ttl = time_to_live(said, config.ttl, shared=config.share != "key", stream=call.stream)
        if answer is None or ttl <= 0 or not is_complete(answer, tool_calls=config.tool_calls):
            _count_kept("unfit", context)
            return
        stored = Entry(answer, time.time(), ttl).to_json()
        if size(stored) > config.max_answer:
            _count_kept("too_large", context)
            return
        try:
            await context.storage.set(pending.question.key, stored, ttl)
        except StorageUnavailable:
            _count_outage(context)
            return
        _count_kept("kept", context)
        if pending.direction is not None and config.semantic is not None:
            asked = pending.question
            self._indexed(context).add(asked.group, pending.direction, asked.key, time.time() + ttl)


def _wanted(call: LLMCall) -> RequestDirectives:
    """Return what the client says of caching; calls that plugins make are not the client's."""
    if call.request is None or call.origin is not None:
        return RequestDirectives()
    return request_directives(call.request.headers.get_list("cache-control"))


def _forward(call: LLMCall, status: Status, wants: RequestDirectives, context: PluginContext) -> None:
    """Let the model be asked. Raises Reject if the client does not want that."""
    _note(call, status, context)
    if wants.only_if_cached:
        message = "No answer to this is kept, and `cache-control: only-if-cached` asks for no other."
        raise Reject(504, message, "not_cached")


def _note(call: LLMCall, status: Status, context: PluginContext) -> None:
    lookups = context.metrics.counter("lookups", "Calls, by how they were treated.", ["outcome"])
    lookups.inc(outcome=status.outcome)
    if call.origin is None:
        notes_of(call.shared, context.plugin).status = status


def _hit(entry: Entry) -> Status:
    age = entry.age(time.time())
    return Status(age=age, ttl=max(0.0, entry.ttl - age))


async def _read(key: str, wants: RequestDirectives, context: PluginContext) -> Entry | None:
    """Return a kept answer, if there is one that is as fresh as the client wants it."""
    try:
        stored = await context.storage.get(key)
    except StorageUnavailable:
        _count_outage(context)
        return None
    entry = Entry.of_json(stored) if stored is not None else None
    if entry is None:
        return None
    status = _hit(entry)
    too_old = wants.max_age is not None and status.age > wants.max_age
    return None if too_old or status.ttl < wants.min_fresh or status.ttl <= 0 else entry


def _came(call: LLMCall, pending: CallNotes, response: LLMResponse) -> LLMResponse | None:
    """Return the answer as it came from upstream; None if it says more than can be kept."""
    if call.stream:
        came = pending.capture.response() if pending.capture is not None else None
    else:
        came = call.original or response
        came = came if is_plain(came.raw) else None
    return came if came is None or came.usage is not None else dataclasses.replace(came, usage=response.usage)


def _count_kept(outcome: str, context: PluginContext) -> None:
    context.metrics.counter("answers", "Answers of models, by what became of them.", ["outcome"]).inc(outcome=outcome)


def _count_outage(context: PluginContext) -> None:
    context.metrics.counter("outages", "Times that the storage of the answers could not be reached.").inc()
