"""What a call asks: whether its answer can be kept at all, and the key that it is kept under.

Two calls have the same key only if the model would be asked the very same for the same clients: model, API, messages,
tools, and every parameter count, known or not. So a parameter that this module never heard of makes another question.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from routeiq_plugin_sdk import LLMCall

from .config import Config
from .partitions import partition

APIS: Final = frozenset({"chat", "completion", "responses", "messages"})
"""Those whose answers are texts and tool calls."""
_STATE: Final = ("previous_response_id", "conversation", "background", "prompt")
"""By these an answer depends on, or becomes, what the provider keeps."""
_SEVERAL: Final = ("n", "best_of")
_MORE: Final = ("logprobs", "top_logprobs", "audio", "web_search_options")
"""These make answers that are more than texts and tool calls, or depend on the day."""
_DELIVERY: Final = frozenset({"stream", "stream_options"})
"""How an answer is sent, and not what it says."""
_TRACES: Final = frozenset({"traceparent", "tracestate", "baggage", "x-request-id", "b3", "idempotency-key"})
# A word that has a digit, or that is an address: a number, a date, a version, a name of a file, an e-mail.
_LITERAL: Final = re.compile(r"[^\s,;:!?()\[\]{}\"'<>]*(?:\d|@|://)[^\s,;!?()\[\]{}\"'<>]*")

Messages = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Question:
    """What a call asks.

    Attributes:
        key: The same for the same question of the same clients, and for nothing else; of bounded length.
        text: The last text of a user, which may be asked in other words; None where that is not one text.
        group: The same for questions that differ in nothing but the words of that text. Its numbers, dates and
            addresses are no words: they must be the same.
    """

    key: str
    text: str | None
    group: str


def obstacle(call: LLMCall, messages: Messages, kwargs: Mapping[str, Any], config: Config) -> str | None:
    """Return why the answer of a call is neither looked up nor kept, in a word; None if nothing is against it."""
    if call.api not in APIS:
        return "api"
    if config.share != "all" and call.principal is None and call.request is None:
        return "nobody"  # who knows for how many clients the program makes its calls
    if any(kwargs.get(name) for name in _STATE) or (call.api == "responses" and kwargs.get("store") is not False):
        return "state"
    if any(kwargs.get(name) not in (None, 1) for name in _SEVERAL) or any(kwargs.get(name) for name in _MORE):
        return "parameters"
    if config.only_deterministic and kwargs.get("temperature") != 0:
        return "temperature"
    return "size" if _characters(messages) > config.max_question else None


def question(
    call: LLMCall, model: str, messages: Messages, kwargs: Mapping[str, Any], config: Config
) -> Question | None:
    """Return what a call asks; None if it cannot be written down, since a plugin made it of what is no JSON."""
    rest = {name: value for name, value in kwargs.items() if name not in _DELIVERY and name not in config.ignore}
    headers = [pair for pair in call.headers.items_list() if pair[0].lower() not in _TRACES]
    extra = rest.pop("extra_headers", None)
    if isinstance(extra, Mapping):
        headers += [(str(name), str(value)) for name, value in extra.items() if str(name).lower() not in _TRACES]
    who = partition(call, config.share, config.tenant)
    asked = [config.version, who, call.api, model, rest, sorted(headers)]
    text = _last_text(messages) if config.semantic is not None else None
    try:
        key = _digest([asked, messages])
        group = "" if text is None else _digest([asked, _without_last_text(messages), literals(text)])
    except (TypeError, ValueError, RecursionError):
        return None
    return Question(key, text, group)


def literals(text: str) -> list[str]:
    """Return what of a text must be the same in other words: numbers, dates, versions, addresses, in their order."""
    return [word.strip(".:").lower() for word in _LITERAL.findall(text)]


def _last_text(messages: Messages) -> str | None:
    last = messages[-1] if messages else {}
    content = last.get("content")
    if isinstance(content, list | tuple) and len(content) == 1 and isinstance(content[0], Mapping):
        content = content[0].get("text") if content[0].get("type") in ("text", "input_text") else None
    return content if last.get("role") == "user" and isinstance(content, str) and content.strip() else None


def _without_last_text(messages: Messages) -> list[Any]:
    return [*messages[:-1], {name: value for name, value in messages[-1].items() if name != "content"}]


def _characters(messages: Messages) -> int:
    total = 0
    for message in messages:
        content = message.get("content")
        for part in content if isinstance(content, list | tuple) else (content,):
            values = part.values() if isinstance(part, Mapping) else (part,)
            for value in values:
                inner = value.values() if isinstance(value, Mapping) else (value,)
                total += sum(len(one) for one in inner if isinstance(one, str))
    return total


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
