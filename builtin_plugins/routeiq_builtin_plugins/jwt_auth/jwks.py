"""The issuer's keys (RFC 7517): fetched when they are needed, kept, and fetched anew when the issuer changes them.

One fetch at a time, and after one that failed, or that was made for a key that is not known, none for a while: tokens
are made by strangers, and must not decide how often the issuer is asked.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from routeiq_plugin_sdk import HTTPClient, OutboundError

from .config import Config

MOST_KEYS: Final = 100
"""Keys of a set that are looked at."""
SMALLEST_RSA: Final = 2048
"""Bits of an RSA key that is taken (RFC 7518 section 3.3)."""
TIMEOUT: Final = 5.0

_RSA: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
_CURVES: Final = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "Ed25519": "EdDSA"}


class InvalidToken(Exception):
    """A token is not valid; the text says why, and fits behind "The token is not valid"."""


class KeysUnavailable(Exception):
    """There are no keys to verify with; the text says why, for logs."""


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A public key, and the algorithms that it is for."""

    id: str | None
    public: Any
    algorithms: frozenset[str]


class KeySet:
    """The keys at one URL."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.url = url
        self._clock = clock
        self._keys: tuple[IssuerKey, ...] = ()
        self._fetched = -math.inf
        self._tried = -math.inf
        self._reason = "they were not fetched yet"
        self._lock = asyncio.Lock()

    async def key(self, id: str | None, algorithm: str, config: Config, http: HTTPClient) -> IssuerKey:
        """Return the key that a token names; of one that names none, the only key that is for its algorithm.

        Raises:
            InvalidToken: there is no such key.
            KeysUnavailable: the keys cannot be had.
        """
        if algorithm not in config.algorithms:
            raise InvalidToken("its algorithm is not allowed")
        if self._clock() - self._fetched >= config.refresh:
            await self._fetch(config, http)
        found = self._find(id, algorithm, config)
        if found is None and self._clock() - self._tried >= config.cooldown:
            await self._fetch(config, http)
            found = self._find(id, algorithm, config)
        if found is None:
            raise InvalidToken("its key is none of the issuer's")
        return found

    def _find(self, id: str | None, algorithm: str, config: Config) -> IssuerKey | None:
        if self._clock() - self._fetched >= config.refresh + config.keep:
            raise KeysUnavailable(self._reason)
        fit = [key for key in self._keys if algorithm in key.algorithms and id in (None, key.id)]
        return fit[0] if len(fit) == 1 else None

    async def _fetch(self, config: Config, http: HTTPClient) -> None:
        before = self._tried
        async with self._lock:
            if self._tried != before or self._clock() - self._tried < config.cooldown:
                return  # another request has just tried
            try:
                response = await http.get(self.url, headers={"accept": "application/json"}, timeout=TIMEOUT)
                self._keys = keys_of(response.raise_for_status().json())
                self._fetched = self._clock()
            except (OutboundError, ValueError, RecursionError) as error:
                self._reason = str(error)  # what was there before stays for a while
            # Not where the fetch was cancelled: a client that leaves must not keep the others waiting.
            self._tried = self._clock()


def keys_of(document: Any) -> tuple[IssuerKey, ...]:
    """Return the keys of a set that can verify signatures; others in it are left out.

    Raises:
        ValueError: it is no set of keys, or has none that could verify anything.
    """
    entries = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(entries, list):
        raise ValueError("what is there is no set of keys")
    keys = tuple(key for entry in entries[:MOST_KEYS] if (key := _key(entry)) is not None)
    if not keys:
        raise ValueError("the set has no key that verifies signatures")
    return keys


def _key(entry: Any) -> IssuerKey | None:
    import jwt

    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig" or "d" in entry:
        return None
    kind, curve, name = entry.get("kty"), entry.get("crv"), entry.get("kid")
    algorithms = _RSA if kind == "RSA" else frozenset[str]()
    if kind in ("EC", "OKP") and isinstance(curve, str) and curve in _CURVES:
        algorithms = frozenset({_CURVES[curve]})
    if "alg" in entry:
        algorithms = frozenset(name for name in algorithms if name == entry["alg"])
    if not algorithms or not isinstance(name, str | None):
        return None
    try:
        public = jwt.PyJWK(entry, algorithm=min(algorithms)).key
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    too_small = kind == "RSA" and public.key_size < SMALLEST_RSA
    return None if too_small else IssuerKey(name, public, algorithms)
