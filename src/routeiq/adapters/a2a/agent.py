"""One agent: how a request to it is made of a client's, and what of its response reaches the client."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final
from urllib.parse import quote

from routeiq_plugin_sdk import Headers
from routeiq_plugin_sdk.types.headers import RawHeaders

from routeiq.core.jsonrpc import INTERNAL_ERROR
from routeiq.transport import Target, UpstreamClient, UpstreamError, UpstreamResponse
from routeiq.transport.remote_headers import IDENTITY, is_coded, returned, sent, visible

from .cards import CardRewriter
from .errors import AgentError, invalid_request, unreachable

_PROTOCOL: Final = (b"a2a-", b"x-a2a-")
# Bodies are read here without codings, and cards are other ones than the agent's: its validators are not theirs.
_NOT_SENT: Final = frozenset(
    {
        b"accept-encoding", b"content-encoding", b"if-match", b"if-modified-since", b"if-none-match", b"if-range",
        b"if-unmodified-since", b"range",
    }
)  # fmt: skip
_NOT_RETURNED: Final = frozenset({b"accept-ranges", b"content-encoding", b"etag", b"last-modified"})


class Agent:
    """A configured agent.

    Attributes:
        name: In the settings, and in the paths of clients.
        cards: Rewrites its cards.
        whole_artifacts: Whether the pieces of a stream's artifacts are put together.
    """

    def __init__(
        self,
        name: str,
        url: str,
        client: UpstreamClient,
        headers: RawHeaders = (),
        forwarded: Collection[bytes] = (),
        timeout: float = 300.0,
        *,
        whole_artifacts: bool = False,
    ) -> None:
        """Make one.

        Args:
            url: Where it is, without a slash at the end.
            client: What reaches it; its owner's to close.
            headers: Its own, credentials among them: they win over the client's.
            forwarded: Names of clients' headers that it is sent although they look like credentials.
            timeout: Seconds that it may be silent: until an answer begins, and between the pieces of one.
        """
        self.name = name
        self.whole_artifacts = whole_artifacts
        self.cards = CardRewriter(name, url)
        self._url = url
        self._timeout = timeout
        self._client = client
        self._own: RawHeaders = (*headers, IDENTITY)
        self._forwarded = frozenset(forwarded)

    def passed(self, headers: RawHeaders) -> Headers:
        """Return those of a client's headers that the agent gets."""
        pairs = sent(headers, self._own, self._forwarded, _PROTOCOL)
        return Headers(tuple(pair for pair in pairs if pair[0] not in _NOT_SENT))

    def visible(self, passed: Headers) -> Headers:
        """Return those of them that plugins may see."""
        return Headers(tuple(visible(passed.raw, _PROTOCOL)))

    def returned(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Return those of its response's headers that the client gets."""
        return [pair for pair in returned(headers, self._forwarded) if pair[0] not in _NOT_RETURNED]

    async def send(self, method: str, below: str, query: bytes, headers: Headers, body: bytes) -> UpstreamResponse:
        """Send a request; returns when the head of the response is there.

        Args:
            below: The path below the agent's URL, decoded; empty for the URL itself.
            query: As the client wrote it.
            headers: What of the client's goes along.

        Raises:
            AgentError: for a request that cannot be sent, an agent that does not answer, and one that answers in a
                way that no agent should.
        """
        try:
            target = self._target(below, query)
            response = await self._client.request(
                method, target, self._own, body, further=headers.raw, read_timeout=self._timeout
            )
        except ValueError:
            raise invalid_request("The request has a path, a query or a header that cannot be passed on.") from None
        except UpstreamError as error:
            raise unreachable(error) from error
        problem = _problem(response)
        if problem is not None:
            await response.close()
            raise AgentError(502, INTERNAL_ERROR, "AGENT_ANSWER_UNUSABLE", problem)
        return response

    def _target(self, below: str, query: bytes) -> Target:
        # What a server makes of these may lead out of what is the agent's.
        if any(segment in (".", "..") for segment in below.replace("\\", "/").split("/")):
            raise ValueError("a path with dots for segments")
        path = quote(below, safe="/:@!$&'()*+,;=~-._")
        return Target.parse(f"{self._url}{path}{'?' if query else ''}{query.decode('latin-1')}")


def _problem(response: UpstreamResponse) -> str | None:
    if 300 <= response.status < 400:
        return "The agent redirects to another place: its `url` in the settings should be that one."
    if is_coded(response.headers):
        return "The agent answers in a content coding that it was not asked for."
    return None
