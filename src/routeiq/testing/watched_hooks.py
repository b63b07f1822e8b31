"""Hooks under observation: calls are noted, fail if that was ordered, and leave what they were handed."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Mapping
from time import perf_counter
from typing import Any, Final, Self

from routeiq_plugin_sdk.testing import ArgumentChanged, HookCall

from routeiq.core.active import ActivePlugin
from routeiq.core.registration import Implementation

from .faults import Faults
from .snapshots import change, snapshot

# The application is the host's own object; an exception changes when it is raised anew.
_NOT_COMPARED: Final = frozenset({"app", "context", "exception"})
CONFIG: Final = "context.config"


class WatchedHooks:
    """What the hooks of a harness's plugins did.

    Attributes:
        calls: Each call, in the order in which they began.
        changes: What plugins changed of what they were handed.
        faults: What is to fail.
    """

    def __init__(self, faults: Faults) -> None:
        self.calls: list[HookCall] = []
        self.changes: list[ArgumentChanged] = []
        self.faults = faults

    def watch(self, plugin: ActivePlugin) -> None:
        """Put a plugin under observation, before it is started."""
        implementations = {
            name: dataclasses.replace(one, function=self._watched(plugin, one))
            for name, one in plugin.implementations.items()
        }
        plugin.inspected = dataclasses.replace(plugin.inspected, implementations=implementations)

    def _watched(self, plugin: ActivePlugin, implementation: Implementation) -> Callable[..., Any]:
        """Return a function of the same kind that calls the plugin's."""
        function = implementation.function

        def begin(values: tuple[Any, ...]) -> _Watch:
            return _Watch(self, plugin, implementation, dict(zip(implementation.arguments, values, strict=True)))

        if inspect.isasyncgenfunction(function):

            async def around_async(*values: Any) -> AsyncGenerator[Any, Any]:
                with begin(values):
                    generator = function(*values)
                    outcome = yield await anext(generator)
                    try:
                        yield await generator.asend(outcome)
                    except StopAsyncIteration:
                        return

            return around_async
        if inspect.isgeneratorfunction(function):

            def around(*values: Any) -> Generator[Any, Any, Any]:
                with begin(values):
                    return (yield from function(*values))

            return around
        if implementation.is_async:

            async def call_async(*values: Any) -> Any:
                with begin(values) as watch:
                    watch.result = await TimedSteps(function(*values), watch)
                return watch.result

            return call_async

        def call(*values: Any) -> Any:
            with begin(values) as watch:
                began = perf_counter()
                try:
                    watch.result = function(*values)
                finally:
                    watch.held = 0.0 if implementation.options.get("offload") else perf_counter() - began
            return watch.result

        return call


class TimedSteps:
    """Awaits a coroutine, and times each of its steps from one wait to the next."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], watch: _Watch) -> None:
        self._coroutine = coroutine
        self._watch = watch

    def __await__(self) -> Generator[Any, Any, Any]:
        given: Any = None
        thrown: BaseException | None = None
        while True:
            began = perf_counter()
            try:
                waits = self._coroutine.send(given) if thrown is None else self._coroutine.throw(thrown)
            except StopIteration as end:
                return end.value
            finally:
                self._watch.held = max(self._watch.held, perf_counter() - began)
            given = thrown = None
            try:
                given = yield waits
            except BaseException as error:  # noqa: BLE001 - whatever it is, it is the coroutine's
                thrown = error


class _Watch:
    """One call."""

    def __init__(
        self, hooks: WatchedHooks, plugin: ActivePlugin, implementation: Implementation, arguments: Mapping[str, Any]
    ) -> None:
        self.result: Any = None
        self.held = 0.0
        self._hooks = hooks
        self._plugin = plugin.name
        self._hook = implementation.phase.name
        self._compared = {name: value for name, value in arguments.items() if name not in _NOT_COMPARED}
        context = arguments.get("context", plugin.context)
        if context is not None and context.config is not None:
            self._compared[CONFIG] = context.config
        self._before = {name: snapshot(value) for name, value in self._compared.items()}
        self._number = len(hooks.calls)
        hooks.calls.append(HookCall(self._plugin, self._hook, arguments))

    def __enter__(self) -> Self:
        try:
            self._hooks.faults.meet(self._plugin, self._hook)
        except Exception as error:
            self._end(error)
            raise
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        self._end(error)
        if error is not None and not isinstance(error, Exception):
            return  # what was cancelled shares its arguments with whoever cleans up after it
        for name, value in self._compared.items():
            changed = change(self._before[name], value, name)
            if changed is not None:
                self._hooks.changes.append(ArgumentChanged(self._plugin, self._hook, name, changed))

    def _end(self, error: BaseException | None) -> None:
        noted = self._hooks.calls[self._number]
        self._hooks.calls[self._number] = dataclasses.replace(
            noted, result=self.result, exception=error, held=self.held
        )
