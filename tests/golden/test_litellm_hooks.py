"""The page about what fires where says what the golden trace says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any


def test_the_page_is_what_the_traces_say(tool: Callable[[str], ModuleType], repository: Path) -> None:
    hooks = tool("litellm_hooks")
    traces = json.loads((repository / "tests/golden/trace.json").read_text(encoding="utf-8"))
    written = (repository / "docs/reference/litellm-hooks.md").read_text(encoding="utf-8")
    assert written == hooks.page(traces), "run python tools/litellm_hooks.py"


def step(hook: str) -> dict[str, Any]:
    return {"hook": hook}


def test_a_difference_and_a_lack_are_notes_and_equal_ones_are_one(tool: Callable[[str], ModuleType]) -> None:
    trace = [step("pre_routing"), step("llm_stream_chunk"), step("llm_stream_chunk"), step("llm_success")]
    other = {"difference": "it cannot", "client": "left", "trace": [step("llm_failure")]}
    entry = {"trace": trace, "client": "answer: x"}
    traces = {
        "one": {**entry, "hosts": {"gateway": "same", "sdk": other, "router": "same"}},
        "two": {**entry, "hosts": {"gateway": "same", "sdk": other, "router": {"lacks": "it has none"}}},
        "three": {**entry, "hosts": {"gateway": "same"}},
    }
    text = tool("litellm_hooks").page(traces)
    hooks = "`pre_routing`, `llm_stream_chunk`, `llm_success`"
    assert f"| one | {hooks} | answer: x | note 1 | same |" in text
    assert f"| two | {hooks} | answer: x | note 1 | not tested: note 2 |" in text
    assert f"| three | {hooks} | answer: x | not tested | not tested |" in text
    assert "1. It cannot. The hooks are `llm_failure`. The client gets left." in text
    assert "2. It has none." in text
    assert "Proxy" not in text


def test_the_gateway_alone_has_no_notes(tool: Callable[[str], ModuleType]) -> None:
    text = tool("litellm_hooks").page({"one": {"trace": [], "client": "left", "hosts": {"gateway": "same"}}})
    assert "## Notes" not in text
