"""Laws of `PluginMiddleware`, for any application, any plugins and any way of cutting bodies into pieces."""

import asyncio
import gzip
import itertools
import types

from hypothesis import given, settings
from hypothesis import strategies as st
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, PluginResponse, Reject, hookimpl

from routeiq import PluginManager, PluginMiddleware
from routeiq.core.settings import ManagerSettings

INBOUND = ("rewrite", "request", "request_body", "request_chunk")
OUTBOUND = ("response_headers", "response_chunk", "response_body", "error", "response")
PHASES = (*INBOUND, *OUTBOUND)
REJECTING = ("rewrite", "request", "request_body", "request_chunk", "response_headers", "response_body")
LIMIT = 200


def plugin(name, hooks, **metadata):
    module = types.ModuleType(name)
    module.metadata = PluginMetadata(name=name, capabilities=frozenset(PluginCapability), **metadata)
    for phase, hook in hooks.items():
        setattr(module, phase, hookimpl(specname=phase)(hook))
    return module


def no_op(is_async):
    async def waits():
        return None

    def passes():
        return None

    return waits if is_async else passes


pieces = st.lists(st.binary(max_size=6), min_size=1, max_size=6)
names = st.sampled_from([b"x-a", b"x-b", b"content-type", b"set-cookie", b"etag"])
values = st.sampled_from([b"", b"1", b"text/event-stream", b"text/plain", b"a=1; path=/"])
no_ops = st.dictionaries(st.sampled_from(PHASES), st.booleans())
methods = st.sampled_from(["GET", "HEAD", "POST", "PUT", "OPTIONS"])
statuses = st.sampled_from([200, 201, 204, 206, 304, 404, 500])


@st.composite
def applications(draw):
    """Applications: what they read, how they answer, and where they break."""
    return types.SimpleNamespace(
        status=draw(statuses),
        headers=draw(st.lists(st.tuples(names, values), max_size=4)),
        chunks=draw(pieces),
        ends_empty=draw(st.booleans()),
        announces=draw(st.booleans()),
        reads=draw(st.integers(0, 8)),
        hint=draw(st.booleans()),
        trailers=draw(st.booleans()),
        breaks_at=draw(st.none() | st.integers(0, 8)),
        breaks=draw(st.sampled_from(["raises", "returns", "cancelled"])),
    )


def run_of(app, method):
    """Return an ASGI application of this description, and a list that gets what it received."""
    received = []

    async def run(scope, receive, send):
        step = 0

        async def at_a_step():
            nonlocal step
            if app.breaks_at == step and app.breaks == "raises":
                raise ZeroDivisionError
            if app.breaks_at == step and app.breaks == "cancelled":
                raise asyncio.CancelledError
            step += 1
            return app.breaks_at == step - 1

        for _ in range(app.reads):
            if await at_a_step():
                return
            message = await receive()
            received.append(message)
            if not message.get("more_body", False):
                break
        chunks = [b""] if app.status in (204, 304) or method == "HEAD" else [*app.chunks, *([b""] * app.ends_empty)]
        headers = list(app.headers)
        if app.announces and app.status not in (204, 304):
            headers.append((b"content-length", b"%d" % sum(map(len, app.chunks))))
        if app.hint:
            await send({"type": "http.response.early_hint", "links": [b"</x>"]})
        if await at_a_step():
            return
        start = {"type": "http.response.start", "status": app.status, "headers": headers}
        await send({**start, "trailers": True} if app.trailers else start)
        for number, chunk in enumerate(chunks):
            if await at_a_step():
                return
            message = {"type": "http.response.body", "body": chunk}
            await send(message if number == len(chunks) - 1 else {**message, "more_body": True})
        if app.trailers:
            await send({"type": "http.response.trailers", "headers": [(b"x-sum", b"1")]})

    return run, received


async def exchange(asgi, method, body, leaves_after=None, headers=()):
    """Send a request; return what came back, and the kind of what was raised."""
    sent, gone = [], asyncio.Event()
    raw = [(b"host", b"h"), (b"x-request-id", b"fixed"), *headers]
    if any(body):
        raw.append((b"content-length", b"%d" % sum(map(len, body))))
    waiting = [
        {"type": "http.request", "body": piece, "more_body": number < len(body) - 1}
        for number, piece in enumerate(body)
    ]
    if leaves_after == 0:
        gone.set()

    async def receive():
        if waiting and not gone.is_set():
            return waiting.pop(0)
        if leaves_after is None:
            return {"type": "http.disconnect"}
        gone.set()
        return {"type": "http.disconnect"}

    async def send(message):
        if not gone.is_set():
            sent.append(message)
        if leaves_after is not None and len(sent) >= leaves_after:
            gone.set()

    scope = {
        "type": "http", "http_version": "1.1", "method": method, "path": "/p", "raw_path": b"/p", "query_string": b"",
        "headers": raw, "scheme": "http", "client": ("127.0.0.1", 1), "server": None, "root_path": "",
    }  # fmt: skip
    raised = None
    try:
        async with asyncio.timeout(5):
            await asgi(scope, receive, send)
    except (Exception, asyncio.CancelledError) as error:
        raised = error
    return sent, raised


def under(plugins, run):
    """Run what `run(middleware)` does with an application under plugins; nothing may be left behind."""

    async def main():
        manager = PluginManager(ManagerSettings(quarantine_after=1000))
        for one in plugins:
            manager.register(one)
        async with manager:
            result = await run(lambda app: PluginMiddleware(app, manager, max_body=LIMIT))
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return result

    return asyncio.run(main())


def client_view(messages):
    """Return what a client sees of the messages of one response: cutting into chunks is nothing that it sees."""
    view = {"start": None, "body": b"", "ended": False, "others": []}
    for message in messages:
        if message["type"] == "http.response.start":
            assert view["start"] is None
            view["start"] = {**message, "headers": [pair for pair in message["headers"] if pair[0] != b"x-request-id"]}
        elif message["type"] == "http.response.body":
            assert not view["ended"]
            view["body"] += message.get("body", b"")
            view["ended"] = not message.get("more_body", False)
        else:
            view["others"].append(message)
    return view


def without_length(view):
    if view["start"] is not None:
        headers = [pair for pair in view["start"]["headers"] if pair[0] != b"content-length"]
        view = {**view, "start": {**view["start"], "headers": headers}}
    return view


@settings(max_examples=150, deadline=None)
@given(applications(), no_ops, methods, pieces)
def test_plugins_that_do_nothing_change_nothing(app, hooks, method, body):
    plain, plain_received = run_of(app, method)
    inside, received = run_of(app, method)
    if method in ("GET", "HEAD", "OPTIONS"):
        body = [b""]

    async def run(middleware):
        return await exchange(plain, method, body), await exchange(middleware(inside), method, body)

    (expected, expected_error), (sent, error) = under([plugin("no-op", {p: no_op(a) for p, a in hooks.items()})], run)
    broken = expected_error is not None or not client_view(expected)["ended"]
    if not {"request_body", "request_chunk"} & hooks.keys():
        assert received == plain_received
    elif app.breaks_at is None and app.reads > len(body):
        assert b"".join(one.get("body", b"") for one in received) == b"".join(body)
    if "request_body" in hooks and app.breaks_at is not None:
        return  # the application reads fewer messages, so that it breaks elsewhere
    assert type(error) is type(expected_error)
    if broken and client_view(expected)["start"] is None and isinstance(error, Exception):
        assert client_view(sent)["start"]["status"] == 500  # what a server makes of it
        return
    if not {"response_chunk", "response_body"} & hooks.keys():
        assert client_view(sent) == client_view(expected)
        assert [m.get("body") for m in sent] == [m.get("body") for m in expected]
    elif not (broken and "response_body" in hooks):
        assert without_length(client_view(sent)) == without_length(client_view(expected))
        if "response_body" not in hooks:
            assert [m.get("body") for m in sent] == [m.get("body") for m in expected]  # nothing merged, nothing held
    if not broken and method != "HEAD" and app.status not in (204, 304):
        view = client_view(sent)
        lengths = [value for name, value in view["start"]["headers"] if name == b"content-length"]
        assert lengths in ([], [b"%d" % len(view["body"])])


faults = st.sampled_from(["raises", "wrong", "cancels", "rejects", "answers", "none"])
faulty_hooks = st.dictionaries(st.sampled_from(PHASES), st.tuples(faults, st.booleans()), min_size=1, max_size=5)


def faulty(fault):
    def act():
        if fault == "raises":
            raise ValueError("secret-reason")
        if fault == "cancels":
            raise asyncio.CancelledError
        if fault == "rejects":
            raise Reject(418, "refused", "teapot")
        if fault == "answers":
            return PluginResponse(b"answer", 203)
        return 7 if fault == "wrong" else None

    return act


def waiting_too(act):
    async def waits():
        await asyncio.sleep(0)
        return act()

    return waits


@settings(max_examples=300, deadline=None)
@given(
    applications(), faulty_hooks, faulty_hooks, st.sampled_from(["continue", "abort", "quarantine"]), methods, pieces,
    st.none() | st.integers(0, 6),
)  # fmt: skip
def test_response_fires_exactly_once_for_every_plugin_whatever_happens(
    app, hooks, more_hooks, mode, method, body, leaves_after
):
    ends = []

    async def response(response, context):
        ends.append((context.plugin, response.status_code, response.aborted, response.short_circuited_by))

    made = [
        plugin(
            name,
            {phase: waiting_too(faulty(f)) if is_async else faulty(f) for phase, (f, is_async) in chosen.items()},
            failure_mode=mode,
        )
        for name, chosen in (("a", hooks), ("b", more_hooks))
    ]
    run_app, _ = run_of(app, method)

    async def run(middleware):
        return await exchange(middleware(run_app), method, body, leaves_after)

    witnesses = [plugin("first", {"response": response}, priority=1), plugin("last", {"response": response})]
    sent, raised = under([witnesses[0], *made, witnesses[1]], run)
    assert sorted(name for name, *_ in ends) == ["first", "last"]
    assert len({end[1:] for end in ends}) == 1
    _, status, aborted, by = ends[0]
    view = client_view(sent)
    assert b"secret" not in view["body"]
    assert by in (None, "a", "b")
    if leaves_after is None:
        if view["start"] is None:
            assert (status, aborted) in ((499, True), (500, True))
        else:
            assert status == view["start"]["status"]
            assert aborted is not view["ended"]
            assert [name for name, _ in view["start"]["headers"]].count(b"content-length") < 2
    if isinstance(raised, asyncio.CancelledError):
        assert app.breaks == "cancelled"
    if mode != "abort" and isinstance(raised, Exception) and not isinstance(raised, Reject):
        assert isinstance(raised, ZeroDivisionError)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=LIMIT + 50), st.lists(st.integers(0, LIMIT + 50), max_size=8), st.booleans(), st.booleans())
def test_however_a_body_is_cut_it_is_the_same_for_plugins_and_application(body, cuts, compressed, buffers):
    raw = gzip.compress(body, mtime=0) if compressed else body
    borders = [0, *sorted(min(cut, len(raw)) for cut in cuts), len(raw)]
    cut = [raw[a:b] for a, b in itertools.pairwise(borders)]
    seen, finals = [], []

    async def request_body(body):
        seen.append(body)
        return body + b"!" if buffers else None

    async def request_chunk(chunk, is_final):
        finals.append(is_final)

    async def app(scope, receive, send):
        got = b""
        while True:
            message = await receive()
            got += message["body"]
            if not message["more_body"]:
                break
        lengths = [value for name, value in scope["headers"] if name == b"content-length"]
        assert lengths == ([b"%d" % len(got)] if raw else [])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": got})

    async def run(middleware):
        headers = [(b"content-encoding", b"gzip")] if compressed else []
        return await exchange(middleware(app), "POST", cut, headers=headers)

    hooks = {"request_body": request_body, "request_chunk": request_chunk}
    sent, raised = under([plugin("p", hooks)], run)
    view = client_view(sent)
    if not raw:
        assert (seen, finals, view["body"]) == ([], [], b"")
    elif len(body) > LIMIT or len(raw) > LIMIT:
        assert (view["start"]["status"], seen, raised) == (413, [], None)
    else:
        assert raised is None
        assert view["body"] == (body + b"!" if buffers else body)
        assert (seen, finals) == ([body], [True])


texts = st.text(max_size=4)
spoken = st.lists(st.tuples(st.booleans(), texts | st.binary(max_size=4)), max_size=6)


def message_of(kind, content):
    return {"type": f"websocket.{kind}", "text" if isinstance(content, str) else "bytes": content}


@settings(max_examples=100, deadline=None)
@given(spoken, st.sampled_from(["none", "raises", "wrong", "cancels"]), st.booleans())
def test_plugins_that_do_nothing_or_fail_open_lose_no_message_of_a_websocket(messages, fault, is_async):
    from_client = [content for by_client, content in messages if by_client]
    received, seen = [], []

    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        for by_client, content in messages:
            if by_client:
                received.append(await receive())
            else:
                await send(message_of("send", content))
        await send({"type": "websocket.close", "code": 1000})

    ends, sent = [], []

    async def response(response):
        ends.append((response.status_code, response.aborted))

    def websocket_message(message, from_client):
        seen.append((from_client, message))
        return faulty(fault)()

    async def websocket_message_async(message, from_client):
        return websocket_message(message, from_client)

    async def run(middleware):
        waiting = [{"type": "websocket.connect"}, *(message_of("receive", content) for content in from_client)]

        async def receive():
            return waiting.pop(0)

        async def send(message):
            sent.append(message)

        scope = {"type": "websocket", "path": "/", "headers": [], "query_string": b""}
        async with asyncio.timeout(5):
            await middleware(app)(scope, receive, send)

    hook = websocket_message_async if is_async else websocket_message
    under([plugin("p", {"websocket_message": hook, "response": response})], run)
    assert received == [message_of("receive", content) for content in from_client]
    assert sent[1:-1] == [message_of("send", content) for by_client, content in messages if not by_client]
    assert seen == messages
    assert ends == [(101, False)]
