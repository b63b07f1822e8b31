"""What an operator can set of the plugin `headers`."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from routeiq_plugin_sdk import Headers

from .placeholders import Template

# These say where a message ends, and for which connection: the host and the server set them, and nobody else.
FRAMING: Final = frozenset(
    {"connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)


def _name(name: str) -> str:
    """Return a header's name in lower case."""
    Headers.of({name: ""})  # refuses what is no name
    if name.lower() in FRAMING:
        raise ValueError(f"{name!r} belongs to the connection, and is set by the server alone")
    return name.lower()


def _template(text: str) -> str:
    """Refuse a value that no header can hold, or with a placeholder that there is not."""
    Template(text)
    return text


Name = Annotated[str, AfterValidator(_name)]
Value = Annotated[str, AfterValidator(_template)]


class Changes(BaseModel):
    """What is done to the headers of a message, in this order: `remove`, `set`, `add`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    remove: tuple[Name, ...] = Field(default=(), description="Headers that are taken away, all of that name.")
    set: dict[Name, Value] = Field(
        default_factory=dict, description="Headers that get one value, in place of all that were there."
    )
    add: dict[Name, Value] = Field(
        default_factory=dict, description="Headers that get a further value, beside those that are there."
    )


class Config(BaseModel):
    """What is done to the headers of requests, and to those of responses."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    request: Changes = Field(
        default_factory=Changes, description="Before anything else looks at the request, authentication included."
    )
    response: Changes = Field(
        default_factory=Changes, description="Of every response, those of errors and of other plugins included."
    )
