"""What an operator can set of the plugin `evaluator`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from routeiq_plugin_sdk import EvaluationPolicy

Kind = Literal["tool", "agent", "llm"]
Rate = Annotated[float, Field(ge=0, le=1)]


class Config(BaseModel):
    """How many calls are evaluated, within which limits, and where results go."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kinds: frozenset[Kind] = Field(
        default=frozenset({"tool", "agent", "llm"}),
        description="What is evaluated: calls of tools (MCP), of agents (A2A), and of models.",
    )
    sample_rate: Rate = Field(default=1.0, description="The share of the calls that is evaluated, from 0 to 1.")
    sample_rates: dict[Kind, Rate] = Field(
        default_factory=dict, description="The same for single kinds, in the place of `sample_rate`: `{llm: 0.05}`."
    )
    concurrency: int = Field(
        default=4, ge=1, le=1000, description="How many calls each evaluator judges at the same time, in each worker."
    )
    queue: int = Field(
        default=100,
        ge=0,
        le=100_000,
        description="How many calls wait for each evaluator at most, in each worker; more are dropped, and counted.",
    )
    queue_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=0,
        description="How much memory the inputs and outputs of the calls that wait for an evaluator keep at most,"
        " roughly, in each worker.",
    )
    timeout: float = Field(default=30.0, gt=0, le=3600, description="Seconds that an evaluator has for one call.")
    log: Literal["none", "failed", "all"] = Field(
        default="failed", description="Which results are logged: none, those that did not pass, or all."
    )
    log_feedback: bool = Field(
        default=False, description="Whether the log has evaluators' words as well: they may quote what people wrote."
    )

    @property
    def policy(self) -> EvaluationPolicy:
        """What the host goes by."""
        rates = {kind: self.sample_rates.get(kind, self.sample_rate) for kind in self.kinds}
        return EvaluationPolicy(rates, self.concurrency, self.queue, self.queue_bytes, self.timeout)
