"""One dispatch of N plugins that do nothing, beside a hand-written loop of awaits and other plugin systems.

Every plan has error isolation, attribution and metrics on, as it runs in production. What the metrics are part of that,
the same plan tells from whose source they have been cut out; what tracing costs, a trace that forgets what it is told.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import textwrap
import types
from collections.abc import Callable, Iterator
from typing import Any

import pluggy
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, PluginRequest, hookimpl

from routeiq import PluginManager
from routeiq.core.dispatch import AnyPlan
from routeiq.core.logging import Activity
from routeiq.core.settings import ManagerSettings

from .table import Row
from .timing import AsyncCase, interleaved, median, ratio

LIMITS = {1: 1.4, 5: 1.15, 20: 1.1}
METRICS = {1: 1.25, 5: 1.2, 20: 1.2}


def plugins(count: int) -> list[types.ModuleType]:
    """Return plugins whose `request` hook does nothing."""
    made = []
    for number in range(count):
        module = types.ModuleType(f"bench_{number}")
        module.metadata = PluginMetadata(name=f"bench-{number}", capabilities={PluginCapability.MIDDLEWARE})  # type: ignore[attr-defined]

        async def request(request: Any) -> None:
            return None

        module.request = hookimpl(request)  # type: ignore[attr-defined]
        made.append(module)
    return made


async def measure(quick: bool) -> list[Row]:
    """Return the rows of this benchmark."""
    rows = []
    for count, limit in LIMITS.items():
        modules = plugins(count)
        manager = PluginManager(ManagerSettings())
        for module in modules:
            manager.register(module)
        async with manager:
            plan, request, activity = manager.plans.request, PluginRequest.mock(), Activity("bench")
            assert plan is not None
            hooks = [module.request for module in modules]
            traced = Activity("bench")
            traced.trace = Forgetful()
            cases = {
                "loop": by_hand(hooks, request),
                "plan": functools.partial(plan.call, request, activity),
                "uncounted": functools.partial(uncounted(plan), request, activity),
                "traced": functools.partial(plan.call, request, traced),
            }
            calls = dict.fromkeys(cases, 20_000 // count)
            for name, case in peers(count, request):
                cases[name] = case
                calls[name] = 1_000 // count if name == "pluggy" else 100 // count + 3
            seconds = await interleaved(cases, rounds=11 if quick else 41, calls=calls)
        rows.append(
            Row(
                "dispatch",
                f"{count} async plugins",
                ratio(seconds, "plan", "loop"),
                "x",
                limit,
                note="a loop of awaits",
            )
        )
        rows += [
            Row(
                "dispatch",
                f"{count}: with metrics",
                ratio(seconds, "plan", "uncounted"),
                "x",
                METRICS[count],
                note="the same plan without",
            ),
            Row("dispatch", f"{count}: traced", ratio(seconds, "traced", "plan"), "x", note="not traced"),
            Row("dispatch", f"{count}: ns", median(seconds, "plan") * 1e9, "ns"),
        ]
        rows += [
            Row("dispatch", f"{count}: {name}", ratio(seconds, name, "loop"), "x", note="a loop of awaits")
            for name in cases
            if name not in ("loop", "plan", "uncounted", "traced")
        ]
    return rows


def by_hand(hooks: list[Callable[..., Any]], request: PluginRequest) -> AsyncCase:
    """Return what a host without plugins would write."""

    async def loop() -> Any:
        for hook in hooks:
            result = await hook(request)
            if result is not None:
                return result
        return None

    return loop


class Forgetful:
    """A trace that keeps nothing."""

    exemplar = None

    def hook(self, *told: Any) -> None:
        """Take up a hook."""

    def held(self, *told: Any) -> None:
        """Take up a hold."""


def uncounted(plan: AnyPlan) -> Callable[..., Any]:
    """Return the function of a plan, compiled from its own source without a counter, a sample and a trace."""
    counting = "        nonlocal c, k\n        if (k := k - 1) and activity.trace is None:\n"
    head, _, rest = plan.source.partition(counting)
    body, _, timed = rest.partition("        else:\n            if not k:")
    assert "clock()" in timed, "the source of plans has changed: cut out what counts"
    made = f"        return None\n    return {plan.phase.name}\n"
    names = head.partition("(")[2].partition(")")[0].split(", ")
    cells = zip(plan.call.__code__.co_freevars, plan.call.__closure__ or (), strict=True)
    bound = {name: cell.cell_contents for name, cell in cells}
    scope: dict[str, Any] = {}
    exec(head + textwrap.indent(textwrap.dedent(body), " " * 8) + made, scope)
    function: Callable[..., Any] = scope["make"](*(bound.get(name) for name in names))
    return function


def peers(count: int, request: PluginRequest) -> Iterator[tuple[str, AsyncCase]]:
    """Yield the same dispatch in other plugin systems, as far as they are installed."""
    yield "pluggy", _pluggy(count, request)
    for name, make in (("apluggy", _apluggy), ("cpex", _cpex)):
        try:
            module = importlib.import_module("cpex.framework" if name == "cpex" else name)
        except ImportError:
            continue
        yield name, make(module, count, request)


def _pluggy(count: int, request: PluginRequest) -> AsyncCase:
    spec, impl = pluggy.HookspecMarker("bench"), pluggy.HookimplMarker("bench")

    class Specs:
        @spec
        def request(self, request: Any) -> Any: ...

    manager = pluggy.PluginManager("bench")
    manager.add_hookspecs(Specs)
    for _ in range(count):

        class Plugin:
            @impl
            async def request(self, request: Any) -> None:
                return None

        manager.register(Plugin())

    async def call() -> None:
        for coroutine in manager.hook.request(request=request):
            await coroutine

    return call


def _apluggy(apluggy: Any, count: int, request: PluginRequest) -> AsyncCase:
    spec, impl = apluggy.HookspecMarker("bench"), apluggy.HookimplMarker("bench")

    class Specs:
        @spec
        async def request(self, request: Any) -> Any: ...

    manager = apluggy.PluginManager("bench")
    manager.add_hookspecs(Specs)
    for _ in range(count):

        class Plugin:
            @impl
            async def request(self, request: Any) -> None:
                return None

        manager.register(Plugin())
    return lambda: manager.ahook.request(request=request)


def _cpex(framework: Any, count: int, request: PluginRequest) -> AsyncCase:
    class Noop(framework.Plugin):
        async def prompt_pre_fetch(self, payload: Any, context: Any) -> Any:
            return framework.PromptPrehookResult()

    manager = framework.PluginManager()
    for number in range(count):
        config = framework.PluginConfig(
            name=f"bench-{number}", kind="bench", version="1", hooks=[framework.PromptHookType.PROMPT_PRE_FETCH]
        )
        manager._registry.register(Noop(config))
    payload = framework.PromptPrehookPayload(prompt_id="p", args={})
    hook = framework.PromptHookType.PROMPT_PRE_FETCH

    async def call() -> None:
        await manager.invoke_hook(hook, payload, framework.GlobalContext(request_id="r"))

    return call


def main(quick: bool) -> list[Row]:
    """Run it."""
    return asyncio.run(measure(quick))
