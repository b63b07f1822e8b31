"""A client's request to an agent, read as far as the gateway has to understand it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import orjson
from routeiq_plugin_sdk import Headers

from routeiq.core.jsonrpc import INVALID_PARAMS, PARSE_ERROR, RPCError, checked, is_id

from .answers import Binding
from .errors import invalid_request
from .forms import Form, Json
from .operations import (
    CARD,
    CARD_PATHS,
    MESSAGE_NAMES,
    Operation,
    message_name,
    rest_form,
    rest_operation,
    rpc_operation,
)

VERSION: Final = "a2a-version"
_REST_WORDS: Final = frozenset({"tasks", "message", "extendedagentcard", "v1", ".well-known"})


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as it came.

    Attributes:
        method: Of HTTP.
        below: The path below the agent's own, decoded: empty, or with its slash.
        query: As it was written.
        headers: Of the client.
        body: Without content codings.
        public_url: Where the client finds the agent, without a slash at the end.
    """

    method: str
    below: str
    query: bytes
    headers: Headers
    body: bytes
    public_url: str


@dataclass(slots=True)
class Asked:
    """What a request asks for.

    Attributes:
        operation: One of the protocol's, or one that only the agent knows.
        form: That of messages and tasks in it and in its answer.
        binding: How the client is answered.
        document: The body, where it is JSON; None where there is none.
    """

    operation: Operation
    form: Form
    binding: Binding
    document: Any

    @property
    def is_rpc(self) -> bool:
        """Whether the binding is JSON-RPC."""
        return self.binding.is_rpc

    def message_place(self) -> tuple[Json, str]:
        """Return what holds the message, and under which name.

        Raises:
            AgentError: There is none, or one that readers of other tastes would find elsewhere.
        """
        parameters = self.document.get("params") if self.is_rpc else self.document
        name = message_name(parameters)
        if name is None:
            raise invalid_request("The request holds no message that can be read.", rpc_code=INVALID_PARAMS)
        if all(one in parameters for one in MESSAGE_NAMES):
            # They are two names of one field: which of the two counts, nobody knows here.
            raise invalid_request("The request holds a `message` and a `request`.", rpc_code=INVALID_PARAMS)
        try:
            if self.is_rpc:
                checked(self.document)
            checked(parameters, MESSAGE_NAMES)
        except RPCError as error:
            raise invalid_request(error.message) from None
        return parameters, name


def is_rest_path(below: str) -> bool:
    """Return whether a path below an agent is one of HTTP+JSON's: what cannot be read is answered in that shape."""
    return any(segment.partition(":")[0] in _REST_WORDS for segment in below.lower().split("/"))


def read(incoming: Incoming) -> Asked:
    """Return what a request asks for.

    Raises:
        AgentError: for a body that is no JSON in UTF-8, that is a batch, or that agents could take for two things.
    """
    if incoming.method.upper() == "TRACE":
        # It has the agent repeat what it was sent: the gateway's own credentials (RFC 9110 section 9.3.8).
        raise invalid_request("TRACE does not pass to agents.", 405)
    version = (incoming.headers.get(VERSION) or "").strip()
    document = _document(incoming.body)
    operation = rest_operation(incoming.method, incoming.below)
    if isinstance(document, list):
        raise invalid_request("The body is a batch, which A2A does not have: send one request.")
    if isinstance(document, dict) and ("jsonrpc" in document or isinstance(document.get("method"), str)):
        if operation is not None:
            # Which of the two the agent would take it for, nobody knows here.
            raise invalid_request("The request is one of HTTP+JSON by its path, and one of JSON-RPC by its body.")
        return _rpc(document)
    if operation is None:
        is_card = incoming.method in ("GET", "HEAD") and incoming.below in CARD_PATHS
        operation = CARD if is_card else Operation(incoming.method, sends=message_name(document) is not None)
    form = rest_form(incoming.below, version, document if isinstance(document, dict) else None)
    return Asked(operation, form, Binding(is_rpc=False), document)


def _rpc(document: Json) -> Asked:
    method, number = document.get("method"), document.get("id")
    if not isinstance(method, str):
        raise invalid_request("The request has no `method`.")
    operation, form = rpc_operation(method, document.get("params"))
    return Asked(operation, form, Binding(True, number if is_id(number) else None), document)


def _document(body: bytes) -> Any:
    if not body:
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise invalid_request(f"The body is no JSON: {error}.", rpc_code=PARSE_ERROR) from None
