"""Traces of hooks in a form that can be compared, and the golden file that holds them.

The file has one entry for each scenario: `trace` and `client` are the gateway's; `hosts` says for each host that it is
the same there, or what differs and why, or that the host lacks it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from .recorder import Step
from .scenarios import Scenario

GOLDEN: Final = Path(__file__).with_name("trace.json")
REFERENCE: Final = "gateway"
"""The host whose trace the others are compared with."""

Document = dict[str, Any]


@dataclass(frozen=True)
class Trace:
    """What a scenario came to.

    Attributes:
        steps: The hooks, normalised.
        client: What the client got: `answer: ...`, `error: 429`, `broken after: ...` or `left`.
    """

    steps: list[Step]
    client: str


class Host(Protocol):
    """Something that makes LLM calls under plugins: the gateway, LiteLLM's SDK, Router or Proxy.

    Attributes:
        name: In the golden file and the documentation's table.
        lacks: The scenarios that it cannot run, by name, and why.
        differences: The scenarios whose trace differs from the gateway's, by name, and why that is right.
    """

    @property
    def name(self) -> str:
        """See the class."""

    @property
    def lacks(self) -> Mapping[str, str]:
        """See the class."""

    @property
    def differences(self) -> Mapping[str, str]:
        """See the class."""

    async def run(self, scenario: Scenario) -> Trace:
        """Run one scenario to its end, and return its trace by way of `normalise`."""


def normalise(steps: Iterable[Step], names: Mapping[str, str] | None = None) -> list[Step]:
    """Return steps without what differs from run to run, and from host to host without meaning.

    The chunks of a stream become one step for each run of a kind, since hosts cut texts differently; ids of calls are
    left out as long as there is one call, and are numbers beyond; empty values are left out.

    Args:
        steps: As the `Recorder` has them.
        names: What the host calls models, and what the golden trace calls them.
    """
    calls: dict[str, int] = {}
    normalised: list[Step] = []
    for raw in steps:
        step = _renamed({**raw, "call": calls.setdefault(raw["call"], len(calls) + 1)}, names or {})
        if step["call"] == 1:
            del step["call"]
        last = normalised[-1] if normalised else None
        if step["hook"] != "llm_stream_chunk":
            normalised.append(step)
        elif not step["final"] and not step["text"]:
            continue  # roles, finish reasons, usage: dialects differ in what they have of them
        elif last is not None and _same_run(last, step):
            last["text"] += step["text"]
        else:
            normalised.append(dict(step))
    kept = (
        {name: value for name, value in step.items() if value not in (None, "", [], {}, False)} for step in normalised
    )
    return list(kept)


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _renamed(one, names) for name, one in value.items()}
    if isinstance(value, list):
        return [_renamed(one, names) for one in value]
    return names.get(value, value) if isinstance(value, str) else value


def _same_run(last: Step, step: Step) -> bool:
    return all(last.get(name) == step.get(name) for name in ("hook", "call", "kind")) and not step["final"]


class Golden:
    """The golden file, as it is and as it becomes."""

    def __init__(self, path: Path = GOLDEN) -> None:
        self._path = path
        self.document: Document = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def expected(self, host: Host, scenario: Scenario) -> Document:
        """Return what a host has to do in a scenario: `trace` and `client`."""
        entry = self.document.get(scenario.name, {})
        own = entry.get("hosts", {}).get(host.name)
        return own if isinstance(own, dict) and "trace" in own else _view(entry)

    def problem(self, host: Host, scenario: Scenario, trace: Trace) -> str | None:
        """Return what is wrong with the reasons that a host gives, or None: every difference has a name."""
        if host.name == REFERENCE:
            return None
        same = _view(self.document.get(scenario.name, {})) == _view(vars_of(trace))
        named = scenario.name in host.differences
        if same and named:
            return f"{host.name}: {scenario.name!r} is the gateway's trace again: take it out of its differences"
        if not same and not named:
            return f"{host.name}: {scenario.name!r} is not the gateway's trace: a fault, or name it in its differences"
        return None

    def update(self, host: Host, scenario: Scenario, trace: Trace) -> None:
        """Take a trace as right."""
        entry = self.document.setdefault(scenario.name, {"trace": [], "client": "", "hosts": {}})
        if host.name == REFERENCE:
            entry.update(vars_of(trace))
            entry["hosts"][host.name] = "same"
        elif _view(entry) == vars_of(trace):
            entry["hosts"][host.name] = "same"
        else:
            entry["hosts"][host.name] = {"difference": host.differences.get(scenario.name, ""), **vars_of(trace)}

    def update_lack(self, host: Host, scenario: Scenario) -> None:
        """Note that a host cannot run a scenario."""
        entry = self.document.setdefault(scenario.name, {"trace": [], "client": "", "hosts": {}})
        entry["hosts"][host.name] = {"lacks": host.lacks[scenario.name]}

    def write(self, order: Iterable[str]) -> None:
        """Write the file, one step on each line; scenarios that there are no more are left out."""
        entries = [f"  {json.dumps(name)}: {_entry(self.document[name])}" for name in order if name in self.document]
        self._path.write_text("{\n" + ",\n".join(entries) + "\n}\n", encoding="utf-8")


def vars_of(trace: Trace) -> Document:
    """Return a trace as the golden file has it."""
    return {"client": trace.client, "trace": trace.steps}


def _view(entry: Document) -> Document:
    return {"client": entry.get("client"), "trace": entry.get("trace")}


def _entry(entry: Document) -> str:
    hosts = ",\n".join(
        f"      {json.dumps(name)}: {_traced(value, 6) if isinstance(value, dict) else json.dumps(value)}"
        for name, value in sorted(entry["hosts"].items())
    )
    return f'{_traced(_view(entry), 2)[:-4]},\n    "hosts": {{\n{hosts}\n    }}\n  }}'


def _traced(document: Document, indent: int) -> str:
    """Return a document with `trace` as JSON, indented."""
    space = " " * (indent + 2)
    lines = []
    for name, value in document.items():
        text = json.dumps(value, ensure_ascii=False)
        if name == "trace":
            steps = ",\n".join(f"{space}  {json.dumps(step, ensure_ascii=False)}" for step in value)
            text = f"[\n{steps}\n{space}]" if value else "[]"
        lines.append(f"{space}{json.dumps(name)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n" + " " * indent + "}"
