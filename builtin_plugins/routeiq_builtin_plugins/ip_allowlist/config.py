"""What an operator can set of the plugin `ip-allowlist`."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from .gate import Gate
from .networks import Network, Networks, network


class Config(BaseModel):
    """Which networks clients may come from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    allow: tuple[str, ...] = Field(
        default=(),
        description="Addresses and networks that may: `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`. Empty: all that are"
        " not denied.",
    )
    deny: tuple[str, ...] = Field(
        default=(),
        description="Addresses and networks that may not. Of several that an address is in, the narrowest counts.",
    )
    without_address: Literal["unlisted", "allow", "deny"] = Field(
        default="unlisted",
        description="Clients without an address: of a Unix socket, or whose proxy hides it. `unlisted`: like an address"
        " that is in no network above.",
    )

    _gate: Gate = PrivateAttr()

    @model_validator(mode="after")
    def _prepare(self) -> Self:
        verdicts: dict[Network, bool] = {}
        for field, verdict in (("allow", True), ("deny", False)):
            for text in getattr(self, field):
                try:
                    one = network(text)
                except ValueError as error:
                    raise ValueError(f"{field}: {error}") from None
                if verdicts.setdefault(one, verdict) is not verdict:
                    raise ValueError(f"{text} is both allowed and denied: take it off one of the lists")
        unlisted = not self.allow
        hidden = unlisted if self.without_address == "unlisted" else self.without_address == "allow"
        self._gate = Gate(Networks(verdicts), unlisted=unlisted, hidden=hidden)
        return self

    @property
    def gate(self) -> Gate:
        """The lists, made ready to be asked."""
        return self._gate
