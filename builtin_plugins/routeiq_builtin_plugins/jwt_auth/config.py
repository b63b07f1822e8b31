"""What an operator can set of `jwt-auth`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

# Signatures by a key pair only: with a shared secret whoever can verify tokens can make them.
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]


class Config(BaseModel):
    """What an operator can set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str = Field(
        default="",
        max_length=500,
        description="The claim `iss` of the tokens, exactly as it is there. Without it, `audience` and `jwks_url` "
        "nobody is known.",
    )
    audience: tuple[str, ...] = Field(
        default=(), max_length=20, description="Values of the claim `aud`, of which a token must have one."
    )
    jwks_url: str = Field(
        default="",
        pattern=r"^(https?://[^\s/].*)?$",
        max_length=2000,
        description="Where the issuer's keys are, such as `https://issuer.example/.well-known/jwks.json`. The "
        "gateway's `outbound` settings say whether plugins may go there.",
    )
    algorithms: tuple[Algorithm, ...] = Field(
        default=("RS256", "ES256"), min_length=1, description="Algorithms that tokens may be signed by."
    )
    leeway: float = Field(
        default=30, ge=0, le=600, description="Seconds by which the issuer's clock may differ, at most 600."
    )
    refresh: float = Field(
        default=3600, ge=60, le=604800, description="Seconds after which the keys are fetched anew, 60 to 604,800."
    )
    cooldown: float = Field(
        default=30,
        ge=1,
        le=3600,
        description="Seconds between two attempts to fetch keys because a token names one that is not known, or "
        "because the last attempt failed, 1 to 3600: strangers cannot make the gateway ask the issuer more often.",
    )
    keep: float = Field(
        default=86400,
        ge=0,
        le=604800,
        description="Seconds for which keys are still taken that cannot be fetched anew, from when they should be.",
    )
    id_claim: str = Field(default="sub", min_length=1, max_length=200, description="The claim that is the client's id.")
    id_prefix: str = Field(
        default="",
        max_length=100,
        description="What is put before the id, so that it differs from the ids of other providers, such as `jwt:`.",
    )
    roles_claim: str | None = Field(
        default="roles",
        max_length=200,
        description="The claim that has the roles: a list, or words in a text. `realm_access.roles` is one in another.",
    )
    models_claim: str | None = Field(
        default=None,
        max_length=200,
        description="The claim that has the models that may be called, in the same forms; a token without it may call "
        "none. Empty: all of them.",
    )
    metadata_claims: tuple[str, ...] = Field(
        default=(), max_length=50, description="Claims that other plugins should know, such as `email`."
    )

    @model_validator(mode="after")
    def _all_or_none(self) -> Config:
        if len({bool(self.issuer), bool(self.audience), bool(self.jwks_url)}) > 1:
            raise ValueError("`issuer`, `audience` and `jwks_url` belong together: one of them is missing")
        return self
