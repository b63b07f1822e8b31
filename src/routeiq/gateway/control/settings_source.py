"""Where the settings of a gateway come from, so that they can be read anew."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from routeiq.core.errors import ConfigurationError

from ..settings import GatewaySettings


@dataclass(frozen=True, slots=True)
class SettingsSource:
    """Where the settings come from.

    Attributes:
        path: The settings file; None: there is none, and nothing to read anew.
        load: Reads it anew. Raises ConfigurationError.
        at_first: What the file says at first. Options of the command line are not in it, as they are in the settings
            that are used.
    """

    path: Path | None
    load: Callable[[], GatewaySettings]
    at_first: GatewaySettings

    @classmethod
    def of(cls, settings: GatewaySettings) -> SettingsSource:
        """Return the source of settings, which are read with the process's environment."""
        path = settings.source

        def load() -> GatewaySettings:
            return GatewaySettings.load(path, os.environ, litellm_proxy=settings.server.litellm_proxy)

        at_first = settings
        if path is not None:
            # Settings that were read with another environment, or from a file that has changed since, serve as well.
            with contextlib.suppress(ConfigurationError):
                at_first = load()
        return cls(path, load, at_first)
