"""What a configuration makes of a plugin: the hooks that are called under it, and how its windows are cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from routeiq_plugin_sdk import Adaptation

from .errors import ConfigurationError, Problem
from .problems import nearest
from .registration import Implementation, Inspected


def adaptation(plugin: str, inspected: Inspected, config: Any) -> Adaptation:
    """Return what a configuration makes of a plugin.

    Raises:
        ConfigurationError: the plugin says that it is wrong, or does not say anything sensible.
    """
    adapt = inspected.metadata.adapt
    if adapt is None:
        return Adaptation()
    try:
        made = adapt(config)
        _check(made, inspected.implementations)
    except Exception as error:
        told = str(error) if isinstance(error, ValueError) else f"adapt() failed: {type(error).__name__}: {error}"
        raise ConfigurationError([Problem(f"plugin {plugin}", "", told)]) from error
    return made


def _check(made: object, implementations: Mapping[str, Implementation]) -> None:
    if not isinstance(made, Adaptation):
        raise TypeError(f"it must return an Adaptation, not {type(made).__name__}")
    for hook in made.unused_hooks:
        if hook not in implementations:
            raise TypeError(f"it names {hook!r} unused, which is no hook of the plugin{nearest(hook, implementations)}")
        if hook == "authenticate" or implementations[hook].phase.layer == "lifecycle":
            raise TypeError(f"it names {hook!r} unused, which is called in any case")
