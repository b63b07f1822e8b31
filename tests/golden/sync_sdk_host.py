"""The synchronous functions of LiteLLM's SDK as a host of the golden trace: called in threads, one after another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, ClassVar, Final

import litellm

from tests.fakes.upstream import Upstream

from .litellm_hosts import Call, SDKHost, under_plugins
from .scenarios import MODEL, UPSTREAM_MODEL
from .trace import Host

UNSTOPPABLE: Final = "nobody can give up a synchronous call from outside"
_END: Final = object()


class SyncSDKHost(SDKHost):
    """The synchronous functions of the SDK."""

    name: ClassVar = "sdk-sync"
    lacks: ClassVar[Mapping[str, str]] = {
        **SDKHost.lacks,
        "the client leaves before the answer": UNSTOPPABLE,
        "the client leaves before the stream": UNSTOPPABLE,
    }

    def functions(self) -> Mapping[str, Call]:
        """Return the module's functions, which are replaced while the adapter is installed."""
        return {
            "chat": _in_thread(litellm.completion),
            "completion": _in_thread(litellm.text_completion),
            "embedding": _in_thread(litellm.embedding),
            "responses": _in_thread(litellm.responses),
        }


class _Stream:
    """A synchronous stream, read in threads."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[Any]:
        pieces = iter(self._stream)
        while (piece := await asyncio.to_thread(next, pieces, _END)) is not _END:
            yield piece

    async def aclose(self) -> None:
        """Close it early."""
        await asyncio.to_thread(self._stream.close)


def _in_thread(function: Callable[..., Any]) -> Call:
    async def call(**arguments: Any) -> Any:
        answer = await asyncio.to_thread(function, **arguments)
        return _Stream(answer) if arguments.get("stream") else answer

    return call


@asynccontextmanager
async def host(upstream: Upstream) -> AsyncIterator[Host]:
    """The SDK, synchronous."""
    async with under_plugins() as recorder:
        yield SyncSDKHost(recorder, upstream, {f"openai/{UPSTREAM_MODEL}": MODEL})
