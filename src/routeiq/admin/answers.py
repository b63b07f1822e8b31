"""What the admin API answers: documents in JSON, errors in one shape, and never anything that may be stored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from routeiq.core.errors import Problem, error_document

HEADERS: Final = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
"""What every answer carries."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is whole.

    Attributes:
        document: Sent as JSON; None: there is no body.
        headers: Further ones.
    """

    status: int
    document: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    async def send(self, send: Any, *, head: bool = False) -> None:
        """Send it; for HEAD without the body that GET has."""
        body = b"" if self.document is None else encoded(self.document)
        headers = [(name.encode(), value.encode("latin-1")) for name, value in self.headers.items()]
        if self.document is not None:
            headers.append((b"content-type", b"application/json"))
        if self.status not in (204, 304):
            headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": self.status, "headers": [*HEADERS, *headers]})
        await send({"type": "http.response.body", "body": b"" if head else body})


class Refusal(Exception):
    """A request that is answered by an error; raised wherever that is found."""

    def __init__(
        self,
        status: int,
        message: str,
        code: str,
        *,
        param: str | None = None,
        problems: Iterable[Problem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Make one.

        Args:
            message: A sentence for people: what is wrong, and what would be right.
            code: The same for programs.
            param: The field or parameter that it is about.
            problems: What is wrong with single fields.
        """
        super().__init__(message)
        document = error_document(status, message, code, param=param)
        found = [{"field": one.field, "source": one.source, "message": one.message} for one in problems]
        if found:
            document["error"]["problems"] = found
        self.answer = Answer(status, document, headers or {})


def encoded(document: Any) -> bytes:
    """Return a document as JSON in UTF-8; text that UTF-8 cannot hold is escaped."""
    try:
        return json.dumps(document, ensure_ascii=False, allow_nan=False, default=str).encode()
    except UnicodeEncodeError:
        return json.dumps(document, allow_nan=False, default=str).encode()
