"""What an operator can set of the plugin `llm-guard`."""

from __future__ import annotations

from functools import cached_property
from hashlib import sha256
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .prompts import LLAMA_GUARD_CATEGORIES, Template

Action = Literal["block", "flag", "allow"]
Direction = Literal["in", "out", "both"]


class Config(BaseModel):
    """Which model judges, what it is asked, and what becomes of its verdict."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = Field(
        default="llama-guard",
        min_length=1,
        description="The model that judges, by its name in `model_list`.",
    )
    template: Template = Field(
        default="llama-guard",
        description="How it is asked. `llama-guard`: it is given the conversation, and its server makes Llama Guard's"
        " prompt of it. `llama-guard-text`: that prompt is written here, with `policy` as its categories. `moderation`:"
        " any model, asked for what OpenAI's moderation answers. `json`: any model, asked about `policy`.",
    )
    policy: str = Field(
        default="",
        max_length=100_000,
        description="For `llama-guard-text` the categories, one a line (`S1: Violent Crimes.`), by default Llama Guard"
        " 3's fourteen; for `json` what is not allowed, in words.",
    )
    direction: Direction = Field(
        default="both",
        description="`in`: what is asked of models, tools and agents; `out`: what they answer.",
    )
    categories: dict[str, Action] = Field(
        default={},
        description="What becomes of a violation by its category, such as `{S6: flag, S13: allow}`: `block` refuses,"
        " `flag` tells by log, event and figures, `allow` does nothing.",
    )
    otherwise: Action = Field(
        default="block", description="What becomes of violations of other categories, and of ones without a category."
    )
    thresholds: dict[str, float] = Field(
        default={},
        description="With `moderation`: from which score on a category is violated, in the place of the model's own"
        " verdict.",
    )
    context_messages: int = Field(
        default=0,
        ge=0,
        le=50,
        description="Each message is judged by itself. So many messages before it are shown with it; the more, the more"
        " it costs, and the fewer verdicts can be used again.",
    )
    max_characters: int = Field(
        default=8000,
        ge=500,
        le=1_000_000,
        description="Longer texts are judged in parts of this length, which overlap by 200.",
    )
    window: int = Field(
        default=1000,
        ge=50,
        le=100_000,
        description="Streamed answers are judged in parts of so many characters, and held until each is judged.",
    )
    window_overlap: int = Field(
        default=200, ge=0, le=50_000, description="How much of the part before is judged again with the next one."
    )
    parallel: bool = Field(
        default=False,
        description="Whether the model that is called works while what it was asked is judged; nothing of its answer"
        " leaves before. What is refused has then cost its tokens, and its provider has seen it.",
    )
    timeout: float = Field(
        default=10.0, gt=0, le=600, description="Seconds in which all that a hook has to judge must be judged."
    )
    concurrency: int = Field(
        default=4, ge=1, le=100, description="So many questions at a time are asked for one hook's texts."
    )
    max_questions: int = Field(
        default=200,
        ge=1,
        le=100_000,
        description="What needs more questions than this at once is not judged: no client shall make a single request"
        " cost more calls of the model.",
    )
    on_error: Literal["block", "allow"] = Field(
        default="block",
        description="What becomes of texts without a verdict: no answer came, or none that makes sense.",
    )
    cache_size: int = Field(
        default=10_000, ge=0, le=1_000_000, description="Verdicts that each worker remembers, by the hash of the text."
    )
    cache_seconds: float = Field(default=3600.0, gt=0, le=604_800, description="For how long.")
    reveal: bool = Field(default=True, description="Whether a refusal names the categories.")

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.window_overlap >= self.window:
            raise ValueError("window_overlap must be below window")
        if self.parallel and self.direction == "out":
            raise ValueError("parallel is about what is asked, and direction: out judges only what is answered")
        wrong = sorted(name for name, score in self.thresholds.items() if not 0 <= score <= 1)
        if wrong:
            raise ValueError(f"the threshold of {wrong[0]!r} must be of 0 to 1")
        if self.thresholds and self.template != "moderation":
            raise ValueError(f"thresholds are for the template moderation: {self.template} gives no scores")
        if self.template == "json" and not self.policy.strip():
            raise ValueError("the template json needs a policy: what is not allowed, in words")
        if self.policy and self.template in ("llama-guard", "moderation"):
            raise ValueError(f"the template {self.template} has no place for a policy: use llama-guard-text or json")
        return self

    @cached_property
    def rules(self) -> str:
        """The policy as the template has it."""
        return self.policy.strip() or LLAMA_GUARD_CATEGORIES

    @cached_property
    def question(self) -> bytes:
        """The hash of all that a verdict depends on besides the texts."""
        parts = (self.model, self.template, self.policy, repr(sorted(self.thresholds.items())))
        return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()
