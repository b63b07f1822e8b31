"""Where the settings of a gateway come from, so that they can be read anew."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..settings import GatewaySettings


@dataclass(frozen=True, slots=True)
class SettingsSource:
    """Where the settings come from.

    Attributes:
        path: The settings file; None: there is none, and nothing to read anew.
        load: Reads it anew. Raises ConfigurationError.
        started_with: The settings that the process was started with.
    """

    path: Path | None
    load: Callable[[], GatewaySettings]
    started_with: GatewaySettings

    @classmethod
    def of(cls, settings: GatewaySettings) -> SettingsSource:
        """Return the source of settings, which are read with the process's environment."""
        path = settings.source

        def load() -> GatewaySettings:
            return GatewaySettings.load(path, os.environ, litellm_proxy=settings.server.litellm_proxy)

        return cls(path, load, settings)
