"""The wire formats of LLM calls, one dialect for each API, all seen by plugins in one form."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from routeiq_plugin_sdk import API

from .chat import ChatDialect
from .completion import CompletionDialect
from .content import message_text
from .dialect import AnswerIdentity, Dialect, InvalidRequest, ParsedRequest, StreamEncoder
from .embedding import EmbeddingDialect
from .messages import MessagesDialect
from .responses import ResponsesDialect
from .sse import StreamDecoder, StreamEvent

CHAT: Final[Dialect] = ChatDialect()
COMPLETION: Final[Dialect] = CompletionDialect()
RESPONSES: Final[Dialect] = ResponsesDialect()
EMBEDDING: Final[Dialect] = EmbeddingDialect()
MESSAGES: Final[Dialect] = MessagesDialect()
DIALECTS: Final[Mapping[API, Dialect]] = MappingProxyType(
    {dialect.api: dialect for dialect in (CHAT, COMPLETION, RESPONSES, EMBEDDING, MESSAGES)}
)

__all__ = [
    "CHAT",
    "COMPLETION",
    "DIALECTS",
    "EMBEDDING",
    "MESSAGES",
    "RESPONSES",
    "AnswerIdentity",
    "Dialect",
    "InvalidRequest",
    "ParsedRequest",
    "StreamDecoder",
    "StreamEncoder",
    "StreamEvent",
    "message_text",
]
