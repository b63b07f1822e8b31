"""What is shown of plugins."""

import pytest
from pydantic import BaseModel


async def test_plugins_are_listed_by_name_page_by_page(serve, plugin):
    admin = await serve(plugin("c"), plugin("a"), plugin("b"))
    whole = await admin.call("GET", "/plugins")
    assert [one["name"] for one in whole.json["plugins"]] == ["a", "b", "c"]
    assert whole.json["next"] is None
    assert "link" not in whole.headers
    assert whole.json["plugins"][0] == admin.manager.records["a"].to_dict()
    first = await admin.call("GET", "/plugins?limit=2")
    assert [one["name"] for one in first.json["plugins"]] == ["a", "b"]
    assert first.headers["link"] == '<?limit=2&after=b>; rel="next"'
    last = await admin.call("GET", f"/plugins?limit=2&after={first.json['next']}")
    assert [one["name"] for one in last.json["plugins"]] == ["c"]
    assert last.json["next"] is None


async def test_a_page_may_end_with_a_named_instance(serve, plugin):
    class Instances(BaseModel):
        pass

    class Plugin:
        metadata = plugin("x", config_schema=Instances).metadata

    admin = await serve(settings={"plugins": {"x#a": {}, "x#b": {}}})
    for name in ("x#a", "x#b"):
        admin.manager.register(Plugin, name)
    await admin.manager.settled()
    page = await admin.call("GET", "/plugins?limit=2")
    assert page.headers["link"] == '<?limit=2&after=x%23a>; rel="next"'
    assert (await admin.call("GET", "/plugins/x#a")).json["instance_of"] == "x"


async def test_a_plugin_is_shown_with_all_that_is_known_of_it(serve):
    admin = await serve(files={"words.yaml": "word: from-file\n"})
    shown = (await admin.call("GET", "/plugins/words")).json
    assert shown["state"] == "active"
    assert shown["metadata"]["name"] == "words"
    assert "config_schema" not in shown["metadata"]
    assert shown["config_sources"]["word"].startswith("file ")
    assert shown["problem"] is None


async def test_why_something_is_not_in_force_is_shown(admin):
    (admin.folder / "plugins" / "words.yaml").write_text("limit: 0\n")
    assert (await admin.call("POST", "/plugins/words/reload")).status == 409
    assert "limit" in (await admin.call("GET", "/plugins/words")).json["problem"]


async def test_the_schema_of_a_configuration_is_shown(admin):
    schema = (await admin.call("GET", "/plugins/words/schema")).json
    assert schema["properties"]["limit"]["maximum"] == 100
    assert "hush-7" not in str(schema)


@pytest.mark.parametrize("path", ["", "/config", "/settings", "/schema"])
async def test_a_plugin_that_is_not_there_is_told_with_the_nearest_name(admin, path):
    reply = await admin.call("GET", f"/plugins/wrods{path}")
    assert reply.status == 404
    assert reply.error["message"] == "There is no plugin 'wrods'; did you mean 'words'?"
    assert "GET /admin/plugins" in (await admin.call("GET", f"/plugins/xyz{path}")).error["message"]


async def test_what_was_never_loaded_has_neither_schema_nor_configuration(serve, monkeypatch):
    from routeiq.core.records import PluginRecord, PluginState

    admin = await serve()
    admin.manager._roster.records["off"] = PluginRecord("off", PluginState.DISABLED, "disabled by the operator")
    admin.manager._roster.records["odd"] = PluginRecord("odd", PluginState.REFUSED, "has no metadata")
    for method, path, body in (("GET", "schema", None), ("GET", "config", None), ("PUT", "config", {})):
        reply = await admin.call(method, f"/plugins/off/{path}", body)
        assert (reply.status, reply.error["code"]) == (409, "not_loaded")
        assert reply.error["message"].endswith(": enable it first.")
    assert (await admin.call("GET", "/plugins/odd/config")).error["message"].endswith("its configuration is unknown.")
    assert (await admin.call("GET", "/plugins/off/settings")).status == 200
