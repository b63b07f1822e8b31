"""What an operator can set of the plugin `circuit-breaker`."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Status = Annotated[int, Field(ge=400, le=599)]


class Config(BaseModel):
    """When the circuit of a deployment opens, and how it closes again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    consecutive_failures: int = Field(
        default=5, ge=1, le=10_000, description="So many failures in a row open the circuit."
    )
    failure_rate: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="Such a share of failures among the attempts of the window opens it too.",
    )
    window: float = Field(default=60.0, ge=1, le=3600, description="The window's seconds.")
    minimum_attempts: int = Field(
        default=20, ge=1, le=1_000_000, description="With fewer attempts in the window the share says nothing."
    )
    statuses: tuple[Status, ...] = Field(
        default=(408, 429),
        description="Statuses that are failures besides those from 500 on and no answer at all. Others say something of"
        " the request, and count as answers.",
    )
    slow_seconds: float | None = Field(
        default=None,
        gt=0,
        description="An answer that takes longer (of a stream: to begin) is a failure too.",
    )
    open_seconds: float = Field(
        default=30.0, gt=0, le=86_400, description="How long the deployment is left alone when the circuit opens."
    )
    max_open_seconds: float = Field(
        default=300.0,
        gt=0,
        le=86_400,
        description="Each time in a row that its trials fail it is left alone twice as long, up to this.",
    )
    trials: int = Field(
        default=1, ge=1, le=100, description="After that, so many calls at a time may try whether it answers again."
    )
    trial_successes: int = Field(
        default=2, ge=1, le=1000, description="So many trials in a row that are answered close the circuit."
    )
    share_seconds: float = Field(
        default=1.0,
        ge=0,
        le=60,
        description="How often workers tell each other by the storage of circuits that opened; 0: never.",
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_open_seconds < self.open_seconds:
            raise ValueError("max_open_seconds must be at least open_seconds")
        return self
