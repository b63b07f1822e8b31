"""What MCP 2026-07-28 mirrors from the body of a POST into its headers: method, name, and parameters of tools.

`Mcp-Method` and `Mcp-Name` say what the body says. A tool's schema names further parameters by `x-mcp-header`; they
stand in `Mcp-Param-<Name>`. Values that are no plain ASCII are written `=?base64?...?=`.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from routeiq.core.jsonrpc import Message, RPCError

HEADER_MISMATCH: Final = -32020
SINCE: Final = "2026-07-28"
"""The first version that mirrors; versions are dates, so that they compare as text."""
METHOD: Final = b"mcp-method"
NAME: Final = b"mcp-name"
PARAMETER: Final = b"mcp-param-"
VERSION: Final = b"mcp-protocol-version"
META_VERSION: Final = "io.modelcontextprotocol/protocolVersion"

Path = tuple[str, ...]
Mirrors = Mapping[Path, str]
"""By the way to a parameter, the name behind `Mcp-Param-`."""

_NAMED_BY: Final = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
_ENCODED: Final = re.compile(r"=\?base64\?(.*)\?=", re.DOTALL)
_PLAIN: Final = re.compile(r"[\x20-\x7e]*")
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_DECIMAL: Final = re.compile(r"(-?[0-9]+)(\.0+)?")
_SAFE_INTEGER: Final = 2**53 - 1


def encoded(value: str) -> bytes:
    """Return a value as a header has it."""
    if _PLAIN.fullmatch(value) and value == value.strip() and not _ENCODED.fullmatch(value):
        return value.encode("ascii")
    return b"=?base64?" + base64.b64encode(value.encode()) + b"?="


def decoded(value: bytes) -> str | None:
    """Return what a header's value says; None for one that is not written as it must be."""
    text = value.decode("latin-1")
    match = _ENCODED.fullmatch(text)
    if match is None:
        return text
    try:
        raw = base64.b64decode(match[1], validate=True)
        return raw.decode() if base64.b64encode(raw).decode("ascii") == match[1] else None
    except (binascii.Error, UnicodeDecodeError):
        return None


def version_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Return the protocol's version that a request names; empty where it names none."""
    return next((value.decode("latin-1") for name, value in headers if name == VERSION), "")


def check_routing(message: Message, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Check that the headers of a request say what its body says: some go by one, and some by the other.

    Raises:
        RPCError: `HEADER_MISMATCH` where they differ, stand there twice, or are missing though the version wants them.
    """
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in (METHOD, NAME, VERSION):
            if name in found:
                raise _mismatch(name, "appears more than once")
            found[name] = value
    wanted = version_of(found.items()) >= SINCE
    method = message.get("method")
    if not isinstance(method, str):
        return
    params = message.get("params")
    params = params if isinstance(params, dict) else {}
    _compare(METHOD, found.get(METHOD), method, wanted and "id" in message)
    named = params.get(_NAMED_BY.get(method, ""))
    if isinstance(named, str):
        _compare(NAME, found.get(NAME), named, wanted and "id" in message)
    meta = params.get("_meta")
    version = meta.get(META_VERSION) if isinstance(meta, dict) else None
    if isinstance(version, str):
        _compare(VERSION, found.get(VERSION), version, version >= SINCE)


def _compare(name: bytes, value: bytes | None, said: str, wanted: bool) -> None:
    if value is None:
        if wanted:
            raise _mismatch(name, "is missing")
    elif decoded(value) != said:
        raise _mismatch(name, "is not what the body says")


def _mismatch(name: bytes, problem: str) -> RPCError:
    title = "-".join(part.capitalize() for part in name.decode("latin-1").split("-"))
    return RPCError(HEADER_MISMATCH, f"Header mismatch: {title} {problem}.")


def mirrors_of(schema: Any) -> Mirrors:
    """Return what a tool's input schema wants mirrored; nothing where it is not as the specification has it."""
    mirrors: dict[Path, str] = {}
    for path, found in _properties(schema, ()):
        name = found.get("x-mcp-header")
        if name is None:
            continue
        if not isinstance(name, str) or not _TOKEN.fullmatch(name):
            return {}
        taken = name.lower() in map(str.lower, mirrors.values())
        if taken or found.get("type") not in ("string", "integer", "boolean"):
            return {}
        mirrors[path] = name
    return mirrors


def _properties(schema: Any, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    waiting = [(path, schema)]
    while waiting:
        path, schema = waiting.pop()
        properties = schema.get("properties") if isinstance(schema, dict) else None
        for name, inner in properties.items() if isinstance(properties, dict) else ():
            if isinstance(inner, dict):
                yield (*path, name), inner
                waiting.append(((*path, name), inner))


def mirrored(mirrors: Mirrors, arguments: Mapping[str, Any]) -> dict[bytes, bytes]:
    """Return the headers that mirror arguments, by their names in lower case."""
    headers = {}
    for path, name in mirrors.items():
        written = _written(_at(arguments, path))
        if written is not None:
            headers[PARAMETER + name.lower().encode("ascii")] = encoded(written)
    return headers


def check_mirrored(mirrors: Mirrors, arguments: Mapping[str, Any], headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Check that the client's headers mirror its own arguments. Raises RPCError (`HEADER_MISMATCH`)."""
    expected = mirrored(mirrors, arguments)
    known = {PARAMETER + name.lower().encode("ascii") for name in mirrors.values()}
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in known:
            if name in found:
                raise _mismatch(name, "appears more than once")
            found[name] = value
    for name in sorted(known):
        if not _agree(expected.get(name), found.get(name)):
            raise _mismatch(name, "is not what the body says")


def _agree(expected: bytes | None, found: bytes | None) -> bool:
    if expected is None or found is None:
        return expected is found
    said, meant = decoded(found), decoded(expected)
    if said == meant:
        return True
    one, other = (_DECIMAL.fullmatch(text or "") for text in (said, meant))
    return one is not None and other is not None and one[1] == other[1]


def _at(value: Any, path: Path) -> Any:
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def _written(value: Any) -> str | None:
    """Return a parameter as text; None for what is not mirrored."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, int) and abs(value) <= _SAFE_INTEGER else None
