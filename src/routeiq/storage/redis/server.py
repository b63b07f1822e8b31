"""A Redis server: operations in bounded time, errors in words, and none tried in vain while it is away.

Who notices that the server is away is any operation; who notices that it is back is the state's follower, which keeps
trying. In between operations fail at once, so that no request waits for a server that is known to be dead.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from redis import exceptions
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from routeiq.core.errors import StorageUnavailable

from .scripts import Script

logger = logging.getLogger(__name__)

T = TypeVar("T")
Client = Any
"""A `redis.asyncio.Redis` of bytes; its own annotations are unions with the results of the synchronous client."""

OPERATION_TIMEOUT: Final = 1.0
MAX_CONNECTIONS: Final = 32

# What the server says, by the class that its client makes of it, and what an operator can do about it.
_ADVICE: Final[tuple[tuple[type[Exception], str], ...]] = (
    (exceptions.OutOfMemoryError, "it has no memory left for this: raise its maxmemory"),
    (exceptions.ReadOnlyError, "it is a read-only replica: name the primary"),
    (exceptions.NoPermissionError, "the user of the setting may not do this: look at its ACL"),
    (exceptions.AuthenticationError, "it does not let us in: look at the user and the password of the setting"),
    (exceptions.BusyLoadingError, "it still loads its data"),
)


class RedisServer:
    """One server and one cluster's part of it. `call` may be used in any event loop while `open` holds in its own.

    Attributes:
        name: The server without its password, for messages.
        reason: Why the server is away; empty while it is not.
        doubted: Set whenever an operation found the server away.
    """

    def __init__(self, url: str, cluster: str, timeout: float = OPERATION_TIMEOUT) -> None:
        """Name a server.

        Args:
            url: As redis-py takes it.
            cluster: Begins all keys.
            timeout: Seconds that an operation may take.
        """
        parts = urlsplit(url)
        self.name = f"Redis at {parts.hostname}:{parts.port or 6379}"
        self.reason = f"{self.name}: is not open"
        self.doubted = asyncio.Event()
        self._url, self._cluster, self._timeout = url, cluster, timeout
        self._database = parts.path.strip("/") or "0"
        self._client: Client = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def key(self, *parts: str) -> str:
        """Return a key of the cluster. Other parts, as many of them, never give the same one."""
        *heads, last = parts
        escaped = [part.replace("%", "%25").replace(":", "%3A") for part in heads]
        return ":".join((self._cluster, *escaped, last))

    def channel(self, name: str) -> str:
        """Return a channel of the cluster: other than keys, a server's databases share them."""
        return f"{self._cluster}@{self._database}:{name}"

    def open(self) -> None:
        """Make the client, in the running loop. Until the first contact the server counts as away."""
        if self._client is not None:
            return
        self._loop = asyncio.get_running_loop()
        self.doubted = asyncio.Event()
        pool = BlockingConnectionPool.from_url(
            self._url,
            max_connections=MAX_CONNECTIONS,
            timeout=self._timeout,
            socket_connect_timeout=self._timeout,
            # The time is limited around whole operations. The client's own limit is made of asyncio.wait_for, which
            # before Python 3.12 may swallow a cancellation.
            socket_timeout=None,
            # What was sent and not answered may have been done: an increment must not be sent twice.
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
        self._client = Redis.from_pool(pool)
        self.reason = f"{self.name}: there was no contact yet"

    async def close(self) -> None:
        """Let go of all connections; harmless if there are none."""
        client, self._client = self._client, None
        self.reason = f"{self.name}: is closed"
        if client is not None:
            with suppress(exceptions.RedisError, OSError):
                await client.aclose()

    async def call(self, operation: Callable[[Client], Awaitable[T]]) -> T:
        """Return what an operation returns.

        Raises:
            StorageUnavailable: if the server is away, does not answer in time, or refuses; it is not known then
                whether the operation was done.
        """
        if self.reason:
            raise StorageUnavailable(self.reason)
        if self._loop is asyncio.get_running_loop():
            return await self.attempt(operation)
        return await self._from_another_loop(operation)

    async def run(self, script: Script, keys: Sequence[str], *arguments: Any) -> Any:
        """Return what a script returns; raises as `call` does."""
        return await self.call(partial(_run, script, keys, arguments))

    async def attempt(self, operation: Callable[[Client], Awaitable[T]]) -> T:
        """Do what `call` does although the server may be away, in the loop of `open`."""
        if self._client is None:
            raise StorageUnavailable(self.reason)
        with self.translated():
            async with asyncio.timeout(self._timeout):
                return await operation(self._client)

    async def attempt_script(self, script: Script, keys: Sequence[str], *arguments: Any) -> Any:
        """Do what `run` does although the server may be away."""
        return await self.attempt(partial(_run, script, keys, arguments))

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Raise StorageUnavailable for what goes wrong with the server in this block, and note it if it is away."""
        try:
            yield
        except (TimeoutError, exceptions.TimeoutError) as error:
            raise self.lost(f"does not answer within {self._timeout:g} s") from error
        except (exceptions.ConnectionError, OSError) as error:
            raise self.lost(_words(error)) from error
        except exceptions.RedisError as error:
            raise StorageUnavailable(f"{self.name}: {_words(error)}") from error

    def subscription(self) -> Any:
        """Return a `redis.asyncio.client.PubSub` without channels yet; `end` has to end it."""
        if self._client is None:
            raise StorageUnavailable(self.reason)
        return self._client.pubsub()

    async def end(self, subscription: Any) -> None:
        """End a subscription, whatever became of its connection."""
        with suppress(exceptions.RedisError, OSError):
            await subscription.aclose()

    def lost(self, reason: str) -> StorageUnavailable:
        """Note that the server is away, and return what to raise."""
        if not self.reason:
            logger.warning(
                "storage: %s: %s; it is tried again, and what was known last stays in force", self.name, reason
            )
        self.reason = f"{self.name}: {reason}"
        self.doubted.set()
        return StorageUnavailable(self.reason)

    def found(self) -> None:
        """Note that the server is there."""
        if self.reason:
            logger.info("storage: %s: connected", self.name)
            self.reason = ""

    async def _from_another_loop(self, operation: Callable[[Client], Awaitable[T]]) -> T:
        """Hooks of synchronous LiteLLM calls run in a loop of their own, which the connections do not belong to."""
        assert self._loop is not None
        attempt = self.attempt(operation)
        try:
            future = asyncio.run_coroutine_threadsafe(attempt, self._loop)
        except RuntimeError:
            attempt.close()
            raise StorageUnavailable(f"{self.name}: the event loop that opened it is closed") from None
        try:
            async with asyncio.timeout(2 * self._timeout):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            raise StorageUnavailable(f"{self.name}: the event loop that opened it is blocked") from None


def milliseconds(seconds: float) -> int:
    """Return seconds as the server counts them; nothing lasts less than one of its steps."""
    return max(math.ceil(seconds * 1000), 1)


async def _run(script: Script, keys: Sequence[str], arguments: Sequence[Any], client: Client) -> Any:
    try:
        return await client.evalsha(script.digest, len(keys), *keys, *arguments)
    except exceptions.NoScriptError:  # the server was restarted, or never met it
        return await client.eval(script.text, len(keys), *keys, *arguments)


def is_refusal(error: BaseException | None) -> bool:
    """Return whether the server is there and does not let this client in: waiting does not help then."""
    return isinstance(error, exceptions.AuthenticationError | exceptions.NoPermissionError)


def _words(error: BaseException) -> str:
    text = str(error) or type(error).__name__
    for kind, advice in _ADVICE:
        if isinstance(error, kind):
            return f"{advice} ({text})"
    if text.startswith("MISCONF"):
        return f"it cannot write to its own disk: look at its log ({text})"
    return text
