"""Edits of what operators set at run time: a document of all that is in force, and the overlay that an edit makes.

A document has the fields of the validated configuration, whatever set them. Of what comes back only the differences
count: fields that are as they were, and masks, leave things as they are, so that a document can be read, changed in one
place and written. An edit never reads or changes anything else: the same document and edit give the same overlay.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from .config import OVERLAY, unknown_keys
from .config_trees import Tree, revealed, same, shown
from .errors import ConfigurationError, PinnedFields, Problem
from .pins import Pins
from .problems import FieldPath, dotted, unknown_key
from .schemas import Key, keys_of, model_of
from .unmasking import MaskError, unmasked

SOURCES: Final = "$sources"
"""The key of a document that tells where each field comes from."""
PROBLEMS: Final = "$problems"
"""The key of a document that tells what is wrong with it, if it is not in force for that."""

_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class EditableDocument:
    """What is in force of a configuration, or of what operators say of a plugin.

    Attributes:
        schema: The model of it.
        tree: Its fields.
        sources: Where each comes from, by its dotted path.
        overlay: What was set at run time.
        pins: What is set elsewhere, and wins over the overlay.
        problems: What is wrong, if `tree` is not validated, because it cannot be.
    """

    schema: type[BaseModel]
    tree: Mapping[str, Tree]
    sources: Mapping[str, str]
    overlay: Mapping[str, Any]
    pins: Pins
    problems: tuple[Problem, ...] = ()

    def shown(self) -> dict[str, Any]:
        """Return the document as people see it: fields, secrets masked, and then `$sources`."""
        document = {**shown(dict(self.tree)), SOURCES: dict(self.sources)}
        if self.problems:
            document[PROBLEMS] = [str(problem) for problem in self.problems]
        return document

    def replaced(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the overlay with which a document is in force, as far as pins allow.

        Fields that are left out fall back to what is below the overlay. Keys that begin with `$` count for nothing.

        Raises:
            PinnedFields: if it has other values for fields that are set elsewhere.
            ConfigurationError: for keys that do not exist, and masks that stand for nothing.
        """
        edit = _Edit(self.pins)
        overlay = edit.replaced(self.schema, self._own(given, {}), self.tree, self.overlay, ())
        edit.check()
        return overlay

    def patched(self, patch: Mapping[str, Any]) -> dict[str, Any]:
        """Return the overlay with which a JSON Merge Patch (RFC 7396) of the document is in force.

        Null takes a field out of the overlay, so that what is below it holds.

        Raises:
            PinnedFields, ConfigurationError: as `replaced` does.
        """
        edit = _Edit(self.pins)
        overlay = edit.patched(self.schema, self._own(patch, self.overlay), self.tree, self.overlay, ())
        edit.check()
        return overlay

    def _own(self, given: Mapping[str, Any], removable: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the keys that are fields. Raises ConfigurationError for others, but those that are to be removed."""
        keys = keys_of(self.schema)
        own = {name: value for name, value in given.items() if name in keys or not name.startswith("$")}
        wrong = [
            Problem(OVERLAY, dotted(path), unknown_key(str(path[-1]), known))
            for path, known in unknown_keys(self.schema, own, ())
            if not (len(path) == 1 and own[str(path[0])] is None and path[0] in removable)
        ]
        if wrong:
            raise ConfigurationError(wrong)
        return own


class _Edit:
    """One edit on its way through the fields; collects what is pinned, and what is wrong."""

    def __init__(self, pins: Pins) -> None:
        self._pins = pins
        self._pinned: list[Problem] = []
        self._wrong: list[Problem] = []

    def check(self) -> None:
        """Raise what was collected."""
        if self._wrong:
            raise ConfigurationError(self._wrong)
        if self._pinned:
            raise PinnedFields(self._pinned)

    def replaced(
        self, model: type[BaseModel], given: Mapping[str, Any], tree: Any, overlay: Any, path: FieldPath
    ) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for field in _fields(model, given, tree, overlay):
            here = (*path, field.name)
            if field.is_nested:
                self._nest(result, field, self.replaced(field.inner, field.given, field.tree, field.laid, here), here)
            else:
                self._set(result, field, field.given, here)
        return result

    def patched(
        self, model: type[BaseModel], patch: Mapping[str, Any], tree: Any, overlay: Any, path: FieldPath
    ) -> dict[str, Any]:
        result = _by_name(keys_of(model), overlay) if isinstance(overlay, Mapping) else {}
        for field in _fields(model, patch, tree, overlay):
            here = (*path, field.name)
            result.pop(field.name, None)
            if field.is_nested:
                self._nest(result, field, self.patched(field.inner, field.given, field.tree, field.laid, here), here)
            elif field.given is not None:
                self._set(result, field, merge_patch(shown(field.tree), field.given), here)
        return result

    def _set(self, result: dict[str, Any], field: _Field, value: Any, path: FieldPath) -> None:
        """Put a field into the overlay, unless it is as it was: then it is what it was there too."""
        if field.is_there and (same(value, shown(field.tree)) or same(value, revealed(field.tree))):
            if field.laid is not _ABSENT:
                result[field.name] = field.laid
        elif not self._is_pinned(path):
            try:
                result[field.name] = unmasked(value, field.tree if field.is_there else None, path)
            except MaskError as error:
                self._wrong.append(Problem(OVERLAY, dotted(error.path), str(error)))

    def _nest(self, result: dict[str, Any], field: _Field, nested: dict[str, Any], path: FieldPath) -> None:
        """Put a nested model into the overlay; an empty one only where it says that there is one."""
        is_new = not isinstance(field.tree, Mapping)
        if is_new and self._is_pinned(path):
            return
        if nested or is_new or isinstance(field.laid, Mapping):
            result[field.name] = nested
        elif field.laid is not _ABSENT:
            result[field.name] = field.laid

    def _is_pinned(self, path: FieldPath) -> bool:
        pin = self._pins.of(path)
        if pin is not None:
            message = f"is set by {pin}, which wins over what is set here: change it there"
            self._pinned.append(Problem(pin, dotted(path), message))
        return pin is not None


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of an edit: what is given for it, what it is, and what the overlay has of it."""

    name: str
    given: Any
    tree: Any
    laid: Any
    model: type[BaseModel] | None

    @property
    def is_there(self) -> bool:
        return self.tree is not _ABSENT

    @property
    def is_nested(self) -> bool:
        """Whether it is edited field by field."""
        return self.model is not None and isinstance(self.given, Mapping)

    @property
    def inner(self) -> type[BaseModel]:
        assert self.model is not None
        return self.model


def _fields(model: type[BaseModel], given: Mapping[str, Any], tree: Any, overlay: Any) -> Iterator[_Field]:
    keys = keys_of(model)
    tree = tree if isinstance(tree, Mapping) else {}
    laid = _by_name(keys, overlay) if isinstance(overlay, Mapping) else {}
    for name, value in _by_name(keys, given).items():
        key = keys.get(name)
        if key is None and model.model_config.get("extra") == "ignore":
            continue
        inner = model_of(key.annotation) if key is not None else None
        yield _Field(name, value, tree.get(name, _ABSENT), laid.get(name, _ABSENT), inner)


def _by_name(keys: Mapping[str, Key], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return data with each field under the name that documents have for it."""
    return {keys[name].name if name in keys else name: value for name, value in data.items()}


def merge_patch(target: Any, patch: Any) -> Any:
    """Return what a JSON Merge Patch (RFC 7396) makes of a document."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge_patch(result.get(name), value)
    return result
