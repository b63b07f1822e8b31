"""Tells of calls of tools and agents by the event bus: who was called and how it ended, never arguments or results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .event_names import AGENT_COMPLETED, AGENT_FAILED, AGENT_STARTED, TOOL_COMPLETED, TOOL_FAILED, TOOL_STARTED
from .events import EventBus
from .telemetry import Trace

if TYPE_CHECKING:
    from .remote_calls import LogicalRemoteCall

_NAMES: Final = {
    "tool": (TOOL_STARTED, TOOL_COMPLETED, TOOL_FAILED),
    "agent": (AGENT_STARTED, AGENT_COMPLETED, AGENT_FAILED),
}
REMOTE_EVENTS: Final = frozenset(name for names in _NAMES.values() for name in names)


class RemoteEvents:
    """The part of the bus's tracer that tells of tools and agents."""

    def __init__(self, events: EventBus) -> None:
        self._events = events

    def remote_began(self, trace: Trace | None, remote: LogicalRemoteCall) -> Trace | None:
        """Tell that a call began."""
        self._tell(_NAMES[remote.call.kind][0], remote)
        return None

    def remote_ended(self, trace: Trace | None, remote: LogicalRemoteCall, error: BaseException | None) -> None:
        """Tell how a call ended."""
        from .remote_calls import failure_of  # here, since it loads the plans

        _, completed, failed = _NAMES[remote.call.kind]
        ended = {"duration": remote.seconds, "aborted": remote.call.aborted}
        if error is not None:
            self._tell(failed, remote, **ended, **failure_of(error))
        elif remote.call.kind == "tool":
            self._tell(completed, remote, **ended, is_error=remote.is_error)
        else:
            self._tell(completed, remote, **ended)

    def _tell(self, name: str, remote: LogicalRemoteCall, **more: Any) -> None:
        if self._events.wanted(name):
            call = remote.call
            who = ("server", "tool") if call.kind == "tool" else ("agent", "method")
            named = dict(zip(who, (call.target, remote.name), strict=True))
            data = {"call_id": call.id, **named, "stream": call.stream, **more}
            self._events.emit(name, data, request_id=remote.activity.request_id)
