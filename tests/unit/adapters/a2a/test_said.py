"""What a stream amounts to."""

import pytest

from routeiq.adapters.a2a import said as said_module
from routeiq.adapters.a2a.said import MOST_PARTS, Said


def artifact(text, id="a", **more):
    return {"taskId": "t", "contextId": "c", "artifact": {"artifactId": id, "parts": [{"text": text}]}, **more}


def test_updates_add_up_to_a_task():
    said = Said()
    assert said.result is None
    said.add("task", {"id": "t", "contextId": "c", "status": {"state": "TASK_STATE_SUBMITTED"}})
    said.add("artifact_update", artifact("one "))
    said.add("artifact_update", artifact("two", append=True))
    said.add("artifact_update", artifact("other", "b"))
    said.add("status_update", {"taskId": "t", "status": {"state": "TASK_STATE_COMPLETED"}})
    assert said.result == {
        "id": "t", "contextId": "c", "status": {"state": "TASK_STATE_COMPLETED"},
        "artifacts": [
            {"artifactId": "a", "parts": [{"text": "one "}, {"text": "two"}]},
            {"artifactId": "b", "parts": [{"text": "other"}]},
        ],
    }  # fmt: skip
    said.add("artifact_update", artifact("anew"))
    assert said.result["artifacts"][0]["parts"] == [{"text": "anew"}]
    said.add("message", {"messageId": "m"})
    assert said.result == {"messageId": "m"}


def test_updates_without_a_task_make_one_and_odd_ones_do_no_harm():
    said = Said()
    said.add("artifact_update", {"artifact": "odd"})
    said.add("artifact_update", artifact("x", append=True))
    assert said.result == {"id": "t", "contextId": "c", "artifacts": [{"artifactId": "a", "parts": [{"text": "x"}]}]}
    said.add("artifact_update", {"taskId": "t", "artifact": {"artifactId": "b", "parts": 7}})
    said.add("artifact_update", {"taskId": "t", "append": True, "artifact": {"artifactId": "b", "parts": [1]}})
    assert said.result["artifacts"][1] == {"artifactId": "b", "parts": [1]}


def test_a_stream_without_end_does_not_fill_the_memory():
    said = Said()
    many = {"artifactId": "a", "parts": [{"text": "x"}] * (MOST_PARTS - 1)}
    for _ in range(3):
        said.add("artifact_update", {"taskId": "t", "artifact": many, "append": True})
    assert len(said.result["artifacts"][0]["parts"]) < MOST_PARTS


@pytest.mark.parametrize(("parts", "bound"), [([{"text": "x" * 100}], "MOST_BYTES"), ([], "MOST_PARTS")])
def test_neither_long_parts_nor_artifacts_without_any_fill_the_memory(monkeypatch, parts, bound):
    monkeypatch.setattr(said_module, bound, 1500 if parts else 2)
    said = Said()
    for number in range(10):
        said.add("artifact_update", {"taskId": "t", "artifact": {"artifactId": str(number), "parts": parts}})
    assert len(said.result["artifacts"]) == 2
