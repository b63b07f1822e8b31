"""A plugin that records every routing and LLM hook, and one that does what the user of a call says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from routeiq_plugin_sdk import (
    Deployment,
    LLMCall,
    LLMResponse,
    PluginCapability,
    PluginMetadata,
    Reject,
    StreamChunk,
    Usage,
    hookimpl,
)

Step = dict[str, Any]
"""One hook call in the form of JSON: `hook`, `call` (its id), `api`, `stream`, `model`, and what the hook was told."""

CAPABILITIES: Final = frozenset({PluginCapability.MIDDLEWARE, PluginCapability.ROUTING_STRATEGY})
ENDS: Final = frozenset({"llm_success", "llm_failure"})
ANSWER: Final = "answer me"
"""What a user says for the `Decider` to answer the call itself."""
REJECT: Final = "reject me"
"""What a user says for the `Decider` to refuse the call."""


class Recorder:
    """Keeps a step for each routing and LLM hook, in `steps`; changes nothing."""

    metadata: ClassVar = PluginMetadata(name="recorder", version="1", capabilities=CAPABILITIES, priority=1)

    def __init__(self) -> None:
        self.steps: list[Step] = []

    async def ended(self, timeout: float = 5.0) -> None:
        """Wait until a call has ended, and a little longer: an end that comes twice is to be seen.

        Raises:
            TimeoutError: if none does in so many seconds.
        """
        async with asyncio.timeout(timeout):
            while not any(step["hook"] in ENDS for step in self.steps):
                await asyncio.sleep(0.002)
        await asyncio.sleep(0.02)

    @hookimpl
    def pre_routing(self, call: LLMCall, models: Sequence[Deployment]) -> None:
        self._add("pre_routing", call, call.model, models=[_deployment(one) for one in models])

    @hookimpl
    def llm_pre_call(
        self, call: LLMCall, model: str, messages: Sequence[Mapping[str, Any]], kwargs: Mapping[str, Any]
    ) -> None:
        texts = [[message["role"], message["content"]] for message in messages]
        self._add("llm_pre_call", call, model, messages=texts, kwargs=dict(sorted(kwargs.items())))

    @hookimpl
    def post_routing(self, call: LLMCall, deployment: Deployment) -> None:
        self._add("post_routing", call, deployment.model, deployment=_deployment(deployment), attempt=call.attempts)

    @hookimpl
    def attempt_failed(self, call: LLMCall, deployment: Deployment, exception: Exception, attempt: int) -> None:
        self._add("attempt_failed", call, deployment.model, **_failure(exception), attempt=attempt)

    @hookimpl
    def llm_stream_chunk(self, call: LLMCall, model: str, chunk: StreamChunk, is_final: bool) -> None:
        tool = "" if chunk.tool_call is None else (chunk.tool_call.name or "") + chunk.tool_call.arguments
        self._add("llm_stream_chunk", call, model, kind=chunk.kind, text=chunk.text or tool, final=is_final)

    @hookimpl
    def llm_success(self, call: LLMCall, model: str, response: LLMResponse) -> None:
        usage = response.usage
        self._add(
            "llm_success", call, model, text=response.text, finish_reason=response.finish_reason,
            tools=[[tool.name, tool.arguments] for tool in response.tool_calls],
            usage=None if usage is None else [usage.prompt_tokens, usage.completion_tokens, usage.estimated],
            answered_by=call.answered_by, aborted=call.aborted, attempts=call.attempts,
        )  # fmt: skip

    @hookimpl
    def llm_failure(self, call: LLMCall, model: str, exception: BaseException) -> None:
        self._add("llm_failure", call, model, **_failure(exception), aborted=call.aborted, attempts=call.attempts)

    def _add(self, hook: str, call: LLMCall, model: str, **told: Any) -> None:
        self.steps.append(
            {"hook": hook, "call": call.id, "api": call.api, "stream": call.stream, "model": model, **told}
        )


class Decider:
    """Answers or refuses a call whose last message says so."""

    metadata: ClassVar = PluginMetadata(name="decider", version="1", capabilities=CAPABILITIES, priority=2)

    @hookimpl
    def llm_pre_call(self, messages: Sequence[Mapping[str, Any]]) -> LLMResponse | None:
        said = messages[-1]["content"] if messages else None
        if said == REJECT:
            raise Reject(403, "Not this one.", "refused_by_policy")
        return LLMResponse("From the plugin.", usage=Usage(1, 3, 4)) if said == ANSWER else None


def _deployment(deployment: Deployment) -> list[str]:
    return [deployment.model, deployment.provider, deployment.upstream_model]


def _failure(exception: BaseException) -> dict[str, Any]:
    """Return what an exception says in any host: each has classes of its own."""
    if isinstance(exception, asyncio.CancelledError):
        return {"failure": "cancelled", "status": None}
    status = getattr(exception, "status_code", None)
    return {"failure": "rejected" if isinstance(exception, Reject) else "failed", "status": status}
