"""Every host produces the golden trace; what differs has a name."""

from __future__ import annotations

import importlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
import pytest_asyncio

from tests.fakes.upstream import Upstream, running

from .hosts import HOSTS
from .recorder import Step
from .scenarios import SCENARIOS, Scenario
from .trace import Golden, Host, Trace, normalise, vars_of

CHUNK = {"hook": "llm_stream_chunk", "call": "a", "api": "chat", "stream": True, "model": "m", "kind": "text"}


@pytest.fixture(scope="module")
def one_upstream() -> Iterator[Upstream]:
    with running() as one:
        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=HOSTS)
async def host(request: pytest.FixtureRequest, one_upstream: Upstream) -> AsyncIterator[Host]:
    async with importlib.import_module(request.param).host(one_upstream) as one:
        yield one


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("scenario", [pytest.param(one, id=name) for name, one in SCENARIOS.items()])
async def test_a_host_produces_the_golden_trace(host: Host, scenario: Scenario, update_golden: bool) -> None:
    golden = Golden()
    if scenario.name in host.lacks:
        if update_golden:
            golden.update_lack(host, scenario)
            golden.write(SCENARIOS)
        pytest.skip(f"{host.name}: {host.lacks[scenario.name]}")
    trace = await host.run(scenario)
    if update_golden:
        golden.update(host, scenario, trace)
        golden.write(SCENARIOS)
    problem = golden.problem(host, scenario, trace)
    assert problem is None
    expected = golden.expected(host, scenario)
    assert vars_of(trace) == {"client": expected["client"], "trace": expected["trace"]}


def test_the_golden_file_has_these_scenarios_in_this_form(tmp_path: Path) -> None:
    golden = Golden()
    assert list(golden.document) == list(SCENARIOS)
    copy = tmp_path / "trace.json"
    again = Golden(copy)
    again.document = golden.document
    again.write(SCENARIOS)
    assert copy.read_text() == Path(__file__).with_name("trace.json").read_text()


def step(**told: Any) -> Step:
    return {**CHUNK, "text": "", "final": False, **told}


def test_runs_of_chunks_become_one_step_each() -> None:
    steps = [step(text="a"), step(), step(text="b"), step(kind="tool_call", text="f"), step(text="c"), step(final=True)]
    merged = normalise(steps)
    assert [(one["kind"], one.get("text"), one.get("final")) for one in merged] == [
        ("text", "ab", None), ("tool_call", "f", None), ("text", "c", None), ("text", None, True),
    ]  # fmt: skip
    assert all("call" not in one for one in merged)


def test_a_second_call_and_a_second_final_chunk_are_seen() -> None:
    merged = normalise([step(final=True), step(final=True), step(call="b", final=True)])
    assert [one.get("call") for one in merged] == [None, None, 2]


def test_what_a_host_calls_its_models_is_translated() -> None:
    (one,) = normalise([{**CHUNK, "hook": "pre_routing", "models": [["m", "openai", "x"]]}], {"m": "fast"})
    assert (one["model"], one["models"]) == ("fast", [["fast", "openai", "x"]])


class Stranger:
    name: ClassVar = "stranger"
    lacks: ClassVar = {"embedding": "it has none"}

    def __init__(self, **differences: str) -> None:
        self.differences = differences

    async def run(self, scenario: Scenario) -> Trace:
        raise NotImplementedError


def test_a_difference_needs_a_name_as_long_as_there_is_one(tmp_path: Path) -> None:
    golden = Golden(tmp_path / "trace.json")
    chat = SCENARIOS["chat"]
    golden.document = {"chat": {"trace": [{"hook": "llm_success"}], "client": "left", "hosts": {"gateway": "same"}}}
    same, other = Trace([{"hook": "llm_success"}], "left"), Trace([], "left")
    assert golden.problem(Stranger(), chat, same) is None
    assert "take it out" in str(golden.problem(Stranger(chat="why"), chat, same))
    assert "name it" in str(golden.problem(Stranger(), chat, other))
    assert golden.problem(Stranger(chat="why"), chat, other) is None
    golden.update(Stranger(chat="why"), chat, other)
    assert golden.expected(Stranger(), chat)["trace"] == []
    golden.update_lack(Stranger(), SCENARIOS["embedding"])
    golden.write(SCENARIOS)
    written = json.loads((tmp_path / "trace.json").read_text())
    assert written["chat"]["hosts"]["stranger"] == {"difference": "why", "client": "left", "trace": []}
    assert written["embedding"]["hosts"]["stranger"] == {"lacks": "it has none"}
