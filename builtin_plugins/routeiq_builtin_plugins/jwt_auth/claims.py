"""From the claims of a valid token to a `Principal`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from routeiq_plugin_sdk import Principal

from .config import Config
from .tokens import InvalidToken

LONGEST_ID: Final = 256


def principal_of(claims: Mapping[str, Any], config: Config) -> Principal:
    """Return whom a token stands for.

    Raises:
        InvalidToken: it has no id, or its roles or models are in no form that is known.
    """
    name = claim(claims, config.id_claim)
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_ID or not name.isprintable():
        raise InvalidToken(f"its claim {config.id_claim!r} is no id")
    roles = _words(claims, config.roles_claim) if config.roles_claim else None
    models = (_words(claims, config.models_claim) or frozenset()) if config.models_claim else None
    metadata = {one: claim(claims, one) for one in config.metadata_claims if claim(claims, one) is not None}
    return Principal(config.id_prefix + name, roles or frozenset(), models, MappingProxyType(metadata))


def claim(claims: Mapping[str, Any], name: str) -> Any:
    """Return a claim by its name, else by the names of the objects that it is in: `realm_access.roles`; else None."""
    if name in claims:
        return claims[name]
    value: Any = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _words(claims: Mapping[str, Any], name: str) -> frozenset[str] | None:
    value = claim(claims, name)
    if value is None:
        return None
    words = value.split() if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise InvalidToken(f"its claim {name!r} is neither a list of words nor a text")
    return frozenset(words)
