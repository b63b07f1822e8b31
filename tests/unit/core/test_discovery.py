"""Discovery: policy before import, and a reason for everything that does not load."""

import sys
import textwrap

import pytest

from routeiq.core.discovery import discover
from routeiq.core.records import PluginState
from routeiq.core.settings import ManagerSettings, PluginOverride

GOOD = """
    from routeiq_plugin_sdk import PluginMetadata
    metadata = PluginMetadata(name={name!r})
"""


@pytest.fixture
def offered(tmp_path, monkeypatch):
    """offered(distribution, entry_points, **modules): make an installed distribution that only this test sees."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)

    def offer(distribution, entry_points, **modules):
        info = tmp_path / f"{distribution.replace('-', '_')}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\nSummary: made for a test\n"
            "Author: Ada\nProject-URL: Homepage, http://localhost/home\n"
        )
        points = "\n".join(f"{name} = {value}" for name, value in entry_points.items())
        (info / "entry_points.txt").write_text(f"[routeiq.plugins]\n{points}\n")
        for name, source in modules.items():
            (tmp_path / f"{name}.py").write_text(textwrap.dedent(source))

    yield offer
    for name in set(sys.modules) - before:
        del sys.modules[name]


def found(**settings):
    return {loaded.candidate.name: loaded for loaded in discover(ManagerSettings(**settings))}


def test_an_entry_point_is_loaded_with_the_facts_of_its_distribution(offered):
    offered("dist-a", {"plugin-a": "module_a"}, module_a=GOOD.format(name="plugin-a"))
    loaded = found()["plugin-a"]
    assert loaded.state is None
    assert loaded.plugin.metadata.name == "plugin-a"
    assert loaded.candidate.distribution == "dist-a 1.2"
    assert loaded.candidate.facts == {
        "version": "1.2", "description": "made for a test", "homepage": "http://localhost/home", "license": None,
        "author": "Ada",
    }  # fmt: skip


@pytest.mark.parametrize("word", ["plugin-b", "dist-b", "Dist_B", "module_b"])
def test_the_allowlist_takes_names_distributions_and_modules(offered, word):
    offered("dist-b", {"plugin-b": "module_b"}, module_b=GOOD.format(name="plugin-b"))
    assert found(allowlist=frozenset({word}))["plugin-b"].state is None


def test_what_is_not_allowed_is_not_imported(offered, tmp_path):
    offered("dist-c", {"plugin-c": "module_c"}, module_c=f"open({str(tmp_path / 'ran')!r}, 'w')")
    loaded = found(allowlist=frozenset())["plugin-c"]
    assert loaded.state is PluginState.REFUSED
    assert "allowlist" in loaded.reason
    assert not (tmp_path / "ran").exists()


def test_what_the_operator_disabled_is_not_imported(offered, tmp_path):
    offered("dist-d", {"plugin-d": "module_d"}, module_d=f"open({str(tmp_path / 'ran')!r}, 'w')")
    loaded = found(plugins={"plugin-d": PluginOverride(enabled=False)})["plugin-d"]
    assert loaded.state is PluginState.DISABLED
    assert not (tmp_path / "ran").exists()


def test_of_duplicates_none_is_imported_and_both_are_named(offered, tmp_path):
    offered("dist-e", {"plugin-e": "module_e"}, module_e=f"open({str(tmp_path / 'ran')!r}, 'w')")
    offered("dist-f", {"plugin-e": "module_e"})
    loaded = found()["plugin-e"]
    assert loaded.state is PluginState.REFUSED
    assert "dist-e" in loaded.reason
    assert "dist-f" in loaded.reason
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import no_such_module_7", "no_such_module_7"),
        ("1 / 0", "ZeroDivisionError"),
        ("raise SystemExit(3)", "SystemExit"),
        ("def broken(:", "SyntaxError"),
    ],
)
def test_a_broken_import_is_a_reason(offered, source, words):
    offered("dist-g", {"plugin-g": "module_g"}, module_g=source)
    loaded = found()["plugin-g"]
    assert loaded.state is PluginState.FAILED
    assert words in loaded.reason


def test_an_import_that_hangs_is_given_up(offered):
    offered("dist-h", {"plugin-h": "module_h"}, module_h="import threading; threading.Event().wait(3)")
    loaded = found(startup_timeout=0.05)["plugin-h"]
    assert loaded.state is PluginState.FAILED
    assert "STARTUP_TIMEOUT" in loaded.reason


def test_an_object_inside_a_module_can_be_named(offered):
    source = (
        "from routeiq_plugin_sdk import PluginMetadata\nclass Inner:\n    metadata = PluginMetadata(name='plugin-i')\n"
    )
    offered("dist-i", {"plugin-i": "module_i:Inner"}, module_i=source)
    assert found()["plugin-i"].plugin.__name__ == "Inner"


def test_a_missing_attribute_is_a_reason(offered):
    offered("dist-j", {"plugin-j": "module_j:nothing"}, module_j="x = 1")
    assert "nothing" in found()["plugin-j"].reason


def test_the_entry_points_name_and_the_metadatas_must_be_equal(offered):
    offered("dist-k", {"plugin-k": "module_k"}, module_k=GOOD.format(name="other"))
    loaded = found()["plugin-k"]
    assert loaded.state is PluginState.REFUSED
    assert "'other'" in loaded.reason


def test_a_name_that_is_none_is_refused(offered):
    offered("dist-l", {"Plugin_L": "module_l"}, module_l="x = 1")
    assert "no plugin name" in found()["Plugin_L"].reason


def test_module_paths_are_loaded_beside_entry_points(offered):
    offered(
        "dist-m", {"plugin-m": "module_m"}, module_m=GOOD.format(name="plugin-m"), module_n=GOOD.format(name="plugin-n")
    )
    loaded = found(modules=("module_n",))
    assert loaded["module_n"].plugin.metadata.name == "plugin-n"
    assert "plugin-m" in loaded
