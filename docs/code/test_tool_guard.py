import tool_guard
from routeiq_plugin_sdk import Principal
from routeiq_plugin_sdk.testing import PluginTestHarness, ToolAnswer

CONFIG = {"allowed": {"*": ["files/read_*"], "admin": ["files/*"]}}


def test_everybody_reads_and_only_admins_delete():
    with PluginTestHarness(tool_guard, config=CONFIG, servers=["files"]) as harness:
        assert harness.tool_call("files", "read_file", {"path": "a.txt"}).error is None
        refused = harness.tool_call("files", "delete", {"path": "a.txt"})
        assert refused.error["data"] == {"code": "tool_not_allowed", "status": 403}
        admin = Principal("ada", roles={"admin"})
        assert harness.tool_call("files", "delete", {"path": "a.txt"}, principal=admin).error is None
        assert [request.tool for request in harness.tools.requests] == ["read_file", "delete"]


async def test_tokens_are_taken_out_of_results_however_they_come():
    async with PluginTestHarness(tool_guard, config=CONFIG, servers=["files"]) as harness:
        secret = {"content": [{"type": "text", "text": "key: ghp_0123456789abcdef"}], "structuredContent": {"n": 1}}
        for answer in (secret, ToolAnswer(secret, progress=["half", "done"])):
            result = await harness.tool_call("files", "read_env", answer=answer)
            assert result.text == "key: [a token]"


def test_what_the_guard_cannot_see_does_not_pass():
    with PluginTestHarness(tool_guard, config=CONFIG, servers=["files"]) as harness:
        harness.fail_next("tool_post_call")
        assert harness.tool_call("files", "read_file").status_code == 500
