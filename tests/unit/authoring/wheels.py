"""Wheels made by hand: quicker than any build, and wrong in whatever way a test wants."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

METADATA = """Metadata-Version: 2.4
Name: RouteIQ.Plugin_one
Version: 1.0
Summary: One thing.
License-Expression: MIT
Project-URL: Homepage, https://example.org
Author: Alice
Requires-Python: >=3.11
Requires-Dist: pydantic>=2.8
Requires-Dist: rich; extra == "shown"

A long text.
"""
PLUGIN = """
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl
metadata = PluginMetadata(name="one", capabilities={PluginCapability.MIDDLEWARE}, gateway_compat=">=0.1", MORE)

@hookimpl
def response(response):
    pass

@hookimpl
def request(request):
    pass
"""


def wheel(
    folder: Path,
    modules: Mapping[str, str] | None = None,
    points: str = "one = one_plugin",
    metadata: str = METADATA,
    more: str = "",
) -> Path:
    """Return a wheel with modules (by default `one_plugin`) and entry points in it."""
    path = folder / "routeiq_plugin_one-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("routeiq_plugin_one-1.0.dist-info/METADATA", metadata)
        archive.writestr("routeiq_plugin_one-1.0.dist-info/entry_points.txt", f"[routeiq.plugins]\n{points}\n")
        for name, source in (modules if modules is not None else {"one_plugin.py": PLUGIN}).items():
            archive.writestr(name, source.replace("MORE", more))
    return path
