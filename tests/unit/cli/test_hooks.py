"""`routeiq hooks`."""


def test_every_phase_is_listed_with_its_plugins_in_order(command, plugins):
    plugins(a="priority=20", b="priority=10")
    status, listing, _ = command("hooks", "--json")
    hooks = {hook["name"]: hook for hook in listing["hooks"]}
    assert status == 0
    ours = [plugin["name"] for plugin in hooks["request"]["plugins"] if plugin["name"] in ("a", "b")]
    assert ours == ["b", "a"]
    outbound = [plugin["name"] for plugin in hooks["response"]["plugins"] if plugin["name"] in ("a", "b")]
    assert outbound == ["a", "b"]
    assert hooks["response"]["direction"] == "outbound"
    assert hooks["request"]["kind"] == "first"
    assert all(plugin["because"] for hook in listing["hooks"] for plugin in hook["plugins"])


def test_a_table_shows_phase_direction_and_plugin(command, plugins):
    plugins(a="")
    lines = command("hooks")[1].splitlines()
    assert any(line.split()[:3] == ["request", "first", "->"] for line in lines)
    assert any(line.split()[:3] == ["response", "observe", "<-"] for line in lines)
    assert all(line == line.rstrip() for line in lines)


def test_why_says_which_rule_decided(command, plugins):
    plugins(a="priority=20", b="priority=10")
    assert command("hooks", "--why", "a", "b")[:2] == (0, "b comes before a by priority 10 < 20\n")
    status, document, _ = command("hooks", "--why", "a", "b", "--json")
    assert (status, document["first"], document["rule"]) == (0, "b", "priority")


def test_why_about_an_unknown_plugin_is_wrong_use(command, plugins):
    plugins(limiter="")
    status, printed, errors = command("hooks", "--why", "limiter", "limter")
    assert (status, printed) == (2, "")
    assert "'limiter'" in errors
