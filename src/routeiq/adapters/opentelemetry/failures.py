"""What things failed at, in words of few kinds (`error.type`); messages are never recorded: they may quote content."""

from __future__ import annotations

import asyncio
import re

from routeiq_plugin_sdk import Reject

from routeiq.core.attempts import AttemptError, UnknownModelError
from routeiq.core.errors import PluginAborted

# A code that is none of these would be a text, and a label of any number of values.
_CODE = re.compile(r"[A-Za-z0-9_.:\-]{1,64}")


def error_type(error: BaseException) -> str:
    """Return `error.type` of what a call, an attempt, a hook or a request failed at."""
    if isinstance(error, Reject):
        return _code(error.code, "rejected")
    if isinstance(error, AttemptError):
        return _code(error.code, str(error.status_code))
    if isinstance(error, UnknownModelError):
        return "model_not_found"
    if isinstance(error, PluginAborted):
        return "plugin_failed"
    if isinstance(error, asyncio.CancelledError):
        return "cancelled"
    if isinstance(error, TimeoutError):
        return "timeout"
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def is_failure(error: BaseException) -> bool:
    """Return whether a span that ended so has the status ERROR: a refusal below 500 is what was wanted of a plugin."""
    return not (isinstance(error, Reject) and error.status_code < 500)


def _code(code: object, otherwise: str) -> str:
    return code if isinstance(code, str) and _CODE.fullmatch(code) else otherwise
