"""Calls of tools and agents as events: who was called, and how it ended."""

import types

import pytest
from routeiq_plugin_sdk import Reject, RemoteCall

from routeiq.core.event_names import HOST_EVENTS
from routeiq.core.logging import Activity
from routeiq.core.remote_calls import LogicalRemoteCall
from routeiq.core.remote_events import REMOTE_EVENTS, RemoteEvents


class Bus:
    def __init__(self, *wanted):
        self.told, self._wanted = [], wanted

    def wanted(self, name):
        return name in self._wanted

    def emit(self, name, data, *, request_id=None):
        self.told.append((name, data, request_id))


def call(bus, kind="tool"):
    plans = types.SimpleNamespace(tracer=RemoteEvents(bus), evaluation=None)
    logical = LogicalRemoteCall(plans, Activity("r"), RemoteCall.mock(kind), "search", {"q": "secret"})
    logical.begin()
    return logical


@pytest.mark.parametrize(("kind", "who"), [("tool", ("server", "tool")), ("agent", ("agent", "method"))])
def test_a_call_is_told_with_the_fields_of_its_events(kind, who):
    bus = Bus(*REMOTE_EVENTS)
    call(bus, kind).succeed()
    call(bus, kind).fail(Reject(429, "secret", "too_many"))
    assert [name for name, _, _ in bus.told] == [
        f"{kind}.call.{one}" for one in ("started", "completed", "started", "failed")
    ]
    for name, data, request_id in bus.told:
        assert tuple(data) == HOST_EVENTS[name]
        assert [data[field] for field in who] == ["mock-server", "search"]
        assert request_id == "r"
        assert "secret" not in str(data)
    assert bus.told[-1][1]["code"] == "too_many"


def test_nothing_is_told_that_nobody_wants():
    bus = Bus("tool.call.failed")
    call(bus).succeed()
    assert bus.told == []
