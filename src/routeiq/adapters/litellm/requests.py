"""The arguments of a call as plugins see them, and what plugins made of them as arguments again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import litellm
from routeiq_plugin_sdk import Headers, LLMCall

from routeiq.core.attempts import AttemptError, Changes
from routeiq.core.dialects import InvalidRequest

from .operations import Operation

# LiteLLM's own arguments: credentials, addresses, routing, bookkeeping. None of them is a parameter of the model's.
OWN_ARGUMENTS: Final = frozenset(litellm.all_litellm_params) | {
    "base_url", "extra_headers", "timeout", "organization", "deployment_id", "mock_delay", "specific_deployment",
}  # fmt: skip
_HIDDEN: Final = OWN_ARGUMENTS - {"metadata"}
_CREDENTIALS: Final = (b"authorization", b"api-key", b"x-api-key", b"cookie", b"proxy-authorization")


class KeywordRequest:
    """The request that the arguments of one call are; the state machine's `CallRequest`."""

    def __init__(self, operation: Operation, keywords: dict[str, Any]) -> None:
        self.operation = operation
        self.keywords = keywords

    @property
    def stream(self) -> bool:
        """Whether the answer is wanted as a stream."""
        return bool(self.keywords.get("stream"))

    @property
    def include_usage(self) -> bool:
        """Whether the caller wants the usage at a stream's end; the newer APIs always tell it."""
        if self.operation.api in ("responses", "messages"):
            return True
        options = self.keywords.get("stream_options")
        return bool(isinstance(options, Mapping) and options.get("include_usage"))

    @cached_property
    def body(self) -> Mapping[str, Any]:
        """The arguments as JSON would have them: objects that LiteLLM takes as messages are dictionaries here."""
        body = self.keywords
        for name in ("messages", "input"):
            items = body.get(name)
            if isinstance(items, list | tuple) and any(hasattr(item, "model_dump") for item in items):
                body = {**body, name: [_plain(item) for item in items]}
        return body

    @cached_property
    def messages(self) -> Sequence[Mapping[str, Any]]:
        """The conversation in the form of chat messages; empty where the arguments make no sense."""
        try:
            messages = self.operation.dialect.messages(self.body)
        except (KeyError, TypeError, ValueError, AttributeError):
            return []
        return messages if isinstance(messages, list | tuple) else []

    @cached_property
    def parameters(self) -> Mapping[str, Any]:
        """The model's parameters: what is not LiteLLM's own."""
        given = self.operation.dialect.parameters(self.body)
        parameters = {name: value for name, value in given.items() if name not in _HIDDEN and value is not None}
        if "proxy_server_request" in self.keywords:
            # The Proxy writes its own books into the client's metadata: the caller's headers and what its key may do.
            parameters.pop("metadata", None)
        return parameters

    def headers(self) -> Headers:
        """Return the request headers that go upstream, credentials left out."""
        given = self.keywords.get("extra_headers")
        if not isinstance(given, Mapping):
            return Headers()
        try:
            headers = Headers.of({str(name): str(value) for name, value in given.items()})
        except ValueError:
            return Headers()
        return Headers(tuple(pair for pair in headers.raw if pair[0] not in _CREDENTIALS))

    def changed(self, changes: Changes, call: LLMCall, *, asks_usage: bool) -> dict[str, Any]:
        """Return the arguments with what plugins changed written into them.

        Args:
            asks_usage: Whether the upstream is to tell a stream's usage although the caller did not ask.

        Raises:
            AttemptError: if the API cannot say what a plugin made of the messages.
        """
        keywords = dict(self.keywords)
        keywords["model"] = changes.model
        if changes.messages is not None:
            keywords |= self._content(changes.messages)
        if changes.parameters is not None:
            known = self.parameters
            keywords |= {name: value for name, value in changes.parameters.items() if value is not known.get(name)}
        if asks_usage:
            keywords["stream_options"] = {**(keywords.get("stream_options") or {}), "include_usage": True}
        if call.headers.raw and call.headers != self.headers():
            keywords["extra_headers"] = {**(keywords.get("extra_headers") or {}), **dict(call.headers.items())}
        return keywords

    def _content(self, messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        body = self.body
        try:
            new = self.operation.dialect.with_overrides(body, messages=messages)
        except InvalidRequest as error:
            raise AttemptError(400, error.message, "invalid_request") from error
        return {name: value for name, value in new.items() if name not in body or value is not body[name]}


def _plain(item: Any) -> Any:
    return item.model_dump(exclude_none=True) if hasattr(item, "model_dump") else item
