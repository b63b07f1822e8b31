"""The answer of one attempt: LiteLLM's object, read only if somebody looks at it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final

from routeiq_plugin_sdk import API, Headers, LLMResponse, Usage

from routeiq.core.attempts import AttemptError
from routeiq.core.dialects import DIALECTS
from routeiq.core.dialects.passages import Passage, passages, with_passages

from .caller_thread import CallerThread
from .errors import attempt_error, relayed
from .objects import Frames, document, replaced

logger = logging.getLogger(__name__)

_END: Final = object()
_DONE: Final = b"data: [DONE]\n\n"


class Answer:
    """What LiteLLM returned; the state machine's `Attempt`.

    Attributes:
        value: The object itself, or the stream.
        frames: A stream's objects as frames and back.
        asked_usage: Whether a stream's usage was asked for on the host's behalf.
        as_items: Whether `chunks` yields LiteLLM's objects as they are, for a reader that knows them.
    """

    def __init__(self, api: API, value: Any, thread: CallerThread | None = None) -> None:
        """Wrap an answer.

        Args:
            thread: Where a synchronous stream is read, or None for an asynchronous one.
        """
        self.value = value
        self.frames = Frames(api)
        self.asked_usage = False
        self.as_items = False
        self._api = api
        self._thread = thread

    @property
    def is_stream(self) -> bool:
        """Whether it is read step by step; LiteLLM answers some calls whole that asked for a stream."""
        return hasattr(self.value, "__aiter__" if self._thread is None else "__next__")

    @property
    def cost(self) -> float | None:
        """What LiteLLM says that a whole answer cost, in US dollars, or None."""
        hidden = getattr(self.value, "_hidden_params", None)
        cost = hidden.get("response_cost") if isinstance(hidden, dict) else None
        return cost if isinstance(cost, float) and cost > 0 else None

    @property
    def headers(self) -> Headers:
        """The provider's rate-limit and retry headers."""
        hidden = getattr(self.value, "_hidden_params", None)
        additional = hidden.get("additional_headers") if isinstance(hidden, dict) else None
        return relayed(additional or getattr(self.value, "_response_headers", None))

    def response(self) -> LLMResponse:
        """Return the whole answer, decoded. Raises AttemptError if it makes no sense."""
        try:
            return DIALECTS[self._api].decode_response(document(self.value))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise AttemptError(502, "The provider's answer makes no sense.", "upstream_answer_invalid") from error

    def usage(self) -> Usage | None:
        """Return what the whole answer says of its usage. Raises AttemptError if it makes no sense."""
        try:
            return DIALECTS[self._api].decode_usage(document(self.value))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise AttemptError(502, "The provider's answer makes no sense.", "upstream_answer_invalid") from error

    def passages(self) -> list[Passage]:
        """Return the texts of a whole answer."""
        return passages(self._api, document(self.value))

    def replace(self, old: Sequence[Passage], texts: Sequence[str]) -> None:
        """Put other texts in the place of these; an answer that stays as it is keeps its object."""
        before = document(self.value)
        changed = with_passages(before, old, texts)
        if changed is not before:
            self.value = replaced(self.value, self._api, changed)

    async def chunks(self) -> AsyncIterator[Any]:
        """Yield a stream as frames, or as objects. Raises AttemptError when it breaks."""
        take = self._reader()
        while True:
            try:
                item = await take()
            except Exception as exception:
                raise attempt_error(exception) from exception
            if item is _END:
                break
            if item is not None:
                yield item if self.as_items else self.frames.frame(item, usage_apart=self.asked_usage)
        if self._api in ("chat", "completion"):
            yield _DONE  # LiteLLM's streams just end

    def _reader(self) -> Callable[[], Any]:
        thread = self._thread
        if thread is None:
            iterator = self.value.__aiter__()

            async def take() -> Any:
                return await anext(iterator, _END)
        else:
            items = iter(self.value)

            async def take() -> Any:
                return await thread.call(lambda: next(items, _END))

        return take

    async def close(self) -> None:
        """Close a stream, as far as LiteLLM's has a way to; harmless after its end."""
        thread = self._thread
        try:
            if thread is not None and hasattr(self.value, "close"):
                await thread.call(self.value.close)
            elif thread is None and hasattr(self.value, "aclose"):
                await self.value.aclose()
        except Exception:  # for everyone else the stream is over
            logger.warning("a stream of LiteLLM's could not be closed", exc_info=True)
