"""What follows a failed attempt: a pure function of the failure, so that it can be read and tested by itself."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Final

from routeiq.core.attempts import Decision

BASE_DELAY: Final = 0.5
"""Seconds: the longest wait before the first retry; it doubles with every further one."""
LONGEST_DELAY: Final = 8.0
"""Seconds: the longest wait of the gateway's own choice."""
LONGEST_RETRY_AFTER: Final = 60.0
"""Seconds: an upstream that asks for more time than this is not waited for."""

PASSING_STATUSES: Final = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses that may be gone the next time: everything else says something about the request."""

Failure = BaseException | int


def decide(
    failure: Failure,
    attempt: int,
    *,
    max_attempts: int,
    another: bool,
    headers: Mapping[str, str] | None = None,
    minimum_delay: float = 0.0,
    jitter: Callable[[], float] = random.random,
    now: Callable[[], float] = time.time,
) -> Decision:
    """Return what follows an attempt that failed before the first byte of an answer.

    Connection errors, timeouts and `PASSING_STATUSES` are worth another attempt: at the next deployment if there is
    one, at once; else at the same one after a delay of exponential growth with full jitter, or the delay that the
    upstream asks for. A refused API key (401) belongs to the deployment and not to the client, so that the next
    deployment is tried; the same one never is.

    Args:
        failure: The status, or the exception; an exception's `status_code` and `headers` are looked at.
        attempt: Counts from 1.
        max_attempts: How many attempts one call may take.
        another: Whether there is a deployment that was not tried yet.
        headers: Those of the upstream's answer, if it is not an exception that carries them.
        minimum_delay: Seconds; no retry comes earlier.
        jitter: Returns a number of 0 to 1; a test hands over its own.
        now: The wall clock, for a `retry-after` that is a date.
    """
    status = _status(failure)
    if attempt >= max_attempts or not is_deployments(failure) or (status == 401 and not another):
        return Decision("stop")
    if another:
        return Decision("fallback")
    asked = retry_after(headers if headers is not None else getattr(failure, "headers", None), now)
    if asked is not None and asked > LONGEST_RETRY_AFTER:
        return Decision("stop")
    delay = backoff(attempt, jitter) if asked is None else asked
    return Decision("retry", max(delay, minimum_delay))


def is_deployments(failure: Failure) -> bool:
    """Return whether a failure is the deployment's: anything else says something about the request, or is a bug."""
    status = _status(failure)
    if status is not None:
        return status in PASSING_STATUSES or status == 401
    return isinstance(failure, OSError | EOFError)  # connections and, as TimeoutError, deadlines


def _status(failure: Failure) -> int | None:
    status = failure if isinstance(failure, int) else getattr(failure, "status_code", None)
    return status if isinstance(status, int) else None


def backoff(attempt: int, jitter: Callable[[], float] = random.random) -> float:
    """Return the seconds to wait after the given attempt: full jitter under a bound that doubles.

    Full jitter (any time up to the bound) spreads the retries of many clients best.
    """
    bound = min(LONGEST_DELAY, BASE_DELAY * 2.0 ** min(attempt - 1, 16))
    return bound * jitter()


def retry_after(headers: Mapping[str, str] | None, now: Callable[[], float] = time.time) -> float | None:
    """Return the seconds that an answer asks to wait (RFC 9110 section 10.2.3), or None if it does not say.

    `retry-after-ms`, which OpenAI and Azure send beside it, is more exact and comes first.
    """
    if headers is None:
        return None
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after")
    seconds = _number(text)
    if seconds is not None or text is None:
        return seconds
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now())
    except (ValueError, OverflowError):
        return None


def _number(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None
