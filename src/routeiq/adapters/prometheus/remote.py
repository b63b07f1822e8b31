"""Figures of calls of tools and agents, by the configured server or agent, and the tool.

Servers and agents are few: operators configure them. The names of tools are the clients' words, so that only as many
are told apart as a server may sensibly have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from routeiq.core.remote_calls import LogicalRemoteCall, outcome_of

from .families import OTHER, SECONDS, Family

MOST_NAMES: Final = 100
"""Tools of one server, and methods of one agent, that are told apart."""


class RemoteFigures:
    """What calls of tools and agents came to."""

    def __init__(self) -> None:
        self._names: dict[str, set[str]] = {}
        self._calls = {
            "tool": Family(
                "routeiq_tool_calls", "counter",
                "Calls of MCP servers' tools by how they ended: success, tool_error (the tool's own), rejected (by a"
                " plugin), cancelled, failed.",
                ("server", "tool", "outcome"),
            ),
            "agent": Family(
                "routeiq_agent_calls", "counter",
                "Calls of A2A agents by how they ended: success, rejected (by a plugin), cancelled, failed.",
                ("agent", "method", "outcome"),
            ),
        }  # fmt: skip
        self._seconds = {
            "tool": Family(
                "routeiq_tool_call_duration_seconds", "histogram",
                "How long calls of MCP servers' tools took until their answer, in seconds.",
                ("server", "tool"), SECONDS,
            ),
            "agent": Family(
                "routeiq_agent_call_duration_seconds", "histogram",
                "How long calls of A2A agents took until their answer, in seconds.", ("agent", "method"), SECONDS,
            ),
        }  # fmt: skip

    def families(self) -> Sequence[Family]:
        """Return the families, which count on."""
        return [*self._calls.values(), *self._seconds.values()]

    def ended(self, remote: LogicalRemoteCall, error: BaseException | None, exemplar: Mapping[str, str] | None) -> None:
        """Count a call that has ended."""
        kind, target = remote.call.kind, remote.call.target
        outcome = outcome_of(remote, error)
        name = self._name(target, remote.name, known=error is None and outcome == "success")
        self._calls[kind].add((target, name, outcome))
        self._seconds[kind].observe((target, name), remote.seconds, exemplar)

    def _name(self, target: str, name: str, *, known: bool) -> str:
        """Return what a name counts as: itself once a call of it has succeeded, so that it is one of the server's."""
        names = self._names.setdefault(target, set())
        if known and len(names) < MOST_NAMES:
            names.add(name)
        return name if name in names else OTHER
