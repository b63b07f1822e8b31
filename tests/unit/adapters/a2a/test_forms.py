"""The forms of messages and tasks: what plugins see, and what is written back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeiq.adapters.a2a.forms import Form, to_current, to_wire

CURRENT = {
    "id": "t", "contextId": "c",
    "status": {
        "state": "TASK_STATE_INPUT_REQUIRED", "timestamp": "2026-01-01T00:00:00Z",
        "message": {"messageId": "m", "role": "ROLE_AGENT", "parts": [{"text": "hi", "metadata": {"a": 1}}]},
    },
    "artifacts": [{
        "artifactId": "a",
        "parts": [{"data": {"x": 1}}, {"raw": "YQ==", "filename": "f", "mediaType": "image/png"}],
    }],
    "history": [{"messageId": "n", "role": "ROLE_USER", "parts": [{"url": "https://x/y", "mediaType": "text/plain"}]}],
    "metadata": {"own": True},
}  # fmt: skip
KIND = {
    "kind": "task", "id": "t", "contextId": "c",
    "status": {
        "state": "input-required", "timestamp": "2026-01-01T00:00:00Z",
        "message": {
            "kind": "message", "messageId": "m", "role": "agent",
            "parts": [{"kind": "text", "text": "hi", "metadata": {"a": 1}}],
        },
    },
    "artifacts": [{
        "artifactId": "a",
        "parts": [
            {"kind": "data", "data": {"x": 1}},
            {"kind": "file", "file": {"bytes": "YQ==", "name": "f", "mimeType": "image/png"}},
        ],
    }],
    "history": [{
        "kind": "message", "messageId": "n", "role": "user",
        "parts": [{"kind": "file", "file": {"uri": "https://x/y", "mimeType": "text/plain"}}],
    }],
    "metadata": {"own": True},
}  # fmt: skip
PROTO = {
    "id": "t", "contextId": "c",
    "status": {
        "state": "TASK_STATE_INPUT_REQUIRED", "timestamp": "2026-01-01T00:00:00Z",
        "message": {"messageId": "m", "role": "ROLE_AGENT", "content": [{"text": "hi", "metadata": {"a": 1}}]},
    },
    "artifacts": [{
        "artifactId": "a",
        "parts": [
            {"data": {"data": {"x": 1}}},
            {"file": {"fileWithBytes": "YQ==", "name": "f", "mimeType": "image/png"}},
        ],
    }],
    "history": [{
        "messageId": "n", "role": "ROLE_USER",
        "content": [{"file": {"fileWithUri": "https://x/y", "mimeType": "text/plain"}}],
    }],
    "metadata": {"own": True},
}  # fmt: skip


@pytest.mark.parametrize(("form", "wire"), [(Form.KIND, KIND), (Form.PROTO, PROTO), (Form.CURRENT, CURRENT)])
def test_a_task_is_seen_in_the_form_of_1_0_and_written_back_in_its_own(form, wire):
    assert to_current(wire, "task", form) == CURRENT
    assert to_wire(CURRENT, "task", form) == wire


def test_what_has_the_form_already_is_not_copied():
    assert to_current(CURRENT, "task", Form.CURRENT) is CURRENT
    assert to_wire(CURRENT, "task", Form.CURRENT) is CURRENT


def test_updates_of_0_3_say_whether_they_are_the_last():
    status = {"kind": "status-update", "taskId": "t", "contextId": "c", "status": {"state": "completed"}, "final": True}
    seen = to_current(status, "status_update", Form.KIND)
    assert seen == {"taskId": "t", "contextId": "c", "status": {"state": "TASK_STATE_COMPLETED"}, "final": True}
    del seen["final"]
    assert to_wire(seen, "status_update", Form.KIND) == status
    artifact = {
        "kind": "artifact-update",
        "taskId": "t",
        "artifact": {"artifactId": "a", "parts": [{"kind": "text", "text": "x"}]},
    }
    seen = to_current(artifact, "artifact_update", Form.KIND)
    assert seen == {"taskId": "t", "artifact": {"artifactId": "a", "parts": [{"text": "x"}]}}
    assert to_wire(seen, "artifact_update", Form.KIND) == artifact


def test_a_state_is_spelt_as_its_version_spells_it():
    wire = {"status": {"state": "TASK_STATE_CANCELLED"}}
    assert to_current(wire, "task", Form.PROTO) == {"status": {"state": "TASK_STATE_CANCELED"}}
    assert to_wire({"status": {"state": "TASK_STATE_CANCELED"}}, "task", Form.PROTO) == wire
    assert to_current({"status": {"state": "new-state"}}, "task", Form.KIND) == {"status": {"state": "new-state"}}


def test_data_that_0_3_cannot_hold_is_wrapped():
    part = to_wire({"parts": [{"data": [1]}]}, "message", Form.KIND)["parts"][0]
    assert part == {"kind": "data", "data": {"value": [1]}, "metadata": {"data_part_compat": True}}
    assert to_wire({"parts": [{"data": 1}]}, "message", Form.PROTO)["content"] == [{"data": {"data": {"value": 1}}}]


@pytest.mark.parametrize(
    "part",
    [
        {"kind": "text", "text": "x", "data": {"hidden": "y"}},
        {"kind": "data", "text": "hidden"},
        {"kind": "file", "file": {"bytes": "YQ==", "more": "y"}},
        {"kind": "file", "file": {"name": "only"}},
        {"kind": "file", "file": "text"},
        {"kind": "file", "file": {"bytes": "YQ=="}, "text": "hidden"},
        {"kind": "poem", "lines": ["x"]},
        {"text": "of no kind, and stays so", "kind": None},
        {},
        "no part",
    ],
)
def test_a_part_of_another_shape_loses_nothing_and_comes_back_as_it_was(part):
    wire = {"kind": "message", "role": "user", "parts": [part]}
    seen = to_current(wire, "message", Form.KIND)
    assert strings(seen) >= strings(part) - {"text", "data", "file"}
    assert to_wire(seen, "message", Form.KIND) == wire


def strings(value):
    """Return the texts in a value, names left out."""
    if isinstance(value, dict):
        return set().union(*(strings(one) for one in value.values()))
    if isinstance(value, list):
        return set().union(*(strings(one) for one in value))
    return {value} if isinstance(value, str) else set()


FIELDS = ["kind", "parts", "content", "status", "artifacts", "history", "role", "artifact"]
INNER = [*FIELDS, "text", "file", "data", "message", "bytes", "uri", "x"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(INNER), inner, max_size=4),
    max_leaves=12,
)
WORDS = {"message", "task", "status-update", "artifact-update", "text", "file", "data", "user", "agent", "unknown"}


@given(
    st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=5),
    st.sampled_from(["message", "task", "status_update", "artifact_update"]),
    st.sampled_from([Form.KIND, Form.PROTO]),
)
def test_whatever_comes_no_text_is_hidden_from_plugins_and_nothing_raises(wire, shape, form):
    before = json.dumps(wire)
    seen = to_current(wire, shape, form)
    assert strings(seen) >= strings(wire) - WORDS
    to_wire(seen, shape, form)
    assert json.dumps(wire) == before
