"""What an operator can set of the plugin `upskill-evaluator`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

Seconds = Annotated[float, Field(gt=0, le=86_400)]
Kind = Literal["tool", "agent", "llm"]

PASSED_ON: Final = ("HOME", "LANG", "LC_ALL", "PATH", "SSL_CERT_DIR", "SSL_CERT_FILE", "TMPDIR")


class Scoring(BaseModel):
    """How a call is scored, by its success and its latency."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    latency_weight: float = Field(
        default=0.3, ge=0, le=1, description="How much of a success's score latency can cost, from 0 to 1."
    )
    pass_score: float = Field(default=0.7, ge=0, le=1, description="The score from which on a call has passed.")
    tool_seconds: Seconds = Field(default=2.0, description="How long a call of a tool may take without losing points.")
    agent_seconds: Seconds = Field(default=30.0, description="The same for a call of an agent.")
    llm_seconds: Seconds = Field(
        default=10.0, description="The same for a call of a model; a stream takes until its reader has its end."
    )
    targets: dict[str, Seconds] = Field(
        default_factory=dict,
        description="The same for single servers, agents and models by name, or for one tool: `{files: 0.5, files/read:"
        " 0.1}`. The longest name that fits holds.",
    )

    def seconds(self, kind: Kind, target: str, name: str) -> float:
        """Return how long a call may take without losing points."""
        usual = {"tool": self.tool_seconds, "agent": self.agent_seconds, "llm": self.llm_seconds}[kind]
        return self.targets.get(f"{target}/{name}", self.targets.get(target, usual))


class Skills(BaseModel):
    """How skills are evaluated with the command line `upskill`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(
        default=True,
        description="Whether skills are evaluated at all. Every evaluation asks models, which costs money.",
    )
    directory: Path = Field(
        default=Path("skills"),
        description="The folder with one folder for each skill. A relative path starts at the gateway's working"
        " directory.",
    )
    interval: Seconds = Field(default=300.0, description="Seconds between two looks for skills that have changed.")
    command: str = Field(
        default="upskill", min_length=1, description="The program: a name that is looked for in `PATH`, or a path."
    )
    models: tuple[str, ...] = Field(
        default=(), description="The models to evaluate with, as `upskill eval -m` takes them; none: its own default."
    )
    runs: int = Field(default=1, ge=1, le=20, description="Runs for each model.")
    baseline: bool = Field(
        default=True,
        description="Whether the tests run without the skill as well, for the lift. With several runs there is no"
        " baseline.",
    )
    tests: str = Field(
        default="tests.json",
        pattern=r"^[^/\\\x00]+$",
        description="The file of test cases in a skill's folder. Without it those of `skill_meta.json` are used.",
    )
    require_tests: bool = Field(
        default=True,
        description="Whether skills without test cases are left out. Else `upskill` makes some up, with a model.",
    )
    timeout: Seconds = Field(
        default=900.0, description="Seconds that the evaluation of one skill with one model may take."
    )
    max_output: int = Field(
        default=1_048_576, ge=1024, description="Bytes that the program may print; beyond that it is ended."
    )
    pass_environment: tuple[str, ...] = Field(
        default=PASSED_ON,
        description="The gateway's own variables that the program gets. Keys of providers are not among them: name"
        " them, such as `ANTHROPIC_API_KEY`, or set them by `environment`.",
    )
    environment: dict[str, SecretStr] = Field(
        default_factory=dict, description="Further variables for the program, such as keys of providers."
    )


class Config(BaseModel):
    """How calls are scored, and skills evaluated."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scoring: Scoring = Field(default_factory=Scoring, description="How a call is scored.")
    skills: Skills = Field(default_factory=Skills, description="How skills are evaluated.")
