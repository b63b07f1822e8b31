"""Looks at a plugin before it is registered: what it is, what it says of itself, and whether its hooks fit.

Everything that pluggy would skip or accept in silence is refused here with words: unknown hooks and arguments,
`*args`, hooks without the capability that they need, metadata of the wrong kind.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from routeiq_plugin_sdk import GatewayPlugin, PluginMetadata
from routeiq_plugin_sdk.markers import PROJECT

from .errors import CapabilityError, HookSignatureError, IncompatiblePluginError, MetadataError, UnknownHookError
from .steps import Phase


@dataclass(frozen=True, slots=True)
class Implementation:
    """One hook of a plugin, as its author wrote it; `arguments` in the author's order.

    Attributes:
        marked: What pluggy is shown: the function, or what stands for one of a kind that pluggy refuses.
    """

    phase: Phase
    function: Callable[..., Any]
    marked: Callable[..., Any]
    arguments: tuple[str, ...]
    is_async: bool
    options: Mapping[str, Any]

    @property
    def is_wrapper(self) -> bool:
        """Whether it is a generator around the other implementations."""
        return bool(self.options.get("wrapper"))

    @property
    def band(self) -> int:
        """pluggy's band: 0 for tryfirst, 2 for trylast, else 1."""
        return 0 if self.options.get("tryfirst") else 2 if self.options.get("trylast") else 1


@dataclass(frozen=True, slots=True)
class Inspected:
    """A plugin that may be registered.

    Attributes:
        plugin: The module or instance.
        implementations: By phase, in the order of the specifications.
        switched_off: Phases that it implements and that its metadata switched off.
        optional: Names of hooks marked `optionalhook` that this host does not know.
    """

    plugin: Any
    metadata: PluginMetadata
    implementations: Mapping[str, Implementation]
    switched_off: tuple[str, ...]
    optional: tuple[str, ...]


def inspect_plugin(
    plugin: Any, phases: Mapping[str, Phase], version: str, facts: Mapping[str, str | None] | None = None
) -> Inspected:
    """Return what a plugin is, or say what is wrong with it.

    Args:
        plugin: A module, an instance, or a class that is instantiated without arguments.
        version: The host's version, for `gateway_compat`.
        facts: What the distribution's own metadata says, for fields that the plugin left out.

    Raises:
        RegistrationError: of the kind that fits; it names the plugin, the hook, what is wrong and what would be right.
    """
    metadata = _metadata(plugin, facts or {})
    _check_compatibility(metadata, version)
    if inspect.isclass(plugin):
        try:
            plugin = plugin()
        except Exception as exception:
            raise MetadataError(
                metadata.name, f"its class {plugin.__name__} cannot be made without arguments: {exception!r}"
            ) from exception
    found, optional = _implementations(plugin, metadata.name, phases)
    for implementation in found.values():
        _check_capability(metadata, implementation.phase)
    _check_window(metadata, found)
    _check_evaluation(metadata, found)
    switched_off = _switched_off(metadata, found)
    return Inspected(plugin, metadata, found, switched_off, tuple(optional))


def _check_window(metadata: PluginMetadata, found: Mapping[str, Implementation]) -> None:
    hook = "llm_stream_window"
    implementation = found.get(hook)
    if implementation is None:
        if metadata.stream_window is not None:
            raise MetadataError(metadata.name, f"declares stream_window, and has no hook {hook}() that would be called")
        return
    if metadata.stream_window is None:
        raise MetadataError(
            metadata.name, f"has the hook {hook}(): declare stream_window=StreamWindow(size=..., overlap=...)"
        )
    if implementation.is_wrapper:
        reason = "cannot be a wrapper: each plugin has windows of its own"
        raise HookSignatureError(metadata.name, hook, reason)


def _check_evaluation(metadata: PluginMetadata, found: Mapping[str, Implementation]) -> None:
    implementation = found.get("evaluate")
    if implementation is not None and implementation.is_wrapper:
        raise HookSignatureError(metadata.name, "evaluate", "cannot be a wrapper: each evaluator runs by itself")


def name_of(plugin: Any) -> str:
    """Return the best name for a plugin in an error about it."""
    metadata = inspect.getattr_static(plugin, "metadata", None)
    if isinstance(metadata, PluginMetadata):
        return metadata.name
    return getattr(plugin, "__name__", None) or type(plugin).__name__


def _metadata(plugin: Any, facts: Mapping[str, str | None]) -> PluginMetadata:
    name = name_of(plugin)
    metadata = getattr(plugin, "metadata", None)
    if metadata is None:
        raise MetadataError(name, "has no metadata: set `metadata = PluginMetadata(name=..., ...)`")
    if not isinstance(metadata, PluginMetadata):
        raise MetadataError(
            name, f"its metadata is of type {type(metadata).__name__}: it must be a PluginMetadata(name=..., ...)"
        )
    missing = {field: value for field, value in facts.items() if value and getattr(metadata, field) is None}
    if isinstance(plugin, GatewayPlugin) or (inspect.isclass(plugin) and issubclass(plugin, GatewayPlugin)):
        schema = plugin.config_schema()
        if schema is not metadata.config_schema:
            missing["config_schema"] = schema  # type: ignore[assignment]
    return metadata.model_copy(update=missing) if missing else metadata


def _check_compatibility(metadata: PluginMetadata, version: str) -> None:
    if metadata.gateway_compat is None:
        return
    try:
        compatible = SpecifierSet(metadata.gateway_compat).contains(version, prereleases=True)
    except InvalidSpecifier:
        raise MetadataError(
            metadata.name, f"gateway_compat {metadata.gateway_compat!r} is no version specifier, such as '>=0.1,<1'"
        ) from None
    if not compatible:
        raise IncompatiblePluginError(
            metadata.name, f"works with RouteIQ {metadata.gateway_compat}, and this is RouteIQ {version}"
        )


def _implementations(
    plugin: Any, name: str, phases: Mapping[str, Phase]
) -> tuple[dict[str, Implementation], list[str]]:
    found: dict[str, Implementation] = {}
    optional: list[str] = []
    for attribute in dir(plugin):
        static = inspect.getattr_static(plugin, attribute, None)
        function = static.__func__ if isinstance(static, staticmethod | classmethod) else static
        options = getattr(function, f"{PROJECT}_impl", None) if inspect.isfunction(function) else None
        if not isinstance(options, dict):
            continue
        hook = options.get("specname") or attribute
        phase = phases.get(hook)
        if phase is None:
            if options.get("optionalhook"):
                optional.append(hook)
                continue
            raise UnknownHookError(name, hook, "does not exist.", _nearest(hook, phases))
        if hook in found:
            raise HookSignatureError(name, hook, "is implemented twice: a plugin has one function for each hook")
        found[hook] = _implementation(getattr(plugin, attribute), name, phase, options)
    return {hook: found[hook] for hook in phases if hook in found}, optional


def _implementation(bound: Any, name: str, phase: Phase, options: Mapping[str, Any]) -> Implementation:
    real = getattr(bound, f"{PROJECT}_async_wrapper", None)
    if real is not None and inspect.ismethod(bound):
        real = real.__get__(bound.__self__)
    function = real or bound
    allowed = (*phase.arguments, "context")
    arguments = []
    for parameter in inspect.signature(function).parameters.values():
        _check_parameter(parameter, allowed, name, phase.name)
        arguments.append(parameter.name)
    is_async = inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
    if phase.name.startswith("register_") and is_async:
        raise HookSignatureError(name, phase.name, "must be a def: it only returns values")
    return Implementation(phase, function, bound, tuple(arguments), is_async, options)


def _check_parameter(parameter: inspect.Parameter, allowed: tuple[str, ...], name: str, hook: str) -> None:
    there_are = f"There are: {', '.join(allowed)}."
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
        raise HookSignatureError(name, hook, f"takes {parameter}, which would always be empty. {there_are}")
    if parameter.kind is parameter.KEYWORD_ONLY:
        raise HookSignatureError(name, hook, f"argument {parameter.name!r} is keyword-only: remove the '*' before it")
    if parameter.name not in allowed:
        raise HookSignatureError(
            name, hook, f"has no argument {parameter.name!r}. {there_are}", _nearest(parameter.name, allowed)
        )


def _check_capability(metadata: PluginMetadata, phase: Phase) -> None:
    if phase.requires and not phase.requires & metadata.capabilities:
        needed = " or ".join(f"PluginCapability.{name}" for name in sorted(one.upper() for one in phase.requires))
        raise CapabilityError(metadata.name, f"implements {phase.name} without declaring the capability: add {needed}")


def _switched_off(metadata: PluginMetadata, found: dict[str, Implementation]) -> tuple[str, ...]:
    """Take out the hooks that `needs_request_body=False` and its sibling switch off."""
    gone: list[str] = []
    for need in ("request_body", "response_body"):
        wanted = getattr(metadata, f"needs_{need}")
        hooks = [hook for hook, implementation in found.items() if implementation.phase.needs == need]
        if wanted is False:
            gone += hooks
        elif wanted and not hooks:
            raise MetadataError(
                metadata.name, f"needs_{need}=True, but it implements neither {need} nor {need.split('_')[0]}_chunk"
            )
    for hook in gone:
        del found[hook]
    return tuple(gone)


def _nearest(word: str, words: Iterable[str]) -> str | None:
    near = difflib.get_close_matches(word, list(words), 1)
    return near[0] if near else None
