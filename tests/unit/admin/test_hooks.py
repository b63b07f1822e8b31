"""The listing of phases."""


async def test_every_phase_is_listed_with_its_plugins_and_their_figures(serve, plugin):
    async def request(request):
        return None

    admin = await serve(plugin("b", request, priority=2), plugin("a", request))
    hooks = {one["name"]: one for one in (await admin.call("GET", "/hooks")).json["hooks"]}
    assert [one["name"] for one in hooks["request"]["plugins"]] == ["b", "a"]
    assert hooks["request"]["plugins"][0]["calls"] == 0
    assert hooks["response"]["direction"] == "outbound"
