"""A request that the host itself refuses, and how every error becomes a response."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from routeiq_plugin_sdk import Headers, PluginResponse, Reject

from routeiq.core.dispatch import fire
from routeiq.core.errors import PluginAborted, error_document

from .exchange import Exchange

RenderError: TypeAlias = Callable[[int, str, str | None, Headers], PluginResponse]


class Refusal(Exception):
    """Ends a request with an error; an application may raise it too, inside `PluginMiddleware`.

    Attributes:
        message: For the client.
        code: For programs, or None.
        plugin: The plugin for whose failure the host refuses, or None.
    """

    def __init__(
        self,
        status_code: int,
        message: str,
        code: str | None = None,
        headers: Headers | None = None,
        plugin: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.message = message
        self.code = code
        self.headers = Headers() if headers is None else headers
        self.plugin = plugin


DECISIONS = (Reject, Refusal, PluginAborted)  # what ends a request without anything being left for the server to log


class ErrorAnswer(NamedTuple):
    """The response that stands for an error.

    Attributes:
        plugin: Whose response it is, or for whose decision or failure it stands; None if the application's.
        is_settled: Whether nobody needs to hear of the error any more.
    """

    response: PluginResponse
    plugin: str | None
    is_settled: bool


async def answer_to(error: Exception, exchange: Exchange, render: RenderError) -> ErrorAnswer:
    """Return what the client gets for an error; the `error` phase may say, where it was none's decision."""
    plugin = error.plugin if isinstance(error, DECISIONS) else None
    if isinstance(error, Reject | Refusal):
        return ErrorAnswer(render(error.status_code, error.message, error.code, error.headers), plugin, True)
    response = await fire(exchange.plans.error, exchange.request, error, exchange)
    if response is not None:
        return ErrorAnswer(response, exchange.plugin, True)
    # The reason of a failure is for the log; what it tells of the inside is no client's business.
    if isinstance(error, PluginAborted):
        response = render(error.status_code, "A plugin of the gateway failed.", "plugin_failed", Headers())
        return ErrorAnswer(response, plugin, True)
    return ErrorAnswer(render(500, "The server failed to answer.", "internal_error", Headers()), None, False)


def render_error(status_code: int, message: str, code: str | None, headers: Headers) -> PluginResponse:
    """Return an error as OpenAI's API has them: the shape that most clients of an AI gateway understand."""
    response = PluginResponse.json(error_document(status_code, message, code), status_code)
    return PluginResponse(response.body, status_code, Headers((*response.headers.raw, *headers.raw)))


def stems_from(error: BaseException, kinds: tuple[type[BaseException], ...]) -> bool:
    """Return whether an error is one of these kinds, or was raised because of one, be it in a group."""
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, kinds):
            return True
        seen.add(id(one))
        further = [*one.exceptions] if isinstance(one, BaseExceptionGroup) else []
        waiting += [e for e in (*further, one.__cause__, one.__context__) if e is not None and id(e) not in seen]
    return False
