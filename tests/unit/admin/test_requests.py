"""Requests: parameters that are checked before anything is done, and how long to wait."""

import pytest

from routeiq.admin.answers import Refusal
from routeiq.admin.requests import WAIT, AdminRequest, Parameter
from routeiq.gateway.access import Identity

QUERY = (WAIT, Parameter("limit", "", "integer", low=1, high=1000), Parameter("name", ""))


def request(query="", *prefer):
    scope = {
        "type": "http", "method": "GET", "query_string": query.encode(),
        "headers": [(b"prefer", value.encode()) for value in prefer],
    }  # fmt: skip
    return AdminRequest(scope, None, Identity("alice", "write"), {}, QUERY)


def test_parameters_are_read():
    found = request("limit=5&name=llm.%2A")
    assert (found.integer("limit"), found.text("name"), found.integer("wait"), found.text("x")) == (
        5,
        "llm.*",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("query", "param", "words"),
    [
        ("limt=5", "limt", "did you mean 'limit'? There are: wait, limit, name."),
        ("limit=5&limit=6", "limit", "stands twice"),
        ("limit=0", "limit", "from 1 to 1000"), ("limit=1001", "limit", ""), ("limit=", "limit", ""),
        ("limit=-1", "limit", ""), ("limit=1.5", "limit", ""), ("limit=%D9%A1", "limit", ""),
        (f"limit={'9' * 5000}", "limit", ""), ("wait=61", "wait", "from 0 to 60"),
        ("token=abc", "token", "There is no parameter"),
    ],
)  # fmt: skip
def test_a_parameter_that_cannot_be_is_told(query, param, words):
    with pytest.raises(Refusal) as raised:
        request(query)
    answer = raised.value.answer
    assert (answer.status, answer.document["error"]["param"]) == (422, param)
    assert words in answer.document["error"]["message"]


@pytest.mark.parametrize(
    ("query", "prefer", "seconds", "headers"),
    [
        ("", (), 0, {}),
        ("wait=7", (), 7, {}),
        ("wait=7", ("wait=9",), 7, {}),
        ("", ("wait=9",), 9, {"preference-applied": "wait=9"}),
        ("", ('respond-async, Wait = "9"; x=1',), 9, {"preference-applied": "wait=9"}),
        ("", ("respond-async", "wait=3"), 3, {"preference-applied": "wait=3"}),
        ("", ("wait=500",), 60, {"preference-applied": "wait=60"}),
        ("", ("wait=soon",), 0, {}),
        ("", ("wait",), 0, {}),
        ("", ("wait=-1",), 0, {}),
        ("", ("wait=99999999999",), 0, {}),
    ],
)
def test_the_wait_is_that_of_the_query_or_of_the_preference(query, prefer, seconds, headers):
    wait = request(query, *prefer).wait
    assert (wait.seconds, wait.headers) == (seconds, headers)
