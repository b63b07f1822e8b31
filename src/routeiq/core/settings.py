"""The settings of a plugin manager, and the variables that they come from."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator
from routeiq_plugin_sdk import FailureMode, PluginCapability
from routeiq_plugin_sdk.metadata import PluginNames

from .errors import ConfigurationError, Problem
from .instances import checked_name, instance_part, plugin_of
from .ordering import HookOrder
from .outbound import OutboundSettings
from .phases import load_phases
from .problems import nearest, problems_of
from .variables import ALIASES, PLUGIN_PREFIX, RESERVED, SWITCHES
from .when import When

FailureModeName = Literal["continue", "abort", "quarantine"]
PluginModeName = Literal["enforce", "audit"]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
InstanceName = Annotated[str, AfterValidator(checked_name)]
"""The name of a plugin, or of a named instance of one."""

MANAGER_SOURCE: Final = "settings"
"""The source of problems with what operators say of plugins, wherever they say it."""
OLDER_PREFIX: Final = "LLMROUTER_"
_REFERENCE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*(:[^\W\d]\w*(\.[^\W\d]\w*)*)?")


class HookOverride(BaseModel):
    """An operator's word on one hook of a plugin. What is left out stays as it is for the plugin."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    priority: int | None = Field(default=None, description="Lower runs earlier, in this hook.")
    before: PluginNames | None = Field(default=None, description="Plugins that it comes before in this hook.")
    after: PluginNames | None = Field(default=None, description="Plugins that it comes after in this hook.")
    timeout: Seconds | None = Field(default=None, description="Seconds that one call of the hook may take.")


class PluginOverride(BaseModel):
    """An operator's word on a plugin or a named instance of one: an entry under `plugins:` of the settings file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool | None = Field(default=None, description="Whether it takes part; by default what its author decided.")
    priority: int | None = Field(default=None, description="Lower runs earlier.")
    before: PluginNames | None = Field(default=None, description="Plugins that it comes before, where present.")
    after: PluginNames | None = Field(default=None, description="Plugins that it comes after, where present.")
    mode: PluginModeName | None = Field(default=None, description="audit: decisions are recorded, and not applied.")
    failure_mode: FailureModeName | None = Field(default=None, description="What a failure of it means.")
    timeout: Seconds | None = Field(
        default=None, description="Seconds that a call of an async or offloaded hook may take."
    )
    hooks: Mapping[str, HookOverride] = Field(default_factory=dict, description="The same for single hooks.")
    when: When | None = Field(default=None, description="The requests and calls that it is narrowed to.")

    @field_validator("hooks")
    @classmethod
    def _known_hooks(cls, hooks: Mapping[str, HookOverride]) -> Mapping[str, HookOverride]:
        """A misspelt hook would be an override that never holds, without a word."""
        known = load_phases() if hooks else {}
        wrong = [f"there is no hook {hook!r}{nearest(hook, known)}" for hook in hooks if hook not in known]
        if wrong:
            raise ValueError("; ".join(wrong))
        return hooks


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
        event_queue: How many events may wait for one subscription; further ones are dropped, and counted.
        config_directory: Where the plugins' own configuration files lie.
        plugins: The operator's word on single plugins, and on named instances of them.
        enabled: Plugins that are enabled by a variable of their own, where `plugins` does not say whether they are.
        environment: The variables of plugins: `ROUTEIQ_PLUGIN_*`, and those by names of their own.
        outbound: Where plugins' own requests may go: `context.http`.
        gateway: The gateway's settings as plugins may see them: `context.settings.gateway`.
        max_series: How many series one instrument of a plugin's has at most in `/metrics`.
        worker: Which of the gateway's worker processes this is, from 0: `context.node.worker`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    modules: tuple[str, ...] = ()
    allowlist: frozenset[str] | None = None
    allowed_capabilities: frozenset[PluginCapability] | None = None
    failure_mode: FailureModeName = "continue"
    startup_timeout: Seconds = 30.0
    quarantine_after: Annotated[int, Field(ge=1)] = 5
    quarantine_cooldown: Seconds = 30.0
    event_queue: Annotated[int, Field(ge=1)] = 10_000
    config_directory: Path = Path("config/plugins")
    plugins: Mapping[str, PluginOverride] = Field(default_factory=dict)
    outbound: OutboundSettings = Field(default_factory=OutboundSettings)
    enabled: frozenset[str] = frozenset()
    environment: Mapping[str, str] = Field(default_factory=dict, repr=False)
    gateway: Mapping[str, Any] = Field(default_factory=dict, repr=False)
    max_series: Annotated[int, Field(ge=1)] = 1000
    worker: Annotated[int, Field(ge=0)] = 0

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None, **rest: Any) -> ManagerSettings:
        """Return the settings that environment variables give: the one place of the core that reads them.

        Args:
            environ: None stands for the process's own variables.
            **rest: Fields by name; where a variable sets the same one, what is given here holds.

        Raises:
            ConfigurationError: naming everything that cannot be understood, and what would be right.
        """
        variables = _Variables(os.environ if environ is None else environ)
        values = {**variables.read(), **rest}
        problems = variables.problems
        try:
            if not problems:
                return cls(**values)
        except ValidationError as error:
            problems = problems_of(error, cls, MANAGER_SOURCE)
        raise ConfigurationError(problems)

    def instances_of(self, plugin: str) -> tuple[str, ...]:
        """Return the names that a plugin runs under: those that are listed, or its own if none of it is."""
        return tuple(name for name in self.plugins if plugin_of(name) == plugin) or (plugin,)

    def lists(self, name: str) -> bool:
        """Return whether a name is one that its plugin runs under."""
        return name in self.plugins or (not instance_part(name) and self.instances_of(name) == (name,))

    def disables(self, plugin: str) -> bool:
        """Return whether operators disabled all instances of a plugin: then it need not be imported."""
        overrides = [self.plugins.get(name) for name in self.instances_of(plugin)]
        return all(override is not None and override.enabled is False for override in overrides)

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


_ON: Final = ("true", "1", "yes", "on")
_OFF: Final = ("false", "0", "no", "off")


class _Variables:
    """Reads the manager's variables, and collects what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[Problem] = []
        self._readers = {
            "PLUGINS": self._modules,
            "PLUGINS_ALLOWLIST": self._allowlist,
            "PLUGINS_ALLOWED_CAPABILITIES": self._capabilities,
            "PLUGINS_FAILURE_MODE": self._failure_mode,
        }

    def read(self) -> dict[str, Any]:
        """Return the fields of `ManagerSettings` that variables set."""
        values: dict[str, Any] = {}
        for name, reader in self._readers.items():
            variable, text = self._either(name)
            if text is not None:
                values.update(reader(variable, text))
        values.update(self._startup_timeout())
        values["enabled"] = frozenset(plugin for name, plugin in SWITCHES.items() if self._is_on(name))
        self._refuse_unknown()
        plugins = [name for name in self.environ if name.startswith(PLUGIN_PREFIX) and name not in RESERVED]
        plugins += [name for name in ALIASES if name in self.environ]
        values["environment"] = {name: self.environ[name] for name in plugins}
        return values

    def _either(self, name: str) -> tuple[str, str | None]:
        """Return a variable by its name or its older one; two different values are an error, not a choice."""
        variable, older = f"ROUTEIQ_{name}", f"{OLDER_PREFIX}{name}"
        text, old_text = self.environ.get(variable), self.environ.get(older)
        if text is not None and old_text is not None and text != old_text:
            self._wrong(variable, f"differs from {older}, its older name: remove one of them")
        return (older, old_text) if text is None else (variable, text)

    def _modules(self, variable: str, text: str) -> dict[str, Any]:
        modules = _words(text)
        for module in modules:
            if not _REFERENCE.fullmatch(module):
                self._wrong(variable, f"{module!r} is no module path, such as my_package.my_plugin")
        return {"modules": modules}

    def _allowlist(self, variable: str, text: str) -> dict[str, Any]:
        return {"allowlist": _words(text)}

    def _capabilities(self, variable: str, text: str) -> dict[str, Any]:
        known = [capability.value for capability in PluginCapability]
        chosen = {word: word.lower().replace("-", "_") for word in _words(text)}
        for word, capability in chosen.items():
            if capability not in known:
                self._wrong(
                    variable,
                    f"{word!r} is no capability{nearest(capability, known) or '.'} There are: {', '.join(known)}.",
                )
        return {"allowed_capabilities": list(chosen.values())}

    def _failure_mode(self, variable: str, text: str) -> dict[str, Any]:
        known = [mode.value for mode in FailureMode]
        mode = text.strip().lower()
        if mode and mode not in known:
            self._wrong(variable, f"{text!r} must be one of {', '.join(known)}{nearest(mode, known)}")
        return {"failure_mode": mode} if mode else {}

    def _startup_timeout(self) -> dict[str, Any]:
        variable = "ROUTEIQ_PLUGIN_STARTUP_TIMEOUT"
        text = self.environ.get(variable, "").strip()
        if not text:
            return {}
        try:
            seconds = float(text)
        except ValueError:
            seconds = math.nan
        if not 0 < seconds < math.inf:
            self._wrong(variable, f"{text!r} must be a number of seconds above 0, such as 30")
        return {"startup_timeout": seconds}

    def _is_on(self, variable: str) -> bool:
        text = self.environ.get(variable, "").strip().lower()
        if text not in ("", *_ON, *_OFF):
            self._wrong(variable, f"{text!r} must be true or false")
        return text in _ON

    def _refuse_unknown(self) -> None:
        """A misspelt allowlist would let everything load."""
        known = [f"ROUTEIQ_{name}" for name in self._readers]
        for name in sorted(self.environ):
            if name.startswith("ROUTEIQ_PLUGINS_") and name not in known:
                self._wrong(
                    name, f"there is no such variable{nearest(name, known) or '.'} There are: {', '.join(known)}."
                )

    def _wrong(self, variable: str, message: str) -> None:
        self.problems.append(Problem(f"variable {variable}", "", message))


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
