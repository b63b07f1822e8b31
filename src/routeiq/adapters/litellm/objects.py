"""LiteLLM's answer objects as JSON and as server-sent events, and back again."""

from __future__ import annotations

import functools
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import litellm
import orjson
from litellm.types.llms import openai as response_types
from routeiq_plugin_sdk import API

from routeiq.core.dialects.sse import FrameSplitter, data_frame, named_frame

_DONE: Final = b"[DONE]"


def document(answer: Any) -> Mapping[str, Any]:
    """Return a whole answer as JSON has it. Raises ValueError if it is none of LiteLLM's."""
    if isinstance(answer, Mapping):
        return answer
    if hasattr(answer, "model_dump"):
        dumped: Mapping[str, Any] = answer.model_dump(mode="json", exclude_none=True)
        return dumped
    raise ValueError(f"{type(answer).__name__} is no answer of LiteLLM's")


def whole(api: API, data: Mapping[str, Any]) -> Any:
    """Return the object that LiteLLM gives its callers for a whole answer."""
    if api == "messages":
        return dict(data)
    if api == "responses":
        return litellm.ResponsesAPIResponse(**data)
    make: Callable[..., Any] = {
        "chat": litellm.ModelResponse,
        "completion": litellm.TextCompletionResponse,
        "embedding": litellm.EmbeddingResponse,
    }[api]
    if isinstance(data.get("usage"), Mapping):
        data = {**data, "usage": litellm.Usage(**data["usage"])}
    return make(**data)


def replaced(original: Any, api: API, data: Mapping[str, Any]) -> Any:
    """Return a whole answer with other content, and what LiteLLM keeps beside it."""
    new = whole(api, data)
    for name in ("_hidden_params", "_response_headers", "_response_ms"):
        if hasattr(original, name) and hasattr(new, name):
            setattr(new, name, getattr(original, name))
    return new


def plain_text(item: Any) -> str | None:
    """Return the text of a chunk that has one choice and nothing but text in it, as nearly all have; else None."""
    choices = item.choices
    if len(choices) != 1 or item.__dict__.get("usage") is not None:
        return None
    extra = item.__pydantic_extra__
    if extra and extra.get("usage") is not None:
        return None
    choice = choices[0]
    delta = choice.delta
    if choice.finish_reason is not None:
        return None
    text = None
    # LiteLLM keeps what it knows of a delta beside the fields that it declares.
    for said in (delta.__dict__, delta.__pydantic_extra__ or {}):
        for name, value in said.items():
            if name == "content":
                text = value or text
            elif value and name != "role":
                return None
    return text if type(text) is str else None


class LazyDocument(Mapping[str, Any]):
    """What an object would be as JSON, worked out when somebody looks."""

    __slots__ = ("_document", "_item")

    def __init__(self, item: Any) -> None:
        self._item = item
        self._document: Mapping[str, Any] | None = None

    def _read(self) -> Mapping[str, Any]:
        if self._document is None:
            self._document = document(self._item)
        return self._document

    def __getitem__(self, name: str) -> Any:
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


class Frames:
    """The objects of one stream as frames of its dialect, and frames as objects.

    An object whose frame comes back unchanged is itself again; only what plugins made is built anew.

    Attributes:
        api: The API whose stream it is.
    """

    def __init__(self, api: API) -> None:
        self.api = api
        self._known: dict[bytes, Any] = {}
        self._splitter = FrameSplitter()

    def frame(self, item: Any, *, usage_apart: bool = False) -> bytes:
        """Return the frame of an object; bytes, as streams of Anthropic's API have them, are frames already.

        Args:
            usage_apart: Whether an object that tells nothing but the usage gets the form by which it is known as such.
        """
        if isinstance(item, bytes):
            return item
        if self.api == "completion" and not getattr(getattr(item, "usage", None), "total_tokens", 1):
            item.usage = None  # LiteLLM has zeros where nothing was told
        if usage_apart and getattr(item, "usage", None) is not None and not _says_more(item):
            frame = data_frame({**document(item), "choices": []})
        elif self.api in ("chat", "completion"):
            frame = b"data: " + item.model_dump_json(exclude_none=True).encode() + b"\n\n"
        else:
            data = dict(document(item))
            frame = named_frame(data) if "type" in data else data_frame(data)
        self._known[frame] = item
        return frame

    def items(self, frames: bytes) -> list[Any]:
        """Return the objects of whole frames."""
        if self.api == "messages":
            return [frames]
        known = self._known.pop(frames, None)
        if known is not None:
            return [known]
        items = []
        for frame in self._splitter.split(frames):
            known = self._known.pop(frame, None)
            item = self._built(frame) if known is None else known
            if item is not None:
                items.append(item)
        return items

    def _built(self, frame: bytes) -> Any:
        payload = b"".join(line[5:].strip() for line in frame.splitlines() if line.startswith(b"data:"))
        if not payload or payload == _DONE:
            return None
        data = orjson.loads(payload)
        if self.api == "chat":
            return litellm.ModelResponseStream(**data)
        if self.api == "completion":
            return litellm.TextCompletionResponse(**data)
        return _event(data)


def _says_more(item: Any) -> bool:
    """Return whether a chunk has more to tell than the usage: LiteLLM puts an empty choice beside that."""
    for choice in getattr(item, "choices", None) or ():
        said = getattr(choice, "delta", None)
        said = {"text": getattr(choice, "text", None)} if said is None else said.model_dump()
        if choice.finish_reason is not None or any(value for name, value in said.items() if name != "role"):
            return True
    return False


def _event(data: dict[str, Any]) -> Any:
    kind = _event_classes().get(str(data.get("type")))
    if kind is not None:
        try:
            return kind(**data)
        except ValueError:  # of pydantic: the upstream's own events need not have all fields either
            pass
    return response_types.BaseLiteLLMOpenAIResponseObject(**data)


@functools.cache
def _event_classes() -> Mapping[str, Callable[..., Any]]:
    """Return LiteLLM's classes of Responses events by the `type` that they are for."""
    classes: dict[str, Callable[..., Any]] = {}
    base = response_types.BaseLiteLLMOpenAIResponseObject
    for one in vars(response_types).values():
        fields = getattr(one, "model_fields", {}) if isinstance(one, type) and issubclass(one, base) else {}
        if "type" in fields:
            for value in typing.get_args(fields["type"].annotation):
                classes.setdefault(str(getattr(value, "value", value)), one)
    return classes
