"""The documents that operators edit, made of all sources of a configuration and of their word on a plugin."""

import pytest
from pydantic import BaseModel, Field, SecretStr

from routeiq.core.config_files import ConfigFiles
from routeiq.core.documents import config_document, override_document, without_nulls
from routeiq.core.errors import ConfigurationError, PinnedFields
from routeiq.core.masking import MASK
from routeiq.core.settings import ManagerSettings, PluginOverride


class Schema(BaseModel):
    class Inner(BaseModel):
        a: int = 1
        b: int = 2

    word: str = "default"
    limit: int = Field(10, ge=1)
    phrase: SecretStr = SecretStr("hush")
    inner: Inner = Inner()


@pytest.fixture
def load(tmp_path):
    """load(overlay, text of the file or None, schema, **variables)"""

    def do(overlay=None, text=None, schema=Schema, plugins=("x",), **variables):
        if text is not None:
            (tmp_path / "x.yaml").write_text(text)
        environment = {f"ROUTEIQ_PLUGIN_X_{name}": value for name, value in variables.items()}
        settings = ManagerSettings(config_directory=tmp_path, environment=environment)
        return config_document("x", schema, settings, plugins, overlay or {}, ConfigFiles(tmp_path))

    return do


def test_a_configuration_has_its_fields_and_their_sources(load, tmp_path):
    document = load({"limit": 3, "word": "hidden"}, "word: w\n", INNER__A="7")
    assert document.shown() == {
        "word": "w", "limit": 3, "phrase": MASK, "inner": {"a": 7, "b": 2},
        "$sources": {
            "word": f"file {tmp_path / 'x.yaml'}", "limit": "overlay", "phrase": "default",
            "inner.a": "variable ROUTEIQ_PLUGIN_X_INNER__A", "inner.b": "default",
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "variables", "change", "pin"),
    [
        ("limit: 2\nword: w\n", {}, {"word": "v"}, "x.yaml, line 2"),
        ("inner: {a: 1}\n", {}, {"inner": {"a": 2}}, "x.yaml, line 1"),
        (None, {"WORD": "w"}, {"word": "v"}, "variable ROUTEIQ_PLUGIN_X_WORD"),
        (None, {"INNER": '{"a": 1, "b": 1}'}, {"inner": {"a": 2}}, "variable ROUTEIQ_PLUGIN_X_INNER"),
        (None, {"INNER__A": "1", "INNER__B": "2"}, {"inner": 1}, "X_INNER__A, ROUTEIQ_PLUGIN_X_INNER__B"),
    ],
)  # fmt: skip
def test_a_pin_names_the_file_with_its_line_or_the_variable(load, text, variables, change, pin):
    with pytest.raises(PinnedFields) as raised:
        load({}, text, **variables).patched(change)
    assert pin in str(raised.value)


def test_a_configuration_that_is_not_valid_can_be_read_and_mended(load):
    document = load({"limit": 0, "phrase": ["odd"], "gone": 1, "inner": {"a": "x"}}, "word: w\n")
    shown = document.shown()
    assert {name: value for name, value in shown.items() if not name.startswith("$")} == {
        "word": "w", "limit": 0, "phrase": MASK, "gone": 1, "inner": {"a": "x"}
    }  # fmt: skip
    assert shown["$sources"]["limit"] == "overlay"
    assert "x.yaml, line 1" in shown["$sources"]["word"]
    assert len(shown["$problems"]) == 4
    mended = document.patched({"limit": 5, "gone": None, "phrase": None, "inner": {"a": None}})
    assert mended == {"limit": 5, "inner": {}}
    assert not load(mended).problems


def test_a_file_or_variables_that_cannot_be_understood_are_problems_of_the_document(load):
    document = load({"limit": 3}, "word: [", plugins=("x", "x-limit"), LIMIT_Y="1")
    assert document.shown()["limit"] == 3
    assert "is no YAML" in document.shown()["$problems"][0]


def test_variables_that_could_mean_two_plugins_are_problems_of_the_document(load):
    document = load({"limit": 3}, plugins=("x", "x-limit"), LIMIT_Y="1")
    assert document.shown()["limit"] == 3
    assert "could mean" in document.shown()["$problems"][0]


def test_a_plugin_without_a_schema_has_an_empty_document(load):
    document = load(schema=None)
    assert document.shown() == {"$sources": {}}
    assert document.replaced({}) == {}
    with pytest.raises(ConfigurationError, match="there is no such key"):
        document.replaced({"a": 1})


def test_an_override_has_what_the_file_says_above_what_was_set_since():
    in_file = PluginOverride(priority=5, timeout=None, hooks={"request": {"timeout": 1}})
    document = override_document({"priority": 7, "mode": "audit"}, in_file, "x", "routeiq.yaml")
    shown = document.shown()
    assert (shown["priority"], shown["mode"], shown["enabled"]) == (5, "audit", None)
    assert shown["$sources"]["priority"] == "file routeiq.yaml (plugins.x.priority)"
    assert (shown["$sources"]["mode"], shown["$sources"]["timeout"]) == ("overlay", "default")
    assert document.replaced(shown) == {"priority": 7, "mode": "audit"}
    assert document.patched({"timeout": 2.5, "mode": None}) == {"priority": 7, "timeout": 2.5}
    with pytest.raises(PinnedFields, match=r"priority is set by file routeiq.yaml \(plugins.x.priority\)"):
        document.patched({"priority": 6})
    assert document.patched({"hooks": {"request": {"priority": 2}}})["hooks"] == {"request": {"priority": 2}}
    with pytest.raises(PinnedFields, match=r"hooks.request.timeout is set by file routeiq.yaml \(plugins.x.hooks.req"):
        document.patched({"hooks": {"request": {"timeout": 2}}})
    with pytest.raises(ConfigurationError, match="did you mean 'request'"):
        document.patched({"hooks": {"requst": {"timeout": 2}}})


def test_an_override_of_which_the_file_says_nothing_is_free():
    document = override_document({}, None, "x", "routeiq.yaml")
    assert document.patched({"before": ["a"], "enabled": False}) == {"before": ["a"], "enabled": False}


def test_an_override_that_is_not_valid_can_be_mended():
    document = override_document({"mode": "audti", "priority": 3}, None, "x", "routeiq.yaml")
    assert document.shown()["mode"] == "audti"
    assert "did you mean 'audit'" in document.shown()["$problems"][0]
    assert document.patched({"mode": "audit"}) == {"mode": "audit", "priority": 3}


def test_an_operators_word_is_kept_without_what_it_leaves_alone():
    assert without_nulls({"a": None, "b": {"c": None, "d": 0}, "e": [None]}) == {"b": {"d": 0}, "e": [None]}
