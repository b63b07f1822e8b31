"""What may load: decided before anything of a plugin is imported, as far as that can be known then."""

from __future__ import annotations

import re
from collections.abc import Iterable

from routeiq_plugin_sdk import PluginCapability

from .settings import ManagerSettings


def normalized(name: str) -> str:
    """Return a distribution's name in its normal form (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def refusal_before_import(settings: ManagerSettings, names: Iterable[str | None]) -> str | None:
    """Return why a plugin may not be imported, or None.

    Args:
        names: All that the plugin is known by: its own name, its distribution's, its module's path.
    """
    if settings.allowlist is None:
        return None
    allowed = {normalized(name) for name in settings.allowlist} | set(settings.allowlist)
    known = [name for name in names if name]
    if any(name in allowed or normalized(name) in allowed for name in known):
        return None
    return f"not in the allowlist (ROUTEIQ_PLUGINS_ALLOWLIST): it was not imported; to allow it, add {known[0]!r}" + (
        f" or its distribution {known[1]!r}" if len(known) > 1 else ""
    )


def refusal_of_capabilities(settings: ManagerSettings, capabilities: frozenset[PluginCapability]) -> str | None:
    """Return why a plugin with these capabilities may not be registered, or None."""
    if settings.allowed_capabilities is None:
        return None
    excess = capabilities - settings.allowed_capabilities
    if not excess:
        return None
    return (
        f"declares {_words(excess)}, and ROUTEIQ_PLUGINS_ALLOWED_CAPABILITIES allows"
        f" {_words(settings.allowed_capabilities) or 'none'}"
    )


def _words(capabilities: Iterable[PluginCapability]) -> str:
    return ", ".join(sorted(capability.name for capability in capabilities))
