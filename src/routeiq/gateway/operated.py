"""What every application of the gateway has for those who operate it: its plugins, and what stands outside them."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

from routeiq.adapters.prometheus import MetricsApp
from routeiq.core.manager import PluginManager
from routeiq.core.state import StateStore

from .control import Control, SettingsSource
from .control.lifespan import run_controlled
from .figures import GroupFigures, configuration_families
from .group import Group, SoloGroup
from .mounts import Mounts
from .reload import Reload
from .routes import RouteOf
from .settings import GatewaySettings
from .stores import discover, stores_of
from .telemetry import Telemetry, telemetry_of, traced


class Parts(NamedTuple):
    """What an application is made of, beside its settings."""

    manager: PluginManager
    state: StateStore
    group: Group
    telemetry: Telemetry | None


def parts_of(settings: GatewaySettings, manager: PluginManager | None, group: Group | None) -> Parts:
    """Return the parts that settings and variables ask for, with the plugins discovered.

    Args:
        manager: None makes one. One of the caller's own keeps plugins' values where it was told, and discovers nothing.
        group: None: no other process serves with this one.

    Raises:
        ConfigurationError: if what serves the stores or telemetry is not installed.
    """
    group = group or SoloGroup()
    stores = stores_of(settings, group)
    if manager is None:
        manager_settings = settings.manager_settings(os.environ).model_copy(update={"worker": group.number})
        manager = PluginManager(manager_settings, storage=stores.values)
        discover(manager, stores.state)
    return Parts(manager, stores.state, group, telemetry_of(settings.telemetry, settings.source, os.environ))


class OperatedGateway(ABC):
    """An application that serves with others of its group, and is changed, measured and ended while it does.

    Attributes:
        settings: What it was made with.
        manager: Its plugins.
        state: The store of the operator's state; open while the plugins run.
        group: The processes that serve with this one.
        mounts: Applications outside the plugins.
        on_reload: What is done, in order, when the configuration is to be read anew (SIGHUP).
        on_ending: What is done when the process is about to end, before what runs gets its time to finish.
        control: Changes its plugins while it serves.
        figures: What all its workers did and cost.
    """

    def __init__(
        self,
        settings: GatewaySettings,
        manager: PluginManager,
        state: StateStore,
        group: Group | None,
        telemetry: Telemetry | None,
        *,
        metrics: str,
        known: Callable[[str], str | None] | None = None,
    ) -> None:
        """Make what is operated; what is served is the heir's.

        Args:
            settings: What it serves, and how.
            manager: Its plugins, which its lifespan starts and stops.
            state: The store of the operator's state.
            group: The processes that serve with this one; None: there are none.
            telemetry: Where traces go; None: nowhere.
            metrics: The path of the figures.
            known: Returns what a model counts as in them; see `Figures`.
        """
        self.settings = settings
        self.manager = manager
        self.state = state
        self.group = group or SoloGroup()
        self.mounts = Mounts()
        self.control = Control(manager, state, self.group, SettingsSource.of(settings))
        self.on_reload: list[Reload] = [self.control.reload_everything]
        self.on_ending: list[Callable[[], None]] = []
        self.figures = GroupFigures(manager, self.group, known)
        self.figures.add(lambda: configuration_families(self.control))
        self._telemetry = telemetry
        self.mount(metrics, MetricsApp(self.figures))

    def mount(self, prefix: str, app: Any) -> None:
        """Have an ASGI application serve a path and all below it, outside the plugins; it is given no lifespan.

        Raises:
            ValueError: for a prefix that is none, or is taken.
        """
        self.mounts.add(prefix, app)

    @abstractmethod
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one connection's event: a request, a WebSocket, or the lifespan."""

    async def _live(self, inner: Any, scope: Any, receive: Any, send: Any, route: RouteOf | None = None) -> None:
        """Run the lifespan of what stands inside, traced and controlled.

        Args:
            route: Says which route a request takes; None: the router of the application inside does.
        """
        await run_controlled(traced(self._telemetry, inner, self.manager, route), self.control, scope, receive, send)
