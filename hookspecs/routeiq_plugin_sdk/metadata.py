"""What a plugin says of itself: `PluginMetadata` and the capabilities that its hooks need."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

NAME_PATTERN = re.compile(r"[a-z0-9][a-z0-9-]*")


class PluginCapability(StrEnum):
    """What a plugin may take part in. Every hook names the capabilities of which its plugin must declare one."""

    ROUTES = "routes"
    ROUTING_STRATEGY = "routing_strategy"
    TOOL_RUNTIME = "tool_runtime"
    EVALUATOR = "evaluator"
    OBSERVABILITY_EXPORTER = "observability_exporter"
    MIDDLEWARE = "middleware"
    AUTH_PROVIDER = "auth_provider"
    STORAGE_BACKEND = "storage_backend"


class FailureMode(StrEnum):
    """What becomes of a request, or of the start, when a plugin fails (see the explanation page "failure")."""

    CONTINUE = "continue"
    ABORT = "abort"
    QUARANTINE = "quarantine"


def _collection(value: object) -> object:
    """Refuse a lone string where a collection of strings is meant: `depends_on="auth"` would become four letters."""
    if isinstance(value, str):
        raise ValueError(f"expected a list of names, got the string {value!r}; write [{value!r}]")
    return value


class StreamWindow(BaseModel):
    """How a plugin judges streamed text: in windows, each of which is held until it has been judged.

    Text leaves once the windows that cover it are judged, so that what a plugin looks for is found also where it is cut
    by chunks, as long as it is not longer than `overlap`. Counted in characters.

    Attributes:
        size: The longest window, context before it included.
        overlap: How much of a judged window is held back and seen again in the next one.
        max_hold: How much text may be held at most, by default the window's size: as soon as as much is there, all that
            is there is judged, in windows of at most the size.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    size: int = Field(default=400, ge=1)
    overlap: int = Field(default=50, ge=0)
    max_hold: int | None = Field(default=None, ge=1)

    @property
    def hold(self) -> int:
        """How much text makes a window full."""
        return self.size if self.max_hold is None else min(self.size, self.max_hold)

    @model_validator(mode="after")
    def _overlap_leaves_room(self) -> StreamWindow:
        if self.overlap >= self.hold:
            raise ValueError(
                f"overlap {self.overlap} must be below size and max_hold ({self.hold}), or nothing would leave"
            )
        return self


@dataclass(frozen=True, slots=True)
class Adaptation:
    """What a configuration makes of a plugin.

    Attributes:
        stream_window: In the place of the metadata's; None leaves that.
        unused_hooks: Hooks that have nothing to do: they are not called, and nothing is buffered or held for them.
    """

    stream_window: StreamWindow | None = None
    unused_hooks: Collection[str] = ()


PluginNames = Annotated[frozenset[str], BeforeValidator(_collection)]


class PluginMetadata(BaseModel):
    """What the host has to know of a plugin before it runs.

    `version`, `description`, `homepage`, `license` and `author` may be left out: they are then taken from the
    metadata of the distribution that the plugin came with.

    Attributes:
        name: Unique among the plugins of a gateway, `[a-z0-9][a-z0-9-]*`; equals the entry point's name.
        capabilities: What the plugin may take part in; a hook that needs another one is refused at registration.
        depends_on: Plugins that must be active, and that come earlier. Without them this one does not start.
        before: Plugins that this one comes before, where they are present.
        after: Plugins that this one comes after, where they are present.
        priority: Among plugins that are free to run, the lower number comes first; then the name decides.
        failure_mode: None leaves the choice to the gateway's default.
        needs_request_body: None derives it from the hooks that the plugin implements; False keeps `request_body` and
            `request_chunk` from being called; True without such a hook is refused.
        needs_response_body: The same for `response_body` and `response_chunk`.
        config_schema: The pydantic model of the plugin's configuration; `context.config` is an instance of it.
        stream_window: How `llm_stream_window` is called; needed with that hook, and only with it.
        adapt: Returns what a configuration, an instance of `config_schema`, makes of the plugin; called wherever one
            is checked. What it raises as ValueError refuses that.
        enabled_by_default: False leaves the plugin disabled until an operator enables it.
        gateway_compat: The versions of RouteIQ that the plugin works with, a PEP 440 specifier such as `>=0.1,<1`.
    """

    # Built when the first plugin makes one: that is a sixth of what importing the SDK would cost.
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, defer_build=True)

    name: str
    version: str | None = None
    description: str | None = None
    capabilities: frozenset[PluginCapability] = frozenset()
    depends_on: PluginNames = frozenset()
    before: PluginNames = frozenset()
    after: PluginNames = frozenset()
    priority: int = 1000
    failure_mode: FailureMode | None = None
    needs_request_body: bool | None = None
    needs_response_body: bool | None = None
    config_schema: type[BaseModel] | None = None
    stream_window: StreamWindow | None = None
    adapt: Callable[[Any], Adaptation] | None = Field(default=None, exclude=True)
    enabled_by_default: bool = True
    gateway_compat: str | None = None
    homepage: str | None = None
    license: str | None = None
    author: str | None = Field(default=None)

    if TYPE_CHECKING:
        # What is kept is a frozenset; what may be handed over is any collection, such as `{...}` or `[...]`.
        def __init__(
            self,
            *,
            name: str,
            version: str | None = None,
            description: str | None = None,
            capabilities: Collection[PluginCapability] = (),
            depends_on: Collection[str] = (),
            before: Collection[str] = (),
            after: Collection[str] = (),
            priority: int = 1000,
            failure_mode: FailureMode | Literal["continue", "abort", "quarantine"] | None = None,
            needs_request_body: bool | None = None,
            needs_response_body: bool | None = None,
            config_schema: type[BaseModel] | None = None,
            stream_window: StreamWindow | None = None,
            adapt: Callable[[Any], Adaptation] | None = None,
            enabled_by_default: bool = True,
            gateway_compat: str | None = None,
            homepage: str | None = None,
            license: str | None = None,
            author: str | None = None,
        ) -> None: ...

    @field_validator("name")
    @classmethod
    def _valid_name(cls, name: str) -> str:
        if not NAME_PATTERN.fullmatch(name):
            raise ValueError(f"{name!r} is not a plugin name: use lower-case letters, digits and '-'")
        return name

    @model_validator(mode="after")
    def _not_its_own_neighbour(self) -> PluginMetadata:
        for field in ("depends_on", "before", "after"):
            if self.name in getattr(self, field):
                raise ValueError(f"{field} names the plugin {self.name!r} itself")
        return self
