"""What the fake upstream does with one request, as a value that a test makes or that a request carries as text."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import parse_qsl

AtStart = Literal["answer", "stall", "disconnect"]
InBody = Literal["end", "stall", "disconnect", "error", "malformed"]

HEADER: Final = "x-upstream"
"""A request's header that says how it is answered, as `Behaviour.parse` reads it."""


@dataclass(frozen=True)
class Tool:
    """A call of a tool that the model makes; `arguments` is JSON text."""

    name: str
    arguments: str = "{}"


@dataclass(frozen=True)
class Behaviour:
    """How a request is answered. The default is a short text.

    Attributes:
        text: What the model says; empty for nothing (with `tools`, say).
        reasoning: What it thinks before it speaks.
        tools: The tools that it calls after it spoke.
        finish_reason: In the words of chat completions; "" for `stop`, or `tool_calls` if there are `tools`.
        chunk: Characters in each step of a stream; 0 for one word a step.
        delay: Seconds before anything is sent.
        pause: Seconds between two events of a stream.
        prompt_tokens: What the usage says of the request.
        completion_tokens: What it says of the answer; -1 for a token a word.
        status: Other than 200, an error in the shape of the API.
        message: The error's.
        headers: Of the answer, beside the usual ones.
        times: With a status, how many requests of the same script fail before they are answered; 0 for all.
        at_start: `stall`: nothing is sent until `Upstream.release`; `disconnect`: the connection is closed.
        in_body: What comes after a part of the body: `stall` and `disconnect` as above; `error`: an error event;
            `malformed`: something that is no JSON.
        after: Events of a stream before that; a whole body is sent by half.
    """

    text: str = "Hello from the upstream."
    reasoning: str = ""
    tools: tuple[Tool, ...] = ()
    finish_reason: str = ""
    chunk: int = 0
    delay: float = 0.0
    pause: float = 0.0
    prompt_tokens: int = 5
    completion_tokens: int = -1
    status: int = 200
    message: str = "The upstream is told to fail."
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 0
    at_start: AtStart = "answer"
    in_body: InBody = "end"
    after: int = 3

    @classmethod
    def parse(cls, script: str) -> Behaviour:
        """Return the behaviour that a query string describes: `status=429&times=2&header=retry-after:0`.

        `tool=name:arguments` and `header=name:value` may stand more than once.

        Raises:
            ValueError: for a field that does not exist, or a value of the wrong kind.
        """
        values: dict[str, Any] = {}
        for name, text in parse_qsl(script, keep_blank_values=True, strict_parsing=True):
            first, _, rest = text.partition(":")
            if name == "tool":
                values["tools"] = (*values.get("tools", ()), Tool(first, rest or "{}"))
            elif name == "header":
                values["headers"] = {**values.get("headers", {}), first: rest}
            elif name == "key":
                continue  # tells scripts apart that count for themselves
            elif name in _KINDS:
                values[name] = _KINDS[name](text)
            else:
                raise ValueError(f"no such field of a behaviour: {name!r}; there are {', '.join(_KINDS)}, tool, header")
        return cls(**values)

    @property
    def reason(self) -> str:
        """Why the answer ends, in the words of chat completions."""
        return self.finish_reason or ("tool_calls" if self.tools else "stop")

    @property
    def completion(self) -> int:
        """The tokens of the answer."""
        return len(self.text.split()) if self.completion_tokens < 0 else self.completion_tokens

    def pieces(self, text: str) -> list[str]:
        """Return a text in the steps of a stream; joined they are the text."""
        if self.chunk:
            return [text[start : start + self.chunk] for start in range(0, len(text), self.chunk)]
        words = text.split(" ")
        return [f"{word} " for word in words[:-1]] + words[-1:] if text else []


_KINDS: Final[dict[str, Callable[[str], Any]]] = {
    item.name: {"int": int, "float": float}.get(str(item.type), str)
    for item in dataclasses.fields(Behaviour)
    if item.name not in ("tools", "headers")
}
