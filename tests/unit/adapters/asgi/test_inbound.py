"""The scope that the application gets after `rewrite`."""

from routeiq.adapters.asgi.exchange import make_request
from routeiq.adapters.asgi.inbound import rewritten


def test_a_request_that_stays_keeps_its_scope(apps):
    scope = apps.scope_of()
    request = make_request(scope, "GET")
    assert rewritten(scope, request, request) is scope


def test_changes_reach_every_part_of_the_scope_that_tells_of_them(apps):
    scope = apps.scope_of("GET", "/a")
    before = make_request(scope, "GET")
    after = before.replace(method="POST", path="/b \u00fc", query="x=1", headers={"h": "1"})
    changed = rewritten(scope, before, after)
    assert (changed["method"], changed["path"], changed["raw_path"]) == ("POST", "/b \u00fc", b"/b%20%C3%BC")
    assert (changed["query_string"], changed["headers"]) == (b"x=1", [(b"h", b"1")])
    assert scope["path"] == "/a"


def test_a_handshake_has_no_method(apps):
    scope = {**apps.scope_of(), "type": "websocket"}
    before = make_request(scope, "WEBSOCKET")
    assert rewritten(scope, before, before.replace(path="/b"))["method"] == "GET"
