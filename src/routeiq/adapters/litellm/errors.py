"""Errors both ways: LiteLLM's as the state machine knows them, and plugins' decisions as LiteLLM's exceptions."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Final

import httpx
import litellm
from litellm import exceptions
from routeiq_plugin_sdk import Headers, Reject

from routeiq.core.attempts import AttemptError
from routeiq.core.errors import PluginAborted, error_document

_CLASSES: Final[Mapping[int, str]] = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    408: "Timeout",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
    500: "InternalServerError",
    502: "BadGatewayError",
    503: "ServiceUnavailableError",
    504: "Timeout",
}
_RELAYED: Final = (
    "x-ratelimit-",
    "ratelimit-",
    "anthropic-ratelimit-",
    "retry-after",
    "openai-",
    "x-request-id",
    "request-id",
)
_PREFIX: Final = "llm_provider-"


class StopRouting(BaseException):
    """A plugin ended the attempts of a Router's call.

    Not an Exception: the Router retries and falls back on those, whatever they say.

    Attributes:
        cause: Why the last attempt failed.
    """

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


def attempt_error(exception: Exception) -> AttemptError:
    """Return a failure of LiteLLM's as the state machine has them; `__cause__` is the exception itself."""
    status = getattr(exception, "status_code", None)
    if isinstance(exception, TimeoutError | litellm.Timeout):
        status = 504
    elif isinstance(getattr(exception, "original_exception", None) or exception, litellm.APIConnectionError):
        status = 502  # as the gateway has it; LiteLLM says 500
    elif not isinstance(status, int) or not 400 <= status <= 599:
        status = 500
    message = getattr(exception, "message", None)
    code = getattr(exception, "code", None)
    error = AttemptError(
        status,
        message if isinstance(message, str) else str(exception),
        code if isinstance(code, str) else None,
        _error_headers(exception),
    )
    error.__cause__ = exception
    return error


def _error_headers(exception: Exception) -> Headers:
    given = getattr(exception, "litellm_response_headers", None)
    if given is None:
        given = getattr(getattr(exception, "response", None), "headers", None)
    return relayed(given)


def relayed(headers: Any) -> Headers:
    """Return those of a provider's headers that callers act on: rate limits, retries, ids."""
    if not isinstance(headers, Mapping | httpx.Headers):
        return Headers()
    kept: dict[str, str] = {}
    for name, value in headers.items():
        plain = _relayed_name(name)
        if plain is not None:
            kept[plain] = str(value)
    if not kept:
        return Headers()
    try:
        return Headers.of(kept)
    except ValueError:
        return Headers()


@functools.lru_cache(maxsize=1024)
def _relayed_name(name: object) -> str | None:
    """Return the provider's own name of a header that is relayed, else None."""
    plain = str(name).lower().removeprefix(_PREFIX)
    return plain if plain.startswith(_RELAYED) else None


def raised(exception: BaseException, model: str) -> BaseException:
    """Return what the caller of LiteLLM gets: its own exception, or the one that matches what a plugin decided."""
    if isinstance(exception, AttemptError):
        return exception.__cause__ or litellm_error(exception.status_code, exception.message, exception.code, model)
    if isinstance(exception, Reject):
        return litellm_error(exception.status_code, exception.message, exception.code, model, exception.headers)
    if isinstance(exception, PluginAborted):
        return litellm_error(exception.status_code, "A plugin of the gateway failed.", "plugin_failed", model)
    return exception


def litellm_error(
    status_code: int, message: str, code: str | None, model: str, headers: Headers | None = None
) -> Exception:
    """Return the exception that LiteLLM has for a status; `code` and `response` as on those that providers cause."""
    response = httpx.Response(
        status_code,
        headers=dict(headers.items()) if headers is not None else None,
        json=error_document(status_code, message, code),
        request=httpx.Request("POST", "https://gateway.invalid/"),
    )
    name = _CLASSES.get(status_code)
    if name is None or not hasattr(exceptions, name):
        error: Exception = exceptions.APIError(
            status_code=status_code, message=message, llm_provider="", model=model, request=response.request
        )
    else:
        # Releases before 1.102 do not take one for a Timeout; it gets its own below.
        given = {} if name == "Timeout" else {"response": response}
        error = getattr(exceptions, name)(message=message, model=model, llm_provider="", **given)
    # Some of them keep another one, without what it says.
    error.response = response  # type: ignore[attr-defined]
    error.code = code  # type: ignore[attr-defined]
    error.status_code = status_code  # type: ignore[attr-defined]
    return error
