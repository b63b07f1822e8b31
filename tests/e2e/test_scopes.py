"""Named instances and scopes in a gateway of several processes: configured by files, changed while it runs."""

from __future__ import annotations

PLUGIN = """
from pydantic import BaseModel
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, PluginResponse, hookimpl

class Config(BaseModel):
    word: str = "default"

metadata = PluginMetadata(name="says", version="1", capabilities={PluginCapability.MIDDLEWARE}, config_schema=Config)

@hookimpl
async def request(request, context):
    return PluginResponse.json({"instance": context.plugin, "word": context.config.word})
"""
DOOR = """
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

metadata = PluginMetadata(name="door", version="1", capabilities={PluginCapability.AUTH_PROVIDER})

@hookimpl
async def authenticate(request):
    return None
"""
SETTINGS = """
plugins:
  says#one:
    when: {path: /one*}
  says#two:
    priority: 1
    when: {path: [/two, /both], header: {x-tenant: "*"}}
"""


def asked(gateway, path, **headers):
    """Return what several requests get, so that each worker has its turn."""
    answers = [gateway.call("GET", path, **headers) for _ in range(12)]
    assert all(answer == answers[0] for answer in answers)
    status, body = answers[0]
    return (body["instance"], body["word"]) if status == 200 else status


def test_instances_have_files_and_variables_of_their_own_and_come_and_go_with_the_settings(serve):
    gateway = serve(
        "--workers",
        "2",
        files={
            "says.py": PLUGIN,
            "routeiq.yaml": SETTINGS,
            "config/plugins/says#one.yaml": "word: from-file\n",
            "config/plugins/says.yaml": "word: of nobody\n",
        },
        ROUTEIQ_PLUGINS="says",
        ROUTEIQ_PLUGIN_SAYS__TWO_WORD="from-variable",
    )
    tenant = {"x-tenant": "acme"}
    assert asked(gateway, "/one/x") == ("says#one", "from-file")
    assert asked(gateway, "/two", **tenant) == ("says#two", "from-variable")
    assert asked(gateway, "/two") == asked(gateway, "/three") == 404
    (gateway.folder / "routeiq.yaml").write_text(
        "plugins:\n  says#one: {when: {path: /both}}\n  says#three: {priority: 1, when: {path: /three}}\n"
    )
    gateway.until(lambda: all(gateway.call("GET", "/three")[0] == 200 for _ in range(12)))  # in both workers
    assert asked(gateway, "/three") == ("says#three", "default")
    assert asked(gateway, "/both", **tenant) == ("says#one", "from-file")
    assert asked(gateway, "/one/x") == asked(gateway, "/two", **tenant) == 404
    listed = {plugin["name"]: plugin for plugin in gateway.call("GET", "/admin/plugins")[1]["plugins"]}
    assert {name for name in listed if name.startswith("says")} == {"says#one", "says#three"}
    assert (listed["says#three"]["instance_of"], listed["says#three"]["when"]) == ("says", {"path": ["/three"]})


def test_a_change_that_would_keep_a_provider_from_ever_being_asked_is_refused(serve):
    gateway = serve(
        files={"door.py": DOOR, "routeiq.yaml": "plugins: {door#v1: {when: {path: /v1/*}}}\n"}, ROUTEIQ_PLUGINS="door"
    )
    assert (asked(gateway, "/v1/models"), asked(gateway, "/x")) == (401, 404)
    (gateway.folder / "routeiq.yaml").write_text("plugins: {door#v1: {when: {key: a}}}\n")
    gateway.until(lambda: "would never be asked" in gateway.log)
    assert (asked(gateway, "/v1/models"), asked(gateway, "/x")) == (401, 404)
