"""The order in which a phase calls plugins: pluggy's bands, the plugins' order, the operator's word on single hooks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from .errors import ConfigurationError, Problem
from .instances import by_plugin
from .ordering import CycleError, HookOrder, Node, order_for_hook, overridden
from .registration import Implementation
from .settings import MANAGER_SOURCE, ManagerSettings
from .steps import Phase


class Ordered(Protocol):
    """A plugin as far as its place among others goes."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def node(self) -> Node:
        """Its place in the order."""

    @property
    def implementations(self) -> Mapping[str, Implementation]:
        """Its hooks by phase."""


P = TypeVar("P", bound=Ordered)


class CallOrder:
    """The order of calls by one word of the operator's."""

    def __init__(self, settings: ManagerSettings) -> None:
        self._settings = settings

    def plugins(self, phase: Phase, active: Sequence[P]) -> list[P]:
        """Return the plugins that implement a phase as it calls them: wrappers outermost first, then the others.

        pluggy's bands come first; within a band the plugins' order, reversed for outbound phases. Wrappers of an
        outbound phase nest as those of an inbound one do: the first plugin is the outermost.

        Args:
            active: Plugins in their order.
        """
        order = self.names(phase, active)
        rank = {name: position for position, name in enumerate(order)}
        implementing = [plugin for plugin in active if phase.name in plugin.implementations]
        sign = -1 if phase.outbound else 1

        def key(plugin: P) -> tuple[bool, int, int]:
            implementation = plugin.implementations[phase.name]
            wrapper = implementation.is_wrapper
            return not wrapper, implementation.band, rank[plugin.name] * (1 if wrapper else sign)

        return sorted(implementing, key=key)

    def nodes(self, phase: Phase, active: Sequence[Ordered]) -> list[Node]:
        """Return the plugins' nodes as the operator's word on one phase makes them."""
        overrides = self._overrides(phase, active)
        return [overridden(plugin.node, overrides.get(plugin.name)) for plugin in active]

    def names(self, phase: Phase, active: Sequence[Ordered]) -> Sequence[str]:
        """Return the plugins' order in a phase, bands apart.

        Raises:
            ConfigurationError: if what operators say of the hook contradicts itself.
        """
        order = [plugin.name for plugin in active]
        overrides = self._overrides(phase, active)
        if not overrides:
            return order
        try:
            return order_for_hook(order, {plugin.name: plugin.node for plugin in active}, overrides)
        except CycleError as error:
            raise ConfigurationError([Problem(MANAGER_SOURCE, f"plugins.*.hooks.{phase.name}", str(error))]) from error

    def _overrides(self, phase: Phase, active: Sequence[Ordered]) -> dict[str, HookOrder]:
        found = {
            plugin.name: override
            for plugin in active
            if (override := self._settings.hook_order(plugin.name, phase.name)) is not None
        }
        instances = by_plugin(plugin.name for plugin in active) if found else {}
        return {name: order.expanded(instances, name) for name, order in found.items()}


def inverted_dependencies(plugins: Iterable[Ordered]) -> Mapping[str, str]:
    """Return the plugins that tryfirst or trylast puts on the wrong side of a dependency, with the reason."""
    by_name = {plugin.name: plugin for plugin in plugins}
    reasons: dict[str, str] = {}
    for plugin in by_name.values():
        for dependency in sorted(plugin.node.depends_on & by_name.keys()):
            other = by_name[dependency]
            for name in plugin.implementations.keys() & other.implementations.keys():
                mine, theirs = plugin.implementations[name], other.implementations[name]
                if mine.is_wrapper or theirs.is_wrapper:
                    continue
                inverted = mine.band > theirs.band if mine.phase.outbound else mine.band < theirs.band
                if inverted:
                    reasons[plugin.name] = (
                        f"its {name} would run on the wrong side of {dependency!r}, which it depends on, because of"
                        " tryfirst or trylast: remove the mark, or the dependency"
                    )
    return reasons
