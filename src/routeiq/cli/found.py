"""What several commands begin with: the settings, and a manager that has found the plugins and started none."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from .output import warn

if TYPE_CHECKING:
    from routeiq.core.manager import PluginManager
    from routeiq.gateway.settings import GatewaySettings

ConfigOption: TypeAlias = Annotated[
    Path | None,
    typer.Option("--config", "-c", metavar="FILE", help="The settings; by default ./routeiq.yaml, if it exists."),
]
JSONOption: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def load_settings(config: Path | None, told: bool = True, litellm_proxy: bool = False) -> GatewaySettings:
    """Return the gateway's settings. Raises ConfigurationError.

    Args:
        told: Whether their warnings are told here.
        litellm_proxy: Whether the file is one of LiteLLM's Proxy, of which only our own sections are read.
    """
    from routeiq.gateway.settings import GatewaySettings

    settings = GatewaySettings.load(config, os.environ, litellm_proxy=litellm_proxy)
    for warning in settings.warnings if told else ():
        warn(warning)
    return settings


def find_plugins(settings: GatewaySettings) -> PluginManager:
    """Return a manager with what is installed, nothing of it started. Raises ConfigurationError."""
    from routeiq.core.manager import PluginManager

    manager = PluginManager(settings.manager_settings(os.environ))
    # Records tell what became of each plugin: the same as log lines would say it twice.
    log = logging.getLogger("routeiq")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        # A plugin that prints when it is imported must not spoil what programs read.
        with contextlib.redirect_stdout(sys.stderr):
            manager.discover()
    finally:
        log.setLevel(level)
    return manager
