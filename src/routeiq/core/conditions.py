"""Conditions over a request and its call, in Google's Common Expression Language (https://cel.dev).

A condition is judged when it is read, so that what cannot work is found before any request: it is evaluated for two
requests that are made up, one of which has no headers, no query, and no principal that anybody knows.

A condition that fails for a real request counts as one that holds: a client that makes it fail must not escape a guard.
"""

from __future__ import annotations

import functools
import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from .problems import nearest

if TYPE_CHECKING:
    import cel
    from routeiq_plugin_sdk import LLMCall, PluginRequest

VARIABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "request": ("method", "path", "headers", "query", "host"),
    "principal": ("id", "roles", "metadata"),
    "model": (),
    "api": (),
    "stream": (),
}
"""What a condition may refer to, with the fields of what has some."""

SECONDS_BETWEEN_COMPLAINTS: Final = 60.0

_NOBODY: Final[Mapping[str, Any]] = {"id": "", "roles": [], "metadata": {}}
_SAMPLES: Final[tuple[Mapping[str, Any], ...]] = (
    {
        "request": {"method": "GET", "path": "/", "headers": {}, "query": {}, "host": ""},
        "principal": _NOBODY,
        "model": "",
        "api": "chat",
        "stream": False,
    },
    {
        "request": {
            "method": "POST",
            "path": "/v1/chat/completions",
            "headers": {"host": "a"},
            "query": {},
            "host": "a",
        },
        "principal": {"id": "somebody", "roles": ["some"], "metadata": {}},
        "model": "some",
        "api": "responses",
        "stream": True,
    },
)
_BOUND = re.compile(r"\.\s*(?:all|exists|existsOne|exists_one|map|filter)\s*\(\s*(\w+)\s*,")
_MAPPINGS: Final = ("request.headers", "request.query", "principal.metadata")
_LITERAL = r"""(['"])(?P<{}>[^'"\\]*)\{}"""
_HEADER = re.compile(
    r"\brequest\.headers(?:\[\s*" + _LITERAL.format("key", 1) + r"\s*\]|\.(?P<name>\w+)\b(?!\s*\())"
    r"|" + _LITERAL.format("sought", 4) + r"\s+in\s+request\.headers(?![\w\[.])"
)

logger = logging.getLogger(__name__)


def checked_condition(source: str) -> str:
    """Return the source of a condition that can work.

    Raises:
        ValueError: saying what is wrong: no expression, an unknown variable, a result that is no truth value, or a
            failure for a request that may come. Also if CEL is not installed.
    """
    program = _program(source)
    known = {*VARIABLES, *_BOUND.findall(source)}
    names = program.variables()
    for name in names:
        if name not in known:
            there_are = f" There are: {', '.join(VARIABLES)}."
            raise ValueError(f"there is no variable {name!r}{nearest(name, VARIABLES) or '.'}{there_are}")
    if not set(names) & VARIABLES.keys():
        raise ValueError("refers to no variable, so that it holds for all requests or for none: leave it out")
    for header in _headers_of(source) or ():
        if header != header.lower():
            raise ValueError(f"names of headers are in lower case here: write {header.lower()!r}")
    for sample in _SAMPLES:
        _try_out(program, sample)
    return source


def _try_out(program: cel.Program, sample: Mapping[str, Any]) -> None:
    try:
        result = program.execute(dict(sample))
    except KeyError as error:
        raise ValueError(_lack(str(error.args[0]), program.source)) from None
    except Exception as error:  # noqa: BLE001 - the library raises what it likes
        raise ValueError(f"cannot be evaluated: {_first_line(error)}") from None
    if not isinstance(result, bool):
        raise ValueError(f"is {type(result).__name__}, and must be true or false")


def _lack(key: str, source: str) -> str:
    """Return what is wrong with a condition that asks for what is not always there, or never."""
    for variable in ("request", "principal"):
        fields = VARIABLES[variable]
        if key not in fields and re.search(rf"\b{variable}\s*\.\s*{re.escape(key)}\b", source):
            return f"{variable} has no {key!r}{nearest(key, fields) or '.'} There are: {', '.join(fields)}."
    mapping = next((one for one in _MAPPINGS if re.search(rf"{one}\W*{re.escape(key)}", source)), _MAPPINGS[0])
    return f'fails where there is no {key!r}: ask for that first, `"{key}" in {mapping} && ...`'


@functools.lru_cache(maxsize=1024)
def _program(source: str) -> cel.Program:
    """Compiling takes the loop's time; the conditions of one generation of plans are mostly those of the one before."""
    try:
        import cel  # here, since most gateways have no conditions
    except ImportError:
        raise ValueError("conditions need another package: pip install 'routeiq[cel]'") from None
    try:
        return cel.compile(source)
    except ValueError as error:
        raise ValueError(f"is no expression of CEL: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines() or [type(error).__name__]
    return re.sub(r"^Failed to parse expression .*?: ERROR: <input>:", "at ", lines[0])


def needs_of(source: str) -> frozenset[str]:
    """Return which of `VARIABLES` a condition refers to."""
    return frozenset(_program(source).variables()) & VARIABLES.keys()


def _headers_of(source: str) -> frozenset[str] | None:
    """Return the names of the headers that a condition speaks of, or None if it looks at them in another way."""
    found = list(_HEADER.finditer(source))
    if len(found) != len(re.findall(r"\bheaders\b", source)):
        return None
    return frozenset(match["key"] or match["name"] or match["sought"] or "" for match in found)


class Condition:
    """A condition, and on whose behalf it is asked.

    Attributes:
        source: Its text.
        needs: The variables that it refers to.
    """

    def __init__(self, source: str, failed: Callable[[Exception], None]) -> None:
        """Make one of a text that `checked_condition` has passed.

        Args:
            failed: Told of each failure.
        """
        self.source = source
        self.needs = needs_of(source)
        self._failed = failed
        self._execute = _program(source).execute

    def holds(self, facts: Any) -> bool:
        """Return whether it holds, or fails."""
        try:
            result = self._execute(facts)
            if result.__class__ is bool:
                return result is True
            raise TypeError(f"it is {type(result).__name__}, and not true or false")
        except Exception as error:  # noqa: BLE001 - the library raises what it likes
            self._failed(error)
            return True


class FactMaker:
    """Makes what conditions are evaluated on, and no more than they ask for: copying it for CEL is what costs."""

    def __init__(self, conditions: Iterable[Condition]) -> None:
        sources = [condition.source for condition in conditions]
        self._needs = frozenset[str]().union(*map(needs_of, sources))
        self._calls = bool(self._needs - {"request", "principal"})
        self._fields = {name: _fields_of(name, sources) for name in ("request", "principal")}
        named = [_headers_of(source) for source in sources]
        self._every_header = any(names is None for names in named)
        self._headers = sorted(frozenset[str]().union(*(names for names in named if names is not None)))
        self._readers: Mapping[str, Callable[[PluginRequest], Any]] = {
            "method": lambda request: request.method,
            "path": lambda request: request.path,
            "host": lambda request: (request.headers.get("host") or "").lower(),
            "headers": self._headers_in,
            "query": lambda request: dict(request.query),
        }
        if sources:
            import cel

            self._context = cel.Context

    def __call__(self, request: PluginRequest | None, call: LLMCall | None) -> cel.Context:
        """Return the facts of a request and of a call in it."""
        context = self._context()
        if "request" in self._needs and request is not None:
            context.add_variable("request", {name: self._readers[name](request) for name in self._fields["request"]})
        if "principal" in self._needs:
            context.add_variable("principal", self._principal(request))
        if self._calls and call is not None:
            context.update({"model": call.model, "api": call.api, "stream": call.stream})
        return context

    def _headers_in(self, request: PluginRequest) -> dict[str, str]:
        found: dict[str, str] = {}
        for raw_name, value in request.headers.raw:
            name = raw_name.decode("latin-1")
            if self._every_header or name in self._headers:
                text = value.decode("latin-1")
                found[name] = f"{found[name]}, {text}" if name in found else text
        return found

    def _principal(self, request: PluginRequest | None) -> Mapping[str, Any]:
        principal = None if request is None else request.principal
        if principal is None:
            return _NOBODY
        metadata = _plain(principal.metadata) if "metadata" in self._fields["principal"] else {}
        return {"id": principal.id, "roles": sorted(principal.roles), "metadata": metadata}


def _fields_of(variable: str, sources: Iterable[str]) -> tuple[str, ...]:
    """Return the fields of a variable that conditions speak of; all of them if one takes it as a whole."""
    fields = VARIABLES[variable]
    text = "\n".join(sources)
    if re.search(rf"\b{variable}\b(?!\s*\.\s*({'|'.join(fields)})\b)", text):
        return fields
    return tuple(field for field in fields if re.search(rf"\b{field}\b", text))


def _plain(value: Any) -> Any:
    """Return a value as CEL can hold it; of what it cannot, its text."""
    if value is None or isinstance(value, bool | int | float | str | bytes):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, Iterable):
        return [_plain(inner) for inner in value]
    return str(value)


class Complaints:
    """Logs failures of conditions: each condition's once a minute at most, however many requests there are."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[str, float] = {}

    def tell(self, source: str, plugins: Iterable[str], error: Exception) -> None:
        """Log a failure, unless one of the same condition was logged a moment ago."""
        now = self._clock()
        if now - self._last.get(source, -SECONDS_BETWEEN_COMPLAINTS) < SECONDS_BETWEEN_COMPLAINTS:
            return
        if len(self._last) > 1000:
            self._last.clear()
        self._last[source] = now
        logger.error(
            "the condition %r of %s failed, and counts as one that holds: %s: %s",
            source, ", ".join(plugins), type(error).__name__, error,
        )  # fmt: skip
