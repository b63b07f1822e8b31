"""How the host refuses."""

import json

from routeiq_plugin_sdk import Headers

from routeiq.adapters.asgi.refusal import Refusal, render_error, stems_from


def test_a_refusal_is_an_error_in_openais_shape_with_its_headers():
    response = render_error(429, "slow down", "rate", Headers.of({"retry-after": "3"}))
    assert json.loads(response.body) == {
        "error": {"message": "slow down", "type": "rate_limit_error", "param": None, "code": "rate"}
    }
    assert (response.status_code, response.headers["retry-after"]) == (429, "3")


def test_a_refusal_says_what_and_why():
    refusal = Refusal(413, "too large", "size")
    assert (str(refusal), refusal.status_code, refusal.code, refusal.headers.raw) == ("too large", 413, "size", ())


def test_where_an_error_comes_from_is_found_through_causes_contexts_and_groups():
    group = ExceptionGroup("tasks", [KeyError(), ValueError()])
    group.__cause__ = LookupError()
    group.exceptions[0].__context__ = group
    group.exceptions[1].__context__ = EOFError()
    assert all(stems_from(group, (kind,)) for kind in (ExceptionGroup, KeyError, ValueError, LookupError, EOFError))
    assert not stems_from(group, (OSError,))
