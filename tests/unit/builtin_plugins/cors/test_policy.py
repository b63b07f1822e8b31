"""The CORS protocol, by itself, and beside Starlette's middleware for it."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from routeiq_plugin_sdk import Headers, PluginRequest, ResponseMetadata
from starlette.middleware.cors import CORSMiddleware

from routeiq_builtin_plugins.cors.config import Config

APP = "https://app.example.com"
SAFE_METHODS = {"GET", "HEAD", "POST"}
SAFE_HEADERS = {"accept", "accept-language", "content-language", "content-type"}


def ask(headers, method="OPTIONS"):
    return PluginRequest.mock(method, "/v1/chat/completions", headers=headers)


def preflight(config, origin=APP, method="POST", headers=None):
    asked = {"origin": origin, "access-control-request-method": method}
    if headers is not None:
        asked["access-control-request-headers"] = headers
    return config.policy.preflight(ask(asked))


def test_only_a_preflight_is_one():
    policy = Config(allow_origins=[APP]).policy
    assert policy.preflight(ask({"origin": APP})) is None
    assert policy.preflight(ask({"access-control-request-method": "GET"})) is None
    assert policy.preflight(ask({"origin": APP, "access-control-request-method": "GET"}, "POST")) is None


def test_a_preflight_is_told_what_is_allowed():
    answer = preflight(Config(allow_origins=[APP], max_age=5), headers="Authorization, x-stainless-os, x-evil")
    assert (answer.status_code, answer.body) == (204, b"")
    assert dict(answer.headers.items_list()) == {
        "vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
        "access-control-allow-origin": APP,
        "access-control-allow-methods": "DELETE, GET, HEAD, POST",
        "access-control-allow-headers": "authorization, x-stainless-os",
        "access-control-max-age": "5",
    }


def test_an_origin_that_is_not_allowed_is_told_nothing():
    answer = preflight(Config(allow_origins=[APP], allow_credentials=True), origin="https://evil.example")
    assert answer.status_code == 403
    assert set(answer.headers) == {"content-type", "vary"}
    assert b"evil" not in answer.body


def test_a_method_that_is_not_allowed_is_refused():
    assert preflight(Config(allow_origins=[APP]), method="PATCH").status_code == 403
    assert (
        preflight(Config(allow_origins=[APP], allow_methods=["GET"])).status_code == 403
    )  # browsers do not look it up


def test_with_asterisks_what_is_asked_for_is_named():
    answer = preflight(
        Config(allow_origins=["*"], allow_methods=["*"], allow_headers=["*"]), method="PURGE", headers="x, y z, ä"
    )
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-methods"] == "PURGE"
    assert answer.headers["access-control-allow-headers"] == "x"


def test_a_response_gets_the_headers_and_loses_those_of_others():
    policy = Config(allow_origins=[APP], allow_credentials=True, expose_headers=["x-a"]).policy
    theirs = ResponseMetadata.mock(401, [("access-control-allow-origin", "*"), ("vary", "Accept"), ("x-a", "1")])
    mine = policy.applied(ask({"origin": APP}, "POST"), theirs)
    assert (mine.status_code, dict(mine.headers.items_list())) == (
        401,
        {
            "vary": "Accept, Origin",
            "x-a": "1",
            "access-control-allow-origin": APP,
            "access-control-allow-credentials": "true",
            "access-control-expose-headers": "x-a",
        },
    )
    for request in (ask({"origin": "https://evil.example"}, "POST"), ask({}, "POST")):
        assert dict(policy.applied(request, theirs).headers.items_list()) == {"vary": "Accept, Origin", "x-a": "1"}


def test_with_everybody_allowed_responses_do_not_vary():
    policy = Config(allow_origins=["*"]).policy
    for headers in ({"origin": APP}, {}):
        answer = policy.applied(ask(headers, "GET"), ResponseMetadata.mock())
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "vary" not in answer.headers


@pytest.mark.parametrize("vary", ["*", "Accept, origin", "Origin"])
def test_what_varies_by_the_origin_already_stays(vary):
    answer = Config(allow_origins=[APP]).policy.applied(ask({}, "GET"), ResponseMetadata.mock(200, {"vary": vary}))
    assert answer.headers.get_list("vary") == [vary]


def test_an_answer_to_a_preflight_keeps_its_headers_whoever_gave_it():
    config = Config(allow_origins=[APP])
    asked = ask({"origin": APP, "access-control-request-method": "GET"})
    for answered in (config.policy.preflight(asked), ResponseMetadata.mock(403)):
        headers = config.policy.applied(asked, ResponseMetadata(answered.status_code, answered.headers)).headers
        assert headers["access-control-allow-methods"] == "DELETE, GET, HEAD, POST"


# What a browser makes of answers (Fetch: "CORS check", "CORS-preflight fetch"), so that ours and Starlette's compare.


def readable(headers, origin, credentials):
    allowed = headers.get("access-control-allow-origin")
    if allowed == "*" and not credentials:
        return True
    return allowed == origin and (not credentials or headers.get("access-control-allow-credentials") == "true")


def goes_ahead(status, headers, origin, method, asked, credentials):
    if not (200 <= status <= 299 and readable(headers, origin, credentials)):
        return False
    methods = [one.strip() for one in headers.get("access-control-allow-methods", "").split(",")]
    names = [one.strip().lower() for one in headers.get("access-control-allow-headers", "").split(",")]
    if method not in methods and method not in SAFE_METHODS and ("*" not in methods or credentials):
        return False
    return all(name in names for name in asked)


def starlettes(config, scope_headers, method):
    sent = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(message):
        sent.append(message)

    middleware = CORSMiddleware(
        app,
        config.allow_origins,
        config.allow_methods,
        config.allow_headers,
        config.allow_credentials,
        expose_headers=config.expose_headers,
    )
    scope = {"type": "http", "method": method, "headers": list(Headers.of(scope_headers).raw)}
    asyncio.run(middleware(scope, None, send))
    return sent[0]["status"], Headers(tuple(sent[0]["headers"]))


lists = st.lists
configs = st.builds(
    lambda origins, credentials, methods, headers: Config(
        allow_origins=[one for one in origins if one != "*" or not credentials],
        allow_credentials=credentials,
        allow_methods=[one for one in methods if one != "*" or not credentials],
        allow_headers=[one for one in headers if one != "*" or not credentials],
    ),
    lists(st.sampled_from([APP, "http://b.example:81", "*"]), max_size=2),
    st.booleans(),
    lists(st.sampled_from(["GET", "PUT", "PATCH", "*"]), min_size=1, max_size=2),
    lists(st.sampled_from(["x-a", "authorization", "*"]), max_size=2),
)


@settings(max_examples=80)
@given(
    configs,
    st.sampled_from([APP, "http://b.example:81", "https://c.example", "null"]),
    st.sampled_from(["GET", "PUT", "PATCH", "DELETE"]),
    st.lists(st.sampled_from(["x-a", "authorization", "x-b"]), max_size=2, unique=True),
)
def test_a_browser_may_do_what_it_may_behind_starlettes_middleware(config, origin, method, asked):
    """What they must not agree on: an origin that is not allowed is never told back, here."""
    headers = {"origin": origin, "access-control-request-method": method}
    if asked:
        headers["access-control-request-headers"] = ",".join(asked)
    ours = config.policy.preflight(ask(headers))
    status, theirs = starlettes(config, headers, "OPTIONS")
    for credentials in {False, config.allow_credentials}:
        assert goes_ahead(ours.status_code, ours.headers, origin, method, asked, credentials) == goes_ahead(
            status, theirs, origin, method, asked, credentials
        )
    answer = config.policy.applied(ask({"origin": origin}, "POST"), ResponseMetadata.mock())
    _, plain = starlettes(config, {"origin": origin}, "POST")
    assert readable(answer.headers, origin, False) == readable(plain, origin, False)
    if not config.policy.preflight(ask(headers)).headers.get("access-control-allow-origin"):
        assert origin.encode() not in b"".join(value for _, value in answer.headers.raw)
