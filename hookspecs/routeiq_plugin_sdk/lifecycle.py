"""Life-cycle phases: once in the life of a plugin, or whenever its health is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .context import PluginContext
from .markers import hookspec


@hookspec(kind="observe", layer="lifecycle", native=True)
def startup(app: Any, context: PluginContext) -> None:
    """Prepare the plugin: open connections, read files, warm caches.

    Fires once at the start of the host, and when the plugin is enabled later, plugin by plugin in their order, before
    any other phase of the plugin; `context.config` is validated by then. The start-up timeout bounds it
    (`ROUTEIQ_PLUGIN_STARTUP_TIMEOUT`). Any plugin may implement it.

    Args:
        app: The ASGI application that the host serves, or None outside HTTP.

    Failure: by the plugin's failure mode: `continue` and `quarantine` leave it out, and everything that depends on it;
    `abort` ends the start, and what had started is stopped in reverse. New in 0.1.
    """


@hookspec(kind="observe", layer="lifecycle", outbound=True, native=True)
def shutdown(app: Any, context: PluginContext) -> None:
    """Give back what `startup` took. Must work also when `startup` failed half-way, and a second time.

    Fires once for each plugin whose `startup` was called, in reverse order, after the last request has ended. The
    start-up timeout bounds it. Any plugin may implement it.

    Args:
        app: The same as in `startup`.

    Failure: logged and counted; the other plugins are still stopped. New in 0.1.
    """


@hookspec(kind="observe", layer="lifecycle", native=True)
def config_changed(old: Any, new: Any, context: PluginContext) -> None:
    """Learn of a new configuration before it holds, or refuse it.

    Fires after `new` was validated, once for each change, on the running plugin whose configuration it is; the start-up
    timeout bounds it. `context` still is the old one: requests that began with it keep it. Any plugin may implement it.

    A change is in force once nothing refuses it: another plugin of the same change, or another worker of the gateway,
    may. It is then taken back, and the hook fires once more, with the two configurations exchanged.

    Args:
        old: The configuration in force, an instance of the metadata's `config_schema`.
        new: The one that follows if nothing is raised, here and elsewhere.

    Failure: whatever it raises, and a deadline that passes, refuses the change in every failure mode: the old
    configuration stays, and the operator is told why. New in 0.1.
    """


@hookspec(kind="collect", layer="lifecycle", returns=(Mapping,), native=True)
def health_check(context: PluginContext) -> Mapping[str, Any] | None:
    """Say how the plugin is.

    Fires whenever the host's readiness is asked for (`/health/ready`), so keep it cheap. Any plugin may implement it.

    Returns:
        A mapping with `status`: `ok`, `degraded` (still ready) or `failed` (not ready), and whatever else helps an
        operator. None means ok.

    Failure: a check that raises, or is late, counts as `failed`, in every failure mode. New in 0.1.
    """
