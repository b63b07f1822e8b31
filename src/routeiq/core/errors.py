"""The host's errors.

RouteIQError
├── ConfigurationError              settings or a plugin's configuration: all problems together
├── RegistrationError               a plugin that cannot be registered
│   ├── MetadataError               no metadata, or of a wrong kind
│   ├── UnknownHookError            marked as a hook that does not exist
│   ├── HookSignatureError          arguments that the hook does not have
│   ├── CapabilityError             a capability that is missing, or not allowed
│   ├── DuplicatePluginError        a name that is taken
│   ├── IncompatiblePluginError     made for another version of the host
│   └── DependencyCycleError        plugins that wait for each other
├── StartupError                    a plugin whose failure mode is `abort` did not start
├── ChangeRefused                   a change that a plugin, or what depends on it, does not allow: nothing is changed
├── PinnedFields                    an edit of fields that a file or a variable sets, which win over what is edited
├── NoAgreement                     workers of one gateway did not agree on a change in time: nothing is changed
├── StorageUnavailable              the store cannot be reached or written: plugins know it as the SDK's
├── StateConflict                   somebody else changed the operator's state in between
├── NotRunningError                 a manager that is not running, or is running already
├── NoHTTPClient                    a plugin asks for `context.http`, and no host has given one
└── PluginFailure                   a plugin failed while it served a request
    ├── HookTimeout                 over its deadline
    ├── PluginCancelled             let a cancellation of its own escape
    ├── WrongResultType             returned what the hook cannot use
    ├── PluginAborted               failed, and its failure mode is `abort`: logged and counted already
    └── AuthenticationFailed        a provider failed, so that nobody can say who asks: logged and counted already
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import routeiq_plugin_sdk as sdk


class RouteIQError(Exception):
    """The root of all errors of the host."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a configuration.

    Attributes:
        source: Where it was found: a file with its line, or a variable.
        field: Which field, dotted; empty for the source as a whole.
        message: What is wrong and what would be right.
    """

    source: str
    field: str
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.source, self.field, self.message) if part)


class ConfigurationError(RouteIQError):
    """Settings or a configuration that cannot be used; `problems` has everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class RegistrationError(RouteIQError):
    """A plugin cannot be registered; `plugin` is its name, `reason` a sentence about it."""

    def __init__(self, plugin: str, reason: str) -> None:
        self.plugin = plugin
        self.reason = reason
        super().__init__(f"{plugin}: {reason}")


class MetadataError(RegistrationError):
    """The plugin says nothing of itself, or says it in a wrong form."""


class _HookError(RegistrationError):
    def __init__(self, plugin: str, hook: str, reason: str, suggestion: str | None = None) -> None:
        self.hook = hook
        self.suggestion = suggestion
        hint = f" Did you mean {suggestion!r}?" if suggestion else ""
        super().__init__(plugin, f"hook {hook}() {reason}{hint}")


class UnknownHookError(_HookError):
    """A function is marked as a hook that does not exist; `suggestion` is the nearest one that does."""


class HookSignatureError(_HookError):
    """A hook's arguments are not those of its specification."""


class CapabilityError(RegistrationError):
    """A hook needs a capability that the plugin does not declare, or the plugin declares one that is not allowed."""


class DuplicatePluginError(RegistrationError):
    """The name is taken."""


class IncompatiblePluginError(RegistrationError):
    """The plugin was made for other versions of the host."""


class DependencyCycleError(RegistrationError):
    """Plugins that wait for each other; `members` has exactly those, sorted."""

    def __init__(self, members: Sequence[str]) -> None:
        self.members = tuple(sorted(members))
        super().__init__(
            self.members[0], f"is in a cycle of dependencies with exactly these members: {', '.join(self.members)}"
        )


class StartupError(RouteIQError):
    """The host cannot start, because a plugin whose failure mode is `abort` cannot."""

    def __init__(self, plugin: str, reason: str) -> None:
        self.plugin = plugin
        self.reason = reason
        super().__init__(f"plugin {plugin!r}, whose failure mode is abort, cannot start: {reason}")


class ChangeRefused(RouteIQError):
    """A change was refused, by a plugin or by what depends on it: nothing is changed; `reason` says why."""

    def __init__(self, plugin: str, reason: str) -> None:
        self.plugin = plugin
        self.reason = reason
        super().__init__(f"plugin {plugin!r} does not allow the change: {reason}")


class PinnedFields(RouteIQError):
    """An edit changes fields that are set where it does not reach; `pins` has each of them, and what sets it."""

    def __init__(self, pins: Sequence[Problem]) -> None:
        self.pins = tuple(pins)
        super().__init__("; ".join(f"{pin.field} {pin.message}" for pin in pins))


class NoAgreement(RouteIQError):
    """A worker of the gateway takes part in no change, or not in time: nothing is changed anywhere."""


class StorageUnavailable(RouteIQError, sdk.StorageUnavailable):
    """The store cannot be reached, or cannot write; its text names the store, says why, and what to do."""


class StateConflict(RouteIQError):
    """The operator's state is another one than the change was made for; `version` is the one that it has now."""

    def __init__(self, expected: int, version: int) -> None:
        self.expected, self.version = expected, version
        super().__init__(
            f"the state was changed by somebody else: it has version {version} and not {expected}; read it again"
        )


class NotRunningError(RouteIQError):
    """A manager is asked for what it does only while it runs, or only while it does not."""


class NoHTTPClient(RouteIQError):
    """A plugin asks for its HTTP client, and its manager has been given none by a host."""

    def __init__(self, plugin: str) -> None:
        self.plugin = plugin
        super().__init__(
            f"plugin {plugin!r} asks for context.http, which hosts bring along (PluginMiddleware, LiteLLMAdapter, the"
            " gateway); without one: manager.attach((), http=routeiq.transport.guarded.GuardedHTTP())"
        )


class PluginFailure(RouteIQError):
    """A plugin failed while it served a request."""


class HookTimeout(PluginFailure):
    """A hook took longer than its deadline of `seconds`."""

    def __init__(self, plugin: str, hook: str, seconds: float) -> None:
        self.plugin, self.hook, self.seconds = plugin, hook, seconds
        super().__init__(f"{plugin}: hook {hook}() did not finish within its deadline of {seconds:g} s")


class PluginCancelled(PluginFailure):
    """A hook let a CancelledError of its own escape, although the request was not cancelled."""


class WrongResultType(PluginFailure):
    """A hook returned something that the phase cannot use."""


class PluginAborted(PluginFailure):
    """The request is refused, because a plugin whose failure mode is `abort` failed; logged and counted already.

    Attributes:
        status_code: 504 for a deadline, else 500.
    """

    def __init__(self, plugin: str, phase: str, status_code: int = 500) -> None:
        self.plugin, self.phase, self.status_code = plugin, phase, status_code
        super().__init__(f"plugin {plugin!r}, whose failure mode is abort, failed in {phase}")


class AuthenticationFailed(PluginFailure):
    """An authentication provider failed, so that nobody can say who asks; logged and counted already."""

    def __init__(self, plugin: str) -> None:
        self.plugin = plugin
        super().__init__(f"plugin {plugin!r} failed in authenticate, which fails closed")


_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    429: "rate_limit_error",
    504: "timeout_error",
}

# Codes that OpenAI's API gives as types too.
_TYPES_OF_CODES = {"insufficient_quota": "insufficient_quota"}


def error_document(
    status: int, message: str, code: str | None = None, type: str | None = None, param: str | None = None
) -> dict[str, Any]:
    """Return an error in the shape of OpenAI's API, which the clients of all its dialects understand."""
    kind = (
        type
        or _TYPES_OF_CODES.get(code or "")
        or _TYPES.get(status)
        or ("server_error" if status >= 500 else "invalid_request_error")
    )
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}
