"""The backend for every server that speaks OpenAI's API: bytes in, bytes out, over pooled connections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from routeiq_plugin_sdk import API, Deployment, Headers, Usage
from routeiq_plugin_sdk.types.headers import RawHeaders

from routeiq.core.attempts import AttemptError
from routeiq.transport import (
    ConnectFailed,
    ConnectTimeout,
    ReadTimeout,
    Target,
    UpstreamClient,
    UpstreamError,
    UpstreamResponse,
)

from ..model_list import ModelEntry


@dataclass(slots=True)
class _Route:
    """How one API of one deployment is reached, worked out once."""

    target: Target
    headers: RawHeaders
    names: frozenset[bytes]
    whole_timeout: float | None
    stream_timeout: float | None


class OpenAIBackend:
    """Sends calls to OpenAI-compatible servers.

    An upstream's APIs are those that its settings name; where they name none, each is tried until the server says
    that it does not exist.
    """

    def __init__(self, client: UpstreamClient, entry: Callable[[Deployment], ModelEntry]) -> None:
        """Use a client of the caller's, and a way to look up a deployment's settings."""
        self._client = client
        self._entry = entry
        self._routes: dict[tuple[str, str], _Route] = {}
        self._lacking: set[tuple[str, API]] = set()

    def offers(self, deployment: Deployment, api: API) -> bool:
        """Return whether the deployment's settings name an API, or name none and the server has not denied it."""
        apis = self._entry(deployment).apis
        if apis is not None:
            return api in apis
        return (deployment.name, api) not in self._lacking

    def lacks(self, deployment: Deployment, api: API) -> None:
        """Remember that the server denied an API."""
        self._lacking.add((deployment.name, api))

    async def ready(self) -> None:
        """It is."""

    def permitted(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the body: what an upstream does not take, it refuses itself."""
        return body

    def cost(self, deployment: Deployment, usage: Usage) -> float | None:
        """Only the settings know prices."""
        return None

    async def send(
        self, deployment: Deployment, path: str, body: bytes, headers: Headers, *, stream: bool
    ) -> UpstreamResponse:
        """Send one request; returns when the head of the answer is there."""
        route = self._routes.get((deployment.name, path)) or self._route(deployment, path)
        # Credentials stay the deployment's.
        further = [pair for pair in headers.raw if pair[0] not in route.names]
        timeout = route.stream_timeout if stream else route.whole_timeout
        try:
            return await self._client.request(
                "POST", route.target, route.headers, body, further=further, read_timeout=timeout
            )
        except UpstreamError as error:
            raise attempt_error(error) from error

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    def _route(self, deployment: Deployment, path: str) -> _Route:
        params = self._entry(deployment).litellm_params
        headers: dict[str, str] = {"content-type": "application/json", "user-agent": "routeiq"}
        if params.api_key is not None:
            headers["authorization"] = f"Bearer {params.api_key.get_secret_value()}"
        if params.organization is not None:
            headers["openai-organization"] = params.organization
        further: Mapping[str, str] = {name: value.get_secret_value() for name, value in params.extra_headers.items()}
        raw = Headers.of(headers).with_headers(further).raw
        route = _Route(
            Target.parse(f"{(deployment.api_base or '').rstrip('/')}{path}"),
            raw,
            frozenset(name for name, _ in raw),
            params.timeout,
            params.stream_timeout or params.timeout,
        )
        if len(self._routes) > 10_000:  # names under a wildcard are the clients' choice
            self._routes.clear()
        self._routes[deployment.name, path] = route
        return route


def attempt_error(error: UpstreamError) -> AttemptError:
    """Return what a transport's failure is for a call: 504 where time ran out, else 502."""
    if isinstance(error, ConnectTimeout | ReadTimeout):
        return AttemptError(504, "The upstream did not answer in time.", "upstream_timeout")
    if isinstance(error, ConnectFailed):
        return AttemptError(502, "The upstream cannot be reached.", "upstream_unreachable")
    return AttemptError(502, "The connection to the upstream broke.", "upstream_connection_broken")
