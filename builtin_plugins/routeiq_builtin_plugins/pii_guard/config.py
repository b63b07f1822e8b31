"""What an operator can set of the plugin `pii-guard`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from .entities import ENTITIES, EntityName

Action = Literal["placeholder", "mask", "hash", "block", "flag", "off"]


class Config(BaseModel):
    """What is looked for, and what becomes of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: Action = Field(
        default="placeholder",
        description="What becomes of what is found: `placeholder` (`<EMAIL_1>`) is put back in answers, `mask` puts `*`"
        " for letters and digits, `hash` a keyed hash, `block` refuses, `flag` only tells, `off` does not look.",
    )
    actions: dict[EntityName, Action] = Field(
        default_factory=dict, description=f"The same for single entities: {', '.join(ENTITIES)}."
    )
    direction: Literal["in", "out", "both"] = Field(
        default="in",
        description="Where it is looked for: in what clients send, in what is answered, or both. Answers have no"
        " placeholders of their own that could be put back: there `placeholder` says what was there (`<EMAIL>`).",
    )
    restore: bool = Field(default=True, description="Whether values take their placeholders' places in answers.")
    tools: bool = Field(default=False, description="Whether calls of MCP servers' tools are looked at too.")
    agents: bool = Field(default=False, description="Whether messages to A2A agents are looked at too.")
    ignore: tuple[str, ...] = Field(
        default=(),
        description="What is never meant: whole values, or ends of addresses that begin with `@`. Capitals do not"
        " matter.",
    )
    keep_last: int = Field(default=0, ge=0, le=8, description="Letters and digits at the end that `mask` leaves.")
    hash_key: SecretStr | None = Field(
        default=None, description="The key of `hash`: the same value has the same hash under it, and no other key's."
    )
    status_code: int = Field(default=403, ge=400, le=499, description="Of refusals.")
    message: str = Field(
        default="The content holds personal data that may not be sent.",
        description="What a refusal says; never what was found.",
    )
    max_findings: int = Field(
        default=10_000, ge=1, description="Places in one text that are replaced at most: with more it is refused."
    )

    @model_validator(mode="after")
    def _hashes_have_a_key(self) -> Config:
        """Refuse hashes that anyone could find again by trying: there are only so many phone numbers."""
        if "hash" in (self.action, *self.actions.values()) and not (self.hash_key and self.hash_key.get_secret_value()):
            raise ValueError("the action 'hash' needs a hash_key: without one, hashes of numbers are found by trying")
        return self

    def action_of(self, entity: EntityName) -> Action:
        """Return what becomes of an entity."""
        return self.actions.get(entity, self.action)
