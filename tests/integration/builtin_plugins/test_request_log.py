"""`request-log` in the gateway: a line for each request and each call, whatever became of them."""

import contextlib
import json

import pytest
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, Principal, Reject, hookimpl
from routeiq_plugin_sdk.testing import ConfigRefused, PluginNotStarted, PluginTestHarness, ToolFailure, UpstreamFailure

from routeiq_builtin_plugins.request_log import RequestLog

ANN = Principal("ann")


class Guard:
    """Replaces a word of what is sent, and refuses another."""

    metadata = PluginMetadata(name="guard", capabilities={PluginCapability.MIDDLEWARE})

    @hookimpl
    def llm_pre_call(self, messages):
        if "forbidden" in messages[-1]["content"]:
            raise Reject(403, "no", "blocked")
        return {"messages": [{**one, "content": one["content"].replace("ann@x.org", "<1>")} for one in messages]}


@contextlib.asynccontextmanager
async def logged(tmp_path, *more, **config):
    """Give a harness whose plugin writes to a file, and the list that has its lines afterwards."""
    path, lines = tmp_path / "log.jsonl", []
    config.setdefault("output", {"file": str(path)})
    async with PluginTestHarness(RequestLog, *more, config=config) as harness:
        yield harness, lines
    lines.extend(json.loads(line) for line in path.read_text().splitlines())


@pytest.mark.parametrize("stream", [False, True])
async def test_a_call_and_its_request_have_a_line_each_and_an_id_that_joins_them(tmp_path, stream):
    async with logged(tmp_path) as (harness, lines):
        await harness.llm_call("one two", stream=stream, principal=ANN, temperature=0.5)
    call, request = lines
    assert call["routeiq.request.id"] == request["routeiq.request.id"]
    assert [one["user.id"] for one in lines] == ["ann", "ann"]
    assert (call["gen_ai.usage.output_tokens"], call["gen_ai.request.temperature"]) == (2, 0.5)
    assert (call["gen_ai.provider.name"], call["routeiq.attempts"], call.get("gen_ai.request.stream", False)) == (
        "openai", 1, stream,
    )  # fmt: skip
    assert (request["url.path"], request["http.response.status_code"]) == ("/v1/chat/completions", 200)
    assert 0 < call["routeiq.duration"] < request["http.server.request.duration"] + 0.01
    assert "one two" not in json.dumps(lines)


async def test_contents_are_those_that_left_for_the_model(tmp_path):
    add = ["gen_ai.input.messages", "gen_ai.output.messages"]
    async with logged(tmp_path, Guard, add=add) as (harness, lines):
        await harness.llm_call("I am ann@x.org", answer="hello <1>")
        await harness.llm_call("forbidden")
    first, _, refused, _ = lines
    assert first["gen_ai.input.messages"][0]["parts"] == [{"type": "text", "content": "I am <1>"}]
    assert first["gen_ai.output.messages"][0]["parts"] == [{"type": "text", "content": "hello <1>"}]
    assert (refused["error.type"], refused["routeiq.plugin"]) == ("blocked", "guard")
    assert "gen_ai.input.messages" not in refused


async def test_what_failed_is_logged_though_nothing_is_sampled(tmp_path):
    async with logged(tmp_path, sample=0) as (harness, lines):
        await harness.llm_call("fine")
        await harness.llm_call(answer=UpstreamFailure(400, "words", "bad_thing"))
        await harness.send_request("GET", "/nowhere")
    assert [(one.get("url.path"), one["error.type"]) for one in lines] == [
        (None, "bad_thing"), ("/v1/chat/completions", "400"), ("/nowhere", "404"),
    ]  # fmt: skip


async def test_a_client_that_leaves_is_told_of(tmp_path):
    async with logged(tmp_path) as (harness, lines):
        body = {"model": "mock-model", "stream": True, "messages": [{"role": "user", "content": "a b c d"}]}
        async with harness.stream_request("POST", "/v1/chat/completions", body) as response:
            await anext(response.chunks())
    assert lines[-1]["routeiq.aborted"] is True


async def test_a_changed_output_is_used_at_once_and_one_that_cannot_be_opened_is_refused(tmp_path):
    async with logged(tmp_path) as (harness, lines):
        await harness.send_request("GET", "/one")
        with pytest.raises(ConfigRefused, match="No such file"):
            await harness.change_config(output={"file": str(tmp_path / "none" / "x")})
        await harness.change_config(output={"file": str(tmp_path / "second")})
        await harness.send_request("GET", "/two")
    assert [one["url.path"] for one in lines] == ["/one"]
    assert "/two" in (tmp_path / "second").read_text()


async def test_a_folder_that_does_not_exist_keeps_it_from_starting(tmp_path):
    with pytest.raises(PluginNotStarted, match="No such file"):
        async with PluginTestHarness(RequestLog, config={"output": {"file": str(tmp_path / "none" / "x")}}):
            pass


async def test_lines_that_cannot_be_written_make_the_health_degraded_and_stop_no_request(tmp_path):
    async with PluginTestHarness(RequestLog, config={"output": {"file": "/dev/full"}}) as harness:
        assert (await harness.send_request("GET", "/v1/models")).status_code == 200
        for _ in range(500):
            if (await harness.health())["status"] != "ok":
                break
        assert "No space left" in (await harness.health())["plugins"]["request-log"]["reason"]
        await harness.advance_time(11)
        assert harness.metric("failed") >= 1
        assert any(line.event == "lines are lost" for line in harness.logs)


async def test_a_call_of_a_tool_has_a_line_whatever_became_of_it(tmp_path):
    add = ["gen_ai.tool.call.arguments", "gen_ai.tool.call.result"]
    async with logged(tmp_path, add=add, sample=0.0) as (harness, lines):
        await harness.tool_call(tool="fine", arguments={"a": 1})
        await harness.tool_call(tool="broken", answer=ToolFailure(503))
        await harness.change_config(sample=1.0)
        await harness.tool_call(tool="seen", arguments={"q": "x", "api_key": "k"}, principal=ANN)
    by_tool = {one["gen_ai.tool.name"]: one for one in lines if "gen_ai.tool.name" in one}
    assert sorted(by_tool) == ["broken", "seen"]
    assert by_tool["seen"]["gen_ai.tool.call.arguments"] == {"q": "x", "api_key": "[REDACTED]"}
    assert "gen_ai.tool.call.result" in by_tool["seen"]
    assert "error.type" in by_tool["broken"]
    joined = [one for one in lines if one["routeiq.request.id"] == by_tool["seen"]["routeiq.request.id"]]
    assert {one["event.name"] for one in joined} == {"http.server.request", "gen_ai.execute_tool"}
