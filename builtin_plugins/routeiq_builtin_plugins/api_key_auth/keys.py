"""Keys and their hashes: making them, and finding out whose a key is without telling how near a guess came.

Keys are random and long, so that one SHA-256 is enough: there is no dictionary to try, and a slow hash would only slow
down each request.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from routeiq_plugin_sdk import Principal

PREFIX: Final = "riq_"
"""What keys that are made here begin with, so that scanners for leaked secrets find them."""
SHORTEST: Final = 20
"""Characters that a key has at least: a shorter one can be guessed, and its hash be reversed."""
LONGEST: Final = 1024
"""Characters of a key that is looked at: a longer one is none, and costs nothing."""
HASH_ADVICE: Final = "`python -m routeiq_builtin_plugins.api_key_auth` makes a key with its hash"

_HASH: Final = re.compile(r"sha256:[0-9a-f]{64}")


def new_key() -> str:
    """Return a key that nobody can guess: 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def hash_of(key: str) -> str:
    """Return what a configuration keeps of a key.

    Raises:
        ValueError: for one that can be guessed, or that no header can carry; the text does not hold the key.
    """
    if not SHORTEST <= len(key) <= LONGEST:
        raise ValueError(f"a key has {SHORTEST} to {LONGEST} characters, and this one {len(key)}; {HASH_ADVICE}")
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ValueError("a key is of letters, digits and signs of ASCII, without blanks and line ends")
    return f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def is_hash(text: str) -> bool:
    """Return whether a text has the form of what `hash_of` returns."""
    return _HASH.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key that is known, by its digest.

    Attributes:
        expires: From which Unix time on it is out of date; None: never.
    """

    digest: bytes
    principal: Principal
    expires: float | None = None

    @classmethod
    def of(
        cls,
        hash: str,
        id: str,
        roles: frozenset[str] = frozenset(),
        models: frozenset[str] | None = None,
        metadata: Mapping[str, Any] | None = None,
        expires: float | None = None,
    ) -> KnownKey:
        """Return the key of a hash. Its principal is shared by all requests, so that what it holds is read-only."""
        principal = Principal(id, roles, models, MappingProxyType(dict(metadata or {})))
        return cls(bytes.fromhex(hash.partition(":")[2]), principal, expires)

    def expired(self, now: float) -> bool:
        """Return whether it is out of date at a Unix time."""
        return self.expires is not None and now >= self.expires


class KeyRing:
    """All known keys. A look-up takes the same time whatever is shown, and however many keys there are.

    Digests are looked up by a second digest, keyed by a secret of this process. What a table gives away by the time of
    its comparisons is then about values that nobody outside can compute, while comparing with all keys, which is the
    other way to tell nothing, would make 10,000 of them dear.
    """

    __slots__ = ("_known", "_secret")

    def __init__(self, keys: Iterable[KnownKey]) -> None:
        self._secret = secrets.token_bytes(32)
        self._known = {self._tag(key.digest): key for key in keys}

    def __len__(self) -> int:
        return len(self._known)

    def find(self, key: str) -> KnownKey | None:
        """Return the key that was shown, out of date or not; None if it is unknown."""
        if len(key) > LONGEST:
            return None
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
        found = self._known.get(self._tag(digest))
        return found if found is not None and hmac.compare_digest(found.digest, digest) else None

    def _tag(self, digest: bytes) -> bytes:
        return hmac.digest(self._secret, digest, "sha256")
