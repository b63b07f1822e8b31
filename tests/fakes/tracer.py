"""A tracer that notes what it is told."""

from __future__ import annotations

from typing import Any


class Noted:
    """One trace: what hooks did, and what was held."""

    def __init__(self, exemplar: dict[str, str] | None = None) -> None:
        self.exemplar = exemplar
        self.hooks: list[tuple[str, str, str]] = []
        self.details: list[Any] = []
        self.times: list[tuple[int, int]] = []
        self.holds: list[tuple[str, int, int]] = []

    def hook(self, phase: str, plugin: str, began: int, ended: int, outcome: str, detail: Any) -> None:
        """Note one call of a hook."""
        self.hooks.append((phase, plugin, outcome))
        self.details.append(detail)
        self.times.append((began, ended))

    def held(self, plugin: str, began: int, ended: int) -> None:
        """Note a hold."""
        self.holds.append((plugin, began, ended))


class NotingTracer:
    """Keeps one trace for each request, or each call outside of any.

    Attributes:
        told: What happened, in order.
        traces: All traces.
        ends: What requests and calls ended with.
        model: That of the latest call, at its begin.
    """

    def __init__(
        self, *, traces: bool = True, wants_answers: bool = False, meters: bool = False, exemplar: Any = None
    ) -> None:
        self.told: list[str] = []
        self.traces: list[Noted] = []
        self.ends: list[Any] = []
        self.model: str | None = None
        self._traces, self._wants_answers, self._meters, self._exemplar = traces, wants_answers, meters, exemplar

    def request_began(self, exchange: Any) -> Noted | None:
        """Begin a trace."""
        self.told.append(f"begin {exchange.request.method}")
        return self._trace()

    def request_ended(self, trace: Any, exchange: Any, response: Any, error: Any, began: int) -> None:
        """End it."""
        assert began > 0
        assert trace is (self.traces[-1] if self.traces else None)
        self.told.append(f"end {exchange.request.method}")
        self.ends.append((response.status_code, response.aborted, error))

    def call_began(self, trace: Any, logical: Any) -> Any:
        """Take up a call."""
        assert logical.began > 0
        logical.observed |= self._wants_answers
        logical.metered |= self._meters
        self.model = logical.model
        self.told.append(f"begin call {logical.model}")
        return self._trace() if trace is None else trace

    def attempt_failed(self, trace: Any, logical: Any, error: Any) -> None:
        """Take up a failed attempt."""
        assert logical.attempt_began >= logical.began
        self.told.append(f"attempt {logical.call.attempts} failed at {logical.deployment.name}")

    def stream_began(self, trace: Any, logical: Any) -> Any:
        """Take up the first piece of a stream."""
        assert logical.first_piece >= logical.began
        self.told.append("first piece")
        return trace

    def call_ended(self, trace: Any, logical: Any, response: Any, error: Any) -> Any:
        """Take up the end of a call."""
        self.told.append("end call")
        self.ends.append((response, error))
        return trace if logical.call.request is not None else None

    def remote_began(self, trace: Any, remote: Any) -> Any:
        """Take up a call of a tool or an agent."""
        assert remote.began > 0
        self.told.append(f"begin {remote.call.kind} {remote.call.target} {remote.name}")
        return self._trace() if trace is None else trace

    def remote_ended(self, trace: Any, remote: Any, error: Any) -> None:
        """Take up its end."""
        self.told.append(f"end {remote.call.kind}")
        self.ends.append((remote.output, error))

    def evaluated(self, trace: Any, invocation: Any, result: Any, began: int, ended: int) -> None:
        """Take up what an evaluator says."""
        assert ended >= began > 0
        self.told.append(f"{result.evaluator} evaluated {invocation.id}")

    def _trace(self) -> Noted | None:
        if not self._traces:
            return None
        self.traces.append(Noted(self._exemplar))
        return self.traces[-1]
