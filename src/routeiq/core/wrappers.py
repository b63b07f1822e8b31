"""Wrappers around a phase: generators, synchronous or asynchronous, that see the outcome of what they wrap.

A wrapper yields once and receives a `pluggy.Result`: `outcome = yield`, then `outcome.force_result(...)` or nothing.
The first plugin's wrapper is the outermost one.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from time import perf_counter_ns
from typing import Any

from pluggy import Result

from .logging import Activity
from .statistics import SAMPLE
from .steps import Phase, Step
from .telemetry import Outcome

Call = Callable[..., Any]


class _OneYield(RuntimeError):
    """A wrapper that did not yield exactly once."""


class _Turn:
    """One call of a wrapper: counted, and measured for one in 128 and wherever the request is traced.

    Its time is that before and that after what it wraps; a trace is told of either.
    """

    __slots__ = ("_activity", "_began", "_measured", "_own", "_phase", "_step", "_told")

    def __init__(self, step: Step, phase: Phase, activity: Activity) -> None:
        self._step, self._phase, self._activity = step, phase, activity
        self._measured = step.statistics.count() % SAMPLE == 0 or activity.trace is not None
        self._own = 0
        self.begin()

    def begin(self) -> None:
        self._told: tuple[Outcome, BaseException | str | None] = "passed", None
        self._began = perf_counter_ns() if self._measured else 0

    def pause(self) -> None:
        """Note that its turn is over for now."""
        if not self._measured:
            return
        ended = perf_counter_ns()
        self._own += ended - self._began
        if self._activity.trace is not None:
            self._activity.trace.hook(self._phase.name, self._step.plugin, self._began, ended, *self._told)

    def end(self) -> None:
        if self._measured:
            self._step.statistics.measured(self._own)

    def changed(self) -> bool:
        """Return whether its change counts: in audit mode it is only recorded."""
        audited = self._step.is_audited
        self._told = "audited" if audited else "changed", None
        self._step.statistics.audited += audited
        return not audited

    def fail(self, exception: Exception) -> None:
        """Have a failure handled. Raises what ends the phase."""
        self._told = "failed", exception
        try:
            self._step.fail(exception)
        except BaseException as raised:
            if raised is exception:
                self._told = "rejected", exception
            raise


def wrap(call: Call, is_async: bool, wrappers: Sequence[Step], phase: Phase, check: Call) -> Call:
    """Return `call` inside the wrappers, given outermost first."""
    for step in reversed(wrappers):
        around = _around_async if is_async else _around
        call = around(call, step, phase, check)
    return call


def _picker(step: Step, arguments: tuple[str, ...]) -> Callable[[tuple[Any, ...]], list[Any]]:
    positions = [None if name == "context" else arguments.index(name) for name in step.arguments]

    def pick(values: tuple[Any, ...]) -> list[Any]:
        return [step.context if position is None else values[position] for position in positions]

    return pick


def _around(inner: Call, step: Step, phase: Phase, check: Call) -> Call:
    pick = _picker(step, phase.arguments)

    def call(*values: Any) -> Any:
        turn = _Turn(step, phase, values[-1])
        try:
            generator = _enter(turn, step, pick(values))
            try:
                outcome: Result[Any] = Result(inner(*values), None)
            except Exception as exception:
                outcome = Result(None, exception)
            except BaseException:
                if generator is not None:
                    generator.close()
                raise
            return _leave(generator, outcome, turn, check)
        finally:
            turn.end()

    return call


def _around_async(inner: Call, step: Step, phase: Phase, check: Call) -> Call:
    pick = _picker(step, phase.arguments)
    is_async = inspect.isasyncgenfunction(step.function)

    async def call(*values: Any) -> Any:
        turn = _Turn(step, phase, values[-1])
        try:
            generator: Generator[Any, Any, Any] | AsyncGenerator[Any, Any] | None
            if is_async:
                generator = await _enter_async(turn, step, pick(values))
            else:
                generator = _enter(turn, step, pick(values))
            try:
                outcome: Result[Any] = Result(await inner(*values), None)
            except Exception as exception:
                outcome = Result(None, exception)
            except BaseException:
                if isinstance(generator, AsyncGenerator):
                    await generator.aclose()
                elif generator is not None:
                    generator.close()
                raise
            if isinstance(generator, AsyncGenerator):
                return await _leave_async(generator, outcome, turn, check)
            return _leave(generator, outcome, turn, check)
        finally:
            turn.end()

    return call


def _enter(turn: _Turn, step: Step, values: list[Any]) -> Generator[Any, Any, Any] | None:
    try:
        generator: Generator[Any, Any, Any] = step.function(*values)
        next(generator)
        return generator
    except StopIteration:
        turn.fail(_OneYield("the wrapper did not yield: write `outcome = yield`"))
    except Exception as exception:
        turn.fail(exception)
    finally:
        turn.pause()
    return None


async def _enter_async(turn: _Turn, step: Step, values: list[Any]) -> AsyncGenerator[Any, Any] | None:
    try:
        generator: AsyncGenerator[Any, Any] = step.function(*values)
        await anext(generator)
        return generator
    except StopAsyncIteration:
        turn.fail(_OneYield("the wrapper did not yield: write `outcome = yield`"))
    except Exception as exception:
        turn.fail(exception)
    finally:
        turn.pause()
    return None


def _leave(generator: Generator[Any, Any, Any] | None, outcome: Result[Any], turn: _Turn, check: Call) -> Any:
    if generator is None:
        return outcome.get_result()
    seen = _copy(outcome)
    turn.begin()
    try:
        generator.send(seen)
    except StopIteration:
        return _accept(seen, outcome, turn, check)
    except Exception as exception:
        turn.fail(exception)
    else:
        generator.close()
        turn.fail(_OneYield("the wrapper yielded a second time"))
    finally:
        turn.pause()
    return outcome.get_result()


async def _leave_async(generator: AsyncGenerator[Any, Any], outcome: Result[Any], turn: _Turn, check: Call) -> Any:
    seen = _copy(outcome)
    turn.begin()
    try:
        await generator.asend(seen)
    except StopAsyncIteration:
        return _accept(seen, outcome, turn, check)
    except Exception as exception:
        turn.fail(exception)
    else:
        await generator.aclose()
        turn.fail(_OneYield("the wrapper yielded a second time"))
    finally:
        turn.pause()
    return outcome.get_result()


def _copy(outcome: Result[Any]) -> Result[Any]:
    """A wrapper that fails after it forced a result must not have changed anything."""
    if outcome.exception is not None:
        return Result(None, outcome.exception)
    return Result(outcome.get_result(), None)


def _accept(seen: Result[Any], outcome: Result[Any], turn: _Turn, check: Call) -> Any:
    if seen.exception is None:
        result = seen.get_result()
        unchanged = outcome.exception is None and result is outcome.get_result()
        if unchanged:
            return result
        if not turn.changed():
            return outcome.get_result()
        try:
            return None if result is None else check(result)
        except Exception as exception:
            turn.fail(exception)
            return outcome.get_result()
    return seen.get_result()
