"""RouteIQ: the plugin framework for AI gateways, and a gateway that runs on it.

The public names are imported when they are first asked for, so that a program pays only for what it uses.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .adapters.asgi import PluginMiddleware as PluginMiddleware
    from .core.manager import PluginManager as PluginManager
    from .gateway.app import create_standalone_app as create_standalone_app
    from .gateway.litellm_proxy import create_app as create_app

    __version__: str

__all__ = ["PluginManager", "PluginMiddleware", "create_app", "create_standalone_app"]

_MODULES: Final = {
    "PluginManager": ".core.manager",
    "PluginMiddleware": ".adapters.asgi",
    "create_app": ".gateway.litellm_proxy",
    "create_standalone_app": ".gateway.app",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from .core.version import host_version

        return host_version()
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__, "__version__"])
