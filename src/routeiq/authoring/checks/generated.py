"""Requests, answers and chunks that hypothesis makes up, where it is installed: `routeiq[toolkit]`."""

from __future__ import annotations

import asyncio
import contextlib
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from routeiq_plugin_sdk.testing import PluginTestHarness, UpstreamAnswer

from .configurations import words_of
from .scenarios import CHAT, Scenario

if TYPE_CHECKING:
    from .behaviour import Trial

_PATHS: Final = ("/", CHAT, "/v1/models", "/v1/embeddings", "/files/x")


class _Shown(Exception):
    """Something is wrong."""


def generate(trial: Trial, examples: int) -> bool:
    """Have made up things happen to a plugin, until something is wrong; return whether hypothesis is there."""
    if find_spec("hypothesis") is None:
        return False
    from hypothesis import HealthCheck, given, settings
    from hypothesis.errors import Flaky

    shown: list[Any] = []
    loop = asyncio.new_event_loop()
    try:
        harness = loop.run_until_complete(trial.harness().startup())
        fixed = settings(
            max_examples=examples,
            database=None,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )

        @fixed
        @given(_happenings(words_of(harness.context.config)))
        def withstands(scenario: Scenario) -> None:
            trial.notes.clear()
            loop.run_until_complete(trial.attempt(harness, scenario, times=1))
            if trial.notes:
                shown[:] = trial.notes
                raise _Shown

        # The simplest example is the last that failed; that of a plugin which fails now and then need not fail again.
        with contextlib.suppress(_Shown, Flaky):
            withstands()
        trial.notes[:] = shown
        loop.run_until_complete(harness.shutdown())
    finally:
        loop.close()
    return True


def _happenings(words: list[str]) -> Any:
    """Return what makes up scenarios."""
    from hypothesis import strategies as st

    text = st.one_of(st.text(max_size=60), st.sampled_from(words or ["harmful"]))
    json = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=8,
    )
    role = st.sampled_from(["system", "user", "assistant", "tool"])
    message = st.fixed_dictionaries({"role": role, "content": text | json}, optional={"tool_calls": json, "name": json})
    body = st.one_of(st.binary(max_size=80), st.fixed_dictionaries({"model": text | json, "messages": json}))
    header = st.tuples(
        st.from_regex(r"x-[a-z]{1,8}", fullmatch=True),
        st.text(st.characters(codec="latin-1", categories=("L", "N")), max_size=20),
    )
    requests = st.builds(
        _request,
        st.sampled_from(["GET", "POST", "PUT", "PATCH"]),
        st.sampled_from(_PATHS),
        body,
        st.lists(header, max_size=3),
    )
    calls = st.builds(_call, st.lists(message, min_size=1, max_size=3), st.lists(text, max_size=5), st.booleans())
    return st.sampled_from((calls, calls, requests)).flatmap(lambda one: one)  # calls reach more hooks


def _request(method: str, path: str, body: Any, headers: list[tuple[str, str]]) -> Scenario:
    def run(harness: PluginTestHarness) -> Any:
        return harness.send_request(method, path, body, headers)

    return Scenario(f"a request {method} {path} with the headers {headers} and the body {str(body)[:200]}", run)


def _call(messages: list[dict[str, Any]], pieces: list[str], stream: bool) -> Scenario:
    def run(harness: PluginTestHarness) -> Any:
        return harness.llm_call(messages, answer=UpstreamAnswer(pieces=pieces), stream=stream)

    return Scenario(f"a chat completion with the messages {str(messages)[:200]} answered in the pieces {pieces}", run)
