"""A request that the host itself refuses, and how every refusal becomes a response."""

from __future__ import annotations

from routeiq_plugin_sdk import Headers, PluginResponse

from routeiq.core.errors import error_document


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


def render_error(status_code: int, message: str, code: str | None, headers: Headers) -> PluginResponse:
    """Return an error as OpenAI's API has them: the shape that most clients of an AI gateway understand."""
    response = PluginResponse.json(error_document(status_code, message, code), status_code)
    return PluginResponse(response.body, status_code, Headers((*response.headers.raw, *headers.raw)))
