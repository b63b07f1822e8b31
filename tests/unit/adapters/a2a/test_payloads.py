"""Where an agent's words stand in what it answers."""

import pytest

from routeiq.adapters.a2a.forms import Form
from routeiq.adapters.a2a.payloads import payloads

TASK = {"id": "t", "status": {"state": "TASK_STATE_WORKING"}}
MESSAGE = {"messageId": "m", "role": "ROLE_AGENT", "parts": [{"text": "x"}]}
ARTIFACT = {"taskId": "t", "artifact": {"artifactId": "a", "parts": [{"text": "x"}]}}


def found(value, *, answers=True, form=Form.CURRENT):
    """Return shape and content of each payload."""
    return [(one.shape, one.current) for one in payloads({"result": value}, "result", form, answers=answers)]


@pytest.mark.parametrize("answers", [True, False])
@pytest.mark.parametrize(
    ("value", "shape", "content"),
    [
        ({"task": TASK}, "task", TASK),
        ({"message": MESSAGE}, "message", MESSAGE),
        ({"msg": MESSAGE}, "message", MESSAGE),
        ({"statusUpdate": TASK}, "status_update", TASK),
        ({"status_update": TASK}, "status_update", TASK),
        ({"artifactUpdate": ARTIFACT}, "artifact_update", ARTIFACT),
        ({"ARTIFACTUPDATE": ARTIFACT}, "artifact_update", ARTIFACT),
        (TASK, "task", TASK),
        ({"id": "t", "artifacts": []}, "task", {"id": "t", "artifacts": []}),
        (MESSAGE, "message", MESSAGE),
        (ARTIFACT, "artifact_update", ARTIFACT),
    ],
)
def test_it_is_recognised_whatever_method_brought_it(value, shape, content, answers):
    assert found(value, answers=answers) == [(shape, content)]


def test_every_task_of_a_list_is_found_and_no_member_hides_another():
    assert found({"tasks": [TASK, "odd", TASK], "nextPageToken": ""}) == [("task", TASK), ("task", TASK)]
    assert found({"tasks": []}) == []
    assert found({"task": TASK, "message": MESSAGE}) == [("task", TASK), ("message", MESSAGE)]


def test_what_says_its_kind_is_of_0_3_whatever_was_asked():
    value = {"kind": "message", "messageId": "m", "role": "agent", "parts": [{"kind": "text", "text": "x"}]}
    assert found(value) == [("message", MESSAGE)]


def test_what_is_not_recognised_is_seen_whole_where_there_must_be_something():
    assert found({"odd": 1}) == [(None, {"odd": 1})]
    assert found({"odd": 1}, answers=False) == []
    assert found({"url": "https://x", "id": "7"}, answers=False) == []


@pytest.mark.parametrize("value", [None, "text", [TASK], 7])
def test_what_is_no_object_is_no_answer(value):
    assert payloads({"result": value}, "result", Form.CURRENT, answers=True) is None
    assert payloads({"result": value}, "result", Form.CURRENT, answers=False) == []


def test_a_replacement_stands_in_its_place_in_its_own_form():
    holder = {"result": {"kind": "task", "id": "t", "status": {"state": "working"}}}
    (one,) = payloads(holder, "result", Form.CURRENT, answers=True)
    one.replace({"id": "t", "status": {"state": "TASK_STATE_FAILED"}})
    assert holder == {"result": {"kind": "task", "id": "t", "status": {"state": "failed"}}}
    holder = {"result": {"tasks": [dict(TASK), dict(TASK)]}}
    payloads(holder, "result", Form.CURRENT, answers=True)[1].replace({"id": "u"})
    assert holder == {"result": {"tasks": [TASK, {"id": "u"}]}}
    holder = {"result": {"odd": 1}}
    payloads(holder, "result", Form.KIND, answers=True)[0].replace({"odd": 2})
    assert holder == {"result": {"odd": 2}}
