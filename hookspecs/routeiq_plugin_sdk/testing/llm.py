"""What stands for the host's models where a plugin calls them: `context.llm` that answers as a test says."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..llm_client import LLMError
from ..types import API, LLMResponse, Usage
from .answers import PlainAnswer, Upstream, UpstreamAnswer, UpstreamFailure, UpstreamRequest, answer_to

DIMENSIONS: Final = 32


class ScriptedLLM(Upstream):
    """An `LLMClient` whose answers a test scripts; without a script it echoes the last user message.

    Attributes:
        requests: What the plugin asked for, in order.
        default: What answers once the script is at its end.
    """

    async def chat(self, model: str, messages: Sequence[Mapping[str, Any]], **parameters: Any) -> LLMResponse:
        """Return what the test scripted. Raises LLMError for an UpstreamFailure."""
        if "stream" in parameters:
            raise TypeError("chat() takes no 'stream': the answer is returned whole")
        answer = await self._answer("chat", {"model": model, "messages": list(messages), **parameters})
        if answer is None:
            answer = next((str(one.get("content")) for one in reversed(messages) if one.get("role") == "user"), "")
        if isinstance(answer, LLMResponse):
            return answer
        if isinstance(answer, str):
            answer = UpstreamAnswer(answer)
        text = answer.text if answer.pieces is None else "".join(answer.pieces)
        calls = tuple(answer.tool_calls)
        words = len(text.split())
        return LLMResponse(
            text,
            calls,
            answer.finish_reason or ("tool_calls" if calls else "stop"),
            answer.usage or Usage(0, words, words),
        )

    async def embed(self, model: str, inputs: Sequence[str], **parameters: Any) -> Sequence[Sequence[float]]:
        """Return the vectors that the test scripted, or some that depend on the texts alone."""
        if isinstance(inputs, str):
            raise TypeError("embed() takes several texts: a list of one for one")
        if not inputs:
            return ()
        answer = await self._answer("embedding", {"model": model, "input": list(inputs), **parameters})
        if isinstance(answer, UpstreamAnswer) and answer.embeddings is not None:
            return answer.embeddings
        return [_vector(text) for text in inputs]

    async def _answer(self, api: API, body: Mapping[str, Any]) -> Any:
        request = UpstreamRequest(body["model"], "", api, body)
        answer: PlainAnswer | None = await answer_to(request, self.take(request))
        if isinstance(answer, UpstreamFailure):
            raise LLMError(answer.status_code or 502, answer.message, answer.code)
        return answer


def _vector(text: str) -> list[float]:
    """Return the sum of what its words stand for, of length 1: texts that share words are alike."""
    sums = [0.0] * DIMENSIONS
    for word in text.lower().split() or [""]:
        for place, byte in enumerate(hashlib.shake_256(word.encode()).digest(DIMENSIONS)):
            sums[place] += byte / 127.5 - 1
    length = sum(number * number for number in sums) ** 0.5 or 1.0
    return [number / length for number in sums]
