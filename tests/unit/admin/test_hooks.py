"""The listing of phases."""

import pytest

from routeiq.admin.answers import Refusal
from routeiq.admin.hooks import Hooks


async def test_every_phase_is_listed_with_its_plugins_and_their_figures(serve, plugin):
    async def request(request):
        return None

    admin = await serve(plugin("b", request, priority=2), plugin("a", request))
    hooks = {one["name"]: one for one in (await admin.call("GET", "/hooks")).json["hooks"]}
    assert [one["name"] for one in hooks["request"]["plugins"]] == ["b", "a"]
    assert hooks["request"]["plugins"][0]["calls"] == 0
    assert hooks["response"]["direction"] == "outbound"


async def test_figures_that_cannot_be_read_are_worth_another_attempt():
    async def listing():
        raise OSError("permission denied")

    with pytest.raises(Refusal, match="permission denied") as raised:
        await Hooks(listing).show(None)
    assert (raised.value.answer.status, raised.value.answer.headers) == (503, {"retry-after": "5"})
