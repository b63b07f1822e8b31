"""Calls that ask the same at the same time: one asks the model, the others wait for its answer, in one process."""

from __future__ import annotations

import asyncio
from typing import TypeAlias

_Place: TypeAlias = tuple[int, str]


class Flights:
    """The questions that are being answered. Event loops are apart: a future belongs to one of them."""

    def __init__(self) -> None:
        self._flights: dict[_Place, tuple[str, asyncio.Future[None]]] = {}

    def begin(self, key: str, call: str) -> bool:
        """Have a call answer a question; False if another one already does."""
        place = _place(key)
        if place in self._flights:
            return False
        self._flights[place] = call, asyncio.get_running_loop().create_future()
        return True

    async def wait(self, key: str, seconds: float) -> bool:
        """Wait until the call that answers a question has ended; False if there is none, or it takes longer.

        One that takes longer is forgotten: it may never end, as one whose plugin was taken out meanwhile.
        """
        place = _place(key)
        flight = self._flights.get(place)
        if flight is None:
            return False
        done, _ = await asyncio.wait([flight[1]], timeout=seconds)
        if not done and self._flights.get(place) is flight:
            self._end(place)
        return bool(done)

    def end(self, key: str, call: str) -> None:
        """Tell those who wait that a call has ended; without effect for a call that answers for nobody."""
        place = _place(key)
        flight = self._flights.get(place)
        if flight is not None and flight[0] == call:
            self._end(place)

    def __len__(self) -> int:
        return len(self._flights)

    def _end(self, place: _Place) -> None:
        _, future = self._flights.pop(place)
        if not future.done():
            future.set_result(None)


def _place(key: str) -> _Place:
    return id(asyncio.get_running_loop()), key
