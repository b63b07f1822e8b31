"""Failure modes, the circuit breaker and audit mode, without a manager around them."""

import asyncio
import logging

import pytest
from routeiq_plugin_sdk import FailureMode, PluginResponse, Reject

from routeiq.core.deadline import DeadlineExceeded
from routeiq.core.errors import AuthenticationFailed, HookTimeout, PluginAborted
from routeiq.core.faults import Circuit, CircuitState, FaultHandler, audited
from routeiq.core.phases import load_phases
from routeiq.core.statistics import PhaseStatistics

PHASES = load_phases()


def handler(phase, mode=FailureMode.CONTINUE, **rest):
    return FaultHandler("p", PHASES[phase], mode, PhaseStatistics("p", phase), **rest)


@pytest.mark.parametrize("mode", FailureMode)
@pytest.mark.parametrize("phase", [name for name, phase in PHASES.items() if not phase.native])
def test_what_a_failure_means_in_each_phase_and_mode(phase, mode):
    fault = handler(phase, mode)
    failure = ValueError("boom")
    if PHASES[phase].fails_closed:
        with pytest.raises(AuthenticationFailed):
            fault(failure)
    elif mode is FailureMode.ABORT and not PHASES[phase].contained:
        with pytest.raises(PluginAborted) as caught:
            fault(failure)
        assert caught.value.__cause__ is failure
        assert "boom" not in str(caught.value)
    else:
        fault(failure)
    assert (fault.statistics.errors, fault.statistics.last_error) == (1, "ValueError: boom")


@pytest.mark.parametrize("phase", [name for name, phase in PHASES.items() if not phase.native])
def test_a_reject_is_a_decision_where_something_is_left_to_refuse(phase):
    fault, reject = handler(phase), Reject(429, "later")
    if PHASES[phase].may_reject:
        with pytest.raises(Reject) as caught:
            fault(reject)
        assert caught.value is reject
        assert reject.plugin == "p"
        assert fault.statistics.errors == 0
    else:
        fault(reject)
        assert "nothing is left to refuse" in fault.statistics.last_error


def test_a_deadline_is_told_with_plugin_hook_and_seconds():
    fault = handler("request", FailureMode.ABORT)
    with pytest.raises(PluginAborted) as caught:
        fault(DeadlineExceeded(0.5))
    assert isinstance(caught.value.__cause__, HookTimeout)
    assert str(caught.value.__cause__) == "p: hook request() did not finish within its deadline of 0.5 s"
    assert (fault.statistics.timeouts, fault.statistics.errors) == (1, 1)


async def test_a_cancellation_is_the_plugins_unless_the_request_is_being_cancelled():
    fault = handler("request")
    fault(asyncio.CancelledError("mine"))
    assert fault.statistics.last_error == "PluginCancelled: request() let a cancellation of its own escape"

    async def cancelled_request():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError as error:
            fault(error)

    task = asyncio.create_task(cancelled_request())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert fault.statistics.errors == 1


def test_a_failure_inside_another_hook_is_not_counted_twice():
    fault = handler("request")
    with pytest.raises(PluginAborted):
        fault(PluginAborted("other", "llm_pre_call"))
    assert fault.statistics.errors == 0


def test_a_failure_is_logged_once_with_its_traceback(caplog):
    with caplog.at_level(logging.ERROR):
        handler("request")(ValueError("boom"))
    assert [record.message for record in caplog.records] == [
        "plugin p failed in request (failure mode continue): ValueError: boom"
    ]
    assert caplog.records[0].exc_info


class TestCircuit:
    def make(self, threshold=2):
        self.events = []
        return Circuit(threshold, on_open=self.events.append, on_close=lambda: self.events.append("closed"))

    def test_consecutive_failures_of_one_hook_open_it_once(self):
        circuit = self.make()
        circuit.failed("request", "a")
        circuit.failed("response", "b")
        assert circuit.state is CircuitState.CLOSED
        circuit.failed("request", "c")
        circuit.failed("request", "d")
        assert circuit.state is CircuitState.OPEN
        assert self.events == ["2 consecutive failures of request; the last one: c"]

    def test_a_trial_decides(self):
        circuit = self.make(1)
        circuit.failed("request", "a")
        circuit.begin_trial()
        circuit.failed("request", "again")
        assert circuit.state is CircuitState.OPEN
        circuit.begin_trial()
        assert circuit.on_trial(lambda: "fine", is_async=False)() == "fine"
        assert circuit.state is CircuitState.CLOSED
        assert self.events[-1] == "closed"
        assert circuit.streak("request") == [0]

    async def test_a_cancelled_trial_decides_nothing(self):
        circuit = self.make(1)
        circuit.failed("request", "a")
        circuit.begin_trial()

        async def cancelled():
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            await circuit.on_trial(cancelled, is_async=True)()
        assert circuit.state is CircuitState.HALF_OPEN

        async def fine():
            return 1

        assert await circuit.on_trial(fine, is_async=True)() == 1

    def test_a_reject_passes_the_trial(self):
        circuit = self.make(1)
        circuit.failed("request", "a")
        circuit.begin_trial()

        def rejects():
            raise Reject

        with pytest.raises(Reject):
            circuit.on_trial(rejects, is_async=False)()
        assert circuit.state is CircuitState.CLOSED


class TestAudit:
    def run(self, function, *arguments, phase="llm_pre_call"):
        statistics = PhaseStatistics("p", phase)
        result = audited(function, is_async=False, phase=PHASES[phase], plugin="p", statistics=statistics)(*arguments)
        return result, statistics.audited

    def test_results_and_rejects_are_recorded_and_only_told_in_words(self, caplog):
        def rejects():
            raise Reject(451, "secret words", "law")

        with caplog.at_level(logging.INFO):
            assert self.run(lambda: PluginResponse.text("secret words", 403)) == ("return PluginResponse 403", 1)
            assert self.run(rejects) == ("refuse with 451 (law)", 1)
            assert self.run(lambda: {"model": "secret words"}) == ("override model", 1)
        text = caplog.text
        assert "return PluginResponse 403" in text
        assert "refuse with 451 (law)" in text
        assert "override model" in text
        assert "secret" not in text

    def test_it_works_on_copies(self):
        messages = [{"content": "mine"}]

        def scribbles(given):
            given[0]["content"] = "theirs"

        assert self.run(scribbles, messages) == (None, 0)
        assert messages == [{"content": "mine"}]

    def test_what_an_observer_returns_is_no_decision(self):
        assert self.run(lambda: 7, phase="response") == (None, 0)

    async def test_asynchronous_hooks_too(self):
        statistics = PhaseStatistics("p", "request")

        async def hook():
            return PluginResponse.text("no")

        async def rejects():
            raise Reject

        for function, words in ((hook, "return PluginResponse 200"), (rejects, "refuse with 403 (rejected)")):
            wrapped = audited(function, is_async=True, phase=PHASES["request"], plugin="p", statistics=statistics)
            assert await wrapped() == words
        assert statistics.audited == 2
