"""Keeps pluggy's registry in step with the plans: the same plugins, in the same order.

pluggy takes an object once, and compares objects by `==`; a module can have many instances, and plugins may be equal.
So what is registered is an object of our own for each of them, which has the marked functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pluggy

from .registration import Inspected


class Hookimpls:
    """What stands for one plugin, or one instance of it, in pluggy: an attribute for each of its hooks."""

    def __init__(self, inspected: Inspected) -> None:
        self.__dict__.update((hook, one.marked) for hook, one in inspected.implementations.items())


def align(manager: pluggy.PluginManager, plugins: Mapping[str, Any], order: Mapping[str, Sequence[str]]) -> None:
    """Register with pluggy exactly these plugins, in an order that makes its own calls agree with the plans.

    Args:
        plugins: By name.
        order: For each hook the names of those that implement it, in the order of its calls, wrappers first.
    """
    for name, registered in manager.list_name_plugin():
        if registered is not None and plugins.get(name) is not registered:
            manager.unregister(name=name)
    for name, plugin in plugins.items():
        if not manager.has_plugin(name):
            manager.register(plugin, name)
    for hook, names in order.items():
        caller = getattr(manager.hook, hook)
        by_name = {implementation.plugin_name: implementation for implementation in caller.get_hookimpls()}
        ordered = [by_name[name] for name in names]
        # pluggy keeps wrappers last and calls from the end. Assigning the slice is the one use of a private name: its
        # public interface has no way to say an order.
        wrappers = [one for one in ordered if one.wrapper or one.hookwrapper]
        plain = [one for one in ordered if not (one.wrapper or one.hookwrapper)]
        caller._hookimpls[:] = [*reversed(plain), *reversed(wrappers)]
