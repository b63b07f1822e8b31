"""Choosing plans for a request among 1,000 instances that are narrowed by scopes, and what a choice costs at first."""

from __future__ import annotations

import asyncio
import gc
import importlib.util
import random
import statistics
import time
import tracemalloc
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from routeiq_plugin_sdk import (
    Headers,
    LLMCall,
    PluginCapability,
    PluginMetadata,
    PluginRequest,
    Principal,
    hookimpl,
)

from routeiq import PluginManager
from routeiq.core.selections import Selections
from routeiq.core.settings import ManagerSettings, PluginOverride

from .table import Row

INSTANCES = 1_000
COMMON = (
    (b"host", b"gateway.example"), (b"user-agent", b"OpenAI/Python 2.54.0"), (b"accept", b"application/json"),
    (b"content-type", b"application/json"), (b"authorization", b"Bearer sk-0123456789"),
    (b"accept-encoding", b"gzip, deflate"), (b"content-length", b"1234"), (b"x-request-id", b"0123456789abcdef"),
)  # fmt: skip
Call = Callable[..., object]


def scope(number: int) -> dict[str, Any]:
    """Return the scope of one instance: of each dimension 200, of all together 200."""
    tenant = f"tenant-{number}"
    kinds: tuple[dict[str, Any], ...] = (
        {"path": f"/{tenant}/*"},
        {"key": tenant},
        {"model": [f"{tenant}-*", f"*/{tenant}"]},
        {"header": {"x-tenant": tenant}},
        {"path": ["/v1/*", "/v2/*"], "header": {"x-tenant": tenant}, "key": tenant, "model": "gpt-*"},
    )
    return kinds[number % len(kinds)]


def limiter() -> types.ModuleType:
    """Return a plugin with five hooks."""

    def nothing() -> Call:
        async def passing() -> None:
            """Pass."""

        return passing

    module = types.ModuleType("limiter")
    metadata = PluginMetadata(name="limiter", version="1", capabilities={PluginCapability.MIDDLEWARE})
    hooks = ("request", "response_headers", "response", "llm_pre_call", "llm_success")
    vars(module).update({hook: hookimpl(specname=hook)(nothing()) for hook in hooks}, metadata=metadata)
    return module


def requests(count: int, seed: int) -> Iterator[tuple[PluginRequest, LLMCall]]:
    """Yield requests of tenants at random, at paths of their own and at a common one, with calls of models."""
    chance = random.Random(seed)
    for number in range(count):
        tenant = f"tenant-{chance.randrange(INSTANCES)}"
        path = chance.choice((f"/{tenant}/{seed}-{number}", "/v1/chat/completions"))
        headers = Headers((*COMMON, (b"x-tenant", tenant.encode())))
        request = PluginRequest(str(number), "POST", path, headers, {}, {}, Principal(tenant))
        yield request, LLMCall("c", "chat", chance.choice(("gpt-4o", f"{tenant}-large")), False, request)


def microseconds(call: Call, arguments: Sequence[tuple[Any, ...]], rounds: int) -> float:
    """Return the median CPU time of one call."""
    taken = []
    for _ in range(rounds):
        began = time.thread_time()
        for one in arguments:
            call(*one)
        taken.append((time.thread_time() - began) / len(arguments) * 1e6)
    return statistics.median(taken)


def look_ups(scopes: Selections, rounds: int) -> Iterator[Row]:
    """Yield what each look-up of a request costs."""
    asked = list(requests(300, seed=1))
    entered = [scopes.at_entry(request) for request, _ in asked]
    known = [scopes.identified(plans, request) for plans, (request, _) in zip(entered, asked, strict=True)]
    for plans, (_, call) in zip(known, asked, strict=True):
        scopes.routed(plans, call)
    among = f"{INSTANCES:,} scopes"
    at_entry = microseconds(scopes.at_entry, [(request,) for request, _ in asked], rounds)
    yield Row("scopes", "look-up at entry", at_entry, "us", 2.0, note=f"path and headers, {among}")
    first = microseconds(scopes._scopes.at_entry, [(request,) for request, _ in requests(300, seed=2)], 1)
    yield Row("scopes", "the same, paths never seen", first, "us", note="without the plans' cache")
    by_key = [(plans, request) for plans, (request, _) in zip(entered, asked, strict=True)]
    yield Row("scopes", "look-up by key", microseconds(scopes.identified, by_key, rounds), "us", 2.0, note=among)
    by_model = [(plans, call) for plans, (_, call) in zip(known, asked, strict=True)]
    yield Row("scopes", "look-up by model", microseconds(scopes.routed, by_model, rounds), "us", 2.0, note=among)


def first_uses(scopes: Selections) -> Iterator[Row]:
    """Yield what it costs that plans of a combination are made at its first use."""
    asked = list(requests(400, seed=3))
    gc.collect()
    tracemalloc.start()
    before, sets = tracemalloc.get_traced_memory()[0], len(scopes._sets)
    for request, _ in asked:
        scopes.identified(scopes.at_entry(request), request)
    made = len(scopes._sets) - sets
    kilobytes = (tracemalloc.get_traced_memory()[0] - before) / 1024
    tracemalloc.stop()
    yield Row("scopes", "memory of a set of plans", kilobytes / max(1, made), "KiB", note=f"{made} sets, of <= 1,024")


def condition_rows(rounds: int) -> Iterator[Row]:
    """Yield what a condition costs beside the other parts; nothing without the package."""
    if importlib.util.find_spec("cel") is None:
        return

    async def timed() -> float:
        when = {"condition": "request.method == 'POST' && 'x-tenant' in request.headers"}
        manager = managed({"limiter#a": {"when": when}})
        async with manager:
            assert manager.plans.scopes is not None
            return microseconds(manager.plans.scopes.at_entry, [(one,) for one, _ in requests(300, seed=4)], rounds)

    yield Row("scopes", "a condition", asyncio.run(timed()), "us", note="CEL; asked where the other parts hold")


def managed(words: dict[str, Any]) -> PluginManager:
    """Return a manager with instances of one plugin."""
    settings = ManagerSettings(plugins={name: PluginOverride.model_validate(word) for name, word in words.items()})
    manager, module = PluginManager(settings), limiter()
    for name in words:
        manager.register(module, name=name)
    return manager


async def measured(rounds: int) -> list[Row]:
    """Return the rows of 1,000 instances."""
    manager = managed({f"limiter#t{number}": {"when": scope(number)} for number in range(INSTANCES)})
    async with manager:
        began = time.thread_time()
        manager.rebuild()
        change = (time.thread_time() - began) * 1e3
        scopes = manager.plans.scopes
        assert scopes is not None
        began = time.thread_time()
        fresh = list(requests(200, seed=5))
        for request, _ in fresh:
            scopes.identified(scopes.at_entry(request), request)
        first = (time.thread_time() - began) / len(fresh) * 1e6
        rows = [*look_ups(scopes, rounds), *first_uses(scopes)]
        rows.append(Row("scopes", "first use of a combination", first, "us", note="plans of five hooks, made once"))
        rows.append(Row("scopes", "a change of the configuration", change, "ms", note=f"{INSTANCES:,} scopes compiled"))
    return rows


def main(quick: bool) -> list[Row]:
    """Measure."""
    rounds = 9 if quick else 31
    return [*asyncio.run(measured(rounds)), *condition_rows(rounds)]
