"""Laws of editing what operators set at run time, for any schema, and whatever files and variables set too."""

import copy
import json
from pathlib import Path
from typing import Any

import yaml
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, SecretStr, create_model

from routeiq.core.config_files import ConfigFiles, FileContent
from routeiq.core.documents import config_document
from routeiq.core.errors import ConfigurationError, PinnedFields
from routeiq.core.settings import ManagerSettings

TEXTS = st.text("abcé\"'{[:# \n", max_size=6)
SECRETS = st.integers(10**9, 10**10).map("hidden-{}".format)
NAMES = st.sampled_from(["a", "b", "c", "api_key", "max-size"])

# Each kind of field: its type, and what data it takes.
KINDS: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "integer": (int, st.integers(-(10**20), 10**20)),
    "number": (float, st.floats(allow_nan=True)),
    "switch": (bool, st.booleans()),
    "text": (str, TEXTS),
    "maybe": (int | None, st.none() | st.integers()),
    "several": (list[int], st.lists(st.integers(), max_size=3)),
    "distinct": (set[str], st.lists(TEXTS, max_size=3, unique=True)),
    "mapping": (dict[str, str], st.dictionaries(TEXTS, TEXTS, max_size=3)),
    "anything": (Any, st.recursive(st.none() | st.booleans() | TEXTS, lambda inner: st.lists(inner, max_size=2))),
    "secret": (SecretStr, SECRETS),
    "secrets": (list[SecretStr], st.lists(SECRETS, max_size=2)),
    "headers": (dict[str, str], st.fixed_dictionaries({}, optional={"authorization": SECRETS, "accept": TEXTS})),
    "url": (str, SECRETS.map("redis://user:{}@host/0".format)),
}


@st.composite
def schemas(draw: st.DrawFn, depth: int = 1) -> tuple[type[BaseModel], st.SearchStrategy[dict[str, Any]]]:
    """A model, and data for it."""
    fields: dict[str, Any] = {}
    data: dict[str, st.SearchStrategy[Any]] = {}
    for name in draw(st.lists(NAMES, min_size=1, max_size=4, unique=True)):
        shape = draw(st.sampled_from(["leaf", "leaf", "nested", "maybe nested", "list"] if depth else ["leaf"]))
        if shape == "leaf":
            kind, values = KINDS[draw(st.sampled_from(sorted(KINDS)))]
            if name == "api_key":  # a secret by its name
                kind, values = (str, SECRETS)
        else:
            model, parts = draw(schemas(depth - 1))
            kind = {"nested": model, "maybe nested": model | None, "list": list[model]}[shape]
            values = {"nested": parts, "maybe nested": st.none() | parts, "list": st.lists(parts, max_size=2)}[shape]
        field = name.replace("-", "_")
        if issubclass(kind, BaseModel) if isinstance(kind, type) else False:
            default: Any = kind.model_validate(draw(values))
        else:
            default = draw(values)
        fields[field] = (kind, Field(default, alias=name, validate_default=True))
        data[name] = values
    return create_model("Generated", **fields), st.fixed_dictionaries({}, optional=data)


@st.composite
def documents(draw: st.DrawFn) -> Any:
    """load(overlay) -> the document; an overlay; and data for the model."""
    model, values = draw(schemas())
    content = FileContent(yaml.safe_dump(draw(values), allow_unicode=True))
    files = ConfigFiles(Path("config")).with_contents({"x": content})
    variables = {name: value for name, value in draw(values).items() if value not in (None, {}) and name != "max-size"}
    environment = {f"ROUTEIQ_PLUGIN_X_{name.upper()}": as_text(value) for name, value in variables.items()}
    settings = ManagerSettings(environment=environment)

    def load(overlay: dict[str, Any]) -> Any:
        return config_document("x", model, settings, ["x"], overlay, files)

    overlay, change = draw(values), draw(values)
    assume(not load(overlay).problems)
    return load, overlay, change


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def bare(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if not name.startswith("$")}


@given(documents())
def test_what_was_read_and_is_written_changes_nothing(case: Any) -> None:
    load, overlay, _ = case
    document = load(overlay)
    written = json.loads(json.dumps(document.shown()))
    assert document.replaced(written) == overlay
    assert document.patched({}) == overlay


@given(documents())
def test_no_secret_is_ever_shown(case: Any) -> None:
    load, overlay, change = case
    assert "hidden-" not in json.dumps(load(overlay).shown())
    try:
        told = json.dumps(load(load(overlay).replaced(change)).shown())
    except (PinnedFields, ConfigurationError) as error:
        told = str(error)
    assert "hidden-" not in told


@given(documents())
def test_what_is_written_is_in_force_or_refused(case: Any) -> None:
    load, overlay, change = case
    document = load(overlay)
    wanted = {**bare(document.shown()), **change}
    given = copy.deepcopy(wanted)
    try:
        new = document.replaced(wanted)
    except PinnedFields:
        return
    assert wanted == given, "an edit changes nothing that it is given"
    after = load(new)
    assert not after.problems
    # Written once more, it is what there is: no value fell back to a default on the way.
    assert after.replaced(wanted) == new
    assert after.replaced(after.shown()) == new


@given(documents())
def test_what_is_left_out_falls_back_to_what_is_below(case: Any) -> None:
    load, overlay, _ = case
    document = load(overlay)
    assert document.replaced({}) == {}
    removed = document.patched(dict.fromkeys(overlay))
    assert removed == {}
    assert load({}).shown() == load(removed).shown()
