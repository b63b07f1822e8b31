"""What a tracer is told of requests: a begin before any hook, and one end after the last, whatever happens."""

from __future__ import annotations

from collections.abc import Awaitable
from time import perf_counter_ns
from typing import Protocol

from routeiq_plugin_sdk import ResponseMetadata

from routeiq.core.telemetry import Tracer

from .exchange import Exchange


class Ending(Protocol):
    """What knows how a request ended: its response, or its WebSocket."""

    def outcome(self) -> ResponseMetadata:
        """Return what the `response` phase is told."""


async def traced(tracer: Tracer, exchange: Exchange, work: Awaitable[None], ending: Ending) -> None:
    """Do the work of a request, with a tracer told of its begin and its end."""
    began = perf_counter_ns()
    exchange.trace = tracer.request_began(exchange)
    failure: BaseException | None = None
    try:
        await work
    except BaseException as error:
        failure = error
        raise
    finally:
        tracer.request_ended(exchange.trace, exchange, ending.outcome(), failure, began)
        exchange.scope = failure = None  # which refer to the exchange, and to this frame
