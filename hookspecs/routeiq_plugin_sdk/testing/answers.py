"""What stands for the models: a script of answers, and a record of what was asked.

Without a script a model echoes the last user message, word by word where it is streamed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..types import API, Headers, LLMResponse, ToolCall, Usage


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """One attempt, as it reached a model's provider.

    Attributes:
        model: What the provider calls the model.
        deployment: The name of the deployment that was chosen.
        api: Which API it was asked in.
        body: The body, decoded.
        headers: The further headers of the call.
    """

    model: str
    deployment: str
    api: API
    body: Mapping[str, Any]
    headers: Headers = field(default_factory=Headers)

    @property
    def messages(self) -> Sequence[Mapping[str, Any]]:
        """The conversation that the provider was given."""
        messages: Sequence[Mapping[str, Any]] = self.body.get("messages", ())
        return messages

    @property
    def stream(self) -> bool:
        """Whether a stream was asked for."""
        return bool(self.body.get("stream"))


@dataclass(frozen=True, slots=True)
class UpstreamAnswer:
    """What a model answers.

    Attributes:
        text: What it says.
        pieces: How a stream says it, whose pieces joined are the text then; None: word by word.
        tool_calls: The tools that it wants called.
        reasoning: What it thinks before it speaks.
        finish_reason: In the words of chat completions; None: `stop`, or `tool_calls` if there are some.
        usage: What it cost; None: a token a word.
        breaks_after: After so many pieces of a stream its connection breaks; None: it does not.
        headers: Of the answer.
        embeddings: Of a model that is asked for vectors, one for each input; None: such as depend on the texts alone,
            alike where those share words.
    """

    text: str = "a mock answer"
    pieces: Sequence[str] | None = None
    tool_calls: Sequence[ToolCall] = ()
    reasoning: str = ""
    finish_reason: str | None = None
    usage: Usage | None = None
    breaks_after: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    embeddings: Sequence[Sequence[float]] | None = None


@dataclass(frozen=True, slots=True)
class UpstreamFailure:
    """An attempt that fails.

    Attributes:
        status_code: What the provider answers; 0: no connection can be made.
        message: What it says.
        code: For programs.
        headers: Of the answer, such as `retry-after`.
    """

    status_code: int = 500
    message: str = "The upstream failed, as the test says."
    code: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


PlainAnswer: TypeAlias = str | LLMResponse | UpstreamAnswer | UpstreamFailure
Answer: TypeAlias = PlainAnswer | Callable[[UpstreamRequest], PlainAnswer | Awaitable[PlainAnswer]]
"""A text, an answer with all its parts, a failure, or a function (async too) that makes one of a request."""


class Upstream:
    """The models' providers, as a test has them.

    Attributes:
        requests: The attempts that were made, in order.
        default: What answers once the script is at its end; None: the echo of the last user message.
    """

    def __init__(self) -> None:
        self.requests: list[UpstreamRequest] = []
        self.default: Answer | None = None
        self._script: deque[Answer] = deque()

    def script(self, *answers: Answer) -> None:
        """Have the next attempts answered by these, in order; further ones as before."""
        self._script.extend(answers)

    def take(self, request: UpstreamRequest, own: deque[Answer] | None = None) -> Answer | None:
        """Note an attempt, and return what answers it; hosts call it.

        Args:
            own: The script of the call that the attempt belongs to, which comes first.
        """
        self.requests.append(request)
        for script in (own, self._script):
            if script:
                return script.popleft()
        return self.default


async def answer_to(request: UpstreamRequest, answer: Answer | None) -> PlainAnswer | None:
    """Return what answers a request, made by the test's function where the answer is one; hosts call it."""
    if not callable(answer):
        return answer
    made = answer(request)
    return made if isinstance(made, PlainAnswer) else await made


def answers_of(answer: Answer | Sequence[Answer] | None) -> deque[Answer]:
    """Return what a call is answered by, attempt by attempt."""
    if answer is None:
        return deque()
    several = isinstance(answer, Iterable) and not isinstance(answer, str)
    return deque(answer) if several else deque([answer])  # type: ignore[arg-type,list-item]
