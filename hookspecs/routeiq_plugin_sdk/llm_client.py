"""`context.llm`: calls of the host's models, made by a plugin.

LLMError            the call brought no answer
└── LLMUnavailable  the host has no models that plugins could call

Their messages may hold what a model's provider said: for logs, not for clients. What another plugin refused is an
LLMError too, whose `rejection` says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from .types.llm import LLMResponse
from .types.response import Reject


class LLMError(Exception):
    """A plugin's call of a model has brought no answer: refused, failed, or not understood.

    Attributes:
        status_code: What the provider answered or a plugin's `Reject` said, or what stands for it: 404 for a model that
            does not exist, 400 for a request that makes no sense, 502 unreachable, 504 too late, 508 nested too deep.
        message: What happened.
        code: For programs, or None.
        rejection: What a plugin decided, if one refused the call: its words are for clients, so a plugin that cannot do
            without the call may raise it again. None where the call failed.
    """

    def __init__(
        self, status_code: int, message: str, code: str | None = None, rejection: Reject | None = None
    ) -> None:
        super().__init__(status_code, message, code)
        self.status_code = status_code
        self.message = message
        self.code = code
        self.rejection = rejection

    def __str__(self) -> str:
        return f"{self.message} ({self.status_code}{f', {self.code}' if self.code else ''})"


class LLMUnavailable(LLMError):
    """The host that the plugin runs in has no models, as an ASGI application around which it is put; status 503."""


class LLMClient(Protocol):
    """Calls models by the names under which clients of the host call them.

    Such a call is a logical call of its own: it is routed, retried, priced, measured and traced, and goes through the
    hooks of all plugins but the calling one (all instances of it) and, where calls are nested, those around it. Its
    `call.origin` is the calling plugin. It keeps the request in which it is made (`call.request`), and with it the
    principal; of the client's headers and credentials nothing goes to the model.

    It ends with the hook that makes it: a hook's deadline, and a client that leaves, cancel it. What others must not
    wait for is bounded by `asyncio.timeout`.

    Both methods raise LLMError where there is no answer, and LLMUnavailable where the host has no models.
    """

    async def chat(self, model: str, messages: Sequence[Mapping[str, Any]], **parameters: Any) -> LLMResponse:
        """Have a model answer a conversation, and return the whole answer, with usage and, if it is known, its cost.

        Args:
            model: As clients name it; or a deployment's own name where a plugin's `pre_routing` chooses such.
            messages: In the form of chat completions.
            **parameters: Others of chat completions, such as `temperature`, `max_tokens`, `response_format`. Not
                `stream`: answers are whole.
        """

    async def embed(self, model: str, inputs: Sequence[str], **parameters: Any) -> Sequence[Sequence[float]]:
        """Return the vectors of some texts, in their order; none for none.

        Args:
            model: As clients name it.
            inputs: The texts.
            **parameters: Others of the embeddings API, such as `dimensions`.
        """
