"""Timing on noisy machines: short samples of thread CPU time, the cases in turn, medians of ratios within a round."""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable, Mapping

AsyncCase = Callable[[], Awaitable[object]]


async def interleaved(
    cases: Mapping[str, AsyncCase], *, rounds: int, calls: Mapping[str, int] | int
) -> dict[str, list[float]]:
    """Return for each case the seconds of CPU time of one call, a figure for each round."""
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    for current in range(rounds + 1):
        for name, case in cases.items():
            count = calls if isinstance(calls, int) else calls[name]
            began = time.thread_time()
            for _ in range(count):
                await case()
            used = time.thread_time() - began
            if current:  # the first round warms up
                seconds[name].append(used / count)
    return seconds


def ratio(seconds: Mapping[str, list[float]], case: str, base: str) -> float:
    """Return the median over the rounds of one case's time to another's."""
    return statistics.median(one / other for one, other in zip(seconds[case], seconds[base], strict=True))


def median(seconds: Mapping[str, list[float]], case: str) -> float:
    """Return the median time of one call in seconds."""
    return statistics.median(seconds[case])
