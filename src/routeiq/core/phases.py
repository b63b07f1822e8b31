"""The phases, read from the hook specifications: this and the specifications alone know which there are."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from types import MappingProxyType

from routeiq_plugin_sdk.markers import PROJECT
from routeiq_plugin_sdk.specs import LAYERS

from .steps import Phase


def load_phases() -> Mapping[str, Phase]:
    """Return every phase by name, in the order of the specifications."""
    found: dict[str, Phase] = {}
    for module in LAYERS:
        for name, function in vars(module).items():
            options = getattr(function, f"{PROJECT}_spec", None)
            if options is None or function.__module__ != module.__name__:
                continue
            arguments = tuple(argument for argument in inspect.signature(function).parameters if argument != "context")
            found[name] = Phase(
                name=name,
                kind=options["kind"],
                layer=options["layer"],
                arguments=arguments,
                outbound=options["outbound"],
                carries=options["carries"],
                apply=options["apply"],
                returns=options["returns"],
                ends=options["ends"],
                may_reject=options["may_reject"],
                fails_closed=options["fails_closed"],
                contained=options["contained"],
                native=options["native"],
                needs=options["needs"],
                until=options["until"],
                requires=options["requires"],
            )
    return MappingProxyType(found)
