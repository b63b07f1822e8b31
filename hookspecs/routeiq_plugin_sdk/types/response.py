"""The responses that plugins make and see, and the decision to refuse."""

from __future__ import annotations

import json as json_
from collections.abc import Mapping
from typing import Any, Self

from .headers import HeaderItems, Headers, encode_headers


def _valid_status(status_code: int) -> int:
    if not isinstance(status_code, int) or not 100 <= status_code <= 599:
        raise ValueError(f"{status_code!r} is not an HTTP status code (100 to 599)")
    return status_code


class PluginResponse:
    """A whole response, with which a plugin answers a request itself. Immutable: `with_headers` makes a copy.

    `content-length` is set by the host; what the plugin says of it is not used.
    """

    __slots__ = ("body", "headers", "status_code")

    def __init__(self, body: bytes = b"", status_code: int = 200, headers: HeaderItems | Headers | None = None) -> None:
        """Raises ValueError for a status that is none, or a header that could split the message."""
        if not isinstance(body, bytes):
            raise TypeError(f"body must be bytes, not {type(body).__name__}; PluginResponse.text() and .json() encode")
        self.body = body
        self.status_code = _valid_status(status_code)
        self.headers = headers if isinstance(headers, Headers) else Headers(encode_headers(headers))

    @classmethod
    def json(cls, content: Any, status_code: int = 200, headers: HeaderItems | None = None) -> Self:
        """Return `content` as JSON (UTF-8). Raises TypeError if it cannot be encoded."""
        text = json_.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return cls(text.encode("utf-8", "replace"), status_code, _with_type(headers, "application/json"))

    @classmethod
    def text(cls, content: str, status_code: int = 200, headers: HeaderItems | None = None) -> Self:
        """Return `content` as plain text (UTF-8)."""
        return cls(content.encode(), status_code, _with_type(headers, "text/plain; charset=utf-8"))

    @classmethod
    def redirect(cls, location: str, status_code: int = 307, headers: HeaderItems | None = None) -> Self:
        """Return a redirection to `location`; 307 keeps method and body.

        Raises:
            ValueError: if the status is not one of 301, 302, 303, 307, 308, or the location could split the message.
        """
        if status_code not in (301, 302, 303, 307, 308):
            raise ValueError(f"{status_code} is not a redirection: use 301, 302, 303, 307 or 308")
        return cls(b"", status_code, Headers.of(headers).with_headers({"location": location}))

    def with_headers(self, headers: HeaderItems) -> Self:
        """Return a copy with these headers replaced or added."""
        return type(self)(self.body, self.status_code, self.headers.with_headers(headers))

    def __repr__(self) -> str:
        return f"<PluginResponse {self.status_code} {len(self.body)} bytes>"


def _with_type(headers: HeaderItems | None, content_type: str) -> Headers:
    given = Headers.of(headers)
    return given if "content-type" in given else Headers((*given.raw, (b"content-type", content_type.encode())))


class ResponseMetadata:
    """Status and headers of a response, as outbound hooks see them. Read-only: the `with_` methods make copies.

    Attributes:
        status_code: 499 where the client left before a response began.
        headers: Case-insensitive, repeated fields kept.
        short_circuited_by: The plugin that answered instead of the application, or None.
        aborted: Whether the client left, or the response broke, before its end.
    """

    __slots__ = ("aborted", "headers", "short_circuited_by", "status_code")

    def __init__(
        self, status_code: int, headers: Headers, short_circuited_by: str | None = None, aborted: bool = False
    ) -> None:
        self.status_code = status_code
        self.headers = headers
        self.short_circuited_by = short_circuited_by
        self.aborted = aborted

    def with_headers(self, headers: HeaderItems) -> ResponseMetadata:
        """Return a copy with these headers replaced or added. Raises ValueError for an unsafe field."""
        return self._with(headers=self.headers.with_headers(headers))

    def with_added_headers(self, headers: HeaderItems) -> ResponseMetadata:
        """Return a copy with further headers, repeated names kept (a second `set-cookie`)."""
        return self._with(headers=self.headers.with_added(headers))

    def without_headers(self, *names: str) -> ResponseMetadata:
        """Return a copy less these headers."""
        return self._with(headers=self.headers.without(*names))

    def with_status(self, status_code: int) -> ResponseMetadata:
        """Return a copy with another status. Raises ValueError for one that is none."""
        return self._with(status_code=_valid_status(status_code))

    def _with(self, *, status_code: int | None = None, headers: Headers | None = None) -> ResponseMetadata:
        return ResponseMetadata(
            self.status_code if status_code is None else status_code,
            self.headers if headers is None else headers,
            self.short_circuited_by,
            self.aborted,
        )

    @classmethod
    def mock(cls, status_code: int = 200, headers: HeaderItems | None = None) -> ResponseMetadata:
        """Return metadata for a test."""
        return cls(status_code, Headers.of(headers))

    def __repr__(self) -> str:
        return f"<ResponseMetadata {self.status_code}{' aborted' if self.aborted else ''}>"


class Reject(Exception):
    """A plugin's decision to refuse: raised by a hook, it reaches the client in the shape that its API expects.

    It is a decision and not a failure: it counts against no failure mode, and later inbound hooks do not run.

    Attributes:
        status_code: 400 to 599; what an HTTP client gets.
        message: For the client: say what was refused and what to do.
        code: For programs, such as `content_blocked`.
        headers: Sent along where the host speaks HTTP, such as `retry-after`.
        plugin: Which plugin raised it; filled in by the host.
    """

    def __init__(
        self,
        status_code: int = 403,
        message: str = "The request was refused by a plugin.",
        code: str = "rejected",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        if not 400 <= _valid_status(status_code):
            raise ValueError(f"a Reject needs a status of 400 to 599, not {status_code}")
        super().__init__(message)
        self.status_code = status_code
        self.message = message
        self.code = code
        self.headers = Headers.of(headers)
        self.plugin: str | None = None
