"""One call of LiteLLM through the state machine of logical calls: of the SDK, or of a Router."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from routeiq_plugin_sdk import Deployment, LLMCall, LLMResponse, Reject

from routeiq.core.attempts import AttemptError
from routeiq.core.calls import LogicalCall
from routeiq.core.dialects import AnswerIdentity
from routeiq.core.errors import PluginAborted
from routeiq.core.identifiers import unique_id
from routeiq.core.logging import Activity, current_activity
from routeiq.core.manager import PluginManager
from routeiq.core.plans import Plans

from . import objects
from .answers import Answer
from .caller_thread import CallerThread
from .errors import StopRouting, attempt_error, raised
from .hosts import RouterHost, SDKHost, attempt_deployment
from .levels import Level, inside
from .operations import Operation
from .requests import KeywordRequest
from .streams import open_stream, stream_object

if TYPE_CHECKING:
    from .adapter import LiteLLMAdapter

LAYERS: Final = frozenset({"routing", "llm", "evaluation"})
_PHASES: Final = ("pre_routing", "post_routing", "attempt_failed", "llm_pre_call", "llm_success", "llm_failure")
_STREAM_PHASES: Final = ("llm_stream_chunk", "llm_stream_window")

# Unique without a system call for each: random for each process, then counted.

Make = Callable[[dict[str, Any]], Awaitable[Any]]


def takes_part(plans: Plans) -> bool:
    """Return whether any plugin or tracer wants to see calls at all, or may do so for some."""
    if plans.tracer is not None or plans.evaluation is not None:
        return True
    phases = (*_PHASES, *_STREAM_PHASES)
    if plans.scopes is not None:
        return not plans.scopes.phases.isdisjoint((*phases, "evaluate"))
    return any(getattr(plans, phase, None) is not None for phase in phases)


class RoutedCall(LogicalCall):
    """A call whose attempts LiteLLM's Router makes.

    Attributes:
        host: The Router.
    """

    host: RouterHost

    async def attempts(self, chosen: Deployment | None) -> Answer:
        """Have the Router make attempts: at the deployment that a plugin chose, or at those of the model."""
        host, changes = self.host, self.changes
        if chosen is not None:
            changes = changes._replace(model=chosen.name)
        asks_usage = host.asks_usage(changes, None)
        try:
            answer = await host.made(
                host.request.changed(changes, self.call, asks_usage=asks_usage), asked_usage=asks_usage
            )
        except StopRouting as stop:
            raise attempt_error(stop.cause) from stop.cause
        self.call.response_headers = answer.headers
        return answer

    async def attempt(self, keywords: dict[str, Any], make: Make) -> Any:
        """Make one attempt that the Router asks for, and tell of it; what fails is the Router's to repeat."""
        deployment = attempt_deployment(keywords)
        while True:
            number = await self.begin_attempt(deployment)
            try:
                return await make(dict(keywords))
            except Exception as exception:
                decision = await self.decide(attempt_error(exception), deployment, number, others=1)
                if decision.action == "stop":
                    raise StopRouting(exception) from exception
                if decision.action == "fallback":
                    raise
                await asyncio.sleep(decision.delay)


async def perform_attempt(adapter: LiteLLMAdapter, routed: RoutedCall, keywords: dict[str, Any], make: Make) -> Any:
    """Make one attempt of a Router's call. Calls of LiteLLM inside it are part of it."""
    levels = tuple(Level(adapter, None) if level.adapter is adapter else level for level in inside.get())
    token = inside.set(levels)
    try:
        return await routed.attempt(keywords, make)
    finally:
        inside.reset(token)


async def perform(
    adapter: LiteLLMAdapter,
    operation: Operation,
    keywords: dict[str, Any],
    make: Make,
    thread: CallerThread | None = None,
    router: Any = None,
) -> Any:
    """Run one logical call and return what LiteLLM's caller expects.

    Args:
        make: Calls LiteLLM with the arguments that plugins leave.
        thread: The thread that waits, for a synchronous call.
        router: The Router whose method was called, or None for the SDK.
    """
    logical, request = _begin(adapter.manager, operation, keywords, make, thread, router)
    levels = inside.set((*inside.get(), Level(adapter, logical if isinstance(logical, RoutedCall) else None)))
    token = current_activity.set(logical.activity)
    failure: BaseException | None = None
    try:
        answer: Any = await logical.open()
        if request.stream and isinstance(answer, Answer) and not answer.is_stream:
            await logical.succeed(None, answer)
    except (Reject, PluginAborted, AttemptError) as exception:
        failure = raised(exception, logical.call.model)
    finally:
        current_activity.reset(token)
        inner = inside.get()
        inside.reset(levels)
    if failure is not None:
        raise failure
    if request.stream and (isinstance(answer, LLMResponse) or answer.is_stream):
        return _stream(logical, request, answer, inner, thread)
    if isinstance(answer, LLMResponse):
        document = operation.dialect.encode_response(answer, _identity(logical, request), None)
        return objects.whole(operation.api, document)
    return answer.value


def _begin(
    manager: PluginManager,
    operation: Operation,
    keywords: dict[str, Any],
    make: Make,
    thread: CallerThread | None,
    router: Any,
) -> tuple[LogicalCall, KeywordRequest]:
    request = KeywordRequest(operation, keywords)
    outer = current_activity.get()
    # Of its own, since calls of one request may run side by side.
    number = unique_id()
    activity = Activity(number if outer is None else outer.request_id)
    plans = manager.plans_of(outer)
    if outer is not None:
        activity.outer = outer
        activity.request = outer.request
        if outer.plans is plans:
            activity.trace = outer.trace
    call = LLMCall(
        str(keywords.get("litellm_call_id") or f"call_{number}"),
        operation.api,
        str(keywords.get("model")),
        request.stream,
        activity.request,
        request.headers(),
    )
    activity.plans = plans = _routed(plans, call, outer)

    def answered(value: Any) -> Answer:
        return Answer(operation.api, value, thread)

    if router is None:
        host = SDKHost(request, make, answered)
        return LogicalCall(plans, activity, call, host, request), request
    host = RouterHost(router, request, make, answered)
    routed = RoutedCall(plans, activity, call, host, request)
    routed.host = host
    return routed, request


def _routed(plans: Plans, call: LLMCall, outer: Activity | None) -> Plans:
    """Return the plans for a call; the rest of a request goes by its first one."""
    if plans.scopes is None:
        return plans
    chosen = plans.scopes.routed(plans, call)
    if outer is not None and outer.plans is plans and not plans.choice.final:
        outer.plans = chosen
    return chosen


def _identity(logical: LogicalCall, request: KeywordRequest) -> AnswerIdentity:
    call = logical.call
    return AnswerIdentity(id=call.id, model=call.model, created=int(call.started_at), request=request.body)


def _stream(
    logical: LogicalCall,
    request: KeywordRequest,
    answer: Any,
    levels: tuple[Level, ...],
    thread: CallerThread | None,
) -> Any:
    opened = open_stream(logical, request, answer, _identity(logical, request), levels)
    return stream_object(opened, thread)
