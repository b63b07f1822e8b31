"""What a backend is: something that takes one API request for a deployment and gives the upstream's answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Protocol

from routeiq_plugin_sdk import API, Deployment, Headers, Usage


class BackendAnswer(Protocol):
    """The upstream's answer, its head at least.

    Attributes:
        status: The HTTP status, or what stands for it.
        headers: Names in lower case.
    """

    status: int
    headers: list[tuple[bytes, bytes]]

    async def read(self) -> bytes:
        """Return the whole body."""

    def chunks(self) -> AsyncIterator[bytes]:
        """Return the body as it arrives."""

    async def close(self) -> None:
        """Give up what is left of the body; harmless after its end."""


class Backend(Protocol):
    """Answers the calls of the deployments that name it. Raises `core.attempts.AttemptError` where no answer comes."""

    def offers(self, deployment: Deployment, api: API) -> bool:
        """Return whether the deployment is known, or may be hoped, to offer an API natively."""

    def lacks(self, deployment: Deployment, api: API) -> None:
        """Remember that the deployment turned out not to offer an API."""

    async def ready(self) -> None:
        """Wait until calls can be made. Raises AttemptError if they cannot be."""

    def permitted(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return a client's body without what clients may not say here; the very body if there is nothing."""

    def cost(self, deployment: Deployment, usage: Usage) -> float | None:
        """Return the price of a call in US dollars where the backend knows it, else None."""

    async def send(
        self, deployment: Deployment, path: str, body: bytes, headers: Headers, *, stream: bool
    ) -> BackendAnswer:
        """Send one request; returns when the head of the answer is there.

        Args:
            path: Of the API below the deployment's base URL, such as `/chat/completions`.
            headers: Further headers for the upstream; credentials are the backend's own business.
        """

    async def close(self) -> None:
        """Give back connections."""
