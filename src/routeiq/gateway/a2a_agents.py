"""The settings' section `a2a_agents`: which agents clients reach through the gateway."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from .remote_settings import RemoteSettings, RemoteURL


def _base(value: SecretStr) -> SecretStr:
    url = value.get_secret_value()
    if "?" in url or "#" in url:
        raise ValueError("the URL has a query or a fragment: give only what stands before it")
    return SecretStr(url.rstrip("/"))


class A2AAgent(RemoteSettings):
    """An agent that clients reach at `/a2a/<name>`."""

    url: Annotated[RemoteURL, AfterValidator(_base)] = Field(
        description="Where it is: its card stands below it at `.well-known/agent-card.json`."
    )
    whole_artifacts: bool = Field(
        default=False,
        description="Hold what a stream brings of an artifact until it is complete: plugins then see it whole, and no"
        " word is split between two events.",
    )
