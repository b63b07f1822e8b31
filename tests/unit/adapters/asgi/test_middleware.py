"""`PluginMiddleware`: the phases of a request in order and once, whatever happens to it."""

import asyncio
import json

import pytest
from routeiq_plugin_sdk import PluginResponse, Principal, Reject, hookimpl

from routeiq import PluginManager, PluginMiddleware
from routeiq.core.errors import NotRunningError
from routeiq.core.settings import ManagerSettings


def tracing(plugin, name="trace", priority=1000, **bodies):
    """Return a plugin of all HTTP phases, and the list of its calls."""
    calls = []

    def do(phase, *arguments):
        calls.append(phase)
        return bodies[phase](*arguments) if phase in bodies else None

    async def rewrite(request):
        return do("rewrite", request)

    async def request(request):
        return do("request", request)

    async def request_body(request, body):
        return do("request_body", body)

    async def response_headers(request, response):
        return do("response_headers", response)

    async def response_chunk(chunk, is_final):
        return do("response_chunk", chunk)

    async def error(request, exception):
        return do("error", exception)

    async def response(response):
        calls.append(("response", response.status_code, response.aborted, response.short_circuited_by))

    hooks = [rewrite, request, request_body, response_headers, response_chunk, error, response]
    return plugin(name, *hooks, priority=priority), calls


async def test_the_phases_run_in_order_and_the_response_once(plugin, apps, under):
    trace, calls = tracing(plugin)
    client = await under(apps.echoing, trace)
    seen = await client("POST", "/x", body=b"hello")
    assert (seen.status, seen.body) == (200, b"hello")
    assert calls == [
        "rewrite",
        "request",
        "request_body",
        "response_headers",
        "response_chunk",
        ("response", 200, False, None),
    ]


async def test_without_plugins_only_the_request_id_is_added(apps, under):
    client = await under(apps.answering(b"a", b"b", headers={"x-one": "1"}))
    seen = await client()
    assert seen.chunks == [b"a", b"b"]
    assert set(seen.headers) == {"x-one", "x-request-id"}


@pytest.mark.parametrize(
    ("given", "kept"),
    [("my-id-1", True), ("a" * 128, True), ("a" * 129, False), ("a b", False), ("", False), ("x\u00e9", False)],
)
async def test_a_valid_request_id_is_kept_and_another_replaced(apps, under, given, kept):
    client = await under(apps.answering(b"", headers={"x-request-id": "the application's"}))
    seen = await client(headers={"x-request-id": given})
    assert (seen.headers["x-request-id"] == given) is kept
    assert seen.headers["x-request-id"] != (await client()).headers["x-request-id"]


async def test_a_request_is_rewritten_for_later_plugins_and_the_application(plugin, apps, under):
    paths = []

    async def rewrite(request):
        return request.replace(method="put", path="/new path", query={"a": "1"}, headers={"x-mine": "2"})

    async def request(request):
        paths.append(request.path)

    client = await under(apps.echoing, plugin("rewriter", rewrite, request))
    seen = await client("GET", "/old")
    assert paths == ["/new path"]
    assert (seen.headers["x-path"], seen.headers["x-query"], seen.headers["x-method"]) == ("/new path", "a=1", "PUT")
    assert seen.headers["x-got-x-mine"] == "2"


async def test_a_short_circuit_skips_inbound_phases_and_runs_outbound_ones_for_every_plugin(plugin, apps, under):
    first, first_calls = tracing(plugin, "first", 1, request=lambda request: PluginResponse.json({"no": 1}, 403))
    second, second_calls = tracing(plugin, "second", 2)
    client = await under(apps.answering(b"never"), first, second)
    seen = await client("POST", body=b"x")
    assert (seen.status, json.loads(seen.body)) == (403, {"no": 1})
    assert first_calls == [
        "rewrite",
        "request",
        "response_headers",
        "response_chunk",
        ("response", 403, False, "first"),
    ]
    assert second_calls == ["rewrite", "response_headers", "response_chunk", ("response", 403, False, "first")]


async def test_a_response_of_rewrite_ends_the_request_before_anybody_authenticates(plugin, apps, under):
    async def authenticate(request):
        raise AssertionError

    first, first_calls = tracing(plugin, "first", 1, rewrite=lambda request: PluginResponse(b"", 204))
    second, second_calls = tracing(plugin, "second", 2)
    client = await under(apps.answering(b"never"), first, second, plugin("provider", authenticate))
    seen = await client("OPTIONS")
    assert seen.status == 204
    assert first_calls == ["rewrite", "response_headers", ("response", 204, False, "first")]
    assert second_calls == ["response_headers", ("response", 204, False, "first")]


async def test_a_body_is_replaced_with_its_right_length(plugin, apps, under):
    async def request_body(body):
        return body + b" and more"

    client = await under(apps.echoing, plugin("p", request_body))
    for pieces in ([b"hello"], [b"h", b"e", b"llo"], [bytes([byte]) for byte in b"hello"]):
        seen = await client("POST", body=pieces)
        assert seen.body == b"hello and more"
        assert seen.headers["x-got-content-length"] == "14"


async def test_a_request_without_a_body_has_no_body_phase(plugin, apps, under):
    async def request_body(body):
        raise AssertionError

    client = await under(apps.echoing, plugin("p", request_body, failure_mode="abort"))
    assert (await client("GET")).status == 200
    assert (await client("POST", headers={"content-length": "0"})).status == 200


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_over_the_limit_is_413(plugin, apps, under, announced):
    async def request_body(body):
        return None

    client = await under(apps.echoing, plugin("p", request_body), max_body=10)
    headers = {} if announced else {"transfer-encoding": "chunked"}
    seen = await client("POST", body=[b"123456", b"789012"], headers=headers)
    assert seen.status == 413
    assert json.loads(seen.body)["error"]["code"] == "body_too_large"
    assert (await client("POST", body=b"1234567890")).status == 200


async def test_pieces_of_the_body_are_changed_on_the_way_unbuffered(plugin, apps, under):
    finals = []

    async def request_chunk(chunk, is_final):
        finals.append(is_final)
        return chunk.upper()

    client = await under(apps.echoing, plugin("p", request_chunk))
    seen = await client("POST", body=[b"a", b"b", b"c"])
    assert seen.body == b"ABC"
    assert finals == [False, False, True]
    assert "x-got-content-length" not in seen.headers


async def test_chunk_hooks_see_the_whole_body_once_behind_a_body_hook(plugin, apps, under):
    seen_chunks = []

    async def request_body(body):
        return body * 2

    async def request_chunk(chunk, is_final):
        seen_chunks.append((chunk, is_final))

    client = await under(apps.echoing, plugin("p", request_body, request_chunk))
    assert (await client("POST", body=[b"a", b"b"])).body == b"abab"
    assert seen_chunks == [(b"abab", True)]


async def test_a_piece_that_is_rejected_ends_the_request(plugin, apps, under):
    async def request_chunk(chunk):
        if chunk == b"bad":
            raise Reject(422, "no", "bad")

    client = await under(apps.echoing, plugin("p", request_chunk))
    seen = await client("POST", body=[b"good", b"bad"])
    assert (seen.status, seen.raised) == (422, None)


class TestAuthentication:
    async def test_a_principal_is_seen_by_later_phases(self, plugin, apps, under):
        seen_principals = []

        async def authenticate(request):
            return Principal("ada") if request.headers.get("authorization") == "Bearer 1" else None

        async def request(request):
            seen_principals.append(request.principal.id)

        client = await under(apps.answering(b"in"), plugin("auth", authenticate, request))
        assert (await client(headers={"authorization": "Bearer 1"})).body == b"in"
        seen = await client()
        assert (seen.status, seen.headers["www-authenticate"]) == (401, "Bearer")
        assert seen_principals == ["ada"]

    async def test_a_response_refuses_and_outbound_phases_run(self, plugin, apps, under):
        trace, calls = tracing(plugin)

        async def authenticate(request):
            return PluginResponse.text("who?", 401)

        client = await under(apps.answering(b"in"), plugin("auth", authenticate), trace)
        assert (await client()).body == b"who?"
        assert calls[-1] == ("response", 401, False, "auth")

    @pytest.mark.parametrize("mode", ["continue", "abort", "quarantine"])
    async def test_a_provider_that_fails_closes_in_every_mode_and_stays_closed_in_quarantine(
        self, plugin, apps, under, mode
    ):
        async def authenticate(request):
            raise ValueError("secret-reason")

        client = await under(
            apps.answering(b"in"), plugin("auth", authenticate, failure_mode=mode), settings={"quarantine_after": 2}
        )
        for _ in range(4):
            seen = await client()
            assert seen.status == 401
            assert b"secret" not in seen.body

    async def test_an_audited_provider_lets_everybody_in(self, plugin, apps, under):
        async def authenticate(request):
            return PluginResponse.text("who?", 401)

        client = await under(
            apps.answering(b"in"), plugin("auth", authenticate), settings={"plugins": {"auth": {"mode": "audit"}}}
        )
        assert (await client()).body == b"in"


class TestErrors:
    async def test_an_application_that_raises_gets_500_and_the_server_is_told(self, plugin, under):
        trace, calls = tracing(plugin)

        async def broken(scope, receive, send):
            raise ZeroDivisionError("secret")

        client = await under(broken, trace)
        seen = await client()
        assert seen.status == 500
        assert b"secret" not in seen.body
        assert isinstance(seen.raised, ZeroDivisionError)
        assert calls == [
            "rewrite",
            "request",
            "error",
            "response_headers",
            "response_chunk",
            ("response", 500, False, None),
        ]

    async def test_an_error_hook_answers(self, plugin, under):
        async def broken(scope, receive, send):
            raise ZeroDivisionError

        trace, calls = tracing(plugin, error=lambda exception: PluginResponse.text(type(exception).__name__, 503))
        client = await under(broken, trace)
        seen = await client()
        assert (seen.status, seen.body, seen.raised) == (503, b"ZeroDivisionError", None)
        assert calls[-1] == ("response", 503, False, "trace")

    async def test_an_application_that_fails_because_the_client_left_has_no_response(self, plugin, under):
        trace, calls = tracing(plugin)

        async def app(scope, receive, send):
            assert (await receive())["type"] == "http.disconnect"
            raise LookupError

        client = await under(app, trace)
        seen = await client(leaves_after=0)
        assert isinstance(seen.raised, LookupError)
        assert calls == ["rewrite", "request", ("response", 499, True, None)]

    async def test_an_application_that_says_nothing_is_the_servers_to_answer(self, plugin, under):
        trace, calls = tracing(plugin)

        async def silent(scope, receive, send):
            pass

        seen = await (await under(silent, trace))()
        assert (seen.messages, seen.raised) == ([], None)
        assert calls[-1] == ("response", 500, True, None)

    async def test_an_application_that_raises_in_the_middle_is_cut_off(self, plugin, under):
        trace, calls = tracing(plugin)

        async def broken(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
            raise ZeroDivisionError

        client = await under(broken, trace)
        seen = await client()
        assert isinstance(seen.raised, ZeroDivisionError)
        assert not seen.ended
        assert calls[-1] == ("response", 200, True, None)
        assert "error" not in calls

    async def test_a_reject_of_the_applications_own_is_rendered(self, apps, under):
        async def refuses(scope, receive, send):
            raise Reject(402, "pay", "money", {"x-price": "3"})

        client = await under(refuses)
        seen = await client()
        assert (seen.status, seen.headers["x-price"], seen.raised) == (402, "3", None)
        assert json.loads(seen.body)["error"]["code"] == "money"

    async def test_the_host_chooses_the_shape_of_errors(self, plugin, apps, under):
        async def request(request):
            raise Reject(402, "pay", "money")

        def render(status_code, message, code, headers):
            return PluginResponse.text(f"{status_code} {message} {code}", status_code)

        client = await under(apps.answering(b""), plugin("p", request), render_error=render)
        assert (await client()).body == b"402 pay money"


PHASES = [
    "rewrite",
    "request",
    "request_body",
    "request_chunk",
    "response_headers",
    "response_chunk",
    "response_body",
    "response",
]


@pytest.mark.parametrize("mode", ["continue", "abort", "quarantine"])
@pytest.mark.parametrize("fault", ["raises", "hangs", "wrong", "cancels", "exits"])
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("streamed", [False, True])
async def test_every_fault_in_every_phase_and_mode(plugin, apps, under, phase, fault, mode, streamed):
    async def hook():
        if fault == "raises":
            raise ValueError("secret-reason")
        if fault == "hangs":
            await asyncio.sleep(10)
        if fault == "cancels":
            raise asyncio.CancelledError
        if fault == "exits":
            raise SystemExit
        return 7

    hook.__name__ = phase
    responses = []

    async def response(response):
        responses.append((response.status_code, response.aborted))

    chunks = [b"one", b"two"] if streamed else [b"onetwo"]
    client = await under(
        apps.answering(*chunks),
        plugin("faulty", hookimpl(timeout=0.01)(hook), failure_mode=mode),
        plugin("witness", response),
    )
    before = asyncio.all_tasks()
    async with asyncio.timeout(5):
        seen = await client("POST", body=b"in")
    fails = not (phase == "response" or (phase == "request_chunk"))  # the application does not read its body
    if mode == "abort" and fails:
        if phase == "response_chunk":
            assert seen.status == 200
            assert not seen.ended
            assert responses == [(200, True)]
        else:
            assert seen.status == (504 if fault == "hangs" else 500)
            assert responses == [(seen.status, False)]
    else:
        assert (seen.status, seen.body, seen.ended) == (200, b"onetwo", True)
        assert responses == [(200, False)]
    assert b"secret" not in seen.body
    assert asyncio.all_tasks() <= before


@pytest.mark.parametrize("after", [0, 1, 2, 3])
@pytest.mark.parametrize("buffers", [False, True])
async def test_a_client_that_leaves_at_any_point_has_one_response_phase_marked_aborted(plugin, under, after, buffers):
    responses = []

    async def response(response):
        responses.append((response.status_code, response.aborted))

    async def request_body(body):
        return None

    async def streaming(scope, receive, send):
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(3):
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
        assert (await receive())["type"] == "http.disconnect"

    client = await under(streaming, plugin("p", response, *([request_body] if buffers else [])))
    await client("POST", body=[b"a", b"b"], leaves_after=after)
    status = 499 if after == 0 and buffers else 200
    assert responses == [(status, True)]


async def test_a_cancelled_request_still_has_its_response_phase(plugin, under):
    responses, started = [], asyncio.Event()

    async def response(response):
        await asyncio.sleep(0.01)
        responses.append((response.status_code, response.aborted))

    async def hangs(scope, receive, send):
        started.set()
        await asyncio.sleep(10)

    client = await under(hangs, plugin("p", response))
    task = asyncio.create_task(client())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert responses == [(499, True)]


async def test_a_manager_that_is_not_running_is_an_error_that_says_what_to_do(apps):
    middleware = PluginMiddleware(apps.answering(b""), PluginManager(ManagerSettings()))
    with pytest.raises(NotRunningError, match="lifespan"):
        await middleware(apps.scope_of(), None, None)


async def test_unknown_scopes_pass(apps):
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    await PluginMiddleware(app, PluginManager(ManagerSettings()))({"type": "something"}, None, None)
    assert seen == ["something"]


async def test_the_application_finds_its_exchange(under):
    found = []

    async def app(scope, receive, send):
        found.append(scope["routeiq"])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    client = await under(app)
    await client("POST", "/here")
    assert (found[0].request.path, found[0].plans.request) == ("/here", None)


def test_hooks_of_what_an_application_does_not_do_are_listed_as_inactive(plugin):
    def tool_pre_call(arguments):
        return None

    def tool_post_call(result):
        return None

    def agent_pre_call(message):
        return None

    def agent_post_call(result):
        return None

    def evaluate(invocation):
        return None

    def response():
        return None

    unfired = [tool_pre_call, tool_post_call, agent_pre_call, agent_post_call, evaluate]
    manager = PluginManager(ManagerSettings())
    PluginMiddleware(None, manager)
    assert manager.register(plugin("p", *unfired, response)).inactive_hooks == tuple(
        function.__name__ for function in unfired
    )
