"""What the toolkit raises.

HarnessError                the harness cannot do what the test asks of it
├── HostNotInstalled        `routeiq`, in which it runs plugins, is not installed
├── PluginNotStarted        the plugin could not be registered, or did not start
└── ConfigRefused           a change of configuration that validation, or the plugin, refused

AssertionError
└── ArgumentChanged         the plugin changed something that a hook was handed
"""

from __future__ import annotations


class HarnessError(Exception):
    """The harness cannot do what the test asks of it; the text says why, and what would be right."""


class HostNotInstalled(HarnessError):
    """No distribution that is installed can run plugins for a test."""


class _PluginRefused(HarnessError):
    """What a test wants of a plugin was refused; heirs say what.

    Attributes:
        plugin: Its name.
        reason: As operators are told it.
    """

    def __init__(self, plugin: str, reason: str) -> None:
        super().__init__(plugin, reason)
        self.plugin = plugin
        self.reason = reason


class PluginNotStarted(_PluginRefused):
    """A plugin takes no part: it was refused, or its start failed."""

    def __str__(self) -> str:
        return f"plugin {self.plugin!r} did not start: {self.reason}"


class ConfigRefused(_PluginRefused):
    """A change of a plugin's configuration was refused, and nothing is changed."""

    def __str__(self) -> str:
        return f"plugin {self.plugin!r}: the configuration is refused: {self.reason}"


class ArgumentChanged(AssertionError):
    """A plugin changed what a hook was handed, which is read-only: only what a hook returns changes anything.

    Attributes:
        plugin: Its name.
        hook: The hook that did it.
        argument: Which argument, `context.config` for the configuration.
        change: Where in it, and from what to what.
    """

    def __init__(self, plugin: str, hook: str, argument: str, change: str) -> None:
        super().__init__(plugin, hook, argument, change)
        self.plugin = plugin
        self.hook = hook
        self.argument = argument
        self.change = change

    def __str__(self) -> str:
        return (
            f"plugin {self.plugin!r} changed the argument {self.argument!r} of its hook {self.hook}(), which is"
            f" read-only: {self.change}. Make a copy, and return that: only what a hook returns changes anything."
        )
