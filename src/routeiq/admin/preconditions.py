"""Entity tags and the conditions on them (RFC 9110, sections 8.8.3 and 13)."""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final

from starlette.datastructures import Headers

from .answers import Answer, Refusal, encoded

_TAG: Final = re.compile(r'\s*(W/)?("[\x21\x23-\x7e\x80-\xff]*")\s*(,|$)')


def tag_of(document: Any, *more: str) -> str:
    """Return the strong entity tag of a document.

    Args:
        more: What else it changes with.
    """
    digest = hashlib.sha256(encoded(document))
    for text in more:
        digest.update(b"\0" + text.encode())
    return f'"{digest.hexdigest()[:32]}"'


def check_write(headers: Headers, tag: str) -> None:
    """Refuse a change of a document with this tag whose conditions do not hold: with 412."""
    wanted, unwanted = _field(headers, "if-match"), _field(headers, "if-none-match")
    if wanted is not None and not _matches(wanted, tag, strong=True):
        raise Refusal(
            412, "The document was changed meanwhile: read it again, and change what it is now.", "precondition_failed",
            headers={"etag": tag},
        )  # fmt: skip
    if unwanted is not None and _matches(unwanted, tag, strong=False):
        raise Refusal(412, "The document is there, and if-none-match says that it must not be.", "precondition_failed")


def checked_read(headers: Headers, tag: str, document: Any) -> Answer:
    """Return the answer to a request for a document with this tag: the document, or that it is not modified."""
    wanted, unwanted = _field(headers, "if-match"), _field(headers, "if-none-match")
    if wanted is not None and not _matches(wanted, tag, strong=True):
        raise Refusal(412, "The document is another one by now.", "precondition_failed", headers={"etag": tag})
    if unwanted is not None and _matches(unwanted, tag, strong=False):
        return Answer(304, headers={"etag": tag})
    return Answer(200, document, {"etag": tag})


def _field(headers: Headers, name: str) -> str | None:
    values = headers.getlist(name)
    return ",".join(values) if values else None


def _matches(field: str, tag: str, *, strong: bool) -> bool:
    """Return whether a list of tags has this one; a list that cannot be understood has none."""
    if field.strip() == "*":
        return True
    position, found = 0, False
    while position < len(field):
        match = _TAG.match(field, position)
        if match is None:
            return False
        found = found or (match[2] == tag and not (strong and match[1]))
        position = match.end()
    return found
