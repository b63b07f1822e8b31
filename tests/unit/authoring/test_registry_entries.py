"""What a registry is told of a distribution."""

import hashlib
import json

import pytest
from pydantic import BaseModel
from tests.unit.authoring.wheels import METADATA, wheel

from routeiq.authoring import registry_entries
from routeiq.authoring.registry_entries import RegistryEntry, registry_entry

DESCRIBED = {
    "name": "one",
    "reference": "one_plugin",
    "hooks": [{"name": "request", "kind": "first", "direction": "inbound", "line": 3}],
    "config_schema": {"type": "object", "properties": {"b": {}, "a": {}}},
    "metadata": {
        "description": None,
        "gateway_compat": ">=0.1",
        "capabilities": ["middleware"],
        "enabled_by_default": True,
        "priority": 7,
        "failure_mode": None,
        "depends_on": [],
        "before": [],
        "after": ["zero"],
    },
}


def test_what_is_told_is_that_of_the_wheel_and_its_files(tmp_path):
    path = wheel(tmp_path)
    sdist = tmp_path / "routeiq_plugin_one-1.0.tar.gz"
    sdist.write_bytes(b"sources")
    entry = registry_entry(path, [sdist, path], [{**DESCRIBED, "name": "two"}, DESCRIBED])
    assert (entry.schema_version, entry.name, entry.version) == (1, "routeiq-plugin-one", "1.0")
    assert (entry.summary, entry.license, entry.homepage) == ("One thing.", "MIT", "https://example.org")
    assert (entry.author, entry.requires_python) == ("Alice", ">=3.11")
    assert entry.dependencies == ("pydantic>=2.8", 'rich; extra == "shown"')
    assert [(file.filename, file.kind) for file in entry.files] == [(path.name, "wheel"), (sdist.name, "sdist")]
    assert (entry.files[1].size, entry.files[1].sha256) == (7, hashlib.sha256(b"sources").hexdigest())
    assert [plugin.name for plugin in entry.plugins] == ["one", "two"]
    assert entry.plugins[0].hooks[0].name == "request"
    assert entry.plugins[0].after == ("zero",)


def test_the_text_can_be_read_again_and_keeps_the_order_of_fields(tmp_path):
    path = wheel(tmp_path)
    text = registry_entry(path, [path], [DESCRIBED]).text()
    assert RegistryEntry.model_validate_json(text).text() == text
    assert list(json.loads(text)["plugins"][0]["config_schema"]["properties"]) == ["b", "a"]


def test_what_is_not_said_is_null(tmp_path):
    path = wheel(tmp_path, metadata="Metadata-Version: 2.4\nName: one\nVersion: 1.0\n\n")
    entry = registry_entry(path, [], [])
    assert (entry.summary, entry.license, entry.requires_python, entry.dependencies) == (None, None, None, ())
    assert METADATA.startswith("Metadata-Version: 2.4\n")


@pytest.mark.parametrize(
    "model",
    [
        model
        for model in vars(registry_entries).values()
        if isinstance(model, type) and issubclass(model, BaseModel) and model.__module__ == registry_entries.__name__
    ],
)
def test_every_field_is_documented(model):
    assert [name for name, field in model.model_fields.items() if not field.description] == []
