"""The functions of LiteLLM that make LLM calls, and the API that each of them speaks."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from routeiq_plugin_sdk import API

from routeiq.core.dialects import DIALECTS, Dialect


@dataclass(frozen=True, slots=True)
class Operation:
    """One function or method.

    Attributes:
        name: What it is called, in `litellm` or on its Router.
        api: The API that it speaks.
        asynchronous: Whether it is awaited.
        positional: The names of its parameters, in the order in which they may be given without names.
    """

    name: str
    api: API
    asynchronous: bool
    positional: tuple[str, ...]

    @property
    def dialect(self) -> Dialect:
        """The wire format that its arguments and answers have, objects aside."""
        return DIALECTS[self.api]

    def keywords(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return all arguments by name. Raises TypeError as the function itself would."""
        if not args:
            return dict(kwargs)
        if len(args) > len(self.positional):
            raise TypeError(f"{self.name}() takes {len(self.positional)} positional arguments, not {len(args)}")
        named = dict(zip(self.positional, args, strict=False))
        twice = named.keys() & kwargs.keys()
        if twice:
            raise TypeError(f"{self.name}() got multiple values for argument {min(twice)!r}")
        return {**named, **kwargs}


# Of the asynchronous functions some take anything by position; the others' parameters are theirs as well.
_FUNCTIONS: Final[tuple[tuple[str, str, API], ...]] = (
    ("completion", "acompletion", "chat"),
    ("text_completion", "atext_completion", "completion"),
    ("embedding", "aembedding", "embedding"),
    ("responses", "aresponses", "responses"),
    ("anthropic_messages_handler", "anthropic_messages", "messages"),
)

# What LiteLLM tells the synchronous function when its asynchronous one calls it.
INNER_CALL: Final = ("acompletion", "atext_completion", "aembedding", "aresponses", "is_async", "async_call")


def functions(library: Any) -> list[tuple[Operation, Callable[..., Any]]]:
    """Return the operations of the SDK that this release of LiteLLM has, with what does them now."""
    found: list[tuple[Operation, Callable[..., Any]]] = []
    for name, asynchronous_name, api in _FUNCTIONS:
        synchronous = getattr(library, name, None)
        asynchronous = getattr(library, asynchronous_name, None)
        if synchronous is None and asynchronous is None:
            continue
        positional = _positional(synchronous or asynchronous)
        if synchronous is not None:
            found.append((Operation(name, api, False, positional), synchronous))
        if asynchronous is not None:
            found.append((Operation(asynchronous_name, api, True, positional), asynchronous))
    return found


def methods(router: type) -> list[tuple[Operation, Callable[..., Any]]]:
    """Return the operations that are methods of LiteLLM's Router, with what does them now."""
    found: list[tuple[Operation, Callable[..., Any]]] = []
    for name, asynchronous_name, api in _FUNCTIONS[:3]:
        for method_name, asynchronous in ((name, False), (asynchronous_name, True)):
            method = getattr(router, method_name)
            found.append((Operation(method_name, api, asynchronous, _positional(method)[1:]), method))
    return found


_MADE: Final[tuple[tuple[str, API, bool], ...]] = (
    ("responses", "responses", False),
    ("aresponses", "responses", True),
    ("anthropic_messages", "messages", True),
)
# Those that each Router makes for itself, by the names that `Router.factory_function` knows them by.
MADE_BY_FACTORY: Final[Mapping[str, Operation]] = {
    name: Operation(name, api, asynchronous, ()) for name, api, asynchronous in _MADE
}


def _positional(function: Any) -> tuple[str, ...]:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return tuple(name for name, one in inspect.signature(function).parameters.items() if one.kind in kinds)
