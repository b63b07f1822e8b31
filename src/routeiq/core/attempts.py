"""What a host brings along for the calls of its clients: decoded requests, attempts, and what follows.

A host decodes the client's request (`CallRequest`), makes attempts (`CallHost`), and encodes what comes back of them
(`Attempt`); in which order, and what plugins say to it, `calls.py` knows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from routeiq_plugin_sdk import Deployment, Headers, LLMCall, LLMResponse, Usage

from .errors import RouteIQError

if TYPE_CHECKING:
    from .dialects.passages import Passage


class AttemptError(RouteIQError):
    """An attempt failed before the first byte of an answer, or a stream broke later.

    Attributes:
        status_code: What the upstream answered, or what stands for it (502 unreachable, 504 too late).
        message: For the client.
        code: For programs, or None.
        headers: Of the upstream's answer: rate limits and `retry-after` reach the client.
        body: The upstream's own error body, or empty.
    """

    def __init__(
        self, status_code: int, message: str, code: str | None = None, headers: Headers | None = None, body: bytes = b""
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.message = message
        self.code = code
        self.headers = Headers() if headers is None else headers
        self.body = body


class UnknownModelError(RouteIQError):
    """No deployment serves the model."""

    def __init__(self, model: str) -> None:
        super().__init__(f"The model {model!r} does not exist, or you may not use it.")
        self.model = model


class Decision(NamedTuple):
    """What follows a failed attempt; `delay` in seconds."""

    action: Literal["retry", "fallback", "stop"]
    delay: float = 0.0


class CallRequest(Protocol):
    """The client's request, decoded as far as someone asks for it."""

    @property
    def messages(self) -> Sequence[Mapping[str, Any]]:
        """The conversation in the form of chat messages."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The other parameters of the body."""


class Changes(NamedTuple):
    """What plugins made of a request; None for what they left alone."""

    model: str
    messages: Sequence[Mapping[str, Any]] | None
    parameters: Mapping[str, Any] | None
    wants_usage: bool


class Attempt(Protocol):
    """An attempt that got an answer."""

    @property
    def headers(self) -> Headers:
        """What came back with it, for `call.response_headers`."""

    def usage(self) -> Usage | None:
        """Return what a whole answer says of its usage. Raises AttemptError if it makes no sense."""

    def passages(self) -> Sequence[Passage]:
        """Return the texts of a whole answer."""

    def replace(self, old: Sequence[Passage], texts: Sequence[str]) -> None:
        """Put other texts in the place of these. Raises ValueError if the API cannot say them."""

    def response(self) -> LLMResponse:
        """Return a whole answer, decoded. Raises AttemptError if it makes no sense."""

    def chunks(self) -> AsyncIterator[bytes]:
        """Return a stream's bytes as they arrive. Raises AttemptError when it breaks."""

    async def close(self) -> None:
        """Give up what is left of the answer; harmless after its end."""


class CallHost(Protocol):
    """What the host of a call can do."""

    def deployments(self, model: str) -> Sequence[Deployment]:
        """Return the eligible deployments of a model, in the order in which to try them; empty for an unknown model."""

    def deployment(self, name: str) -> Deployment | None:
        """Return the deployment of that name."""

    async def attempt(self, call: LLMCall, deployment: Deployment, changes: Changes) -> Attempt:
        """Make one attempt. Raises AttemptError if it failed before the first byte of an answer."""

    def decide(self, error: AttemptError, deployment: Deployment, attempt: int, others: int) -> Decision:
        """Return what follows a failed attempt. `others` is how many further deployments there are."""

    def attempts_left(self, deployment: Deployment, attempt: int) -> bool:
        """Return whether another attempt may follow this one."""

    def cost(self, deployment: Deployment, usage: Usage) -> float | None:
        """Return the price of a call in US dollars, or None."""
