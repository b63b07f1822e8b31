"""Calls of tools in a harness: what the plugins see, and what the client gets."""

import pytest
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, Principal, Reject, hookimpl
from routeiq_plugin_sdk.testing import ArgumentChanged, PluginTestHarness, ToolAnswer, ToolFailure
from routeiq_plugin_sdk.testing.tool_calls import tool_body


class Guard:
    metadata = PluginMetadata(name="guard", version="1", capabilities={PluginCapability.MIDDLEWARE})

    @hookimpl.tool_pre_call
    def before(self, call, server, tool, arguments):
        if call.principal is not None and tool not in call.principal.roles:
            raise Reject(403, "Not for you.", "not_allowed")
        return {**arguments, "by": server}

    @hookimpl.tool_post_call
    def after(self, result):
        return {**result, "seen": True}


async def test_a_call_goes_through_the_plugin():
    async with PluginTestHarness(Guard()) as harness:
        result = await harness.tool_call("mock-server", "search", {"q": "x"})
        assert result.text == '{"q": "x", "by": "mock-server"}'
        assert result.result["seen"] is True
        assert (result.status_code, result.is_error, result.error) == (200, False, None)
        assert harness.called()[-2:] == ["tool_pre_call", "tool_post_call"]
        assert harness.tools.requests[0].arguments == {"q": "x", "by": "mock-server"}
        started, completed = [event for event in harness.events if event.name.startswith("tool.")]
        assert (started.data["server"], started.data["tool"]) == ("mock-server", "search")
        assert (completed.name, completed.data["is_error"]) == ("tool.call.completed", False)


@pytest.mark.parametrize("version", ["2026-07-28", "2025-11-25"])
def test_without_await_too(version):
    with PluginTestHarness(Guard(), servers=["files"]) as harness:
        harness.tools.script("scripted")
        result = harness.tool_call("files", "search", version=version, meta={"progressToken": 1}, headers={"x": "y"})
        assert result.text == "scripted"
        request = harness.tools.requests[0]
        assert (request.headers["x"], request.message["params"]["_meta"]["progressToken"]) == ("y", 1)
        assert ("mcp-name" in request.headers) is (version == "2026-07-28")
        assert harness.tool_call("other").status_code == 404


async def test_a_refusal_is_an_error():
    async with PluginTestHarness(Guard()) as harness:
        result = await harness.tool_call(tool="delete", principal=Principal("a", roles={"search"}))
        assert result.error == {
            "code": -32010,
            "message": "Not for you.",
            "data": {"code": "not_allowed", "status": 403},
        }
        assert (result.result, result.text, harness.tools.requests) == (None, "", [])


async def test_progress_comes_before_the_result():
    async with PluginTestHarness(Guard()) as harness:
        result = await harness.tool_call(answer=ToolAnswer({"content": []}, progress=["half", "done"]))
        assert [one["params"]["message"] for one in result.notifications] == ["half", "done"]
        assert result.result == {"content": [], "seen": True}
        assert "event-stream" in result.headers["content-type"]


async def test_answers_and_failures():
    async with PluginTestHarness(Guard()) as harness:
        failed = await harness.tool_call(answer=ToolAnswer("no", is_error=True))
        assert (failed.is_error, failed.text) == (True, "no")
        assert (await harness.tool_call(answer=ToolFailure(0))).error["data"] == {"code": "upstream_unreachable"}
        assert (await harness.tool_call(answer=ToolFailure(code=-32602))).error["code"] == -32602
        harness.fail_next("tool_pre_call")
        assert (await harness.tool_call(answer=["went on"])).text == "went on"


async def test_what_is_handed_over_is_read_only():
    class Writer:
        metadata = Guard.metadata

        @hookimpl
        def tool_pre_call(self, arguments):
            arguments["q"] = 1

    with pytest.raises(ArgumentChanged, match="arguments"):
        async with PluginTestHarness(Writer()) as harness:
            await harness.tool_call(arguments={"q": "x"})


def test_a_message_is_of_its_version():
    assert tool_body("t", {}, "2025-11-25", {})["params"] == {"name": "t", "arguments": {}}
    assert "io.modelcontextprotocol/protocolVersion" in tool_body("t", {}, "2026-07-28", {})["params"]["_meta"]


@pytest.mark.parametrize("answer", ["found", ToolAnswer("found", progress=["half"])])
async def test_a_call_that_is_over_is_evaluated(answer):
    class Judge:
        metadata = PluginMetadata(name="judge", version="1", capabilities={PluginCapability.EVALUATOR})

        def __init__(self):
            self.seen = []

        @hookimpl
        def evaluate(self, invocation):
            self.seen.append(invocation)

    judge = Judge()
    async with PluginTestHarness(judge, "evaluator", config={}) as harness:
        await harness.tool_call("mock-server", "search", {"q": "x"}, answer=answer)
        await harness.tool_call("mock-server", "search", answer=ToolFailure(0))
    found, failed = judge.seen
    assert (found.kind, found.target, found.name, found.input) == ("tool", "mock-server", "search", {"q": "x"})
    assert found.output["content"][0]["text"] == "found"
    assert (failed.output, failed.metadata["failure"]) == (None, "upstream")
