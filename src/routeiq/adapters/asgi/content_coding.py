"""Content codings (RFC 9110 section 8.4): compressed bodies are decoded, up to a limit, before plugins see them."""

from __future__ import annotations

import zlib
from typing import Final

from routeiq_plugin_sdk import Headers

from .refusal import Refusal

# Each coding may cost as much work as the limit allows bytes, and so may each member: nobody needs more than these.
MOST_CODINGS: Final = 3
MOST_MEMBERS: Final = 100
_ZLIB: Final = zlib.MAX_WBITS
_RAW_DEFLATE: Final = -zlib.MAX_WBITS
_WINDOW: Final = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": _ZLIB}


def decode_body(raw: bytes, coding: str, limit: int) -> bytes:
    """Return a body without its content codings.

    Args:
        coding: The value of `content-encoding`.
        limit: Bytes that the decoded body may have: a small one can stand for gigabytes.

    Raises:
        Refusal: 415 for a coding that is not known, 400 for a body that is not in it, 413 beyond the limit.
    """
    names = [name for part in coding.split(",") if (name := part.strip().lower()) not in ("", "identity")]
    unknown = next((name for name in names if name not in _WINDOW), None)
    if unknown is not None or len(names) > MOST_CODINGS:
        problem = (
            f"The content coding {unknown!r} is not known" if unknown else f"{len(names)} content codings are many"
        )
        # RFC 9110 section 15.5.16: a 415 may say what would have been accepted.
        accepted = Headers(((b"accept-encoding", b"gzip, deflate"),))
        raise Refusal(415, f"{problem}: use gzip, deflate or none.", "bad_coding", accepted)
    for name in reversed(names):
        raw = _inflated(raw, name, limit)
    return raw


def _inflated(raw: bytes, name: str, limit: int) -> bytes:
    window = _WINDOW[name]
    # RFC 9110 section 8.4.1.2 means zlib's format; many senders omit its header, whose check sum the test below is.
    if name == "deflate" and not (len(raw) > 1 and raw[0] & 0x0F == 8 and int.from_bytes(raw[:2], "big") % 31 == 0):
        window = _RAW_DEFLATE
    pieces: list[bytes] = []
    left = limit
    for _ in range(MOST_MEMBERS):
        inflater = zlib.decompressobj(window)
        try:
            piece = inflater.decompress(raw, left + 1)
        except zlib.error:
            raise Refusal(400, f"The body is not what its content-encoding says: {name}.", "bad_coding") from None
        if len(piece) > left:
            raise Refusal(413, f"The decoded body is over {limit} bytes.", "body_too_large")
        if not inflater.eof:
            raise Refusal(400, f"The body ends before its content coding ({name}) does.", "bad_coding")
        pieces.append(piece)
        left -= len(piece)
        # RFC 1952 section 2.2: a gzip body may have several members, one behind the other.
        raw = inflater.unused_data
        if not raw:
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)
        if window in (_ZLIB, _RAW_DEFLATE):
            break
    raise Refusal(400, f"The body goes on behind the end of its content coding ({name}).", "bad_coding")
