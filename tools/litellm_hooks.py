"""Write docs/reference/litellm-hooks.md: which hooks fire where, from the golden trace of the tests.

Usage: python tools/litellm_hooks.py           writes the page
       python tools/litellm_hooks.py --check   exits with status 1 if it is not what would be written
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

REPOSITORY: Final = Path(__file__).parents[1]
TRACE: Final = REPOSITORY / "tests" / "golden" / "trace.json"
PAGE: Final = REPOSITORY / "docs" / "reference" / "litellm-hooks.md"

HOSTS: Final = {
    "gateway": "our gateway",
    "sdk": "LiteLLM's SDK",
    "sdk-sync": "LiteLLM's SDK, synchronous",
    "router": "LiteLLM's Router",
    "proxy": "LiteLLM's Proxy",
}
"""The hosts in the order of the table, and what they are called there."""

INTRODUCTION: Final = """\
# What fires where

<!-- Written by tools/litellm_hooks.py from tests/golden/trace.json: change neither by hand. -->

The same calls are made through every host, to the same upstream, with the same plugins: one that records each hook,
one that answers or refuses what it is asked to. The tests compare what was recorded (`tests/golden`): the hooks, their
order, and what each was told. In the table, "same" means that all of it is as in our gateway; where it is not, a note
says why.

A run of `llm_stream_chunk` stands for as many as there are chunks, and ends with the empty one that has `is_final`.
Hosts that repeat calls are set to one retry.
"""

Entry = dict[str, Any]


def page(traces: dict[str, Entry]) -> str:
    """Return the page."""
    hosts = [host for host in HOSTS if any(host in entry["hosts"] for entry in traces.values())]
    notes: list[str] = []
    table = "\n".join(_table(traces, hosts, notes))
    numbered = "\n".join(f"{number}. {note}" for number, note in enumerate(notes, 1))
    return f"{INTRODUCTION}\n{table}\n" + (f"\n## Notes\n\n{numbered}\n" if notes else "")


def _table(traces: dict[str, Entry], hosts: list[str], notes: list[str]) -> Iterator[str]:
    """Yield the lines of the table, and collect the notes that it refers to."""
    others = hosts[1:]
    yield f"| call | hooks in {HOSTS[hosts[0]]} | the client gets | {' | '.join(HOSTS[host] for host in others)} |"
    yield f"| {' | '.join('---' for _ in range(3 + len(others)))} |"
    for name, entry in traces.items():
        cells = [_cell(entry["hosts"].get(host), entry, notes) for host in others]
        yield f"| {name} | {sequence(entry['trace'])} | {_client(entry)} | {' | '.join(cells)} |"


def _cell(outcome: Any, entry: Entry, notes: list[str]) -> str:
    if outcome is None:
        return "not tested"
    if outcome == "same":
        return "same"
    if "lacks" in outcome:
        return f"not tested: note {_number(_sentence(outcome['lacks']), notes)}"
    text = _sentence(outcome["difference"])
    hooks = sequence(outcome["trace"])
    if hooks != sequence(entry["trace"]):
        text += f" The hooks are {hooks}."
    if outcome["client"] != entry["client"]:
        text += f" The client gets {_client(outcome)}."
    return f"note {_number(text, notes)}"


def _client(outcome: Entry) -> str:
    return str(outcome["client"]).strip()


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:]}."


def _number(note: str, notes: list[str]) -> int:
    if note not in notes:
        notes.append(note)
    return notes.index(note) + 1


def sequence(trace: list[dict[str, Any]]) -> str:
    """Return the hooks of a trace in their order."""
    names: list[str] = []
    for step in trace:
        if step["hook"] != "llm_stream_chunk" or names[-1:] != [step["hook"]]:
            names.append(step["hook"])
    return ", ".join(f"`{name}`" for name in names)


def main() -> int:
    """Write the page, or compare it."""
    wanted = page(json.loads(TRACE.read_text(encoding="utf-8")))
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(wanted, encoding="utf-8")
        return 0
    if PAGE.read_text(encoding="utf-8") == wanted:
        return 0
    print(f"{PAGE.relative_to(REPOSITORY)} is not what the traces say: run python tools/litellm_hooks.py")
    return 1


if __name__ == "__main__":
    sys.exit(main())
