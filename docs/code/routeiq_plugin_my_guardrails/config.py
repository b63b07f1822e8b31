"""What an operator can set of the plugin `my-guardrails`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Config(BaseModel):
    """What becomes of customers' numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: Literal["replace", "refuse"] = Field(
        default="replace", description="Whether a number is replaced before a model sees it, or its call refused."
    )
    placeholder: str = Field(
        default="[customer]", pattern=r'^[^"\\]+$', description="What stands for a number that is replaced."
    )
