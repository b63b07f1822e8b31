"""The operator's settings: which hosts and addresses plugins may reach beside public ones, and which they may not."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ByteSize, ConfigDict, Field

from .rules import checked_rule

RuleText = Annotated[str, BeforeValidator(checked_rule)]


class OutboundSettings(BaseModel):
    """Where plugins' requests (`context.http`) may go. Names mean every address that they resolve to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    allow: tuple[RuleText, ...] = Field(
        default=(),
        description="What may be reached although it is not public: networks, addresses and names, each with or without"
        " a port, such as 10.0.3.0/24, guard.internal:8443, *.svc.cluster.local or localhost.",
    )
    deny: tuple[RuleText, ...] = Field(
        default=(), description="What may not be reached, in the same forms; it comes before all that is allowed."
    )
    public: bool = Field(
        default=True, description="Whether every public address may be reached; false: only what `allow` names."
    )
    timeout: float = Field(
        default=30.0, gt=0, le=3600, description="Seconds that a request may take, unless its plugin says otherwise."
    )
    max_response: Annotated[ByteSize, Field(gt=0)] = Field(
        default=ByteSize(10 * 1024 * 1024),
        description="The longest response that is read as a whole, decoded, such as 10MiB; streams may be longer.",
    )
