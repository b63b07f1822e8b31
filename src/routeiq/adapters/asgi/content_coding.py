"""Content codings (RFC 9110 section 8.4): compressed bodies are decoded, up to a limit, before plugins see them."""

from __future__ import annotations

from typing import Final

from routeiq_plugin_sdk import Headers

from routeiq.transport.content_coding import ACCEPTED, CodingError, Inflater, codings, is_known

from .refusal import Refusal

# Each coding may cost as much work as the limit allows bytes: nobody needs more than these.
MOST_CODINGS: Final = 3


def decode_body(raw: bytes, coding: str, limit: int) -> bytes:
    """Return a body without its content codings.

    Args:
        coding: The value of `content-encoding`.
        limit: Bytes that the decoded body may have: a small one can stand for gigabytes.

    Raises:
        Refusal: 415 for a coding that is not known, 400 for a body that is not in it, 413 beyond the limit.
    """
    names = codings(coding)
    unknown = next((name for name in names if not is_known(name)), None)
    if unknown is not None or len(names) > MOST_CODINGS:
        problem = (
            f"The content coding {unknown!r} is not known" if unknown else f"{len(names)} content codings are many"
        )
        # RFC 9110 section 15.5.16: a 415 may say what would have been accepted.
        accepted = Headers(((b"accept-encoding", ACCEPTED.encode()),))
        raise Refusal(415, f"{problem}: use gzip, deflate or none.", "bad_coding", accepted)
    for name in reversed(names):
        raw = _inflated(raw, name, limit)
    return raw


def _inflated(raw: bytes, name: str, limit: int) -> bytes:
    inflater = Inflater(name)
    pieces: list[bytes] = []
    left = limit
    try:
        if not raw:
            raise CodingError(f"is empty, and so is not in its content coding ({name})")
        for piece in inflater.feed(raw):
            left -= len(piece)
            if left < 0:
                raise Refusal(413, f"The decoded body is over {limit} bytes.", "body_too_large")
            pieces.append(piece)
        inflater.finish()
    except CodingError as error:
        raise Refusal(400, f"The body {error}.", "bad_coding") from None
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
