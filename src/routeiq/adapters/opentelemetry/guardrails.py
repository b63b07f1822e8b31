"""Plugins' decisions in the words that are proposed for guardrails (semantic-conventions-genai, pull request 427)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from routeiq_plugin_sdk import Reject

from routeiq.core.telemetry import Outcome

from . import names
from .failures import error_type

# The phases in which a plugin judges what goes to a model, a tool or an agent, or comes from it.
TARGETS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "llm_pre_call": "input",
        "llm_stream_chunk": "output",
        "llm_stream_window": "output",
        "tool_pre_call": "input",
        "tool_post_call": "output",
        "agent_pre_call": "input",
        "agent_post_call": "output",
    }
)
_SUBTYPES: Final[Mapping[str, str]] = MappingProxyType({"llm": "llm", "tool": "tool_call", "agent": "agent"})
# Verdict and action of each outcome. An answer from a cache, a failure and a cancellation are no verdicts.
_VERDICTS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "passed": ("allow", "allow"),
        "changed": ("modify", "modify"),
        "rejected": ("deny", "block"),
        "audited": ("warn", "allow"),
    }
)


def verdict(phase: str, plugin: str, outcome: Outcome, detail: BaseException | str | None) -> dict[str, str]:
    """Return the attributes of a hook's verdict; empty if it gave none."""
    target = TARGETS.get(phase)
    found = _VERDICTS.get(outcome)
    if target is None or found is None:
        return {}
    attributes = {
        names.GUARDRAIL_COMPONENT: plugin,
        names.GUARDRAIL_TARGET: target,
        names.GUARDRAIL_SUBTYPE: _SUBTYPES[phase.partition("_")[0]],
        names.GUARDRAIL_VERDICT: found[0],
        names.GUARDRAIL_ACTION: found[1],
    }
    if isinstance(detail, Reject):
        attributes[names.GUARDRAIL_CODE] = error_type(detail)
    return attributes
