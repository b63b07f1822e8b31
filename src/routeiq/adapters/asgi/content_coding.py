"""Content codings (RFC 9110 section 8.4): compressed bodies are decoded, up to a limit, before plugins see them."""

from __future__ import annotations

import zlib

from .refusal import Refusal

_WINDOW = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


def decode_body(raw: bytes, coding: str, limit: int) -> bytes:
    """Return a body without its content codings.

    Args:
        coding: The value of `content-encoding`.
        limit: Bytes that the decoded body may have: a small one can stand for gigabytes.

    Raises:
        Refusal: 415 for a coding that is not known, 400 for a body that is not in it, 413 beyond the limit.
    """
    for name in reversed([part.strip().lower() for part in coding.split(",") if part.strip()]):
        if name == "identity":
            continue
        if name not in _WINDOW:
            raise Refusal(415, f"The content coding {name!r} is not known: use gzip, deflate or none.", "bad_coding")
        raw = _inflated(raw, _WINDOW[name], limit, name)
    return raw


def _inflated(raw: bytes, window: int, limit: int, name: str) -> bytes:
    try:
        return _run(zlib.decompressobj(window), raw, limit, name)
    except zlib.error:
        if name == "deflate":  # many senders mean the raw format, without zlib's header
            try:
                return _run(zlib.decompressobj(-zlib.MAX_WBITS), raw, limit, name)
            except zlib.error:
                pass
    raise Refusal(400, f"The body is not what its content-encoding says: {name}.", "bad_coding")


def _run(inflater: zlib._Decompress, raw: bytes, limit: int, name: str) -> bytes:
    body = inflater.decompress(raw, limit + 1)
    if len(body) > limit:
        raise Refusal(413, f"The decoded body is over {limit} bytes.", "body_too_large")
    if not inflater.eof:
        raise Refusal(400, f"The body ends before its content coding ({name}) does.", "bad_coding")
    return body
