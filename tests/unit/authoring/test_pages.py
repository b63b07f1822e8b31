"""Pages about plugins, in Markdown."""

from itertools import pairwise

import yaml
from markdown_it import MarkdownIt

from routeiq.authoring.pages import Documented, gateway_page, paths_of_all, plugin_page, words

RECORD = {
    "name": "one",
    "version": "1.2",
    "distribution": "routeiq-plugin-one 1.2",
    "source": "entry point",
    "state": "active",
    "reason": "",
    "instance_of": None,
    "priority": 7,
    "depends_on": ["base"],
    "before": [],
    "after": [],
    "mode": "enforce",
    "failure_mode": "continue",
}
ROUTES = {
    "paths": {"/one": {"get": {"summary": "Get <one>", "responses": {}}}},
    "websockets": ["/talk"],
    "problem": None,
}
DESCRIPTION = {
    "metadata": {
        "description": "Does <b>one</b> thing | or two.",
        "capabilities": ["routes"],
        "enabled_by_default": True,
    },
    "config_tables": [
        {"path": "", "rows": [{"name": "rules", "type": "list of Rule", "default": "", "about": "All `<of>` them."}]},
        {"path": "rules[]", "rows": [{"name": "if", "type": "a|b", "default": "`a`", "about": "When."}]},
    ],
    "hooks": [{"name": "request", "kind": "first", "direction": "inbound", "wrapper": False, "about": ""}],
    "routes": ROUTES,
}
HOOKS = [
    {"name": "request", "kind": "first", "direction": "inbound", "plugins": [{"name": "zero"}, {"name": "one"}]},
    {"name": "response", "kind": "observe", "direction": "outbound", "plugins": []},
]
ONE = Documented(RECORD, DESCRIPTION)


def rows(page):
    """Return the cells of every row of every table, as readers of Markdown see them."""
    tokens = MarkdownIt("commonmark", {"html": False}).enable("table").parse(page)
    found = []
    for token, inside in pairwise(tokens):
        if token.type == "tr_open":
            found.append([])
        elif token.type in ("td_open", "th_open"):
            found[-1].append("".join(child.content for child in inside.children))
    return found


def test_a_page_has_what_there_is_to_know():
    page = plugin_page(ONE, HOOKS)
    table = rows(page)
    assert page.startswith("# one\n\nDoes &lt;b>one&lt;/b> thing | or two.\n")
    assert ["version", "1.2"] in table
    assert ["depends on", "base"] in table
    assert "homepage" not in page
    assert ["rules", "list of Rule", "", "All <of> them."] in table
    assert ["if", "a|b", "a", "When."] in table
    assert "Of `rules[]`:" in page
    assert ["GET", "/one", "Get <one>"] in table
    assert ["WebSocket", "/talk", ""] in table


def test_a_hook_is_told_with_its_place_and_else_by_its_specification():
    [hook] = [row for row in rows(plugin_page(ONE, HOOKS)) if row[0] == "request"]
    assert hook[1:3] == ["first", "→"]
    assert hook[3].startswith("Look at the request")
    assert hook[4] == "2 of 2, after zero"
    [outside] = [row for row in rows(plugin_page(ONE, [])) if row[0] == "request"]
    assert outside[4] == ""


def test_the_openapi_part_can_be_read():
    text = plugin_page(ONE, HOOKS).partition("```yaml\n")[2].partition("```")[0]
    assert yaml.safe_load(text) == {"paths": ROUTES["paths"]}


def test_a_plugin_that_could_not_be_looked_at_is_told_with_the_reason():
    record = {**RECORD, "state": "refused", "reason": "not on the <allowlist>"}
    page = plugin_page(Documented(record, None), HOOKS)
    assert ["state", "refused: not on the <allowlist>"] in rows(page)
    assert "## Hooks" not in page


def test_the_names_of_variables_are_those_of_the_instance():
    page = plugin_page(Documented({**RECORD, "name": "rate-limit#free"}, DESCRIPTION), HOOKS)
    assert "`config/plugins/rate-limit#free.yaml`, or variables `ROUTEIQ_PLUGIN_RATE_LIMIT__FREE_<FIELD>`" in page


def test_without_fields_there_is_nothing_to_configure():
    page = plugin_page(Documented(RECORD, {**DESCRIPTION, "config_tables": []}), HOOKS)
    assert "There is nothing to configure." in page


def test_routes_that_are_not_known_are_said_to_be_so():
    routes = {"paths": {}, "websockets": [], "problem": "OSError: no <folder>"}
    page = plugin_page(Documented(RECORD, {**DESCRIPTION, "routes": routes}), HOOKS)
    assert "They are not known: OSError: no &lt;folder>" in page


def test_the_gateways_page_has_all_plugins_and_their_order():
    off = Documented({**RECORD, "name": "off", "state": "disabled"}, DESCRIPTION)
    page = gateway_page([ONE, off], HOOKS)
    table = rows(page)
    assert ["one", "1.2", "active", "Does <b>one</b> thing | or two."] in table
    assert ["request", "first", "→", "zero, one"] in table
    assert not any(row[0] == "response" for row in table)
    assert "\n## one\n" in page
    assert "\n### Hooks\n" in page
    assert yaml.safe_load(page.partition("```yaml\n")[2].partition("```")[0])["paths"]["/one"]["get"]["tags"] == ["one"]


def test_of_one_path_the_first_plugin_has_it():
    other = Documented({**RECORD, "name": "other"}, DESCRIPTION)
    assert paths_of_all([other, ONE])["/one"]["get"]["tags"] == ["other"]


def test_what_plugins_say_is_text():
    assert words("a <b> `<c>` <d>\n  e") == "a &lt;b> `<c>` &lt;d> e"
