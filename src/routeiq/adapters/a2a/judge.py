"""The phase `agent_post_call`, on everything that an agent says in a document.

Where plugins see answers, nothing leaves that some client could take for one which they have not seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from routeiq.core.dispatch import fire
from routeiq.core.jsonrpc import TOO_DEEP, RPCError, checked, is_too_deep
from routeiq.core.remote_calls import LogicalRemoteCall

from .errors import invalid_answer
from .forms import Json
from .incoming import Asked
from .payloads import Payload, payloads
from .said import Said

_WHOLE: Final = ""
"""The key under which a document of HTTP+JSON stands where JSON-RPC has its `result`."""


class Document:
    """A document of the agent's: a whole answer, or the data of an event.

    Attributes:
        found: What the agent says in it; None: it ought to say something, and does not even hold an object.
        changed: Whether it is another one than what came.
    """

    def __init__(self, document: Json, asked: Asked) -> None:
        self.changed = False
        self._is_rpc = asked.is_rpc
        self._holder: Json = document if asked.is_rpc else {_WHOLE: document}
        key = "result" if asked.is_rpc else _WHOLE
        self.found: list[Payload] | None = payloads(self._holder, key, asked.form, answers=asked.operation.answers)

    @property
    def value(self) -> Json:
        """It as it is now."""
        value: Json = self._holder if self._is_rpc else self._holder[_WHOLE]
        return value

    @property
    def holds_something(self) -> bool:
        """Whether there is a task, a message or an update in it."""
        return any(payload.shape is not None for payload in self.found or ())

    def check(self) -> None:
        """Raise AgentError for one that plugins cannot see as clients do, or could not change."""
        if self.found is None:
            raise invalid_answer("The agent's answer holds neither a task nor a message.")
        if is_too_deep(self._holder):
            raise invalid_answer(f"The agent's answer is nested {TOO_DEEP}.")
        if self._is_rpc:
            try:
                checked(self._holder, ("result", "error"))
            except RPCError as error:
                raise invalid_answer(f"The agent's answer is invalid. {error.message}") from error


class Judge:
    """Runs the phase for one call.

    Attributes:
        logical: The call.
        active: Whether a plugin takes part.
        said: What the agent said, as plugins left it.
    """

    def __init__(self, logical: LogicalRemoteCall) -> None:
        self.said = Said()
        self.logical = logical
        self._plan = logical.plans.agent_post_call
        self.active = self._plan is not None

    async def judged(self, document: Document) -> bool:
        """Have plugins see what a document says, and put what they make of it in its place.

        Returns:
            Whether they saw something. Then it is to be written anew also where they changed nothing: of a key that
            stands there twice, only what they saw is left.

        Raises:
            AgentError: for a document of which they could not see everything.
            Reject, PluginAborted: from the phase.
        """
        if self._plan is not None:
            document.check()
        for payload in document.found or ():
            self.said.add(payload.shape, dict(await self._result(payload)))
        return self.active and bool(document.found)

    async def whole(self, document: Json, asked: Asked) -> bytes | None:
        """Return the body for a whole answer; None: as it came. Raises as `judged` does."""
        one = Document(document, asked)
        return orjson.dumps(one.value) if await self.judged(one) else None

    async def _result(self, payload: Payload) -> Mapping[str, Any]:
        result: Mapping[str, Any] = payload.current
        plan, logical = self._plan, self.logical
        if plan is None:
            return result
        with logical.phase():
            judged: Json = await fire(plan, logical.call, logical.call.target, logical.input, result, logical.activity)
        if judged is not result:
            payload.replace(judged)
        return judged
