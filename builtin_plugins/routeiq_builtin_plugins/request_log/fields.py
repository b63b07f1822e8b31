"""The names of all fields, and which of them are written.

Names are those of OpenTelemetry's semantic conventions: `http.*` and what stands with them (stable), `gen_ai.*` (status
Development: they may still move, and this is the module to change then). What no convention has a name for begins with
`routeiq.`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

EVENT: Final = "event.name"
TIME: Final = "time"
INPUT: Final = "gen_ai.input.messages"
OUTPUT: Final = "gen_ai.output.messages"
ARGUMENTS: Final = "gen_ai.tool.call.arguments"
RESULT: Final = "gen_ai.tool.call.result"
REQUEST_HEADER: Final = "http.request.header."
RESPONSE_HEADER: Final = "http.response.header."

HEADER_PREFIXES: Final = (REQUEST_HEADER, RESPONSE_HEADER)

USUAL: Final = (
    TIME, EVENT, "trace_id", "routeiq.request.id", "routeiq.worker", "user.id", "error.type", "routeiq.plugin",
    # of a request (`routeiq.answered_by` and what follows: of a call too)
    "http.request.method", "url.path", "http.response.status_code", "http.server.request.duration", "client.address",
    "user_agent.original", "routeiq.answered_by", "routeiq.aborted",
    # of a call
    "routeiq.call.id", "routeiq.origin", "routeiq.api", "gen_ai.operation.name", "gen_ai.provider.name",
    "gen_ai.request.model", "gen_ai.request.stream", "gen_ai.request.max_tokens", "gen_ai.request.temperature",
    "gen_ai.request.top_p", "gen_ai.request.seed", "gen_ai.response.model", "gen_ai.response.id",
    "gen_ai.response.finish_reasons", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens",
    "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.reasoning.output_tokens", "routeiq.usage.estimated",
    "routeiq.cost", "routeiq.deployment", "routeiq.upstream.model", "routeiq.attempts", "routeiq.duration",
    # of a call of a tool or an agent
    "gen_ai.tool.name", "gen_ai.agent.name", "routeiq.target", "routeiq.method", "routeiq.tool.is_error",
)  # fmt: skip
"""What is written unless it is taken away; a field that has no value is left out of its line."""

CONTENT: Final = (INPUT, OUTPUT, ARGUMENTS, RESULT)
"""What is written only on request, since it is the users' own words."""

NAMES: Final = (*USUAL, *CONTENT)


@dataclass(frozen=True, slots=True)
class Selection:
    """The fields of one configuration.

    Attributes:
        removed: Fields that are not written.
        added: Fields that are written beside the usual ones.
        request_headers: Names of the request's headers that are written.
        response_headers: Names of the response's.
    """

    removed: frozenset[str]
    added: frozenset[str]
    request_headers: tuple[str, ...]
    response_headers: tuple[str, ...]

    @classmethod
    def of(cls, add: Collection[str], remove: Collection[str]) -> Selection:
        """Return the selection of a configuration; what is both added and removed is not written."""
        removed = frozenset(remove)
        added = frozenset(add) - removed
        request_headers = sorted(name.removeprefix(REQUEST_HEADER) for name in added if name.startswith(REQUEST_HEADER))
        response_headers = sorted(
            name.removeprefix(RESPONSE_HEADER) for name in added if name.startswith(RESPONSE_HEADER)
        )
        return cls(removed, added, tuple(request_headers), tuple(response_headers))

    def wants(self, name: str) -> bool:
        """Return whether a content is written."""
        return name in self.added
