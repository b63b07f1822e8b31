"""Laws of a plugin's configuration: for each field the first source that sets it wins, whatever the others do."""

import json
import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from routeiq.core.config import load_config
from routeiq.core.errors import ConfigurationError
from routeiq.core.settings import ManagerSettings


class Inner(BaseModel):
    a: int = 10
    b: str = "default b"


class Schema(BaseModel):
    number: int = 1
    text: str = "default text"
    many: list[int] = [0]
    inner: Inner = Inner()


FIELDS = {
    ("number",): st.integers(),
    ("text",): st.text("abc'{[\"0:#\n "),
    ("many",): st.lists(st.integers(), max_size=3),
    ("inner", "a"): st.integers(),
    ("inner", "b"): st.text("xyz: "),
}
PARTS = st.fixed_dictionaries({}, optional=FIELDS)


def nested(values: dict[tuple[str, ...], Any]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for path, value in values.items():
        target = data
        for part in path[:-1]:
            target = target.setdefault(part, {})
        target[path[-1]] = value
    return data


def load(text: str, environment: dict[str, str]) -> Any:
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "x.yaml").write_text(text, encoding="utf-8")
        manager = ManagerSettings(config_directory=Path(directory), environment=environment)
        return load_config("x", Schema, manager, ["x"])


@settings(deadline=None)
@given(PARTS, PARTS)
def test_each_field_comes_from_its_first_source(
    in_file: dict[tuple[str, ...], Any], in_variables: dict[tuple[str, ...], Any]
) -> None:
    environment = {
        f"ROUTEIQ_PLUGIN_X_{'__'.join(path).upper()}": value if isinstance(value, str) else json.dumps(value)
        for path, value in in_variables.items()
    }
    loaded = load(yaml.safe_dump(nested(in_file)), environment)
    for path in FIELDS:
        value = loaded.value
        default: Any = Schema()
        for part in path:
            value, default = getattr(value, part), getattr(default, part)
        source = loaded.sources[".".join(path)]
        if path in in_file:
            assert value == in_file[path]
            assert source.startswith("file ")
        elif path in in_variables:
            assert value == in_variables[path]
            assert source == f"variable ROUTEIQ_PLUGIN_X_{'__'.join(path).upper()}"
        else:
            assert value == default
            assert source == "default"


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["number", "text", "many", "inner", "a", "b", "c"]), inner, max_size=4)
        ),
        max_leaves=10,
    ),
    st.dictionaries(
        st.sampled_from(
            ["NUMBER", "TEXT", "MANY", "INNER", "INNER__A", "INNER__C", "INNER__", "__A", "NUMBR", "MANY__0"]
        ),
        st.text('0[]{}":a,', max_size=6),
        max_size=4,
    ),
)
def test_any_data_give_a_configuration_or_an_error_that_says_where(data: Any, variables: dict[str, str]) -> None:
    environment = {f"ROUTEIQ_PLUGIN_X_{name}": value for name, value in variables.items()}
    try:
        loaded = load(yaml.safe_dump(data), environment)
    except ConfigurationError as error:
        problems = error.problems
        assert problems
    else:
        problems = ()
        assert isinstance(loaded.value, Schema)
        assert set(loaded.sources) == {".".join(path) for path in FIELDS}
    for problem in problems:
        assert problem.message
        assert "x.yaml" in problem.source or "ROUTEIQ_PLUGIN_X_" in problem.source, problem
