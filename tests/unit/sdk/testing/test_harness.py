from __future__ import annotations

import asyncio
import types
from typing import Any

import pytest
from pydantic import BaseModel, Field
from routeiq_plugin_sdk import (
    EvaluationResult,
    Event,
    GatewayPlugin,
    Invocation,
    LLMResponse,
    OutboundError,
    PluginCapability,
    PluginMetadata,
    PluginResponse,
    Principal,
    Reject,
    StorageUnavailable,
    ToolCall,
    hookimpl,
)
from routeiq_plugin_sdk.testing import (
    ArgumentChanged,
    ConfigRefused,
    HarnessError,
    PluginNotStarted,
    PluginTestHarness,
    UpstreamAnswer,
    UpstreamFailure,
    echo_app,
)

MIDDLEWARE = {PluginCapability.MIDDLEWARE}


class Config(BaseModel):
    blocked: list[str] = ["harmful"]
    limit: int = Field(default=2, ge=1)


class Guard(GatewayPlugin):
    """A little of everything."""

    metadata = PluginMetadata(name="guard", version="1", capabilities=MIDDLEWARE, config_schema=Config)

    def __init__(self) -> None:
        self.heard: list[Event] = []
        self.ticks = 0

    @hookimpl
    async def startup(self, context: Any) -> None:
        self.answers = context.metrics.counter("answers", labels=("model",))
        context.events.subscribe("llm.call.completed", self.heard.append)
        context.events.emit("guard.started", {"limit": context.config.limit})
        context.every(60, self.tick)
        context.logger.info("started", limit=context.config.limit)

    async def tick(self) -> None:
        self.ticks += 1

    @hookimpl
    def config_changed(self, old: Config, new: Config) -> None:
        if new.limit > 100:
            raise ValueError("too much for me")

    @hookimpl
    async def request_body(self, body: bytes, context: Any) -> PluginResponse | None:
        if any(word.encode() in body for word in context.config.blocked):
            return PluginResponse.json({"error": "content_blocked"}, status_code=403)
        return None

    @hookimpl
    async def llm_pre_call(self, call: Any, messages: Any, context: Any) -> LLMResponse | dict[str, Any] | None:
        said = messages[-1]["content"]
        if said == "count me":
            permit = await context.storage.acquire("calls", context.config.limit, 60)
            if not permit.granted:
                raise Reject(429, "Enough.", "enough")
        if said == "ask them":
            answer = await context.http.get("https://guard.example/word")
            return {"messages": [*messages[:-1], {"role": "user", "content": answer.text}]}
        if said == "who am I":
            return LLMResponse("nobody" if call.principal is None else call.principal.id)
        return None

    @hookimpl
    def llm_success(self, model: str) -> None:
        self.answers.inc(model=model)


async def test_the_example_of_the_design() -> None:
    guard = types.ModuleType("guard")
    guard.metadata = PluginMetadata(name="guard", version="1", capabilities=MIDDLEWARE)  # type: ignore[attr-defined]

    @hookimpl
    async def request_body(request: Any, body: bytes) -> PluginResponse | None:
        return PluginResponse.json({"error": "content_blocked"}, status_code=403) if b"harmful" in body else None

    guard.request_body = request_body  # type: ignore[attr-defined]
    harness = PluginTestHarness(guard)
    await harness.startup()
    body = {"messages": [{"role": "user", "content": "harmful content"}]}
    answer = await harness.send_request(method="POST", path="/v1/chat/completions", body=body)
    assert answer.status_code == 403
    assert answer.body["error"] == "content_blocked"
    assert answer.chunks == (b'{"error":"content_blocked"}',)
    await harness.shutdown()
    await harness.shutdown()


async def test_a_model_echoes_and_says_what_the_test_scripts() -> None:
    async with PluginTestHarness(Guard) as harness:
        assert (await harness.llm_call("a b")).text == "a b"
        assert (await harness.llm_call("a b", stream=True)).chunks == ("a", " b")
        assert (await harness.llm_call(answer="c")).text == "c"
        tool = ToolCall(0, "call_1", "weather", "{}")
        called = await harness.llm_call(answer=LLMResponse("", (tool,), "tool_calls"), stream=True)
        assert (called.tool_calls, called.finish_reason) == ((tool,), "tool_calls")
        pieces = await harness.llm_call(answer=UpstreamAnswer(pieces=["x", "yz"]), stream=True)
        assert (pieces.text, pieces.chunks) == ("xyz", ("x", "yz"))
        assert harness.upstream.requests[0].messages == [{"role": "user", "content": "a b"}]
        assert [request.stream for request in harness.upstream.requests] == [False, True, False, True, True]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("api", ["chat", "completion", "responses", "messages"])
async def test_every_api_of_the_gateway_can_be_called(api: Any, stream: bool) -> None:
    async with PluginTestHarness(Guard) as harness:
        result = await harness.llm_call("a b", api=api, stream=stream)
        assert (result.text, result.error) == ("a b", None)


async def test_failures_of_a_model_reach_the_client_or_are_retried() -> None:
    retrying = {"router_settings": {"num_retries": 1, "retry_after": 0}}
    async with PluginTestHarness(Guard, settings=retrying) as harness:
        busy = UpstreamFailure(429, "Slow down.", "rate_limit_exceeded", {"retry-after": "0"})
        assert (await harness.llm_call(answer=[busy, "then"])).text == "then"
        refused = await harness.llm_call(answer=UpstreamFailure(400, "No."))
        assert (refused.status_code, refused.error and refused.error["message"]) == (400, "No.")
        away = await harness.llm_call(answer=[UpstreamFailure(0)] * 2)
        assert away.status_code == 502
        broken = await harness.llm_call(answer=UpstreamAnswer("a b c", breaks_after=2), stream=True)
        assert broken.chunks == ("a", " b")
        assert broken.error
        assert (await harness.llm_call(model="another")).status_code == 404


async def test_an_answer_can_be_made_of_the_request() -> None:
    gate = asyncio.Event()

    async def later(request: Any) -> str:
        await gate.wait()
        return f"{request.model} for {request.deployment}"

    async with PluginTestHarness(Guard, models=["fast", "smart"]) as harness:
        call = asyncio.create_task(harness.llm_call(model="smart", answer=later))
        await asyncio.sleep(0)
        gate.set()
        assert (await call).text == "smart for smart:1"
        harness.upstream.script("first", lambda request: str(request.body["temperature"]))
        harness.upstream.default = "always"
        texts = [(await harness.llm_call(temperature=0.5)).text for _ in range(3)]
        assert texts == ["first", "0.5", "always"]


async def test_events_are_heard_told_and_kept() -> None:
    async with PluginTestHarness(Guard()) as harness:
        plugin = harness.manager.plugin("guard").inspected.plugin
        await harness.llm_call()
        await harness.emit("llm.call.completed", {"cost": 2.5})
        assert [event.data["cost"] for event in plugin.heard] == [None, 2.5]
        assert plugin.heard[1].data["api"] is None
        await harness.emit("other-plugin.happened", {"n": 1})
        names = [event.name for event in harness.events]
        assert names[0] == "guard.started"
        assert names[-1] == "other-plugin.happened"
        assert {"request.received", "llm.call.started", "response.sent"} < set(names)
        with pytest.raises(ValueError, match="no field 'costs'; did you mean 'cost'"):
            await harness.emit("llm.call.completed", {"costs": 1})
        with pytest.raises(ValueError, match="llm.call.complete"):
            await harness.emit("llm.call.complete")


async def test_configuration_changes_by_the_real_machinery() -> None:
    async with PluginTestHarness(Guard, config={"blocked": ["plan"]}) as harness:
        assert (await harness.send_request("POST", "/x", "a plan")).status_code == 403
        await harness.change_config(limit=3)
        await harness.change_config(blocked=["else"])
        assert harness.context.config == Config(blocked=["else"], limit=3)
        with pytest.raises(ConfigRefused, match="too much for me") as refusal:
            await harness.change_config(limit=101)
        assert refusal.value.plugin == "guard"
        with pytest.raises(ConfigRefused, match="limit"):
            await harness.change_config("guard", limit=0)
        assert harness.context_of("guard").config.limit == 3
        assert (await harness.send_request("POST", "/x", "a plan")).status_code == 404
        assert harness.events[-3].name == "config.changed"


async def test_a_configuration_may_be_a_model_a_file_or_a_variable(tmp_path: Any) -> None:
    async with PluginTestHarness(Guard, config=Config(limit=7)) as harness:
        assert harness.context.config.limit == 7
    (tmp_path / "guard.yaml").write_text("limit: 8\n")
    async with PluginTestHarness(Guard, config={"limit": 7}, directory=tmp_path) as harness:
        assert harness.context.config.limit == 8
    environment = {"ROUTEIQ_PLUGIN_GUARD_LIMIT": "9"}
    async with PluginTestHarness(Guard, config={"limit": 7}, environment=environment) as harness:
        assert harness.context.config.limit == 9


async def test_time_passes_for_timers_and_storage() -> None:
    async with PluginTestHarness(Guard) as harness:
        plugin = harness.manager.plugin("guard").inspected.plugin
        await harness.advance_time(59)
        assert plugin.ticks == 0
        statuses = [(await harness.llm_call("count me")).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        await harness.advance_time(3600)
        assert plugin.ticks == 60
        assert (await harness.llm_call("count me")).status_code == 200


class Sleeper:
    metadata = PluginMetadata(name="sleeper", version="1", capabilities=MIDDLEWARE, failure_mode="abort")

    @hookimpl(timeout=5)
    async def request(self) -> None:
        await asyncio.sleep(3600)


async def test_a_deadline_runs_out_when_time_passes() -> None:
    async with PluginTestHarness(Sleeper) as harness:
        request = asyncio.create_task(harness.send_request())
        await harness.advance_time(4)
        assert not request.done()
        await harness.advance_time(2)
        assert (await request).status_code == 504
        (failed,) = [event for event in harness.events if event.name == "plugin.error"]
        assert failed.data["hook"] == "request"


class Breaks:
    metadata = PluginMetadata(name="breaks", version="1", capabilities=MIDDLEWARE, failure_mode="quarantine")

    @hookimpl
    def request(self) -> None:
        return None


async def test_a_quarantine_ends_when_time_passes() -> None:
    async with PluginTestHarness(Breaks) as harness:
        harness.fail_next("request", times=5)
        for _ in range(6):
            await harness.send_request()
        assert harness.status["breaks"].state == "quarantined"
        assert harness.called().count("request") == 5
        await harness.advance_time(31)
        await harness.send_request()
        assert harness.status["breaks"].state == "active"


async def test_calls_fail_when_the_test_says_so() -> None:
    async with PluginTestHarness(Guard, settings={"plugins": {"guard": {"failure_mode": "abort"}}}) as harness:
        harness.fail_next("request_body", ValueError("on order"))
        assert (await harness.send_request("POST", "/x", "a")).status_code == 500
        assert (await harness.send_request("POST", "/x", "a")).status_code == 404
        failed = [call for call in harness.calls if call.exception is not None]
        assert [(call.hook, str(call.exception)) for call in failed] == [("request_body", "on order")]
        harness.fail_next("storage")
        assert (await harness.llm_call("count me")).status_code == 500
        assert isinstance(harness.calls[-1].exception, StorageUnavailable)
        harness.fail_next("http")
        assert (await harness.llm_call("ask them")).status_code == 500
        assert isinstance(harness.calls[-1].exception, OutboundError)
        with pytest.raises(HarnessError, match="no hook 'request_boddy'; did you mean 'request_body'"):
            harness.fail_next("request_boddy")
        with pytest.raises(HarnessError, match="no plugin 'gard'; did you mean 'guard'"):
            harness.fail_next("storage", plugin="gard")


async def test_other_servers_answer_as_scripted() -> None:
    async with PluginTestHarness(Guard) as harness:
        harness.http.respond("https://guard.example/*", content=b"their word")
        assert (await harness.llm_call("ask them")).text == "their word"
        (request,) = harness.http.requests
        assert (request.method, request.url, request.plugin) == ("GET", "https://guard.example/word", "guard")
    denied = {"outbound": {"deny": ["guard.example"]}}
    async with PluginTestHarness(Guard, settings=denied) as harness:
        await harness.llm_call("ask them")
        assert "outbound.deny" in str(harness.calls[-2].exception)


async def test_metrics_and_logs_can_be_read() -> None:
    async with PluginTestHarness(Guard) as harness:
        assert harness.metric("answers", model="mock-model") is None
        await harness.llm_call()
        assert harness.metric("answers", model="mock-model") == 1
        assert harness.metric("answers_total", plugin="guard", model="mock-model") == 1
        (line,) = [line for line in harness.logs if line.plugin == "guard"]
        assert (line.level, line.event, line.fields) == ("info", "started", {"limit": 2})


async def test_a_request_has_the_principal_that_the_test_names() -> None:
    async with PluginTestHarness(Guard, principal=Principal("alice")) as harness:
        assert (await harness.llm_call("who am I")).text == "alice"
        assert (await harness.llm_call("who am I", principal=Principal("bob"))).text == "bob"
        limited = Principal("carol", models=frozenset({"another"}))
        assert (await harness.llm_call(principal=limited)).status_code == 403
    async with PluginTestHarness(Guard) as harness:
        assert (await harness.llm_call("who am I")).text == "nobody"


class Provider:
    metadata = PluginMetadata(name="provider", version="1", capabilities={PluginCapability.AUTH_PROVIDER})

    @hookimpl
    def authenticate(self, request: Any) -> Principal | None:
        return Principal("known") if "authorization" in request.headers else None


async def test_a_plugin_that_authenticates_has_the_last_word() -> None:
    async with PluginTestHarness(Guard, Provider, principal=Principal("alice")) as harness:
        assert (await harness.llm_call("who am I")).status_code == 401
        assert (await harness.llm_call("who am I", headers={"authorization": "x"})).text == "known"
        assert list(harness.status) == ["guard", "provider"]


class Sees:
    """Notes what each hook sees of a body, and changes it."""

    metadata = PluginMetadata(name="sees", version="1", capabilities=MIDDLEWARE)

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.aborted: bool | None = None

    @hookimpl
    def request_chunk(self, chunk: bytes) -> bytes:
        self.chunks.append(chunk)
        return chunk.replace(b"cd", b"CD")

    @hookimpl
    def websocket_message(self, message: str, from_client: bool) -> str:
        if message == "refuse":
            raise Reject(403, "not this")
        return f"{message}{'>' if from_client else '<'}"

    @hookimpl
    def response(self, response: Any) -> None:
        self.aborted = response.aborted


async def test_an_application_behind_the_gateway_gets_what_nobody_serves() -> None:
    plugin = Sees()
    async with PluginTestHarness(plugin, app=echo_app) as harness:
        answer = await harness.send_request("PUT", "/a%20b?c=d", headers={"x-one": "1"}, pieces=[b"ab", b"cd"])
        assert (answer.body["path"], answer.body["query"], answer.body["body"]) == ("/a b", "c=d", "abCD")
        assert answer.body["headers"]["x-one"] == "1"
        assert plugin.chunks[:2] == [b"ab", b"cd"]
        assert (await harness.send_request("GET", "/v1/models")).body["data"][0]["id"] == "mock-model"


async def test_websockets() -> None:
    async with PluginTestHarness(Sees, app=echo_app) as harness:
        async with harness.websocket("/ws") as websocket:
            assert websocket.accepted
            await websocket.send("hi")
            assert await websocket.receive() == "hi><"
            await websocket.send("refuse")
            with pytest.raises(Exception, match="not this") as closed:
                await websocket.receive()
            assert getattr(closed.value, "code", None) == 1008
        assert harness.called()[-1] == "response"


async def test_a_client_that_leaves_a_stream_is_noticed() -> None:
    plugin = Sees()
    async with PluginTestHarness(plugin) as harness:
        body = {"model": "mock-model", "stream": True, "messages": [{"role": "user", "content": "a b c d e f"}]}
        async with harness.stream_request("POST", "/v1/chat/completions", body) as response:
            assert response.status_code == 200
            read = [await anext(response.chunks()) for _ in range(2)]
            assert all(chunk.startswith(b"data: ") for chunk in read)
        assert plugin.aborted is True
        async with harness.stream_request("POST", "/v1/chat/completions", body) as response:
            whole = await response.read()
        assert whole.complete
        assert plugin.aborted is False


class Mutates:
    metadata = PluginMetadata(name="mutates", version="1", capabilities=MIDDLEWARE, priority=2000)

    @hookimpl
    def llm_pre_call(self, messages: Any) -> None:
        messages[0]["content"] = "changed"

    @hookimpl
    async def request(self, request: Any) -> None:
        await asyncio.sleep(0)
        request.path = "/other"


async def test_a_plugin_that_changes_what_it_is_handed_fails_the_test() -> None:
    async with PluginTestHarness(Mutates) as harness:
        with pytest.raises(ArgumentChanged) as found:
            await harness.llm_call("as it was")
        error = found.value
        assert (error.plugin, error.hook, error.argument) == ("mutates", "request", "request")
        assert error.change == "request.path was '/v1/chat/completions', and is '/other'"
        assert "plugin 'mutates' changed the argument 'request' of its hook request()" in str(error)
        await harness.settle()  # it is said once


async def test_shutdown_says_what_was_changed_unless_the_test_fails_already() -> None:
    class AtTheEnd:
        metadata = PluginMetadata(name="at-the-end", version="1", config_schema=Config)

        @hookimpl
        def shutdown(self, context: Any) -> None:
            context.config.blocked.append("more")

    with pytest.raises(ArgumentChanged, match=r"context.config.blocked\[1\] was added: 'more'"):
        async with PluginTestHarness(AtTheEnd):
            pass
    with pytest.raises(ZeroDivisionError):
        async with PluginTestHarness(AtTheEnd):
            1 / 0


class Unstartable:
    metadata = PluginMetadata(name="unstartable", version="1")

    @hookimpl
    def startup(self) -> None:
        raise OSError("no disk")


async def test_a_plugin_that_does_not_start_is_told_with_its_reason() -> None:
    with pytest.raises(PluginNotStarted, match="'unstartable' did not start: startup failed: OSError: no disk"):
        await PluginTestHarness(Unstartable).startup()
    with pytest.raises(PluginNotStarted, match="limit"):
        await PluginTestHarness(Guard, config={"limit": "many"}).startup()
    with pytest.raises(PluginNotStarted, match="has no metadata"):
        await PluginTestHarness(object()).startup()
    with pytest.raises(PluginNotStarted, match="no plugin of this name is installed"):
        await PluginTestHarness("nobody-has-this").startup()
    harness = PluginTestHarness(Guard)
    with pytest.raises(HarnessError, match="not started"):
        await harness.send_request()
    with pytest.raises(HarnessError, match="never started"):
        _ = harness.calls
    async with harness:
        with pytest.raises(HarnessError, match="started already"):
            await harness.startup()
    assert harness.called()[-1] == "startup"


async def test_named_instances_have_configurations_of_their_own() -> None:
    settings = {"plugins": {"guard#a": {}, "guard#b": {"priority": 1}}}
    configs = {"guard#a": {"limit": 5}, "guard#b": {"limit": 6}}
    async with PluginTestHarness(Guard, settings=settings, configs=configs) as harness:
        assert [harness.context_of(name).config.limit for name in harness.status] == [5, 6]
        await harness.llm_call()
        assert harness.metric("answers", plugin="guard#b", model="mock-model") == 1


async def test_a_harness_reads_nothing_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("ROUTEIQ_PLUGIN_GUARD_LIMIT", "77")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config/plugins").mkdir(parents=True)
    (tmp_path / "config/plugins/guard.yaml").write_text("limit: 78\n")
    async with PluginTestHarness(Guard) as harness:
        assert harness.context.config.limit == 2
    assert [path.name for path in tmp_path.iterdir()] == ["config"]


class Judge(GatewayPlugin):
    metadata = PluginMetadata(name="judge", version="1", capabilities={PluginCapability.EVALUATOR})

    @hookimpl.evaluate
    async def evaluate(self, invocation: Invocation) -> EvaluationResult | None:
        if invocation.kind == "llm":
            invocation.input.append("changed")
        if invocation.name == "slow":
            await asyncio.sleep(3600)
        return EvaluationResult(0.5, "passed") if invocation.error is None else None


async def test_plugins_judge_calls_that_the_test_makes_up() -> None:
    async with PluginTestHarness(Judge) as harness:
        (result,) = await harness.evaluate()
        assert (result.score, result.evaluator, harness.events[-1].name) == (0.5, "judge", "evaluation.completed")
        assert await harness.evaluate(Invocation.mock(error="broken")) == []
        await harness.llm_call()
        assert harness.called()[-2:] == ["evaluate", "evaluate"]
        late = asyncio.ensure_future(harness.evaluate(Invocation.mock(name="slow")))
        await asyncio.sleep(0)
        await harness.advance_time(31)
        assert await late == []
        assert harness.events[-1].data["error"] == "HookTimeout"
        with pytest.raises(ArgumentChanged, match="invocation"):
            await harness.evaluate(Invocation.mock("llm", input=[]))
