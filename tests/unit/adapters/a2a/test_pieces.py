"""Artifacts that come in pieces leave whole, if they are to."""

import pytest

from routeiq.adapters.a2a import pieces

from .conftest import TASK, result, rpc, seeing, streamed


def update(text, artifact="a", **more):
    part = {"text": text} if isinstance(text, str) else text
    return result({"artifactUpdate": {"taskId": "t", "artifact": {"artifactId": artifact, "parts": [part]}, **more}})


def status(state):
    return result({"statusUpdate": {"taskId": "t", "status": {"state": state}}})


async def passed(ask, agents, *events, hooks=()):
    agents.replies.append(streamed(*events))
    got = await ask(rpc("SendStreamingMessage"), *hooks, whole_artifacts=True)
    return got.events


def parts(event):
    return event["result"]["artifactUpdate"]["artifact"]["parts"]


async def test_plugins_and_clients_get_an_artifact_at_once(ask, agents):
    seen = []
    events = [
        result({"task": TASK}),
        update("a sec", append=False),
        status("TASK_STATE_WORKING"),
        update("ret", append=True),
        update("!", append=True, lastChunk=True),
        status("TASK_STATE_COMPLETED"),
    ]
    got = await passed(ask, agents, *events, hooks=seeing(seen))
    assert got[:2] == [events[0], events[2]]
    assert parts(got[2]) == [{"text": "a secret!"}]
    update_ = got[2]["result"]["artifactUpdate"]
    assert (update_["append"], update_["lastChunk"]) == (False, True)
    assert got[3] == events[5]
    texts = [one["artifact"]["parts"] for _, one in seen[1:] if "artifact" in one]
    assert texts == [[{"text": "a secret!"}]]


@pytest.mark.parametrize("last", [status("TASK_STATE_FAILED"), result({"task": TASK}), None])
async def test_what_has_no_last_piece_leaves_before_the_end(ask, agents, last):
    events = [update("one", "a"), update("two", "b"), update(" more", "a", append=True)]
    got = await passed(ask, agents, *events, *([last] if last else []))
    assert [parts(event) for event in got[:2]] == [[{"text": "two"}], [{"text": "one more"}]]
    assert got[2:] == ([last] if last else [])


async def test_other_parts_stay_apart_and_a_new_beginning_takes_the_olds_place(ask, agents):
    data = {"data": {"x": 1}}
    got = await passed(ask, agents, update("old"), update("new"), update(data, append=True), update("z", append=True))
    assert [parts(event) for event in got] == [[{"text": "new"}, data, {"text": "z"}]]


async def test_an_artifact_of_0_3_stays_one(ask, agents):
    kind = {"kind": "artifact-update", "taskId": "t", "append": True}
    events = [
        result({**kind, "artifact": {"artifactId": "a", "parts": [{"kind": "text", "text": text}]}}) for text in "ab"
    ]
    (got,) = await passed(ask, agents, *events)
    assert got["result"] == {**kind, "artifact": {"artifactId": "a", "parts": [{"kind": "text", "text": "ab"}]}}


async def test_more_than_can_be_held_is_an_error(ask, agents, monkeypatch):
    monkeypatch.setattr(pieces, "MOST_BYTES", 300)
    got = await passed(ask, agents, *[update("x" * 100, append=True)] * 3)
    assert got[-1]["error"]["data"][0]["reason"] == "AGENT_ANSWER_TOO_LARGE"


async def test_artifacts_that_have_left_are_not_held(ask, agents, monkeypatch):
    monkeypatch.setattr(pieces, "MOST_BYTES", 300)
    events = [update("x" * 100, str(number), lastChunk=True) for number in range(5)]
    assert await passed(ask, agents, *events, update("x" * 20), update("new"), update("y")) == [*events, update("y")]


async def test_a_state_that_is_none_ends_nothing(ask, agents):
    events = [update("a"), status([]), update("b", append=True)]
    got = await passed(ask, agents, *events)
    assert (got[0], parts(got[1])) == (events[1], [{"text": "ab"}])


@pytest.mark.parametrize(
    "odd",
    [
        {"taskId": "t", "artifact": "x"},
        {"taskId": [], "artifact": {"artifactId": "a"}},
        {"taskId": "t", "artifact": {"artifactId": {}}},
    ],
)
async def test_an_update_of_no_artifact_that_could_be_told_apart_is_an_error(ask, agents, odd):
    odd = result({"artifactUpdate": odd})
    assert (await passed(ask, agents, odd))[0]["error"]["code"] == -32006
