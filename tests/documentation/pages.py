"""What runs the examples of a page: one namespace for Python, one shell for commands, the readers of its files.

Comments of a page say what its readers need not see: `<!-- skip: next "why" -->` before an example that cannot run in
a test, and `<!-- invisible-code-block: python` (or sh) with what an example needs, up to `-->`.
"""

from __future__ import annotations

import ast
import asyncio
import configparser
import contextlib
import inspect
import json
import re
import tomllib
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from types import CodeType
from typing import Any, Final
from unittest import SkipTest

import yaml
from sybil import Document, Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, SkipParser

from routeiq.core.errors import ConfigurationError
from routeiq.core.yaml_files import Document as SettingsDocument
from routeiq.gateway.settings import GatewaySettings

from .shell import ExampleFailed, Shell

INCLUDED: Final = ("docs/code", "examples", "builtin_plugins/routeiq_builtin_plugins")
"""Where the site's generator looks for what a page includes; see mkdocs.yml."""
FOREIGN: Final = frozenset({"lua"})
"""What other systems speak: shown for comparison, and skipped."""
WORDLESS: Final = frozenset({"", "text"})
"""What is shown rather than run: output."""


class EveryVariable(dict[str, str]):
    """An environment that has whatever a file of settings refers to."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        return "a value"

    def get(self, name: str, default: Any = None) -> str:
        return "a value"


class Page:
    """One page: runs its examples from the first to the last."""

    def __init__(self, path: Path, repository: Path, folder: Path, fixtures: Callable[[str], Any]) -> None:
        """Take a page.

        Args:
            folder: For what the examples write.
            fixtures: Returns the fixture of that name, for tests that the page shows.
        """
        self._repository = repository
        self._fixtures = fixtures
        self._shell = Shell(folder, repository)
        self._loop = asyncio.new_event_loop()
        languages = {"python": self._python, "sh": self._commands, "yaml": self._yaml}
        readers: dict[str, Callable[[str], Any]] = {
            "json": read_json, "toml": tomllib.loads, "ini": configparser.ConfigParser().read_string,
        }  # fmt: skip
        evaluators = {**languages, **{name: self._reading(reader) for name, reader in readers.items()}}
        evaluators |= dict.fromkeys(FOREIGN, self._foreign)
        self.languages = evaluators.keys() | WORDLESS
        parsers = [CodeBlockParser(name, evaluator) for name, evaluator in evaluators.items()]
        self.document: Document = Sybil([*parsers, SkipParser()]).parse(path)

    def run(self) -> None:
        """Run every example. Raises whatever one fails with, its line noted."""
        for example in self.document.examples():
            try:
                example.evaluate()
            except SkipTest as skipped:
                if not str(skipped):
                    raise ExampleFailed(f"line {example.line}: say why it is skipped") from skipped
            except Exception as error:
                error.add_note(f"{self.document.path}:{example.line}")
                raise

    def close(self) -> None:
        """Put away what the examples used."""
        self._shell.close()
        self._loop.close()

    def _source(self, example: Example) -> str:
        """Return an example's text, with what the page includes."""
        return re.sub(r'--8<-- "(.+)"', lambda found: self._included(found[1]).read_text("utf-8"), str(example.parsed))

    def _included(self, name: str) -> Path:
        for folder in INCLUDED:
            path = self._repository / folder / name
            if path.exists():
                return path
        raise ExampleFailed(f"there is no {name} to include")

    def _commands(self, example: Example) -> None:
        self._shell.run(self._source(example))

    def _foreign(self, example: Example) -> None:
        raise ExampleFailed("nobody runs this: say why it is skipped")

    def _reading(self, reader: Callable[[str], Any]) -> Callable[[Example], None]:
        return lambda example: reader(self._source(example)) and None

    def _yaml(self, example: Example) -> None:
        """Judge a file as its reader would, and put it where its first line says that it belongs."""
        source = self._source(example)
        data = yaml.safe_load(source)
        named = re.match(r"# ([\w./#-]+\.yaml)$", source, re.MULTILINE)
        if named is not None:
            path = self._shell.folder / named[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source, "utf-8")
            if path.parent.name == "plugins":
                with contextlib.chdir(self._shell.folder):
                    self._judge_plugins(path.stem, data)
        if (named is not None and named[1] == "routeiq.yaml") or data.keys() <= GatewaySettings.model_fields.keys():
            try:
                GatewaySettings.from_document(SettingsDocument(data, {}), EveryVariable(), "routeiq.yaml")
            except ConfigurationError as error:
                raise ExampleFailed(str(error)) from error

    @staticmethod
    def _judge_plugins(instance: str, data: Any) -> None:
        name = instance.partition("#")[0]
        for point in entry_points(group="routeiq.plugins", name=name):
            point.load().metadata.config_schema.model_validate(data)

    def _python(self, example: Example) -> None:
        if re.fullmatch(r'--8<-- "[\w/.-]+"\n', str(example.parsed)):
            self._source(example)
            return  # a file of its own, which tests/structure/test_documentation.py runs
        namespace = example.namespace
        before = dict(namespace)
        self._execute(compiled(str(example.parsed), f"{example.path}:{example.line}"), namespace)
        for name, function in list(namespace.items()):
            if name.startswith("test_") and before.get(name) is not function:
                self._call_test(function)

    def _execute(self, code: CodeType, namespace: dict[str, Any]) -> None:
        result = eval(code, namespace)
        if inspect.iscoroutine(result):
            self._loop.run_until_complete(result)

    def _call_test(self, function: Callable[..., Any]) -> None:
        arguments = {name: self._fixtures(name) for name in inspect.signature(function).parameters}
        result = function(**arguments)
        if inspect.iscoroutine(result):
            self._loop.run_until_complete(result)


def read_json(text: str) -> None:
    """Read a document, or JSON lines."""
    try:
        json.loads(text)
    except ValueError:
        for line in text.splitlines():
            json.loads(line)


def compiled(source: str, where: str) -> CodeType:
    """Return a piece of Python, in which `await` may stand at the top."""
    code: CodeType = compile(source, where, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    return code


def pages(repository: Path) -> Iterator[Path]:
    """Yield every page with examples."""
    yield repository / "README.md"
    yield repository / "CONTRIBUTING.md"
    for folder in ("docs", "hookspecs", "builtin_plugins", "examples"):
        for path in sorted((repository / folder).rglob("*.md")):
            if "```" in path.read_text("utf-8"):
                yield path
