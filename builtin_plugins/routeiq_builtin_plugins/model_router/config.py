"""What an operator can set of the plugin `model-router`."""

from __future__ import annotations

from functools import cached_property
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .experiments import Assignment

By = Literal["principal", "header", "call"]


class Experiment(BaseModel):
    """Calls of one model, spread over several."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,63}$",
        description="Its name, in figures and in the response header. Another name deals everybody out anew.",
    )
    model: str = Field(min_length=1, description="The model that clients ask for.")
    variants: dict[str, float] = Field(
        min_length=1,
        description="Models, or deployments by their names, with their shares in per cent, 100 together.",
    )
    by: By = Field(
        default="principal",
        description="Whose calls go to the same variant: those of one `principal`, as authentication found it, those"
        " with the same value of a `header`, or none: each `call` is dealt out by itself, as are those that have no"
        " principal, or not that header.",
    )
    header: str = Field(default="x-user-id", pattern=r"^[A-Za-z0-9-]+$", description="The header, with `by: header`.")

    @model_validator(mode="after")
    def _shares(self) -> Self:
        wrong = [variant for variant, share in self.variants.items() if not 0 <= share <= 100]
        if wrong:
            raise ValueError(f"the share of {wrong[0]!r} must be a percentage, of 0 to 100")
        total = sum(self.variants.values())
        if abs(total - 100) > 1e-6:
            raise ValueError(f"the shares of the experiment {self.name!r} are {total:g} together, and must be 100")
        return self

    @cached_property
    def assignment(self) -> Assignment:
        """Who gets which variant."""
        return Assignment(self.name, self.variants)


class Latency(BaseModel):
    """How the strategy `least-latency` measures, and `cost-aware` where it has a bound."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weight: float = Field(
        default=0.2,
        gt=0,
        le=1,
        description="How much the latest attempt counts in the average.",
    )
    explore: float = Field(
        default=0.05,
        ge=0,
        le=0.5,
        description="The share of calls that try another deployment first, so that one that was slow is known to have"
        " become fast.",
    )
    failure: float = Field(
        default=10.0, gt=0, le=3600, description="The seconds that a failure counts as, if it did not take longer."
    )


class Cost(BaseModel):
    """What the strategy `cost-aware` goes by."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    output_share: float = Field(
        default=0.25,
        ge=0,
        le=1,
        description="The share of a call's tokens that the answer is taken to have; the rest is prompt.",
    )
    max_seconds: float | None = Field(
        default=None,
        gt=0,
        description="Deployments that take longer on the average come after all that do not, whatever they cost.",
    )


class Config(BaseModel):
    """What an operator can set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weights: dict[str, float] = Field(
        default={},
        description="For the strategy `weighted`: the weights of deployments, by their names; others have 1. With 0 a"
        " deployment is tried only after the others.",
    )
    latency: Latency = Field(default=Latency(), description="How latencies are measured.")
    cost: Cost = Field(default=Cost(), description="For the strategy `cost-aware`.")
    experiments: tuple[Experiment, ...] = Field(default=(), description="A/B tests, at most one for each model.")
    aliases: dict[str, str] = Field(
        default={}, description="Other names of models, or of deployments, that clients may use: name to model."
    )

    @model_validator(mode="after")
    def _unambiguous(self) -> Self:
        for field, values in (("name", [one.name for one in self.experiments]), ("model", list(self._models))):
            twice = sorted({value for value in values if values.count(value) > 1})
            if twice:
                raise ValueError(f"two experiments have the {field} {twice[0]!r}")
        both = sorted(set(self._models) & self.aliases.keys())
        if both:
            raise ValueError(f"{both[0]!r} is an alias and has an experiment: say one of them")
        negative = sorted(name for name, weight in self.weights.items() if not 0 <= weight < float("inf"))
        if negative:
            raise ValueError(f"the weight of {negative[0]!r} must be 0 or more")
        return self

    @property
    def _models(self) -> tuple[str, ...]:
        return tuple(one.model for one in self.experiments)

    @cached_property
    def by_model(self) -> dict[str, Experiment]:
        """The experiments by their models."""
        return {one.model: one for one in self.experiments}
