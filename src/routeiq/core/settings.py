"""The settings of a plugin manager, and the variables that they come from."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from routeiq_plugin_sdk import PluginCapability

from .errors import ConfigurationError, Problem
from .ordering import HookOrder

FailureModeName = Literal["continue", "abort", "quarantine"]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
M = TypeVar("M", bound=BaseModel)

PLUGIN_PREFIX: Final = "ROUTEIQ_PLUGIN_"
OLDER_PREFIX: Final = "LLMROUTER_"
RESERVED: Final = frozenset({"ROUTEIQ_PLUGIN_STARTUP_TIMEOUT"})


def _names(value: object) -> object:
    if isinstance(value, str):
        raise ValueError(f"expected a list of plugin names; write [{value}]")
    return value


Names = Annotated[frozenset[str], BeforeValidator(_names)]


class HookOverride(BaseModel):
    """An operator's word on one hook of a plugin. What is left out stays as it is for the plugin."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    priority: int | None = Field(None, description="Lower runs earlier, in this hook.")
    before: Names | None = Field(None, description="Plugins that it comes before in this hook.")
    after: Names | None = Field(None, description="Plugins that it comes after in this hook.")
    timeout: Seconds | None = Field(None, description="Seconds that one call of the hook may take.")


class PluginOverride(BaseModel):
    """An operator's word on a plugin: an entry under `plugins:` of the settings file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool | None = Field(None, description="Whether it takes part; by default what its author decided.")
    priority: int | None = Field(None, description="Lower runs earlier.")
    before: Names | None = Field(None, description="Plugins that it comes before, where they are present.")
    after: Names | None = Field(None, description="Plugins that it comes after, where they are present.")
    mode: Literal["enforce", "audit"] | None = Field(None, description="audit records decisions and applies none.")
    failure_mode: FailureModeName | None = Field(None, description="What a failure of it means.")
    timeout: Seconds | None = Field(None, description="Seconds that one call of an async or offloaded hook may take.")
    hooks: Mapping[str, HookOverride] = Field(default_factory=dict, description="The same for single hooks.")


class ManagerSettings(BaseModel):
    """What a plugin manager is told: which plugins may load, how failures are met, what the operator decided.

    Attributes:
        modules: Module paths to load beside the entry points.
        allowlist: Names, distributions or module paths that may load; None: all.
        allowed_capabilities: The capabilities that plugins may declare; None: all.
        failure_mode: For plugins that choose none.
        startup_timeout: Seconds that the import, the start and the stop of one plugin may each take.
        quarantine_after: Consecutive failures of one hook that quarantine a plugin whose failure mode says so.
        quarantine_cooldown: Seconds until a quarantined plugin gets a trial call.
        config_directory: Where the plugins' own configuration files lie.
        plugins: The operator's word on single plugins.
        environment: The variables `ROUTEIQ_PLUGIN_*`.
        gateway: The gateway's settings as plugins may see them: `context.settings.gateway`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    modules: tuple[str, ...] = ()
    allowlist: frozenset[str] | None = None
    allowed_capabilities: frozenset[PluginCapability] | None = None
    failure_mode: FailureModeName = "continue"
    startup_timeout: Seconds = 30.0
    quarantine_after: Annotated[int, Field(ge=1)] = 5
    quarantine_cooldown: Seconds = 30.0
    config_directory: Path = Path("config/plugins")
    plugins: Mapping[str, PluginOverride] = Field(default_factory=dict)
    environment: Mapping[str, str] = Field(default_factory=dict, repr=False)
    gateway: Mapping[str, Any] = Field(default_factory=dict)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None, **rest: Any) -> ManagerSettings:
        """Return the settings that environment variables give: the one place of the core that reads them.

        Args:
            environ: None stands for the process's own variables.
            **rest: Fields that no variable sets.

        Raises:
            ConfigurationError: naming each variable that cannot be understood, and what would be right.
        """
        if environ is None:
            import os

            environ = os.environ
        return _Variables(environ).settings(rest)

    def hook_order(self, plugin: str, hook: str) -> HookOrder | None:
        """Return the operator's word on a plugin's place in one hook, or None where there is none."""
        override = self.plugins.get(plugin)
        found = override.hooks.get(hook) if override is not None else None
        if found is None or (found.priority is None and found.before is None and found.after is None):
            return None
        return HookOrder(found.priority, found.before, found.after)

    def hook_timeout(self, plugin: str, hook: str) -> float | None:
        """Return the operator's deadline in seconds for one hook of a plugin, or None."""
        override = self.plugins.get(plugin)
        if override is None:
            return None
        found = override.hooks.get(hook)
        return override.timeout if found is None or found.timeout is None else found.timeout


class _Variables:
    """Reads the variables, and collects what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[Problem] = []

    def settings(self, rest: Mapping[str, Any]) -> ManagerSettings:
        values: dict[str, Any] = dict(rest)
        values["modules"] = tuple(_words(self.either("PLUGINS") or ""))
        allowlist = self.either("PLUGINS_ALLOWLIST")
        if allowlist is not None:
            values["allowlist"] = frozenset(_words(allowlist))
        self.capabilities(values)
        self.failure_mode(values)
        self.startup_timeout(values)
        values["environment"] = MappingProxyType(
            {name: value for name, value in self.environ.items() if name.startswith(PLUGIN_PREFIX) and name not in RESERVED}
        )
        if self.problems:
            raise ConfigurationError(self.problems)
        return ManagerSettings(**values)

    def either(self, name: str) -> str | None:
        """Return a variable by its name or its older one; two different values are an error, not a choice."""
        new, old = self.environ.get(f"ROUTEIQ_{name}"), self.environ.get(f"{OLDER_PREFIX}{name}")
        if new is not None and old is not None and new != old:
            self.wrong(f"ROUTEIQ_{name}", f"differs from {OLDER_PREFIX}{name}, its older name: remove one of them")
        return old if new is None else new

    def capabilities(self, values: dict[str, Any]) -> None:
        text = self.either("PLUGINS_ALLOWED_CAPABILITIES")
        if text is None:
            return
        known = {capability.value: capability for capability in PluginCapability}
        chosen = set()
        for word in _words(text):
            if word.lower() in known:
                chosen.add(known[word.lower()])
            else:
                self.wrong("ROUTEIQ_PLUGINS_ALLOWED_CAPABILITIES", f"{word!r} is no capability{_hint(word.lower(), known)}")
        values["allowed_capabilities"] = frozenset(chosen)

    def failure_mode(self, values: dict[str, Any]) -> None:
        mode = self.either("PLUGINS_FAILURE_MODE")
        if not mode:
            return
        modes = ("continue", "abort", "quarantine")
        if mode.lower() not in modes:
            self.wrong(
                "ROUTEIQ_PLUGINS_FAILURE_MODE", f"{mode!r} must be one of {', '.join(modes)}{_hint(mode.lower(), modes)}"
            )
        values["failure_mode"] = mode.lower()

    def startup_timeout(self, values: dict[str, Any]) -> None:
        text = self.environ.get("ROUTEIQ_PLUGIN_STARTUP_TIMEOUT")
        if not text:
            return
        try:
            seconds = float(text)
        except ValueError:
            seconds = 0.0
        if not 0 < seconds < float("inf"):
            self.wrong("ROUTEIQ_PLUGIN_STARTUP_TIMEOUT", f"{text!r} must be a number of seconds above 0, such as 30")
        values["startup_timeout"] = seconds

    def wrong(self, variable: str, message: str) -> None:
        self.problems.append(Problem(f"variable {variable}", "", message))


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _hint(word: str, words: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(words), 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def problems_of(error: ValidationError, model: type[BaseModel], source: str) -> list[Problem]:
    """Return what pydantic found wrong as problems; an unknown key names the nearest right one.

    Values are never shown: they can be secrets.
    """
    return [_problem(detail, model, source) for detail in error.errors(include_url=False, include_input=False)]


def _problem(detail: Any, model: type[BaseModel], source: str) -> Problem:
    path = ".".join(str(part) for part in detail["loc"])
    message = str(detail["msg"]).removeprefix("Value error, ")
    if detail["type"] == "extra_forbidden":
        known = _fields_at(model, detail["loc"][:-1])
        key = str(detail["loc"][-1])
        message = f"there is no such key{_hint(key, known)}" + (f" There are: {', '.join(sorted(known))}." if known else "")
    elif detail["type"] == "missing":
        message = "is required"
    return Problem(source, path, message)


def _fields_at(model: type[BaseModel], path: tuple[Any, ...]) -> list[str]:
    """Return the keys that stand at a path below a model, as far as its annotations tell."""
    current: Any = model
    for part in path:
        if isinstance(current, type) and issubclass(current, BaseModel) and part in current.model_fields:
            current = current.model_fields[part].annotation
        current = _model_in(current) or current
    found = _model_in(current)
    return list(found.model_fields) if found is not None else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _model_in(argument)
        if found is not None:
            return found
    return None
