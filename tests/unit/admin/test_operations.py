"""The table of operations: each request finds its own, or is told what there is."""

import pytest

from routeiq.admin.answers import Answer, Refusal
from routeiq.admin.operations import Body, Operation, Result, Table


async def handler(request):
    return Answer(200)


def operation(method, path, **more):
    return Operation(method, path, handler, f"{method} {path}", "", Result(""), **more)


TABLE = Table(
    [
        operation("GET", "/plugins"),
        operation("GET", "/plugins/{name}"),
        operation("GET", "/plugins/{name}/config"),
        operation("PATCH", "/plugins/{name}/config", body=Body(("a/b", "c/d"), "")),
        operation("POST", "/plugins/{name}/enable"),
        operation("GET", "/openapi.json"),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "name", "parts"),
    [
        ("GET", "/plugins", "GET /plugins", {}),
        ("HEAD", "/plugins", "GET /plugins", {}),
        ("GET", "/plugins/a#b", "GET /plugins/{name}", {"name": "a#b"}),
        ("PATCH", "/plugins/a/config", "PATCH /plugins/{name}/config", {"name": "a"}),
        ("GET", "/openapi.json", "GET /openapi.json", {}),
    ],
)
def test_a_request_finds_its_operation(method, path, name, parts):
    operation, found = TABLE.find(method, path)
    assert (operation.name, found) == (name, parts)


@pytest.mark.parametrize(
    ("method", "path", "status", "words", "headers"),
    [
        ("POST", "/plugins", 405, "Use GET, HEAD, OPTIONS here", {"allow": "GET, HEAD, OPTIONS"}),
        ("HEAD", "/plugins/a/enable", 405, "Use POST", {"allow": "POST, OPTIONS"}),
        ("PUT", "/plugins/a/config", 405, "", {"allow": "GET, PATCH, HEAD, OPTIONS"}),
        ("GET", "/plugns", 404, "did you mean '/plugins'?", {}),
        ("GET", "/plugins/", 404, "nothing", {}),
        ("GET", "/plugins/a/b/c", 404, "nothing", {}),
        ("GET", "/openapi_json", 404, "did you mean '/openapi.json'?", {}),
        ("GET", "", 404, "openapi.json", {}),
    ],
)
def test_what_there_is_not_is_told(method, path, status, words, headers):
    with pytest.raises(Refusal) as raised:
        TABLE.find(method, path)
    assert raised.value.answer.status == status
    assert words in str(raised.value)
    assert raised.value.answer.headers == headers


def test_options_tells_what_can_be_done():
    assert TABLE.options("/plugins").headers == {"allow": "GET, HEAD, OPTIONS"}
    expected = {"allow": "GET, PATCH, HEAD, OPTIONS", "accept-patch": "a/b, c/d"}
    assert TABLE.options("/plugins/a/config").headers == expected
    with pytest.raises(Refusal):
        TABLE.options("/nothing")
