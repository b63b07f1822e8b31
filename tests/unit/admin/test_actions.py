"""Enabling, disabling, and reading files anew."""

from routeiq.core.records import PluginRecord, PluginState


async def test_a_plugin_is_disabled_and_enabled(admin):
    reply = await admin.call("POST", "/plugins/words/disable")
    assert (reply.status, reply.json["changed"], reply.json["document"]["enabled"]) == (200, True, False)
    assert admin.manager.records["words"].state is PluginState.DISABLED
    assert (await admin.call("POST", "/plugins/words/disable")).json["changed"] is False
    assert (await admin.call("POST", "/plugins/words/enable", {})).status == 200
    assert admin.manager.records["words"].state is PluginState.ACTIVE
    records = (await admin.call("GET", "/audit")).json["records"]
    assert [(one["who"], one["action"], one["plugin"]) for one in records] == [
        ("alice", "enable", "words"), ("alice", "disable", "words")
    ]  # fmt: skip


async def test_what_the_settings_file_decides_is_told(serve):
    admin = await serve(settings={"plugins": {"words": {"enabled": True}}})
    reply = await admin.call("POST", "/plugins/words/disable")
    assert (reply.status, reply.error["param"]) == (409, "enabled")
    assert "routeiq.yaml (plugins.words.enabled)" in reply.error["message"]
    assert (await admin.call("POST", "/plugins/words/enable")).json["changed"] is False


async def test_a_plugin_on_which_others_depend_stays(serve, plugin):
    admin = await serve(plugin("words"), plugin("needy", depends_on={"words"}))
    reply = await admin.call("POST", "/plugins/words/disable")
    assert (reply.status, reply.error["param"]) == (409, "needy")
    assert admin.manager.records["words"].state is PluginState.ACTIVE


async def test_an_action_may_have_a_condition(admin):
    tag = (await admin.call("GET", "/plugins/words/settings")).headers["etag"]
    await admin.call("PATCH", "/plugins/words/settings", {"priority": 3})
    assert (await admin.call("POST", "/plugins/words/disable", if_match=tag)).status == 412


async def test_a_file_is_read_anew(admin):
    assert (await admin.call("POST", "/plugins/words/reload")).json["changed"] is False
    (admin.folder / "plugins" / "words.yaml").write_text("word: from-file\n")
    reply = await admin.call("POST", "/plugins/words/reload?wait=1")
    assert reply.status == 200
    assert reply.json["plugin"]["name"] == "words"
    assert admin.manager.config_of("words").word == "from-file"


async def test_a_file_that_says_what_cannot_be_is_told_and_changes_nothing(admin):
    (admin.folder / "plugins" / "words.yaml").write_text("limit: 0\n")
    reply = await admin.call("POST", "/plugins/words/reload")
    assert (reply.status, reply.error["code"]) == (409, "reload_refused")
    assert "words.yaml, line 1: limit" in reply.error["message"]
    assert admin.manager.config_of("words").limit == 10


async def test_what_was_set_aside_cannot_be_reloaded(admin):
    admin.manager._roster.records["off"] = PluginRecord("off", PluginState.REFUSED, "has no metadata")
    reply = await admin.call("POST", "/plugins/off/reload")
    assert (reply.status, reply.error["message"]) == (409, "Plugin 'off' is refused: has no metadata")
    assert (await admin.call("POST", "/plugins/none/reload")).status == 404
