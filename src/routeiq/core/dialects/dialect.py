"""What a dialect is: one wire format of LLM calls, as pure transformations of decoded JSON and of event streams.

Plugins see one form whatever API is in use: chat messages, `LLMResponse`, `StreamChunk`. A dialect reads that form from
its own, and writes back what plugins changed. Dialects are stateless; the decoder and encoder of a stream are not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from routeiq_plugin_sdk import API, LLMResponse, StreamChunk, Usage

from ..errors import error_document
from .sse import StreamDecoder, StreamEvent

# Parameters that some servers take from the body, and that are nobody's business but theirs.
CREDENTIALS = frozenset({"api_key", "authorization", "aws_access_key_id", "aws_secret_access_key", "aws_session_token"})


class InvalidRequest(ValueError):
    """A request that cannot be served as it is; a 400 in the shape of OpenAI's API.

    Attributes:
        message: What was wrong and what would be right.
        param: The part of the body that it is about, or None.
    """

    def __init__(self, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param


@dataclass(slots=True, frozen=True)
class ParsedRequest:
    """What every request is read for.

    Attributes:
        model: The name that the client asks for.
        stream: Whether the answer is wanted as a stream.
        include_usage: Whether the client wants the usage at the stream's end (`stream_options.include_usage`).
    """

    model: str
    stream: bool
    include_usage: bool


@dataclass(slots=True, frozen=True)
class AnswerIdentity:
    """What an answer that is written here says of itself.

    Attributes:
        created: Seconds since the epoch.
        request: The request's body, of which the Responses API repeats parts.
    """

    id: str
    model: str
    created: int
    request: Mapping[str, Any]


class StreamEncoder(Protocol):
    """Writes one stream for the client: the upstream's own events (native), or events of this dialect (translation).

    Terminal events are held back here: `event` returns nothing for them, `end` returns them, after whatever `extra`
    put before them.
    """

    def start(self) -> bytes:
        """Return what precedes the first event; nothing natively."""

    def event(self, event: StreamEvent, chunks: tuple[StreamChunk, ...]) -> bytes:
        """Return what becomes of an event.

        Args:
            chunks: One for each of `event.chunks`; that very tuple where nothing was changed, and then a native event
                is its own bytes.
        """

    def passed(self, event: StreamEvent) -> None:
        """Learn of an event that went out as its own bytes without being asked about: `error` continues from it."""

    def extra(self, chunk: StreamChunk) -> bytes:
        """Return an event for a chunk that no event stands for; nothing if the chunk is empty."""

    def usage(self, usage: Usage) -> None:
        """Say what `end` tells where the client asked for usage and the stream told none."""

    def end(self) -> bytes:
        """Return what was held back, and in translation what ends a stream. Nothing the second time."""

    def error(self, status: int, message: str, code: str | None) -> bytes:
        """Return an error event, and the end of a stream that failed; what was held back is dropped."""


class Dialect(Protocol):
    """One API.

    Attributes:
        path: Below the base URL, such as `/chat/completions`.
    """

    @property
    def api(self) -> API:
        """Its name in `LLMCall.api`."""

    @property
    def path(self) -> str:
        """Where it is served, below the base URL."""

    def parse(self, body: object) -> ParsedRequest:
        """Return what routing needs. Raises InvalidRequest where that is missing or of a wrong type."""

    def messages(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the conversation in the form of chat messages; read-only. What has no such form is left out."""

    def parameters(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the other parameters under the names of this API; credentials are left out."""

    def with_overrides(
        self,
        body: Mapping[str, Any],
        *,
        model: str | None = None,
        messages: Sequence[Mapping[str, Any]] | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return a new body with what is not None written into it; what did not change keeps its very objects.

        Args:
            messages: All of them, in the form of chat messages.
            parameters: Merged into the body's, under the names of this API.

        Raises:
            InvalidRequest: if the messages cannot be said in this API.
        """

    def to_chat(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the chat completions request that asks for the same. Raises InvalidRequest where there is none."""

    def decode_response(self, data: Mapping[str, Any]) -> LLMResponse:
        """Return a whole answer of this API as plugins see it. Raises ValueError if it is none."""

    def decode_usage(self, data: Mapping[str, Any]) -> Usage | None:
        """Return what a whole answer of this API says of its usage, and decode nothing else of it."""

    def encode_response(
        self, response: LLMResponse, identity: AnswerIdentity, chat: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """Return a whole answer of this API.

        Args:
            chat: The chat completion that is being translated, or None for an answer that a plugin made.

        Raises:
            ValueError: if this API cannot say it.
        """

    def error_document(
        self, status: int, message: str, code: str | None = None, param: str | None = None
    ) -> dict[str, Any]:
        """Return an error in the shape that clients of this API expect."""

    def stream_decoder(self) -> StreamDecoder:
        """Return a decoder for one stream of this API."""

    def stream_encoder(self, identity: AnswerIdentity, *, native: bool, include_usage: bool) -> StreamEncoder:
        """Return an encoder for one stream for a client of this API.

        Args:
            native: Whether the events that it will be given are of this API; else they are of chat completions.
            include_usage: Whether the client asked for the usage.
        """


class OpenAIErrors:
    """The errors of OpenAI's APIs, for their dialects."""

    def error_document(
        self, status: int, message: str, code: str | None = None, param: str | None = None
    ) -> dict[str, Any]:
        """Return an error in the shape of OpenAI's API."""
        return error_document(status, message, code, param=param)


def parse_common(body: object) -> tuple[dict[str, Any], str, bool]:
    """Return body, model and whether a stream is wanted. Raises InvalidRequest where one is missing or wrong."""
    if type(body) is not dict:
        raise InvalidRequest("The body must be a JSON object.")
    model = body.get("model")
    if type(model) is not str or not model:
        raise InvalidRequest("'model' must name a model.", "model")
    stream = body.get("stream")
    if stream is None:
        return body, model, False
    if type(stream) is not bool:
        raise InvalidRequest("'stream' must be true or false.", "stream")
    return body, model, stream


def includes_usage(body: Mapping[str, Any]) -> bool:
    """Return whether `stream_options.include_usage` is set. Raises InvalidRequest if it is of a wrong type."""
    options = body.get("stream_options")
    if options is None:
        return False
    if type(options) is not dict:
        raise InvalidRequest("'stream_options' must be an object.", "stream_options")
    wanted = options.get("include_usage")
    if wanted is None or type(wanted) is bool:
        return bool(wanted)
    raise InvalidRequest("'stream_options.include_usage' must be true or false.", "stream_options.include_usage")


def other_parameters(body: Mapping[str, Any], content: frozenset[str]) -> dict[str, Any]:
    """Return a body's parameters without the model, the stream flag, the content and credentials."""
    left_out = content | CREDENTIALS
    return {name: value for name, value in body.items() if name not in left_out}


def overridden(
    body: Mapping[str, Any],
    content: Mapping[str, Any],
    model: str | None,
    parameters: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Return a new body with content, parameters and model written into it, as far as they are given."""
    new = {**body, **content}
    if parameters is not None:
        new.update(parameters)
    if model is not None:
        new["model"] = model
    return new
