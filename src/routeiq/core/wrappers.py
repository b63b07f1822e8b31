"""Wrappers around a phase: generators, synchronous or asynchronous, that see the outcome of what they wrap.

A wrapper yields once and receives a `pluggy.Result`: `outcome = yield`, then `outcome.force_result(...)` or nothing.
The first plugin's wrapper is the outermost one.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from typing import Any

from pluggy import Result

from .steps import Step

Call = Callable[..., Any]


class _OneYield(RuntimeError):
    """A wrapper that did not yield exactly once."""


def wrap(call: Call, is_async: bool, wrappers: Sequence[Step], arguments: tuple[str, ...], check: Call) -> Call:
    """Return `call` inside the wrappers, given outermost first."""
    for step in reversed(wrappers):
        if is_async:
            call = _around_async(call, step, _picker(step, arguments), check)
        else:
            call = _around(call, step, _picker(step, arguments), check)
    return call


def _picker(step: Step, arguments: tuple[str, ...]) -> Callable[[tuple[Any, ...]], list[Any]]:
    positions = [None if name == "context" else arguments.index(name) for name in step.arguments]

    def pick(values: tuple[Any, ...]) -> list[Any]:
        return [step.context if position is None else values[position] for position in positions]

    return pick


def _around(inner: Call, step: Step, pick: Callable[[tuple[Any, ...]], list[Any]], check: Call) -> Call:
    def call(*values: Any) -> Any:
        generator = _enter(step, pick(values))
        try:
            outcome: Result[Any] = Result(inner(*values), None)
        except Exception as exception:
            outcome = Result(None, exception)
        except BaseException:
            if generator is not None:
                generator.close()
            raise
        return _leave(generator, outcome, step, check)

    return call


def _around_async(inner: Call, step: Step, pick: Callable[[tuple[Any, ...]], list[Any]], check: Call) -> Call:
    is_async = inspect.isasyncgenfunction(step.function)

    async def call(*values: Any) -> Any:
        generator = (await _enter_async(step, pick(values))) if is_async else _enter(step, pick(values))
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
            return await _leave_async(generator, outcome, step, check)
        return _leave(generator, outcome, step, check)

    return call


def _enter(step: Step, values: list[Any]) -> Generator[Any, Any, Any] | None:
    try:
        generator: Generator[Any, Any, Any] = step.function(*values)
        next(generator)
        return generator
    except StopIteration:
        step.fail(_OneYield("the wrapper did not yield: write `outcome = yield`"))
    except Exception as exception:
        step.fail(exception)
    return None


async def _enter_async(step: Step, values: list[Any]) -> AsyncGenerator[Any, Any] | None:
    try:
        generator: AsyncGenerator[Any, Any] = step.function(*values)
        await anext(generator)
        return generator
    except StopAsyncIteration:
        step.fail(_OneYield("the wrapper did not yield: write `outcome = yield`"))
    except Exception as exception:
        step.fail(exception)
    return None


def _leave(generator: Generator[Any, Any, Any] | None, outcome: Result[Any], step: Step, check: Call) -> Any:
    if generator is not None:
        seen = _copy(outcome)
        try:
            generator.send(seen)
        except StopIteration:
            return _accept(seen, outcome, step, check)
        except Exception as exception:
            step.fail(exception)
        else:
            generator.close()
            step.fail(_OneYield("the wrapper yielded a second time"))
    return outcome.get_result()


async def _leave_async(generator: AsyncGenerator[Any, Any], outcome: Result[Any], step: Step, check: Call) -> Any:
    seen = _copy(outcome)
    try:
        await generator.asend(seen)
    except StopAsyncIteration:
        return _accept(seen, outcome, step, check)
    except Exception as exception:
        step.fail(exception)
    else:
        await generator.aclose()
        step.fail(_OneYield("the wrapper yielded a second time"))
    return outcome.get_result()


def _copy(outcome: Result[Any]) -> Result[Any]:
    """A wrapper that fails after it forced a result must not have changed anything."""
    if outcome.exception is not None:
        return Result(None, outcome.exception)
    return Result(outcome.get_result(), None)


def _accept(seen: Result[Any], outcome: Result[Any], step: Step, check: Call) -> Any:
    if seen.exception is None:
        result = seen.get_result()
        unchanged = outcome.exception is None and result is outcome.get_result()
        if unchanged:
            return result
        if step.is_audited:
            step.statistics.audited += 1
            return outcome.get_result()
        try:
            return None if result is None else check(result)
        except Exception as exception:
            step.fail(exception)
            return outcome.get_result()
    return seen.get_result()
