"""Hands out news to any number of readers, none of which can hold up another one or the sender."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, TypeVar
from weakref import WeakSet

T = TypeVar("T")


class Watch(Generic[T]):
    """One reader's news, as an asynchronous iterator: it waits for some, and ends when the sender closes.

    It begins when it is made, not when it is first read, so that nothing is missed in between. A reader that is too
    slow loses what is oldest.
    """

    def __init__(self, most: int) -> None:
        """Keep at most so many unread news."""
        self._news: deque[T] = deque(maxlen=most)
        self._woken = asyncio.Event()
        self._closed = False

    def put(self, news: T) -> None:
        """Add news; never waits."""
        self._news.append(news)
        self._woken.set()

    def close(self) -> None:
        """End it, once what is there has been read."""
        self._closed = True
        self._woken.set()

    def __aiter__(self) -> Watch[T]:
        return self

    async def __anext__(self) -> T:
        while not self._news:
            if self._closed:
                raise StopAsyncIteration
            self._woken.clear()
            await self._woken.wait()
        return self._news.popleft()


class Watches(Generic[T]):
    """The readers of one sender. A reader that nobody holds any more is forgotten."""

    def __init__(self, most: int) -> None:
        """Make a sender without readers, each of which will keep at most so many unread news."""
        self._most = most
        self._open: WeakSet[Watch[T]] = WeakSet()

    def watch(self) -> Watch[T]:
        """Add a reader."""
        added: Watch[T] = Watch(self._most)
        self._open.add(added)
        return added

    def put(self, news: T) -> None:
        """Give news to all readers."""
        for watch in list(self._open):
            watch.put(news)

    def close(self) -> None:
        """End all readers."""
        for watch in list(self._open):
            watch.close()
        self._open.clear()
