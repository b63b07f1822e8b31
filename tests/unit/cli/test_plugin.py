"""`routeiq plugin list` and `routeiq plugin show`."""


def test_records_are_listed_as_json(command, plugins):
    plugins(one="priority=7", two="enabled_by_default=False")
    status, listing, _ = command("plugin", "list", "--json")
    found = {plugin["name"]: plugin for plugin in listing["plugins"]}  # beside those that are installed
    one, two = found["one"], found["two"]
    assert status == 0
    assert (one["name"], one["version"], one["state"], one["priority"]) == ("one", "1.2", "active", 7)
    assert (one["hooks"], one["capabilities"]) == (["request", "response"], ["middleware"])
    assert two["state"] == "disabled"


def test_a_table_has_a_line_for_each_plugin_with_its_reason(command, plugins):
    plugins(one="", two='depends_on=["not-there"]')
    status, text, _ = command("plugin", "list")
    lines = {line.split()[0]: line for line in text.splitlines()}
    assert status == 0
    assert "active" in lines["one"]
    assert "not-there" in lines["two"]


def test_without_plugins_it_says_how_to_get_one(command):
    status, text, _ = command("plugin", "list")
    assert status == 0
    assert "No plugin is installed" in text or "NAME" in text


def test_what_a_plugin_prints_at_its_import_does_not_spoil_the_json(command, plugins, tmp_path):
    plugins(one="")
    [module] = tmp_path.glob("clitest_*.py")
    module.write_text("print('hello from the import')\n" + module.read_text())
    assert any(plugin["name"] == "one" for plugin in command("plugin", "list", "--json")[1]["plugins"])


def test_one_plugin_is_shown_with_its_schema_and_sources(command, plugins, tmp_path, monkeypatch):
    plugins(one="priority=7")
    (tmp_path / "config" / "plugins").mkdir(parents=True)
    (tmp_path / "config" / "plugins" / "one.yaml").write_text("limit: 9\n")
    monkeypatch.setenv("ROUTEIQ_PLUGIN_ONE_KEY", "hunter2")
    status, shown, _ = command("plugin", "show", "one", "--json")
    assert status == 0
    assert shown["config_schema"]["properties"]["limit"]["description"] == "How many."
    assert shown["config_sources"]["names"] == "default"
    assert "one.yaml" in shown["config_sources"]["limit"]
    assert "ROUTEIQ_PLUGIN_ONE_KEY" in shown["config_sources"]["key"]
    assert shown["metadata"]["description"] == "Does something."
    assert "hunter2" not in str(shown)
    text = command("plugin", "show", "one")[1]
    assert "How many." in text
    assert "one.yaml" in text
    assert "hunter2" not in text


def test_a_wrong_configuration_is_shown_and_not_raised(command, plugins, tmp_path):
    plugins(one="")
    (tmp_path / "config" / "plugins").mkdir(parents=True)
    (tmp_path / "config" / "plugins" / "one.yaml").write_text("limt: 9\n")
    status, shown, _ = command("plugin", "show", "one", "--json")
    assert status == 0
    assert "did you mean 'limit'" in shown["config_problems"][0]


def test_an_unknown_plugin_is_wrong_use_and_gets_the_nearest_name(command, plugins):
    plugins(limiter="")
    status, _, errors = command("plugin", "show", "limter")
    assert status == 2
    assert "did you mean 'limiter'?" in errors


def test_a_settings_file_says_which_plugins_take_part(command, plugins, tmp_path):
    plugins(one="")
    (tmp_path / "mine.yaml").write_text("plugins: {one: {enabled: false, priority: 3}}")
    [one] = [
        plugin
        for plugin in command("plugin", "list", "--json", "--config", tmp_path / "mine.yaml")[1]["plugins"]
        if plugin["name"] == "one"
    ]
    assert one["state"] == "disabled"


def test_a_wrong_settings_file_has_exit_status_1(command, tmp_path):
    (tmp_path / "routeiq.yaml").write_text("serv: {}")
    status, printed, errors = command("plugin", "list")
    assert (status, printed) == (1, "")
    assert "did you mean 'server'" in errors


def test_named_instances_are_shown_as_plugins_of_their_own(command, plugins, tmp_path):
    plugins(limiter="")
    (tmp_path / "routeiq.yaml").write_text(
        "plugins:\n  limiter#free: {priority: 3, when: {path: /v1/*, header: {x-a: [b, c]}}}\n"
        "  limiter#paid: {mode: audit}\n"
    )
    (tmp_path / "config" / "plugins").mkdir(parents=True)
    (tmp_path / "config" / "plugins" / "limiter#free.yaml").write_text("limit: 9\n")
    listed = {plugin["name"]: plugin for plugin in command("plugin", "list", "--json")[1]["plugins"]}
    assert (listed["limiter#free"]["instance_of"], listed["limiter#free"]["priority"]) == ("limiter", 3)
    assert listed["limiter#paid"]["mode"] == "audit"
    assert "limiter" not in listed
    shown = command("plugin", "show", "limiter#free", "--json")[1]
    assert "limiter#free.yaml" in shown["config_sources"]["limit"]
    assert shown["when"] == {"path": ["/v1/*"], "header": {"x-a": ["b", "c"]}}
    text = command("plugin", "show", "limiter#free")[1]
    assert "instance of     limiter\n" in text
    assert "when path       /v1/*\n" in text
    assert "when header     x-a: b, c\n" in text
    status, _, errors = command("plugin", "show", "limiter")
    assert (status, "there are limiter#free, limiter#paid" in errors) == (2, True)
    hooks = {hook["name"]: hook for hook in command("hooks", "--json")[1]["hooks"]}
    names = [plugin["name"] for plugin in hooks["request"]["plugins"]]
    assert [name for name in names if name.startswith("limiter")] == ["limiter#free", "limiter#paid"]
