"""The state machine of a logical LLM call: routing, attempts, answer or stream, and exactly one end.

Every host runs its calls through here, so that "exactly once" and cancellation are settled in one place. What a host
brings along for that is in `attempts.py`.

Invariant: after `open` has been awaited, or the stream that it returned has been closed, exactly one of `llm_success`
and `llm_failure` has fired, and a tracer has been told one end after it.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Mapping, Sequence
from time import perf_counter_ns
from typing import Any

from routeiq_plugin_sdk import Deployment, LLMCall, LLMResponse, WindowText

from .attempts import Attempt, AttemptError, CallHost, CallRequest, Changes, Decision, UnknownModelError
from .dialects.passages import Passage
from .dispatch import AnyPlan, fire
from .evaluation import Evaluation
from .invocations import llm_invocation
from .logging import Activity
from .plans import Guard, Plans


class LogicalCall:
    """One call of a client, from its request to its end.

    Attributes:
        model: The model as plugins leave it; `call.model` is the one that the client asked for.
        deployment: Where the latest attempt was made; None before the first.
        observed: Whether somebody wants to be told the answer: a plugin, be it the one whose call it is, or a tracer,
            which may set it at the begin.
        metered: Whether a tracer, which may set it at the begin, wants to be told its usage, which costs less.
        evaluation: What has the call evaluated once it is over; None: it was not sampled for that.
        began: When it began, `attempt_began`, when its latest attempt did, and `first_piece`, when the first text or
            tool call of a stream was about to leave; by `time.perf_counter_ns()`, and only for tracers, the begin
            for evaluators too: else 0.
    """

    metered = False
    evaluation: Evaluation | None = None
    began = 0
    attempt_began = 0
    first_piece = 0

    def __init__(self, plans: Plans, activity: Activity, call: LLMCall, host: CallHost, request: CallRequest) -> None:
        self.plans = plans
        self.activity = activity
        self.call = call
        self.model = call.model
        self.deployment: Deployment | None = None
        self.observed = plans.llm_success is not None or call.origin is not None
        self._host = host
        self._request = request
        self._messages: Sequence[Mapping[str, Any]] | None = None
        self._parameters: Mapping[str, Any] | None = None
        self._overridden: Mapping[str, Any] | None = None
        self._ended = False

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters as hooks see them now."""
        if self._parameters is None:
            self._parameters = self._request.parameters
        return self._parameters

    @property
    def messages(self) -> Sequence[Mapping[str, Any]]:
        """The conversation as hooks see it now."""
        return self._request.messages if self._messages is None else self._messages

    async def open(self) -> Attempt | LLMResponse:
        """Route the call and get its answer: an attempt that succeeded, or what a plugin answered.

        A whole answer is ended when this returns; a stream by whoever reads it (`streams.CallStream`).

        Raises:
            Reject: a plugin refused the call.
            PluginAborted: a plugin failed whose failure mode is `abort`.
            UnknownModelError: no deployment serves the model.
            AttemptError: the last attempt failed.
        """
        tracer, evaluation = self.plans.tracer, self.plans.evaluation
        # What a plugin itself asks of a model is not: an evaluator that does would never come to an end.
        if evaluation is not None and self.call.origin is None and evaluation.samples("llm"):
            self.evaluation, self.began = evaluation, perf_counter_ns()
        if tracer is not None:
            self.began = perf_counter_ns()
            self.activity.trace = tracer.call_began(self.activity.trace, self)
        try:
            answer = await self._route()
            if not self.call.stream and self.plans.windows:
                answer = await self._judge_whole(answer)
            if not self.call.stream:
                await self.succeed(answer if isinstance(answer, LLMResponse) else None, answer)
            return answer
        except BaseException as exception:
            await self.fail(exception)
            raise

    async def succeed(self, response: LLMResponse | None, attempt: Attempt | LLMResponse | None = None) -> None:
        """End the call with its answer; an attempt is decoded only if somebody looks at it. The first end counts."""
        if self._ended:
            return
        if self.observed or self.metered or self.evaluation is not None:
            if response is None and attempt is not None and not isinstance(attempt, LLMResponse):
                response = self._decoded(attempt)
            if response is not None:
                response = self.priced(response)
        self._ended = True
        plan = self.plans.llm_success
        try:
            if plan is not None and response is not None:
                await fire(plan, self.call, self.model, response, self.parameters, self.activity)
        finally:
            self._tell_end(response, None)

    async def fail(self, exception: BaseException) -> None:
        """End the call without an answer. The first end counts."""
        if self._ended:
            return
        self._ended = True
        try:
            if self.plans.llm_failure is not None:
                await fire(self.plans.llm_failure, self.call, self.model, exception, self.parameters, self.activity)
        finally:
            self._tell_end(None, exception)

    def _tell_end(self, response: LLMResponse | None, error: BaseException | None) -> None:
        if self.evaluation is not None:
            invocation, activity = llm_invocation(self, response, error), self.activity
            self.evaluation.submit(invocation, activity, self.plans, activity.trace)
        tracer = self.plans.tracer
        if tracer is not None:
            self.activity.trace = tracer.call_ended(self.activity.trace, self, response, error)

    def _decoded(self, attempt: Attempt) -> LLMResponse | None:
        """Return an answer, decoded as far as somebody looks at it.

        One that makes no sense is an error only to those who want to read it.
        """
        if self.observed:
            return attempt.response()
        try:
            return attempt.response() if self.evaluation is not None else LLMResponse("", usage=attempt.usage())
        except AttemptError:
            return None

    def priced(self, response: LLMResponse) -> LLMResponse:
        """Return the call's answer with what it cost, where that is known."""
        if response.cost is not None or response.usage is None or self.deployment is None:
            return response
        cost = self._host.cost(self.deployment, response.usage)
        return response if cost is None else dataclasses.replace(response, cost=cost)

    async def judge(self, guard: Guard, window: WindowText, is_final: bool) -> str:
        """Have one plugin judge a window of the answer, and return the text that leaves."""
        result = guard.plan.call(self.call, window, is_final, self.activity)
        if guard.plan.is_async:
            result = await result
        judged: WindowText = result
        return judged.text

    async def _judge_whole(self, answer: Attempt | LLMResponse) -> Attempt | LLMResponse:
        """Have all plugins judge every text of an answer that is not streamed."""
        given = answered_passages(answer) if isinstance(answer, LLMResponse) else answer.passages()
        texts = [await self._judge_passage(passage) for passage in given]
        if isinstance(answer, LLMResponse):
            return answered_with(answer, texts)
        if self.observed and any(text != passage.text for text, passage in zip(texts, given, strict=True)):
            self.call.original = answer.response()
        try:
            answer.replace(given, texts)
        except ValueError as error:
            message = "What a plugin made of a tool call's arguments is no JSON."
            raise AttemptError(500, message, "window_invalid") from error
        return answer

    async def _judge_passage(self, passage: Passage) -> str:
        text = passage.text
        for guard in self.plans.windows:
            window = WindowText(text, "", passage.kind, passage.choice, passage.call, 0)
            text = await self.judge(guard, window, is_final=True)
        return text

    async def _route(self) -> Attempt | LLMResponse:
        chosen = await self._choose()
        if self.plans.llm_pre_call is not None:
            answer = await self._prepare()
            if answer is not None:
                self.call.answered_by = self.activity.plugin
                return answer
            if chosen is not None and self.model != chosen.model:
                chosen = None  # an override of the model beats the choice of a deployment
        return await self.attempts(chosen)

    async def attempts(self, chosen: Deployment | None) -> Attempt:
        """Make attempts until one gets an answer. A host whose own router makes them overrides this.

        Args:
            chosen: The one deployment that a plugin chose, or None.

        Raises:
            UnknownModelError: no deployment serves the model.
            AttemptError: the last attempt failed.
        """
        candidates = self._host.deployments(self.model) if chosen is None else (chosen,)
        if not candidates:
            raise UnknownModelError(self.model)
        return await self._attempt_in_turn(candidates)

    @property
    def changes(self) -> Changes:
        """What plugins made of the request, for whoever makes attempts."""
        return Changes(
            self.model, self._messages, self._overridden, self.call.stream and (self.observed or self.metered)
        )

    async def begin_attempt(self, deployment: Deployment) -> int:
        """Count an attempt that is about to be made and tell it; return its number, from 1."""
        self.deployment = deployment
        self.call.attempts += 1
        if self.plans.post_routing is not None:
            await fire(self.plans.post_routing, self.call, deployment, self.activity)
        if self.plans.tracer is not None:
            self.attempt_began = perf_counter_ns()
        return self.call.attempts

    async def _choose(self) -> Deployment | None:
        """Run `pre_routing`; return the one deployment that a plugin chose, if it chose one."""
        plan = self.plans.pre_routing
        if plan is None:
            return None
        eligible = self._host.deployments(self.model)
        name = await fire(plan, self.call, eligible, self.activity)
        if name is None:
            return None
        deployment = self._host.deployment(name)
        if deployment is not None:
            self.model = deployment.model
            return deployment
        if self._host.deployments(name):
            self.model = name
        else:
            _blame(plan, self.activity.plugin, ValueError(f"pre_routing chose {name!r}: no such deployment or model"))
        return None

    async def _prepare(self) -> LLMResponse | None:
        """Run `llm_pre_call`; return the answer that a plugin gave, if one did."""
        messages, parameters = self._request.messages, self.parameters
        result = await fire(self.plans.llm_pre_call, self.call, self.model, messages, parameters, self.activity)
        if isinstance(result, LLMResponse):
            return result
        self.model, changed_messages, changed = result
        if changed_messages is not messages:
            self._messages = changed_messages
        if changed is not parameters:
            extra = changed.get("extra_headers")
            if extra:
                self.call.headers = self.call.headers.with_headers({str(k): str(v) for k, v in dict(extra).items()})
            changed = {name: value for name, value in changed.items() if name != "extra_headers"}
            self._parameters = self._overridden = changed
        return None

    async def _attempt_in_turn(self, candidates: Sequence[Deployment]) -> Attempt:
        changes = self.changes
        position = 0
        while True:
            deployment = candidates[position]
            attempt = await self.begin_attempt(deployment)
            try:
                answer = await self.make_attempt(deployment, changes)
            except AttemptError as error:
                others = len(candidates) - position - 1
                decision = await self.decide(error, deployment, attempt, others)
                if decision.action == "stop":
                    raise
                if decision.action == "fallback":
                    position += 1
                if decision.delay:
                    await asyncio.sleep(decision.delay)
            else:
                self.call.response_headers = answer.headers
                return answer

    def make_attempt(self, deployment: Deployment, changes: Changes) -> Awaitable[Attempt]:
        """Have the host make an attempt. Raises AttemptError if it failed before the first byte of an answer."""
        return self._host.attempt(self.call, deployment, changes)

    async def decide(self, error: AttemptError, deployment: Deployment, attempt: int, others: int) -> Decision:
        """Return what follows a failed attempt: what a plugin says, within the host's limits, or the host's usual."""
        tracer = self.plans.tracer
        if tracer is not None:
            tracer.attempt_failed(self.activity.trace, self, error)
        usual = self._host.decide(error, deployment, attempt, others)
        plan = self.plans.attempt_failed
        if plan is None:
            return usual
        wanted = await fire(plan, self.call, deployment, error, attempt, self.activity)
        if wanted is None:
            return usual
        if wanted not in ("retry", "fallback", "stop"):
            wrong = ValueError(f"attempt_failed must return retry, fallback or stop, not {wanted!r}")
            _blame(plan, self.activity.plugin, wrong)
            return usual
        possible = others > 0 if wanted == "fallback" else wanted == "retry"
        if not possible or not self._host.attempts_left(deployment, attempt):
            return Decision("stop")
        return Decision(wanted, usual.delay if wanted == "retry" else 0.0)


def answered_passages(response: LLMResponse) -> list[Passage]:
    """Return the texts of an answer that a plugin gave."""
    calls = [Passage((), "tool_call", call.arguments, 0, call) for call in response.tool_calls]
    return [Passage((), "text", response.text), *calls]


def answered_with(response: LLMResponse, texts: Sequence[str]) -> LLMResponse:
    """Return such an answer with other texts."""
    calls = zip(response.tool_calls, texts[1:], strict=True)
    changed = tuple(dataclasses.replace(call, arguments=text) for call, text in calls)
    return dataclasses.replace(response, text=texts[0], tool_calls=changed)


def _blame(plan: AnyPlan, plugin: str | None, exception: Exception) -> None:
    """Report a result that only the host could see to be wrong, by the rules of the plugin's failure mode."""
    for step in plan.steps:
        if step.plugin == plugin:
            step.fail(exception)
            return
