"""What a registry of plugins is told of a distribution: `<distribution>-<version>.routeiq.json`, beside its files.

The document is the same for the same files: nothing in it depends on when or where it was made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from email.parser import HeaderParser
from pathlib import Path
from typing import Any, Literal
from zipfile import ZipFile

from packaging.utils import canonicalize_name
from pydantic import BaseModel, ConfigDict, Field

from routeiq.core.discovery import facts_of


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RegistryFile(_Document):
    """A file of the distribution."""

    filename: str = Field(description="Its name; it lies beside this document.")
    kind: Literal["sdist", "wheel"] = Field(description="What it is.")
    size: int = Field(description="In bytes.")
    sha256: str = Field(description="Of its content, in hexadecimal.")


class RegistryHook(_Document):
    """A hook that a plugin implements."""

    name: str = Field(description="The phase.")
    kind: str = Field(description="What results mean there: observe, collect, first or chain.")
    direction: Literal["inbound", "outbound"] = Field(description="Whether plugins are called in order or in reverse.")


class RegistryPlugin(_Document):
    """A plugin in the distribution."""

    name: str = Field(description="Its name, which is that of its entry point.")
    entry_point: str = Field(description="What is imported for it: `package.module`, or `package.module:object`.")
    description: str | None = Field(description="One sentence about it.")
    gateway_compat: str | None = Field(description="The versions of RouteIQ that it works with (PEP 440); null: any.")
    capabilities: tuple[str, ...] = Field(description="What it may take part in.")
    hooks: tuple[RegistryHook, ...] = Field(description="What it implements, in the order of the phases.")
    enabled_by_default: bool = Field(description="Whether it takes part as soon as it is installed.")
    priority: int = Field(description="Where it stands among plugins that are free to run; lower comes first.")
    failure_mode: str | None = Field(description="What becomes of requests when it fails; null: as elsewhere.")
    depends_on: tuple[str, ...] = Field(description="Plugins without which it does not start.")
    before: tuple[str, ...] = Field(description="Plugins that it comes before.")
    after: tuple[str, ...] = Field(description="Plugins that it comes after.")
    config_schema: dict[str, Any] = Field(description="The JSON Schema (2020-12) of its configuration.")


class RegistryEntry(_Document):
    """A distribution with plugins."""

    schema_version: Literal[1] = Field(default=1, description="The form of this document.")
    name: str = Field(description="The distribution's name, normalized (PEP 503).")
    version: str = Field(description="Its version (PEP 440).")
    summary: str | None = Field(description="One sentence about it.")
    license: str | None = Field(description="Its licence, an SPDX expression if its metadata has one.")
    homepage: str | None = Field(description="Where there is more about it.")
    author: str | None = Field(description="Who made it.")
    requires_python: str | None = Field(description="The versions of Python that it works with (PEP 440).")
    dependencies: tuple[str, ...] = Field(description="What is installed along with it (PEP 508).")
    files: tuple[RegistryFile, ...] = Field(description="Its files, by name.")
    plugins: tuple[RegistryPlugin, ...] = Field(description="Its plugins, by name.")

    def text(self) -> str:
        """Return the document as it is written."""
        return json.dumps(self.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"


def registry_entry(wheel: Path, files: Sequence[Path], plugins: Sequence[Mapping[str, Any]]) -> RegistryEntry:
    """Return what a registry is told.

    Args:
        wheel: The distribution's wheel, for its metadata.
        files: All of its files.
        plugins: What `describe_target` says of those in the wheel.
    """
    metadata = wheel_metadata(wheel)
    facts = facts_of(metadata)
    return RegistryEntry(
        name=canonicalize_name(metadata["Name"]),
        version=metadata["Version"],
        summary=facts["description"],
        license=facts["license"],
        homepage=facts["homepage"],
        author=facts["author"],
        requires_python=metadata.get("Requires-Python"),
        dependencies=tuple(metadata.get_all("Requires-Dist") or ()),
        files=tuple(_file(path) for path in sorted(files, key=lambda path: path.name)),
        plugins=tuple(_plugin(one) for one in sorted(plugins, key=lambda one: str(one["name"]))),
    )


def wheel_metadata(wheel: Path) -> Any:
    """Return the core metadata in a wheel, as a message."""
    with ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA") and name.count("/") == 1]
        return HeaderParser().parsestr(archive.read(name).decode())


def _file(path: Path) -> RegistryFile:
    content = path.read_bytes()
    return RegistryFile(
        filename=path.name,
        kind="wheel" if path.suffix == ".whl" else "sdist",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _plugin(described: Mapping[str, Any]) -> RegistryPlugin:
    said = described["metadata"]
    taken = ("description", "gateway_compat", "capabilities", "enabled_by_default", "priority", "failure_mode")
    return RegistryPlugin(
        name=described["name"],
        entry_point=described["reference"],
        hooks=tuple(
            RegistryHook(name=hook["name"], kind=hook["kind"], direction=hook["direction"])
            for hook in described["hooks"]
        ),
        config_schema=described["config_schema"],
        **{field: said[field] for field in (*taken, "depends_on", "before", "after")},
    )
