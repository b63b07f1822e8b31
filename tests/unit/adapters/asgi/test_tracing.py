"""What a tracer is told of requests: one begin and one end, whatever happens."""

import asyncio

import pytest
from routeiq_plugin_sdk import PluginResponse
from tests.fakes.tracer import NotingTracer


@pytest.fixture
def tracer():
    return NotingTracer()


@pytest.fixture
def traced(under, tracer):
    """traced(app, *plugins) -> Client, its requests told to the tracer."""

    async def make(app, *plugins):
        client = await under(app, *plugins)
        client.app.manager.add_tracer(tracer)
        return client

    return make


async def test_a_request_is_told_from_its_begin_to_its_end_with_its_hooks(plugin, apps, traced, tracer):
    async def request(): ...

    async def response(): ...

    client = await traced(apps.answering(b"x"), plugin("p", request, response))
    await client("POST", "/x")
    assert tracer.told == ["begin POST", "end POST"]
    assert tracer.ends == [(200, False, None)]
    (trace,) = tracer.traces
    assert trace.hooks == [("request", "p", "passed"), ("response", "p", "passed")]


async def test_a_tracer_that_keeps_no_trace_is_told_all_the_same(apps, under):
    tracer = NotingTracer(traces=False)
    client = await under(apps.answering(b"x", status=404))
    client.app.manager.add_tracer(tracer)
    await client()
    assert (tracer.told, tracer.ends) == (["begin GET", "end GET"], [(404, False, None)])


async def test_what_a_plugin_answers_and_refuses_is_told(plugin, apps, traced, tracer):
    async def request(request):
        return PluginResponse.text("no", 403)

    client = await traced(apps.answering(b"x"), plugin("p", request))
    await client()
    assert tracer.ends == [(403, False, None)]
    assert tracer.traces[0].hooks == [("request", "p", "ended")]


@pytest.mark.parametrize("fails", [False, True])
async def test_a_tracer_finds_at_the_end_what_routers_wrote_into_the_scope(traced, tracer, fails):
    found, ended = [], tracer.request_ended

    def request_ended(trace, exchange, *rest):
        found.append((exchange, exchange.scope["route"]))
        ended(trace, exchange, *rest)

    async def app(scope, receive, send):
        scope["route"] = "/users/{id}"
        if fails:
            raise ZeroDivisionError
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x"})

    tracer.request_ended = request_ended
    await (await traced(app))()
    ((exchange, route),) = found
    assert route == "/users/{id}"
    assert exchange.scope is None  # which holds the exchange


async def test_an_application_that_raises_ends_its_request_once(traced, tracer):
    async def app(scope, receive, send):
        raise KeyError("lost")

    client = await traced(app)
    seen = await client()
    assert isinstance(seen.raised, KeyError)
    ((status, _, error),) = tracer.ends
    assert (status, error) == (500, seen.raised)


async def test_a_client_that_leaves_is_an_aborted_request(apps, traced, tracer):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass

    client = await traced(app)
    await client(leaves_after=2)
    assert tracer.ends == [(200, True, None)]


async def test_a_cancelled_request_has_one_end(traced, tracer):
    started = asyncio.Event()

    async def app(scope, receive, send):
        started.set()
        await asyncio.Event().wait()

    task = asyncio.create_task((await traced(app))())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    ((status, aborted, error),) = tracer.ends
    assert (status, aborted, type(error)) == (499, True, asyncio.CancelledError)


async def test_a_websocket_is_told_as_one_request(apps, traced, tracer):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        await receive()

    client = await traced(app)
    scope = {**apps.scope_of(), "type": "websocket"}
    del scope["method"]
    messages = [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1000}]

    async def receive():
        return messages.pop(0)

    async def send(message): ...

    await client.app(scope, receive, send)
    assert tracer.told == ["begin WEBSOCKET", "end WEBSOCKET"]
    assert tracer.ends == [(101, False, None)]
