"""Which requests are logged: decided by their ids, so that all lines of one agree, in every worker."""

from __future__ import annotations

import zlib


def is_sampled(id: str, share: float) -> bool:
    """Return whether what has this id is among the share that is logged."""
    if share >= 1:
        return True
    return zlib.crc32(id.encode("utf-8", "replace")) < share * 2**32
