"""The plugins' configuration files, as they were read at one moment.

A change is judged and put in force by one reading of its files: what is written to them meanwhile belongs to the next.
A reading can be sent to other processes, which then judge the very same text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import ConfigurationError, Problem

if TYPE_CHECKING:
    from .yaml_files import Document


@dataclass(frozen=True, slots=True)
class FileContent:
    """What a file held: its text, or why that cannot be had; neither if there is no file."""

    text: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class ConfigFiles:
    """Some plugins' files in one directory; a file that was not read yet is read when it is asked for.

    Attributes:
        directory: Where `<plugin>.yaml` lies for each plugin.
        contents: What was read, by plugin.
    """

    directory: Path
    contents: Mapping[str, FileContent] = field(default_factory=dict)

    def read(self, plugins: Iterable[str]) -> ConfigFiles:
        """Return these files with those of some plugins read anew."""
        return self.with_contents({plugin: self._content(plugin) for plugin in plugins})

    def with_contents(self, contents: Mapping[str, FileContent]) -> ConfigFiles:
        """Return these files with others in the place of some."""
        return ConfigFiles(self.directory, {**self.contents, **contents})

    def differing(self, other: ConfigFiles, plugins: Iterable[str]) -> list[str]:
        """Return those of some plugins whose files are not the same in another reading."""
        return [plugin for plugin in plugins if self.content(plugin) != other.content(plugin)]

    def content(self, plugin: str) -> FileContent:
        """Return what a plugin's file held."""
        known = self.contents.get(plugin)
        return self._content(plugin) if known is None else known

    def path(self, plugin: str) -> Path:
        """Return where a plugin's file lies, whether it is there or not."""
        return self.directory / f"{plugin}.yaml"

    def document(self, plugin: str) -> Document | None:
        """Return what a plugin's file says, or None if there is none.

        Raises:
            ConfigurationError: if it cannot be read, or is no YAML with keys and values.
        """
        content = self.content(plugin)
        if content.problem is not None:
            raise ConfigurationError([Problem(str(self.path(plugin)), "", content.problem)])
        if content.text is None:
            return None
        from .yaml_files import parse_yaml  # here, since most starts read no file, and PyYAML loads slowly

        return parse_yaml(content.text, self.path(plugin))

    def _content(self, plugin: str) -> FileContent:
        path = self.path(plugin)
        other = path.with_suffix(".yml")
        try:
            if path.is_file():
                from .yaml_files import read_text

                return FileContent(read_text(path))
            if other.is_file():
                return FileContent(problem=f"is not there, and {other.name} is not read: rename that")
        except OSError as error:
            return FileContent(problem=f"cannot be read: {error.strerror}")
        except ConfigurationError as error:
            return FileContent(problem=error.problems[0].message)
        return FileContent()
