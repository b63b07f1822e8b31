"""Calls of models that plugins make by `context.llm`: which hooks they go through, and what becomes of their errors.

How models are called is a host's affair: it hands in `Models`. Here it is decided what such a call inherits of the
request in which it is made, and that no plugin's call comes back to that plugin.
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Final, Protocol

from routeiq_plugin_sdk import API, LLMCall, LLMError, LLMResponse, LLMUnavailable, Reject

from .attempts import Attempt, AttemptError, UnknownModelError
from .calls import LogicalCall
from .dialects import InvalidRequest
from .errors import PluginAborted
from .identifiers import unique_id
from .instances import plugin_of
from .logging import Activity, current_activity
from .plans import Plans

DEEPEST: Final = 4
"""Plugins' calls within plugins' calls: more are refused, since each may multiply those below it."""

callers: ContextVar[tuple[str, ...]] = ContextVar("routeiq_plugin_callers", default=())
"""The plugins whose calls are under way around the code that runs now, the outermost first."""

# Unique without a system call for each: random for each process, then counted.


class Models(Protocol):
    """What a host has that can call models."""

    async def answer(
        self, plans: Plans, activity: Activity, call: LLMCall, body: dict[str, Any]
    ) -> tuple[LogicalCall, Attempt | LLMResponse]:
        """Open a logical call that is not streamed, and return it with its answer.

        Args:
            body: The request as the call's API has it, model included.

        Raises:
            InvalidRequest: for a body that makes no sense; else what `LogicalCall.open` raises.
        """


class PluginCalls:
    """The calls that one manager's plugins make."""

    def __init__(self) -> None:
        self._models: Models | None = None
        self._plans_of: Callable[[Activity | None], Plans] | None = None

    def attach(self, models: Models, plans_of: Callable[[Activity | None], Plans]) -> None:
        """Take the models of a host; those of the first one stay.

        Args:
            plans_of: Returns the plans that an activity has, or those in force.
        """
        if self._models is None:
            self._models, self._plans_of = models, plans_of

    async def make(self, plugin: str, api: API, body: dict[str, Any]) -> LLMResponse:
        """Make a call for a plugin, in the request that runs now if one does. Raises LLMError."""
        if self._models is None or self._plans_of is None:
            raise LLMUnavailable(
                503,
                f"plugin {plugin!r} calls the model {body['model']!r}, and this host has no models: plugins can call"
                " them in RouteIQ's gateway, and where LiteLLM's adapter is installed",
                "llm_unavailable",
            )
        chain = (*callers.get(), plugin)
        if len(chain) > DEEPEST:
            raise LLMError(
                508,
                f"plugins call models within each other's calls, more than {DEEPEST} deep: {' -> '.join(chain)}; let"
                " their hooks leave calls alone that have an origin",
                "llm_calls_nested",
            )
        activity, call, plans = self._begin(plugin, api, body["model"], self._plans_of)
        tokens = callers.set(chain), current_activity.set(activity)
        try:
            plans = plans.without(frozenset(map(plugin_of, chain)))
            logical, answer = await self._models.answer(plans, activity, call, body)
            return logical.priced(answer if isinstance(answer, LLMResponse) else answer.response())
        except (Reject, PluginAborted, UnknownModelError, AttemptError, InvalidRequest) as error:
            raise _told(error) from error
        finally:
            callers.reset(tokens[0])
            current_activity.reset(tokens[1])

    def _begin(
        self, plugin: str, api: API, model: str, plans_of: Callable[[Activity | None], Plans]
    ) -> tuple[Activity, LLMCall, Plans]:
        """Return what belongs to a call, and the plans of all plugins for it."""
        outer = current_activity.get()
        plans = plans_of(outer)
        number = unique_id()
        # Of its own, since calls of one request may run side by side.
        activity = Activity(number if outer is None else outer.request_id)
        if outer is not None:
            activity.request = outer.request
            if outer.plans is plans:
                activity.trace = outer.trace
        # Without the headers of the client's call: its credentials may be among them.
        call = LLMCall(f"call_{number}", api, model, False, activity.request, origin=plugin)
        if plans.scopes is not None:
            plans = plans.scopes.routed(plans, call)
        activity.plans = plans
        return activity, call, plans


class PluginLLM:
    """The SDK's `LLMClient` of one plugin."""

    def __init__(self, plugin: str, calls: PluginCalls) -> None:
        self._plugin = plugin
        self._calls = calls

    async def chat(self, model: str, messages: Sequence[Mapping[str, Any]], **parameters: Any) -> LLMResponse:
        """Have a model answer a conversation."""
        if "stream" in parameters:
            raise TypeError("chat() takes no 'stream': the answer is returned whole")
        conversation = [dict(message) for message in messages]
        return await self._calls.make(self._plugin, "chat", {"model": model, "messages": conversation, **parameters})

    async def embed(self, model: str, inputs: Sequence[str], **parameters: Any) -> Sequence[Sequence[float]]:
        """Return the vectors of some texts."""
        if isinstance(inputs, str):
            raise TypeError("embed() takes several texts: a list of one for one")
        if not inputs:
            return ()
        body = {"model": model, "input": list(inputs), **parameters}
        response = await self._calls.make(self._plugin, "embedding", body)
        try:
            vectors = _vectors(response.raw or {})
        except (KeyError, TypeError, ValueError, binascii.Error, struct.error) as error:
            raise LLMError(502, f"The answer of {model!r} has no vectors.", "upstream_answer_invalid") from error
        if len(vectors) != len(inputs):
            words = f"{model!r} answered {len(inputs)} texts with {len(vectors)} vectors."
            raise LLMError(502, words, "upstream_answer_invalid")
        return vectors


def _vectors(document: Mapping[str, Any]) -> list[Sequence[float]]:
    """Return the vectors of an answer in the order of its inputs; numbers, or base64 of 32-bit floats."""
    items = document["data"]
    if all("index" in item for item in items):
        items = sorted(items, key=lambda item: item["index"])
    return [_vector(item["embedding"]) for item in items]


def _vector(embedding: Any) -> Sequence[float]:
    if isinstance(embedding, str):
        packed = base64.b64decode(embedding, validate=True)
        return struct.unpack(f"<{len(packed) // 4}f", packed)
    return [float(number) for number in embedding]


def _told(error: Exception) -> LLMError:
    """Return what a plugin is told of why its call has no answer."""
    if isinstance(error, UnknownModelError):
        return LLMError(404, f"The model {error.model!r} does not exist.", "model_not_found")
    if isinstance(error, InvalidRequest):
        return LLMError(400, error.message, "invalid_request")
    if isinstance(error, PluginAborted):
        return LLMError(error.status_code, str(error), "plugin_failed")
    assert isinstance(error, Reject | AttemptError)
    return LLMError(error.status_code, error.message, error.code, error if isinstance(error, Reject) else None)
