"""What an operator can set of the plugin `content-filter`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ..matching import Matcher, PatternError
from .rules import compiled


class Rule(BaseModel):
    """One thing to look for: a regular expression, or words and phrases."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=100, description="What logs and metrics call it; unique.")
    pattern: str | None = Field(
        default=None, description="A regular expression in RE2's syntax: any, in time that is linear in the text."
    )
    words: tuple[str, ...] = Field(default=(), description="Words and phrases; how much space is in these is all one.")
    file: Path | None = Field(default=None, description="A file with further words, one a line; `#` begins a comment.")
    action: Literal["block", "redact", "flag"] = Field(
        default="block",
        description="`block` refuses the request or ends the answer, `redact` replaces what is found, `flag` tells it.",
    )
    direction: Literal["in", "out", "both"] = Field(
        default="both", description="`in`: what clients send; `out`: what models, tools and agents answer."
    )
    case_sensitive: bool = Field(default=False, description="Whether capitals and small letters differ.")
    whole_words: bool = Field(default=True, description="Whether words count alone, and not as parts of others.")
    fold: bool = Field(
        default=True,
        description="Whether what looks alike is alike: look-alikes of other scripts, accents, full-width and other"
        " forms, invisible characters. A pattern with characters beyond ASCII is matched as it is.",
    )
    replacement: str = Field(default="[redacted]", max_length=200, description="What stands for what `redact` finds.")
    longest: int = Field(
        default=200,
        ge=1,
        le=10_000,
        description="Characters that a match of a pattern without an end of its own (`.*`, `\\S+`) is found up to in a"
        " stream, which is held back by as many.",
    )


class Config(BaseModel):
    """What is looked for, and what becomes of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: tuple[Rule, ...] = Field(default=(), description="In this order where several find the same.")
    status_code: int = Field(default=403, ge=400, le=499, description="Of refusals.")
    message: str = Field(
        default="The content was refused by a content filter.", description="What a refusal says; never what was found."
    )
    bodies: tuple[str, ...] = Field(
        default=(),
        description="Paths, with `*` for anything, whose bodies are looked at beside LLM, tool and agent calls: texts"
        " of JSON, else all of the text.",
    )
    undecodable: Literal["pass", "block"] = Field(
        default="pass", description="What becomes of such a body if it is no UTF-8."
    )
    max_redactions: int = Field(
        default=10_000,
        ge=1,
        description="Places in one text that are replaced at most: with more it is refused, and with twenty times as"
        " many that are only reported.",
    )
    memory_mib: int = Field(
        default=64, ge=1, le=4096, description="MiB that the patterns of one direction may take, all together."
    )

    @field_validator("rules")
    @classmethod
    def _sound(cls, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        """Refuse, with all reasons at once, what could not be matched when a request comes."""
        problems = [f"two rules are named {name!r}" for name in _repeated([rule.name for rule in rules])]
        for rule in rules:
            if (rule.pattern is None) == (not rule.words and rule.file is None):
                problems.append(f"rule {rule.name!r} must have either a pattern, or words or a file with words")
                continue
            try:
                compiled(rule)
            except PatternError as error:
                problems.append(f"rule {rule.name!r}: {error}")
        if problems:
            raise ValueError("; ".join(problems))
        return rules

    @model_validator(mode="after")
    def _within_its_memory(self) -> Config:
        Matcher([compiled(rule) for rule in self.rules], self.memory_mib)
        return self


def _repeated(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})
