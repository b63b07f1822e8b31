"""What the host's own errors are in HTTP."""

from __future__ import annotations

from typing import Final

from routeiq.core.errors import (
    ChangeRefused,
    ConfigurationError,
    PinnedFields,
    RegistrationError,
    RouteIQError,
    StorageUnavailable,
)

from .answers import Refusal

AGAIN: Final = {"retry-after": "5"}
"""What an answer carries that is worth another attempt."""


def refusal_of(error: RouteIQError) -> Refusal:
    """Return the refusal that says what an error says.

    What the client did not cause, such as workers that do not agree in time, or plugins that do not run, is worth
    another attempt.
    """
    match error:
        case ConfigurationError(problems=problems):
            field = problems[0].field if problems else None
            return Refusal(422, str(error), "invalid_configuration", param=field or None, problems=problems)
        case PinnedFields(pins=pins):
            return Refusal(409, f"{error}.", "pinned", param=pins[0].field, problems=pins)
        case ChangeRefused():
            return Refusal(409, str(error), "change_refused", param=error.plugin)
        case RegistrationError():
            return Refusal(404, str(error), "no_such_plugin", param="name")
        case StorageUnavailable():
            return Refusal(503, f"{error}. Nothing is known to be changed.", "storage_unavailable", headers=AGAIN)
    return Refusal(503, f"{error}. Nothing is changed.", "not_now", headers=AGAIN)
