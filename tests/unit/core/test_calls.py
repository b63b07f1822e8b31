"""The state machine of a logical call, with a host made for the test."""

import asyncio
import types

import pytest
from hypothesis import given
from hypothesis import strategies as st
from routeiq_plugin_sdk import (
    Deployment,
    Headers,
    LLMCall,
    LLMResponse,
    PluginCapability,
    PluginMetadata,
    Reject,
    Usage,
    hookimpl,
)
from tests.fakes.tracer import NotingTracer

from routeiq.core.attempts import AttemptError, Decision, UnknownModelError
from routeiq.core.calls import LogicalCall
from routeiq.core.errors import PluginAborted
from routeiq.core.logging import Activity
from routeiq.core.manager import PluginManager
from routeiq.core.settings import ManagerSettings

ALL = frozenset(PluginCapability)


class Answer:
    """An attempt that succeeded."""

    def __init__(self, response=None):
        self.headers = Headers.of({"x-from": "upstream"})
        self._response = response or LLMResponse("an answer", usage=Usage(1, 2, 3))

    def response(self):
        if isinstance(self._response, Exception):
            raise self._response
        return self._response

    def usage(self):
        return self.response().usage

    async def close(self):
        pass


class Host:
    """Two deployments of `m`, one of `n`; `script` says what each attempt does."""

    def __init__(self, *script):
        self.script = list(script)
        self.changes = []
        self.models = {
            "m": (Deployment("m:1", "m", "up"), Deployment("m:2", "m", "up")),
            "n": (Deployment("n:1", "n", "up"),),
        }

    def deployments(self, model):
        return self.models.get(model, ())

    def deployment(self, name):
        return next((one for group in self.models.values() for one in group if one.name == name), None)

    async def attempt(self, call, deployment, changes):
        self.changes.append((deployment.name, changes))
        step = self.script.pop(0) if self.script else Answer()
        if isinstance(step, BaseException):
            raise step
        if step == "hang":
            await asyncio.sleep(10)
        return step

    def decide(self, error, deployment, attempt, others):
        return Decision("fallback") if others else Decision("retry") if attempt < 3 else Decision("stop")

    def attempts_left(self, deployment, attempt):
        return attempt < 3

    def cost(self, deployment, usage):
        return usage.total_tokens * 2.0


REQUEST = types.SimpleNamespace(messages=[{"role": "user", "content": "hi"}], parameters={"temperature": 1})


class Run:
    """Runs one call under a plugin of these hooks, and notes how it ended."""

    def __init__(self, host, *hooks, model="m", stream=False, **metadata):
        self.host, self.hooks, self.metadata = host, hooks, metadata
        self.call = LLMCall("c1", "chat", model, stream)
        self.tracer = None
        self.ends = []
        self.routed = []

    async def __aenter__(self):
        run = self

        async def llm_success(call, model, response, kwargs):
            run.ends.append(("success", model, response, dict(kwargs)))

        async def llm_failure(call, model, exception):
            run.ends.append(("failure", model, exception))

        async def post_routing(deployment):
            run.routed.append(deployment.name)

        self.manager = PluginManager(ManagerSettings())
        for name, hooks, metadata in (
            ("p", self.hooks, self.metadata),
            ("witness", (llm_success, llm_failure, post_routing), {}),
        ):
            module = types.ModuleType(name)
            module.metadata = PluginMetadata(name=name, capabilities=ALL, **metadata)
            for hook in hooks:
                setattr(module, hook.__name__, hookimpl(hook))
            self.manager.register(module)
        if self.tracer is not None:
            self.manager.add_tracer(self.tracer)
        await self.manager.start()
        self.logical = LogicalCall(self.manager.plans, Activity("r"), self.call, self.host, REQUEST)
        return self

    async def __aexit__(self, *_):
        await self.manager.stop()


async def test_an_answer_is_a_success_with_its_price():
    async with Run(Host()) as run:
        answer = await run.logical.open()
    assert isinstance(answer, Answer)
    assert [(kind, response.text, response.cost) for kind, _, response, _ in run.ends] == [
        ("success", "an answer", 6.0)
    ]
    assert run.call.response_headers["x-from"] == "upstream"
    assert (run.call.attempts, run.routed) == (1, ["m:1"])


class Judged(list):
    """Stands for the evaluation of calls: keeps what was submitted."""

    def samples(self, kind):
        return kind == "llm"

    def submit(self, invocation, activity, plans, trace):
        self.append((invocation, plans))


@pytest.mark.parametrize("origin", [None, "an-evaluator"])
async def test_a_sampled_call_is_evaluated_unless_a_plugin_made_it(origin):
    judged = Judged()
    async with Run(Host()) as run:
        run.call.origin = origin
        run.logical.plans.__dict__["evaluation"] = judged
        await run.logical.open()
        assert run.logical.plans is run.manager.plans
    assert len(run.ends) == 1
    told = [(one.kind, one.output.text, one.input, plans is run.logical.plans) for one, plans in judged]
    assert told == ([] if origin else [("llm", "an answer", REQUEST.messages, True)])


async def test_a_failed_call_is_evaluated_too():
    judged = Judged()
    async with Run(Host(*(AttemptError(500, str(n)) for n in range(3)))) as run:
        run.logical.plans.__dict__["evaluation"] = judged
        with pytest.raises(AttemptError):
            await run.logical.open()
    assert [(one.output, one.error, one.metadata["failure"]) for one, _ in judged] == [
        (None, "AttemptError: 2", "upstream")
    ]


async def test_an_answer_that_makes_no_sense_is_one_all_the_same_for_an_evaluator():
    judged, odd = Judged(), Answer(AttemptError(502, "no sense"))
    manager = PluginManager(ManagerSettings())
    async with manager:
        manager.plans.__dict__["evaluation"] = judged
        logical = LogicalCall(manager.plans, Activity("r"), LLMCall.mock(model="m"), Host(odd), REQUEST)
        assert await logical.open() is odd
    assert [(one.output, one.error) for one, _ in judged] == [(None, None)]


async def test_failed_attempts_fall_back_and_are_repeated():
    async with Run(Host(AttemptError(500, "a"), AttemptError(503, "b"))) as run:
        await run.logical.open()
    assert run.routed == ["m:1", "m:2", "m:2"]
    assert len(run.ends) == 1


async def test_the_last_failure_ends_the_call():
    async with Run(Host(*(AttemptError(500, str(n)) for n in range(3)))) as run:
        with pytest.raises(AttemptError, match="2"):
            await run.logical.open()
    assert [(kind, str(exception)) for kind, _, exception in run.ends] == [("failure", "2")]


async def test_an_unknown_model_is_a_failure():
    async with Run(Host(), model="none") as run:
        with pytest.raises(UnknownModelError):
            await run.logical.open()
    assert run.ends[0][0] == "failure"


async def test_a_plugin_chooses_the_deployment_and_an_override_of_the_model_beats_it():
    async def pre_routing(call, models):
        return "m:2"

    async with Run(Host(), pre_routing) as run:
        await run.logical.open()
    assert run.routed == ["m:2"]

    async def llm_pre_call(model):
        return {"model": "n"}

    async with Run(Host(), pre_routing, llm_pre_call) as run:
        await run.logical.open()
    assert run.routed == ["n:1"]
    assert run.ends[0][1] == "n"


async def test_a_choice_that_does_not_exist_is_the_plugins_failure():
    async def pre_routing():
        return "nowhere"

    async with Run(Host(), pre_routing) as run:
        await run.logical.open()
        assert run.manager.statistics()[0]["errors"] == 1
    assert run.routed == ["m:1"]
    async with Run(Host(), pre_routing, failure_mode="abort") as run:
        with pytest.raises(PluginAborted):
            await run.logical.open()
    assert run.ends[0][0] == "failure"


async def test_overrides_are_handed_to_the_attempt_and_the_rest_is_none():
    async def llm_pre_call(messages, kwargs):
        return {"temperature": 2, "extra_headers": {"x-a": "1"}}

    host = Host()
    async with Run(host, llm_pre_call) as run:
        await run.logical.open()
    _, changes = host.changes[0]
    assert (changes.messages, changes.parameters) == (None, {"temperature": 2})
    assert run.call.headers["x-a"] == "1"
    assert run.ends[0][3] == {"temperature": 2}


async def test_an_answer_of_a_plugin_makes_no_attempt():
    async def llm_pre_call():
        return LLMResponse("cached")

    async with Run(Host(), llm_pre_call) as run:
        assert (await run.logical.open()).text == "cached"
    assert run.routed == []
    assert run.call.answered_by == "p"
    assert run.ends[0][2].text == "cached"


async def test_a_plugins_decision_about_an_attempt_keeps_within_the_limits():
    async def attempt_failed(attempt):
        return "retry"

    async with Run(Host(*(AttemptError(500, str(n)) for n in range(9))), attempt_failed) as run:
        with pytest.raises(AttemptError, match="2"):
            await run.logical.open()
    assert run.routed == ["m:1", "m:1", "m:1"]

    async def nonsense(attempt):
        return "perhaps"

    nonsense.__name__ = "attempt_failed"
    async with Run(Host(AttemptError(500, "a")), nonsense) as run:
        await run.logical.open()
        assert run.manager.statistics()[0]["errors"] == 1
    assert run.routed == ["m:1", "m:2"]


async def test_a_cancelled_call_is_a_failure_by_cancellation():
    async with Run(Host("hang")) as run:
        task = asyncio.create_task(run.logical.open())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert isinstance(run.ends[0][2], asyncio.CancelledError)


async def test_an_answer_that_makes_no_sense_is_a_failure():
    async with Run(Host(Answer(AttemptError(502, "nonsense")))) as run:
        with pytest.raises(AttemptError, match="nonsense"):
            await run.logical.open()
    assert [end[0] for end in run.ends] == ["failure"]


STEPS = st.lists(st.sampled_from(["answer", "error", "hang", "broken"]), max_size=4)
PLUGIN = st.sampled_from([None, "reject", "raise", "answer", "wrong", "override"])


@given(steps=STEPS, plugin=PLUGIN, mode=st.sampled_from(["continue", "abort", "quarantine"]), cancel=st.booleans())
def test_whatever_happens_a_call_ends_exactly_once(steps, plugin, mode, cancel):
    """The invariant of the module: one of llm_success and llm_failure, never both, never none."""

    async def llm_pre_call():
        if plugin == "reject":
            raise Reject
        if plugin == "raise":
            raise ValueError
        return {"answer": LLMResponse("x"), "wrong": 7, "override": {"temperature": 3}}.get(plugin)

    made = {
        "answer": Answer,
        "error": lambda: AttemptError(500, "e"),
        "hang": lambda: "hang",
        "broken": lambda: Answer(AttemptError(502, "b")),
    }

    async def main():
        async with Run(Host(*(made[step]() for step in steps)), llm_pre_call, failure_mode=mode) as run:
            task = asyncio.create_task(run.logical.open())
            for _ in range(20):
                await asyncio.sleep(0)
            if cancel or not task.done():
                task.cancel()
            results = await asyncio.gather(task, return_exceptions=True)
            assert len(run.ends) == 1
            failed = isinstance(results[0], BaseException)
            assert run.ends[0][0] == ("failure" if failed else "success")

    asyncio.run(main())


def traced(run, tracer=None):
    run.tracer = NotingTracer() if tracer is None else tracer
    return run, run.tracer


async def test_a_tracer_is_told_a_call_from_before_its_hooks_to_after_them():
    run, tracer = traced(Run(Host()))
    async with run:
        await run.logical.open()
        await run.logical.succeed(None)
    assert tracer.told == ["begin call m", "end call"]
    ((response, error),) = tracer.ends
    assert (response.text, response.cost, error) == ("an answer", 6.0, None)
    (trace,) = tracer.traces
    assert [(phase, plugin) for phase, plugin, _ in trace.hooks] == [
        ("post_routing", "witness"),
        ("llm_success", "witness"),
    ]
    assert run.logical.activity.trace is None


async def test_a_tracer_is_told_what_a_call_failed_at():
    run, tracer = traced(Run(Host(), model="unknown"))
    async with run:
        with pytest.raises(UnknownModelError):
            await run.logical.open()
    ((response, error),) = tracer.ends
    assert (response, type(error)) == (None, UnknownModelError)


async def test_a_tracer_is_told_of_each_attempt_that_failed():
    run, tracer = traced(Run(Host(AttemptError(500, "a"), AttemptError(503, "b"))))
    async with run:
        await run.logical.open()
    attempts = ["attempt 1 failed at m:1", "attempt 2 failed at m:2"]
    assert tracer.told == ["begin call m", *attempts, "end call"]


async def test_a_cancelled_call_has_one_end():
    run, tracer = traced(Run(Host("hang")))
    async with run:
        task = asyncio.create_task(run.logical.open())
        while not run.host.changes:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    ((_, error),) = tracer.ends
    assert isinstance(error, asyncio.CancelledError)


@pytest.mark.parametrize("wants_answers", [False, True])
async def test_an_answer_that_nobody_wants_is_not_decoded(wants_answers):
    tracer = NotingTracer(wants_answers=wants_answers)
    host, manager = Host(), PluginManager(ManagerSettings())
    manager.add_tracer(tracer)
    async with manager:
        await LogicalCall(manager.plans, Activity("r"), LLMCall("c1", "chat", "m"), host, REQUEST).open()
    ((response, error),) = tracer.ends
    assert (response is not None, error) == (wants_answers, None)


async def test_a_meter_is_told_an_answer_and_one_that_makes_no_sense_passes():
    for answer, expected in ((Answer(), 6.0), (Answer(AttemptError(502, "senseless")), None)):
        tracer, manager = NotingTracer(meters=True), PluginManager(ManagerSettings())
        manager.add_tracer(tracer)
        async with manager:
            logical = LogicalCall(manager.plans, Activity("r"), LLMCall("c1", "chat", "m"), Host(answer), REQUEST)
            assert await logical.open() is answer
        ((response, error),) = tracer.ends
        assert (response and response.cost, error) == (expected, None)


async def test_a_meter_has_usage_asked_of_the_upstream():
    for tracer, wanted in ((NotingTracer(meters=True), True), (NotingTracer(), False)):
        manager, host = PluginManager(ManagerSettings()), Host()
        manager.add_tracer(tracer)
        async with manager:
            await LogicalCall(manager.plans, Activity("r"), LLMCall("c1", "chat", "m", True), host, REQUEST).open()
        ((_, changes),) = host.changes
        assert changes.wants_usage is wanted
