"""LiteLLM as an upstream: one request of an API as its JSON, answered by LiteLLM's function for that API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import litellm
import orjson
from routeiq_plugin_sdk import API

from routeiq.core.attempts import AttemptError

from .answers import Answer
from .errors import attempt_error
from .levels import unseen
from .objects import document
from .requests import OWN_ARGUMENTS

_FUNCTIONS: Final[Mapping[API, str]] = {
    "chat": "acompletion",
    "completion": "atext_completion",
    "embedding": "aembedding",
    "responses": "aresponses",
    "messages": "anthropic_messages",
}

# What a client may not say: LiteLLM's own arguments, by which it would choose addresses, credentials and answers.
RESERVED: Final = OWN_ARGUMENTS - {"metadata"}


class LiteLLMUpstream:
    """Calls LiteLLM. Made where LiteLLM is wanted, since importing it takes seconds."""

    reserved = RESERVED

    def __init__(self) -> None:
        """Take LiteLLM into use."""
        litellm.suppress_debug_info = True  # it would print to the gateway's standard output

    def knows(self, model: str, provider: str | None) -> str | None:
        """Return None for a model whose provider LiteLLM knows, else what it says."""
        try:
            litellm.get_llm_provider(model, provider)
        except Exception as error:  # noqa: BLE001 (of its own, with advice)
            return str(error)
        return None

    async def send(self, api: API, arguments: dict[str, Any]) -> LiteLLMReply:
        """Make one call; returns when there is an answer, or the beginning of a stream.

        Raises:
            AttemptError: for whatever LiteLLM raised.
        """
        token = unseen.set(True)
        try:
            value = await getattr(litellm, _FUNCTIONS[api])(**arguments)
        except Exception as exception:
            raise attempt_error(exception) from exception
        finally:
            unseen.reset(token)
        return LiteLLMReply(Answer(api, value))


class LiteLLMReply:
    """An answer as HTTP would have it."""

    status = 200

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        kind = b"text/event-stream" if answer.is_stream else b"application/json"
        self.headers: list[tuple[bytes, bytes]] = [(b"content-type", kind), *answer.headers.raw]

    async def read(self) -> bytes:
        """Return the whole body. Raises AttemptError if LiteLLM answered with no object of its own."""
        try:
            return orjson.dumps(document(self._answer.value))
        except (TypeError, ValueError) as error:
            raise AttemptError(502, "LiteLLM's answer makes no sense.", "upstream_answer_invalid") from error

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives. Raises AttemptError when it breaks."""
        self._answer.asked_usage = True  # what tells the usage alone has the form of OpenAI's API then
        async for frame in self._answer.chunks():
            yield frame

    async def close(self) -> None:
        """Give up what is left of a stream."""
        await self._answer.close()
