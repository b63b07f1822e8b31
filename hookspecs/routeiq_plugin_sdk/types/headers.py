"""HTTP header fields and the checks that keep a plugin from splitting a response."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping

RawHeaders = tuple[tuple[bytes, bytes], ...]
HeaderItems = Mapping[str, str] | Iterable[tuple[str, str]]

# RFC 9110 section 5.1: a field name is a token. Section 5.5: a value holds no CR, LF or NUL.
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_FORBIDDEN = re.compile(rb"[\r\n\x00]")


def encode_header(name: str, value: str) -> tuple[bytes, bytes]:
    """Return one field as ASGI sends it: name in lower case, both as bytes.

    Raises:
        ValueError: if the name is no token or the value holds CR, LF or NUL (RFC 9110).
    """
    raw_name = _token(name)
    try:
        raw_value = value.encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError(f"the value of header {name!r} has a character that no header can hold: encode it") from None
    if not value.isprintable() and _FORBIDDEN.search(raw_value):
        raise ValueError(f"the value of header {name!r} holds a line break or NUL: that would split the message")
    return raw_name, raw_value


@functools.lru_cache(maxsize=1024)
def _raw_name(name: str) -> bytes:
    """Return a name as it stands in raw headers. Remembered: plugins ask for few names, and for each request."""
    return name.lower().encode("latin-1", "replace")


@functools.lru_cache(maxsize=1024)
def _token(name: str) -> bytes:
    raw = _raw_name(name)
    if not _TOKEN.fullmatch(raw) or not name.isascii():
        raise ValueError(f"{name!r} is not a header name")
    return raw


def encode_headers(headers: HeaderItems | None) -> RawHeaders:
    """Return fields as ASGI sends them; a mapping or pairs, so that `set-cookie` can stand twice."""
    if not headers:
        return ()
    # The exact type first: a check against an abstract class costs more than encoding a field.
    items = headers.items() if type(headers) is dict or isinstance(headers, Mapping) else headers
    return tuple([encode_header(name, value) for name, value in items])


class Headers(Mapping[str, str]):
    """A read-only, case-insensitive view of header fields that keeps their order and repetition.

    As a mapping it gives the first value of a name; `get_list` gives all of them. `raw` is what ASGI carries: names
    in lower case, as its specification requires.
    """

    __slots__ = ("raw",)

    def __init__(self, raw: Iterable[tuple[bytes, bytes]] = ()) -> None:
        self.raw: RawHeaders = raw if isinstance(raw, tuple) else tuple((name, value) for name, value in raw)

    @classmethod
    def of(cls, headers: HeaderItems | None) -> Headers:
        """Return headers made from a mapping or from pairs of text. Raises ValueError for an unsafe field."""
        return cls(encode_headers(headers))

    def get_list(self, name: str) -> list[str]:
        """Return all values of a name, in their order."""
        wanted = _raw_name(name)
        return [value.decode("latin-1") for key, value in self.raw if key == wanted]

    def items_list(self) -> list[tuple[str, str]]:
        """Return every field, repeated ones too, in order."""
        return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self.raw]

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        """Return the first value of a name, or the default."""
        wanted = _raw_name(name)
        for key, value in self.raw:
            if key == wanted:
                return value.decode("latin-1")
        return default

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name.decode("latin-1") for name, _ in self.raw))

    def __len__(self) -> int:
        return len({name for name, _ in self.raw})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self.raw == other.raw

    def __hash__(self) -> int:
        return hash(self.raw)

    def __repr__(self) -> str:
        # Values can be credentials, so that a logged request must not show them.
        return f"Headers({', '.join(self)})"

    def with_headers(self, headers: HeaderItems) -> Headers:
        """Return these fields with the given names replaced. Raises ValueError for an unsafe field."""
        new = encode_headers(headers)
        names = [name for name, _ in new]
        return Headers((*[pair for pair in self.raw if pair[0] not in names], *new))

    def with_added(self, headers: HeaderItems) -> Headers:
        """Return these fields with further ones behind them, such as a second `set-cookie`."""
        return Headers((*self.raw, *encode_headers(headers)))

    def without(self, *names: str) -> Headers:
        """Return these fields less those of the given names."""
        gone = {_raw_name(name) for name in names}
        return Headers(tuple([pair for pair in self.raw if pair[0] not in gone]))
