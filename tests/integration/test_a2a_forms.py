"""Our forms of 0.3 and 1.0 beside those of the official `a2a-sdk`, which translates by its own types."""

import pytest

pytest.importorskip("a2a.compat.v0_3.conversions", reason="needs a2a-sdk: the dependency group interop")

from a2a.compat.v0_3 import conversions, proto_utils
from a2a.types import Task, TaskArtifactUpdateEvent, TaskStatusUpdateEvent
from google.protobuf.json_format import MessageToDict, ParseDict
from hypothesis import given, settings
from hypothesis import strategies as st

from routeiq.adapters.a2a.forms import Form, to_current, to_wire

words = st.text("abcü ", min_size=1, max_size=5)
structs = st.dictionaries(words, st.floats(-9, 9, width=16) | words | st.booleans(), min_size=1, max_size=2)
named = st.fixed_dictionaries({}, optional={"filename": words, "mediaType": st.just("text/plain")})
parts = st.one_of(
    st.builds(lambda text: {"text": text}, words),
    st.builds(lambda text, metadata: {"text": text, "metadata": metadata}, words, structs),
    st.builds(lambda data: {"data": data}, structs),
    st.builds(lambda more: {"raw": "YWJj", **more}, named),
    st.builds(lambda more: {"url": "https://x.test/y", **more}, named),
)
messages = st.builds(
    lambda role, some, more: {"messageId": "m", "role": role, "parts": some, **more},
    st.sampled_from(["ROLE_USER", "ROLE_AGENT"]),
    st.lists(parts, min_size=1, max_size=3),
    st.fixed_dictionaries(
        {}, optional={"contextId": words, "taskId": words, "metadata": structs, "extensions": st.just(["e"])}
    ),
)
states = st.sampled_from(
    ["SUBMITTED", "WORKING", "COMPLETED", "FAILED", "CANCELED", "INPUT_REQUIRED", "REJECTED", "AUTH_REQUIRED"]
).map("TASK_STATE_{}".format)
statuses = st.builds(
    lambda state, more: {"state": state, **more}, states, st.fixed_dictionaries({}, optional={"message": messages})
)
artifacts = st.builds(
    lambda some, more: {"artifactId": "a", "parts": some, **more},
    st.lists(parts, min_size=1, max_size=2),
    st.fixed_dictionaries({}, optional={"name": words, "description": words, "metadata": structs}),
)
tasks = st.builds(
    lambda status, more: {"id": "t", "contextId": "c", "status": status, **more},
    statuses,
    st.fixed_dictionaries(
        {},
        optional={
            "artifacts": st.lists(artifacts, min_size=1, max_size=2),
            "history": st.lists(messages, min_size=1, max_size=2),
            "metadata": structs,
        },
    ),
)


def agree(value, kind, proto, shape):
    """Both forms of 0.3 are read as the official library reads them, and written back as they were."""
    wire = kind.model_dump(mode="json", by_alias=True, exclude_none=True)
    seen = {name: one for name, one in to_current(wire, shape, Form.KIND).items() if name != "final"}
    assert seen == value
    assert to_wire(seen, shape, Form.KIND) == wire
    wire = MessageToDict(proto)
    seen = {name: one for name, one in to_current(wire, shape, Form.PROTO).items() if name != "final"}
    assert without_bytes(seen) == without_bytes(value)


def without_bytes(value):
    """Return a value less the bytes of files, which the library encodes twice on the way to protobuf's 0.3."""
    if isinstance(value, dict):
        return {name: "" if name == "raw" else without_bytes(one) for name, one in value.items()}
    return [without_bytes(one) for one in value] if isinstance(value, list) else value


@settings(max_examples=40)
@given(tasks)
def test_a_task_is_the_same_in_all_forms(value):
    kind = conversions.to_compat_task(ParseDict(value, Task()))
    agree(value, kind, proto_utils.ToProto.task(kind), "task")


@settings(max_examples=20)
@given(statuses, artifacts)
def test_updates_are_the_same_in_all_forms(status, artifact):
    value = {"taskId": "t", "contextId": "c", "status": status}
    kind = conversions.to_compat_task_status_update_event(ParseDict(value, TaskStatusUpdateEvent()))
    agree(value, kind, proto_utils.ToProto.task_status_update_event(kind), "status_update")
    value = {"taskId": "t", "contextId": "c", "artifact": artifact, "append": True, "lastChunk": True}
    kind = conversions.to_compat_task_artifact_update_event(ParseDict(value, TaskArtifactUpdateEvent()))
    agree(value, kind, proto_utils.ToProto.task_artifact_update_event(kind), "artifact_update")
