"""What is recorded, as an operator or an embedding program chooses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

OPT_IN: Final = "OTEL_SEMCONV_STABILITY_OPT_IN"
LATEST: Final = "gen_ai_latest_experimental"


@dataclass(frozen=True, slots=True)
class Options:
    """How much spans hold.

    Attributes:
        hooks: Whether plugins' hooks are events of the span that they belong to, spans below it, or neither.
        all_hooks: Whether those hooks that let everything pass are told as well.
        content: Whether the messages of calls and their answers are recorded. They hold what people wrote.
        guardrails: Whether decisions of plugins carry the attributes that are proposed for guardrails.
    """

    hooks: Literal["events", "spans", "none"] = "events"
    all_hooks: bool = False
    content: bool = False
    guardrails: bool = False


def opted_in(environ: Mapping[str, str]) -> bool:
    """Return whether OTEL_SEMCONV_STABILITY_OPT_IN asks for what the GenAI conventions only propose."""
    return LATEST in (word.strip() for word in environ.get(OPT_IN, "").split(","))
