"""Events as plugins see them."""

import dataclasses
import json

import pytest
from routeiq_plugin_sdk import Event


def test_a_mock_is_an_event_that_a_test_can_hand_to_a_handler():
    event = Event.mock("llm.call.failed", {"error": "upstream"}, request_id="r", source="p")
    assert (event.name, event.data["error"], event.request_id, event.source) == (
        "llm.call.failed",
        "upstream",
        "r",
        "p",
    )
    assert Event.mock() == Event.mock()


def test_an_event_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Event.mock().name = "another"


def test_an_event_can_be_written_as_json():
    assert json.loads(json.dumps(Event.mock(data={"a": 1}).to_dict())) == {
        "name": "mock.happened",
        "data": {"a": 1},
        "source": None,
        "request_id": None,
        "time": 1_700_000_000.0,
        "worker": 0,
        "id": "mock-event",
    }
