"""The forms that A2A's messages and tasks have on the wire, and the one form in which plugins see them.

Plugins see JSON of version 1.0. Version 0.3 has two forms of its own: that of its JSON-RPC binding (`kind` says what an
object is, roles and states are small words), and that of its HTTP+JSON binding (protobuf's JSON of 0.3).

Two laws hold. Nothing gets lost on the way to plugins: what a form does not know stays where it stands, so that no text
can be hidden from a guard. And what is not changed comes back as it was: `to_wire(to_current(x)) == x`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final, Literal

Json = dict[str, Any]
Shape = Literal["message", "task", "status_update", "artifact_update"]


class Form(Enum):
    """How messages and tasks are written."""

    CURRENT = "1.0"
    KIND = "0.3, JSON-RPC"
    PROTO = "0.3, HTTP+JSON"


_KINDS: Final[Mapping[Shape, str]] = {
    "message": "message", "task": "task", "status_update": "status-update", "artifact_update": "artifact-update",
}  # fmt: skip
SHAPES: Final[Mapping[str, Shape]] = {kind: shape for shape, kind in _KINDS.items()}
"""What the `kind` of 0.3 stands for."""

_STATES: Final = {
    state: f"TASK_STATE_{state.upper().replace('-', '_')}"
    for state in (
        "submitted", "working", "completed", "failed", "canceled", "input-required", "rejected", "auth-required",
    )
} | {"unknown": "TASK_STATE_UNSPECIFIED"}  # fmt: skip
_ROLES: Final = {"user": "ROLE_USER", "agent": "ROLE_AGENT"}
_PROTO_STATES: Final = {"TASK_STATE_CANCELLED": "TASK_STATE_CANCELED"}
_ENDED: Final = frozenset({"completed", "canceled", "failed", "rejected"})

# How the fields of a file are called inside `file`, and in a part of 1.0.
_FILE: Final = {"bytes": "raw", "uri": "url", "mimeType": "mediaType", "name": "filename"}
_PROTO_FILE: Final = {"fileWithBytes": "raw", "fileWithUri": "url", "mimeType": "mediaType", "name": "filename"}


def to_current(value: Json, shape: Shape, form: Form) -> Json:
    """Return an object in the form of 1.0; the very same one if it has it already."""
    if form is Form.CURRENT:
        return value
    if form is Form.PROTO:
        return _mapped(value, shape, _Words(_PROTO_STATES, {}, _part_of_proto), _message_of_proto)
    read = _mapped(value, shape, _Words(_STATES, _ROLES, _part_of_kind), _message_of_kind)
    return {name: one for name, one in read.items() if name != "kind" or one != _KINDS[shape]}


def to_wire(value: Json, shape: Shape, form: Form) -> Json:
    """Return an object of the form of 1.0 in another one; the very same one if that is 1.0."""
    if form is Form.CURRENT:
        return value
    if form is Form.PROTO:
        return _mapped(value, shape, _Words(_turned(_PROTO_STATES), {}, _part_to_proto), _message_to_proto)
    written = _mapped(value, shape, _Words(_turned(_STATES), _turned(_ROLES), _part_to_kind), _message_to_kind)
    if shape == "status_update" and "final" not in written and isinstance(written.get("status"), dict):
        written["final"] = written["status"].get("state") in _ENDED
    return {"kind": _KINDS[shape], **written}


class _Words:
    """What one direction makes of states, roles and parts."""

    def __init__(self, states: Mapping[str, str], roles: Mapping[str, str], part: Callable[[Json], Json]) -> None:
        self.states, self.roles, self.part = states, roles, part

    def parts(self, value: Any) -> Any:
        return [self.part(one) if isinstance(one, dict) else one for one in value] if isinstance(value, list) else value


_MessageRule = Callable[[Json, _Words], Json]


def _mapped(value: Json, shape: Shape, words: _Words, message: _MessageRule) -> Json:
    """Return a copy with everything in it translated."""
    if shape == "message":
        return message(value, words)
    changed = dict(value)
    if isinstance(changed.get("status"), dict):
        changed["status"] = _status(changed["status"], words, message)
    if isinstance(changed.get("history"), list):
        changed["history"] = [message(one, words) if isinstance(one, dict) else one for one in changed["history"]]
    if isinstance(changed.get("artifacts"), list):
        changed["artifacts"] = [_artifact(one, words) for one in changed["artifacts"]]
    if "artifact" in changed:
        changed["artifact"] = _artifact(changed["artifact"], words)
    return changed


def _status(status: Json, words: _Words, message: _MessageRule) -> Json:
    changed = _renamed(status, "state", words.states)
    if isinstance(changed.get("message"), dict):
        changed["message"] = message(changed["message"], words)
    return changed


def _artifact(artifact: Any, words: _Words) -> Any:
    if not isinstance(artifact, dict) or "parts" not in artifact:
        return artifact
    return {**artifact, "parts": words.parts(artifact["parts"])}


def _renamed(value: Json, name: str, words: Mapping[str, str]) -> Json:
    word = value.get(name)
    return {**value, name: words[word]} if isinstance(word, str) and word in words else dict(value)


# Messages: 0.3's HTTP+JSON calls the parts `content`


def _message_of_kind(message: Json, words: _Words) -> Json:
    changed = _renamed(message, "role", words.roles)
    if changed.get("kind") == "message":
        del changed["kind"]
    if "parts" in changed:
        changed["parts"] = words.parts(changed["parts"])
    return changed


def _message_of_proto(message: Json, words: _Words) -> Json:
    changed = dict(message)
    if "parts" not in changed and "content" in changed:
        changed = {("parts" if name == "content" else name): one for name, one in changed.items()}
    if "parts" in changed:
        changed["parts"] = words.parts(changed["parts"])
    return changed


def _message_to_kind(message: Json, words: _Words) -> Json:
    changed = _renamed(message, "role", words.roles)
    if "parts" in changed:
        changed["parts"] = words.parts(changed["parts"])
    return {"kind": "message", **changed}


def _message_to_proto(message: Json, words: _Words) -> Json:
    changed = dict(message)
    if "parts" in changed:
        changed["parts"] = words.parts(changed["parts"])
        if "content" not in changed:
            changed = {("content" if name == "parts" else name): one for name, one in changed.items()}
    return changed


# Parts


def _kind_of(part: Json) -> str | None:
    """Return the kind that a part of 1.0 has in 0.3."""
    if "text" in part:
        return "text"
    if "raw" in part or "url" in part:
        return "file"
    return "data" if "data" in part else None


def _part_of_kind(part: Json) -> Json:
    rest = {name: one for name, one in part.items() if name != "kind"}
    kind = part.get("kind")
    if kind == "file":
        return _unfolded(rest, _FILE) or part
    # A kind that says something else than what is there stays, for plugins to see.
    return rest if kind is not None and kind == _kind_of(rest) else part


def _part_to_kind(part: Json) -> Json:
    if "kind" in part:
        return part
    kind = _kind_of(part)
    if kind is None:
        return part
    if kind == "file":
        return {"kind": kind, **_folded(part, _FILE)}
    if kind == "data" and not isinstance(part["data"], dict):
        # 0.3 knows objects only; the official libraries understand this way out.
        metadata = {**(part.get("metadata") or {}), "data_part_compat": True}
        return {"kind": kind, **part, "data": {"value": part["data"]}, "metadata": metadata}
    return {"kind": kind, **part}


def _part_of_proto(part: Json) -> Json:
    if "file" in part:
        return _unfolded(part, _PROTO_FILE) or part
    data = part.get("data")
    return {**part, "data": data["data"]} if isinstance(data, dict) and data.keys() == {"data"} else part


def _part_to_proto(part: Json) -> Json:
    if _kind_of(part) == "file":
        return _folded(part, _PROTO_FILE)
    if "data" not in part:
        return part
    data = part["data"] if isinstance(part["data"], dict) else {"value": part["data"]}
    return {**part, "data": {"data": data}}


def _unfolded(part: Json, names: Mapping[str, str]) -> Json | None:
    """Return a part of 1.0 for one that has a `file`; None if it is not to be understood, and stays as it is.

    What the file has beside stays in `file`.
    """
    file = part.get("file")
    if not isinstance(file, dict) or any(name in part for name in names.values()) or "text" in part:
        return None
    known = {names[name]: one for name, one in file.items() if name in names}
    if "raw" not in known and "url" not in known:
        return None
    rest = {name: one for name, one in file.items() if name not in names}
    outside = {name: one for name, one in part.items() if name != "file"}
    return {**known, **outside, **({"file": rest} if rest else {})}


def _folded(part: Json, names: Mapping[str, str]) -> Json:
    """Return a part with a `file` for one of 1.0."""
    inside = {name: part[outer] for name, outer in names.items() if outer in part}
    rest = part.get("file")
    outside = {name: one for name, one in part.items() if name not in names.values() and name != "file"}
    return {**outside, "file": {**inside, **(rest if isinstance(rest, dict) else {})}}


def _turned(words: Mapping[str, str]) -> dict[str, str]:
    return {new: old for old, new in words.items()}
