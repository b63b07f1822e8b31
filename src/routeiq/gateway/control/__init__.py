"""Changing a gateway that runs: by its files, by its operators, and in step with its other workers and replicas."""

from .control import Change, Control
from .membership import Convergence
from .reloading import Reloaded
from .settings_source import SettingsSource

__all__ = ["Change", "Control", "Convergence", "Reloaded", "SettingsSource"]
