"""Conditions in CEL: what is refused when they are read, and what holds at run time."""

import logging
import sys

import pytest
from routeiq_plugin_sdk import LLMCall, PluginRequest, Principal

from routeiq.core import conditions
from routeiq.core.conditions import Complaints, Condition, FactMaker, checked_condition, needs_of

cel = pytest.importorskip("cel", reason="needs routeiq[cel]")


@pytest.mark.parametrize(
    ("source", "needs"),
    [
        ('request.method == "POST" && request.path.startsWith("/v1/")', {"request"}),
        ('"x-tenant" in request.headers && request.headers["x-tenant"] == "acme"', {"request"}),
        ("has(request.headers.accept) || request.host == 'a'", {"request"}),
        ("principal.roles.exists(role, role == 'admin')", {"principal"}),
        ("model.startsWith('gpt-') && api in ['chat', 'responses'] || stream", {"model", "api", "stream"}),
        ("size(request.query) > 0 && principal.id != ''", {"request", "principal"}),
        ("request.path.matches('^/v[0-9]+/')", {"request"}),
    ],
)
def test_what_a_condition_refers_to_is_known(source, needs):
    assert checked_condition(source) == source
    assert needs_of(source) == needs


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("model ==", "is no expression of CEL: at 1:9: Syntax error"),
        ("modle == 'x'", "there is no variable 'modle'; did you mean 'model'? There are: request, principal,"),
        ("[1].exists(x, y == 1) || stream", "there is no variable 'y'."),
        ("1 < 2", "refers to no variable"),
        ("request.path", "is str, and must be true or false"),
        ("stream ? 1 : true", "is int, and must be true or false"),
        ("request.paht == '/'", "request has no 'paht'; did you mean 'path'? There are: method, path, headers"),
        ("principal.name == 'x'", "principal has no 'name'. There are: id, roles, metadata"),
        ("request.headers['x-a'] == 'b'", """ask for that first, `"x-a" in request.headers && ...`"""),
        ("request.query.n == 'b'", """ask for that first, `"n" in request.query && ...`"""),
        ("principal.metadata.tier == 'gold'", """`"tier" in principal.metadata && ...`"""),
        ("has(request.headers.Accept) && stream", "in lower case here: write 'accept'"),
        ("model < 1", "cannot be evaluated: No such overload"),
        ("model.shout() == 'X'", "cannot be evaluated: Undefined variable or function: 'shout'"),
    ],
)
def test_what_cannot_work_is_told_when_it_is_read(source, words):
    with pytest.raises(ValueError) as caught:
        checked_condition(source)
    assert words in str(caught.value)


def test_without_the_package_its_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "cel", None)
    with pytest.raises(ValueError, match=r"pip install 'routeiq\[cel\]'"):
        checked_condition("model == 'a condition that nobody compiled before'")


def holds(source, request=None, call=None):
    failures = []
    condition = Condition(checked_condition(source), failures.append)
    result = condition.holds(FactMaker([condition])(request, call))
    return result if not failures else (result, failures)


REQUEST = PluginRequest.mock(
    "POST",
    "/v1/chat",
    headers=[("Host", "Gate:80"), ("x-tenant", "acme"), ("x-tenant", "other"), ("accept", "a")],
    query={"q": "1"},
    principal=Principal("team-a", frozenset({"admin", "dev"}), metadata={"tier": "gold", "made": object(), "n": {1}}),
)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("request.method == 'POST' && request.path == '/v1/chat' && request.host == 'gate:80'", True),
        ("'x-tenant' in request.headers && request.headers['x-tenant'] == 'acme, other'", True),
        ("has(request.headers.accept) && request.headers.accept == 'b'", False),
        ("size(request.headers) == 3", True),
        ("'q' in request.query && request.query.q == '1'", True),
        ("principal.id == 'team-a' && principal.roles.exists(r, r == 'dev')", True),
        ("'tier' in principal.metadata && principal.metadata.tier == 'gold'", True),
        ("'n' in principal.metadata && principal.metadata.n == [1]", True),
    ],
)
def test_a_request_is_judged_by_what_it_has(source, expected):
    assert holds(source, REQUEST) is expected


def test_nobody_has_an_empty_id_and_no_roles():
    assert holds("principal.id == '' && size(principal.roles) == 0", PluginRequest.mock()) is True


def test_a_call_is_judged_by_model_api_and_stream():
    call = LLMCall("c", "responses", "gpt-4", True, None)
    assert holds("model == 'gpt-4' && api == 'responses' && stream", None, call) is True


@pytest.mark.parametrize(
    "source",
    ["size(request.query) > 1 && int(request.query['a']) > 1 || stream", "size(request.query) > 1 && 'x' || stream"],
)
def test_one_that_fails_counts_as_one_that_holds(source):
    result, [failure] = holds(source, PluginRequest.mock(query={"a": "x", "b": "y"}), LLMCall("c", "chat", "m", False))
    assert result is True
    assert isinstance(failure, Exception)


def test_a_result_that_is_no_truth_value_is_a_failure():
    source = "size(request.query) > 1 ? model : stream"
    with pytest.raises(ValueError):
        checked_condition("size(request.query) > 1 ? model : model")
    result, [failure] = holds(source, PluginRequest.mock(query={"a": "x", "b": "y"}), LLMCall("c", "chat", "", False))
    assert (result, str(failure)) == (True, "it is str, and not true or false")


@pytest.mark.parametrize(
    ("source", "headers"),
    [
        ("'x-a' in request.headers && request.headers['x-b'] == 'c'", {"x-a", "x-b"}),
        ("has(request.headers.accept)", {"accept"}),
        ("size(request.headers) > 1", None),
        ("request.headers.size() > 1", None),
        ("request.headers[request.path] == 'a'", None),
        ("[request].exists(r, 'a' in r.headers)", None),
    ],
)
def test_only_headers_that_are_named_are_made_known_if_all_are(source, headers):
    assert conditions._headers_of(source) == headers


def test_failures_of_a_condition_are_logged_once_a_minute(caplog):
    now = [1000.0]
    complaints = Complaints(clock=lambda: now[0])
    with caplog.at_level(logging.ERROR):
        for _ in range(5):
            complaints.tell("a", ["x#1", "x#2"], ValueError("no"))
            complaints.tell("b", ["y"], ValueError("no"))
        assert len(caplog.records) == 2
        now[0] += 61
        complaints.tell("a", ["x#1", "x#2"], ValueError("no"))
    assert caplog.messages[-1] == "the condition 'a' of x#1, x#2 failed, and counts as one that holds: ValueError: no"
    assert len(caplog.records) == 3
