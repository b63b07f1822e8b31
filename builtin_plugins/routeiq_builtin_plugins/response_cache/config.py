"""What an operator can set of `response-cache`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Share = Literal["key", "tenant", "all"]


class Semantic(BaseModel):
    """How questions that are asked in other words are found."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str | None = Field(
        default=None, description="The model of this gateway that embeds texts. It gets the texts of questions."
    )
    plugin: str | None = Field(
        default=None,
        description="In its place, a plugin that embeds them: it puts a function into its `context.shared`, as "
        "`embed`, that takes texts and returns their vectors; `async` or not.",
    )
    threshold: float = Field(
        default=0.95, gt=0, le=1, description="How alike two questions must be: the cosine of their vectors."
    )
    entries: int = Field(
        default=100,
        ge=1,
        le=10_000,
        description="How many questions are compared: those that differ in their last text alone.",
    )
    total: int = Field(
        default=10_000, ge=1, le=1_000_000, description="How many questions are remembered in all, about 10 KB each."
    )
    timeout: float = Field(
        default=2.0, gt=0, le=60, description="Seconds for an embedding; without one in time the model is asked."
    )

    @model_validator(mode="after")
    def _embedded_by_one(self) -> Semantic:
        if (self.model is None) == (self.plugin is None):
            raise ValueError("name what embeds texts: either 'model' or 'plugin'")
        return self


class Config(BaseModel):
    """What an operator can set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    share: Share = Field(
        default="key",
        description="Who gets each other's answers: those with the same `key`, those of the same `tenant`, or `all`.",
    )
    tenant: str = Field(
        default="tenant",
        min_length=1,
        max_length=100,
        description="The field of the principal's metadata that names its tenant. Who has none shares with nobody.",
    )
    ttl: float = Field(
        default=3600.0,
        gt=0,
        le=366 * 86400,
        description="For how many seconds an answer is kept; an upstream's `max-age` makes it less.",
    )
    only_deterministic: bool = Field(
        default=False, description="Whether only calls with `temperature: 0` are looked up and kept."
    )
    tool_calls: bool = Field(
        default=False, description="Whether answers are kept that call tools, and not only those that are texts."
    )
    ignore: tuple[str, ...] = Field(
        default=(),
        max_length=50,
        description="Parameters that make no other question, such as `user` or `metadata`.",
    )
    semantic: Semantic | None = Field(
        default=None, description="How questions in other words are found; left out: only the very same questions are."
    )
    wait: float = Field(
        default=10.0,
        ge=0,
        le=600,
        description="Seconds that a call waits for the answer to the same question that is being made, in the same "
        "process; 0: it does not.",
    )
    max_answer: int = Field(
        default=256 * 1024, ge=1, le=64 * 2**20, description="How large an answer may be to be kept, in bytes of JSON."
    )
    max_question: int = Field(
        default=1024 * 1024,
        ge=1,
        le=64 * 2**20,
        description="How large a question may be, in characters.",
    )
    version: str = Field(
        default="", max_length=100, description="Any text; another one forgets every answer, in all workers at once."
    )
    headers: bool = Field(
        default=True, description="Whether responses tell by `cache-status` and `age` where they come from."
    )
