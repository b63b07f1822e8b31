"""The template of plugin projects: its versions, and what one of them makes of an author's answers.

It is a template in Copier's form, rendered by Jinja2 alone: Copier brings a dozen packages along, one of them under the
GPL, which is more than everyone who runs a gateway should have to carry for a command that authors use. Copier is
needed only to update a project (`updates`); a test holds that both render the same.

All versions that were ever released stay here, so that an update knows what a project began with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Final

import yaml
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

ANSWERS: Final = ".copier-answers.yml"
"""The file in a project that says which version of the template it was made by, and with which answers."""
SUFFIX: Final = ".jinja"
FOLDER: Final = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Template:
    """One version of the template.

    Attributes:
        folder: Where it is, with Copier's `copier.yml` in it.
        version: Counts from 1.
    """

    folder: Path
    version: int

    @cached_property
    def questions(self) -> Mapping[str, Mapping[str, Any]]:
        """What it asks for, by name; `when: false` marks what follows from other answers."""
        return {name: said for name, said in self._copier.items() if not name.startswith("_")}

    @cached_property
    def _copier(self) -> Mapping[str, Any]:
        found: dict[str, Any] = yaml.safe_load((self.folder / "copier.yml").read_text(encoding="utf-8"))
        return found

    @cached_property
    def _jinja(self) -> SandboxedEnvironment:
        # As Copier has it. It makes source code and no pages: there is nothing to escape for HTML.
        return SandboxedEnvironment(
            loader=FileSystemLoader(self.folder), undefined=StrictUndefined, keep_trailing_newline=True
        )

    def files(self, answers: Mapping[str, str]) -> Mapping[PurePosixPath, str]:
        """Return the files of a project, by their paths in it.

        Args:
            answers: To its questions, those left out that have defaults.
        """
        given = self._complete(answers)
        given["_copier_conf"] = {"answers_file": ANSWERS}
        given["_copier_answers"] = {"_commit": str(self.version)}
        return dict(self._files(given))

    def _complete(self, answers: Mapping[str, str]) -> dict[str, Any]:
        given: dict[str, Any] = {}
        for name, question in self.questions.items():
            asked = question.get("when", True)
            told = answers.get(name) if asked else None
            given[name] = self._jinja.from_string(question["default"]).render(given) if told is None else told
        return given

    def _files(self, given: Mapping[str, Any]) -> Iterator[tuple[PurePosixPath, str]]:
        project = self.folder / self._copier["_subdirectory"]
        for path in sorted(project.rglob("*")):
            if path.is_file():
                name = self._jinja.from_string(path.relative_to(project).as_posix()).render(given)
                text = path.read_text(encoding="utf-8")
                if name.endswith(SUFFIX):
                    text = self._jinja.get_template(path.relative_to(self.folder).as_posix()).render(given)
                yield PurePosixPath(name.removesuffix(SUFFIX)), text


def templates(folder: Path = FOLDER) -> list[Template]:
    """Return all versions of the template, the oldest first."""
    return sorted((Template(path, int(path.name)) for path in folder.iterdir()), key=lambda one: one.version)
