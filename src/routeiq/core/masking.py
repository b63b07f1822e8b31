"""Keeps secrets out of what people are shown: which names hold secrets, and values with those masked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel

from .schemas import entry_of, is_secret, keys_of, model_of

MASK: Final = "**********"

_SECRET_NAME = re.compile(
    r"(^|_)((api|master|private|secret|access|signing|encryption|virtual|auth)_?keys?|secrets?|token|auth_tokens"
    r"|password|passwd|passphrase|credentials?|authorization|cookie)$"
)
PASSWORD_IN_URL: Final = re.compile(r"(?<=://)([^/@\s:]*):([^/@\s]+)@")
"""The user and the password in a URL."""


def names_secret(name: str) -> bool:
    """Return whether a field of this name holds a secret: `api_key`, `client-secret`, `Authorization` do."""
    return _SECRET_NAME.search(name.lower().replace("-", "_")) is not None


def without_passwords(text: str) -> str:
    """Return a text with the passwords in its URLs masked."""
    return PASSWORD_IN_URL.sub(rf"\1:{MASK}@", text)


def masked(value: Any) -> Any:
    """Return a deeply read-only copy of what JSON can hold, secrets masked: by their key, and passwords in URLs.

    Mappings become read-only mappings, lists tuples. An empty secret stays empty: it says that there is none.
    """
    return _frozen(masked_document(value))


def masked_document(value: Any) -> Any:
    """Return a copy of what JSON can hold, masked in the same way, that JSON can hold too."""
    if isinstance(value, Mapping):
        return {key: _masked_entry(key, entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [masked_document(entry) for entry in value]
    if isinstance(value, str):
        return without_passwords(value)
    return value


def _masked_entry(key: object, value: Any) -> Any:
    if isinstance(key, str) and names_secret(key) and value not in (None, "") and not isinstance(value, bool):
        return MASK
    return masked_document(value)


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({key: _frozen(entry) for key, entry in value.items()})
    return tuple(_frozen(entry) for entry in value) if isinstance(value, list) else value


def without_secrets(message: str, model: type[BaseModel], data: Any) -> str:
    """Return a message about data for a model without the texts that the names or types in it say are secret."""
    for secret in sorted(set(_secrets(model, data, False)), key=len, reverse=True):
        message = message.replace(secret, MASK)
    return message


def _secrets(annotation: Any, data: Any, secret: bool) -> Iterator[str]:
    secret = secret or is_secret(annotation)
    model = model_of(annotation)
    if isinstance(data, Mapping):
        keys = keys_of(model) if model is not None else {}
        entry = None if model is not None else entry_of(annotation)
        for name, value in data.items():
            inner = keys[name].annotation if name in keys else entry
            yield from _secrets(inner, value, secret or names_secret(str(name)))
    elif isinstance(data, list):
        for value in data:
            yield from _secrets(entry_of(annotation), value, secret)
    elif secret and data is not None and not isinstance(data, bool) and str(data):
        yield str(data)
        yield repr(data).strip("'\"")  # as messages often quote it
