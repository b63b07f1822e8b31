"""A plugin's configuration: its sources, what wins, and what is said about what is wrong."""

import logging
import traceback
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from routeiq.core.config import load_config
from routeiq.core.errors import ConfigurationError
from routeiq.core.settings import ManagerSettings


class Limits(BaseModel):
    per_minute: int = Field(default=60, ge=1)
    burst: float | None = None


class Schema(BaseModel):
    mode: Literal["soft", "hard"] = "soft"
    limits: Limits = Limits()
    tags: list[str] = []
    headers: dict[str, str] = {}
    api_key: SecretStr | None = None


@pytest.fixture
def load(tmp_path: Path):
    """load(schema, yaml text or None, **variables): the configuration of the plugin `x`."""

    def do(schema=Schema, text=None, plugins=("x",), overlay=None, **variables):
        if text is not None:
            (tmp_path / "x.yaml").write_text(text)
        environment = {f"ROUTEIQ_PLUGIN_X_{name}": value for name, value in variables.items()}
        settings = ManagerSettings(config_directory=tmp_path, environment=environment)
        return load_config("x", schema, settings, plugins, overlay)

    return do


@pytest.fixture
def error_of(load, tmp_path):
    """error_of(...): the words of the error that load(...) raises, paths as the file's name."""

    def do(*arguments, **options):
        with pytest.raises(ConfigurationError) as raised:
            load(*arguments, **options)
        return str(raised.value).replace(f"{tmp_path}/", "")

    return do


def test_without_sources_the_defaults_hold(load):
    loaded = load()
    assert loaded.value == Schema()
    assert set(loaded.sources.values()) == {"default"}
    assert set(loaded.sources) == {"mode", "limits.per_minute", "limits.burst", "tags", "headers", "api_key"}


def test_the_file_wins_field_by_field_over_variables_and_these_over_defaults(load, tmp_path):
    loaded = load(
        text="limits: {per_minute: 1}\nheaders: {a: '1'}\n",
        LIMITS__PER_MINUTE="2", LIMITS__BURST="3", HEADERS__B="2", MODE="hard",
    )  # fmt: skip
    assert loaded.value == Schema(mode="hard", limits=Limits(per_minute=1, burst=3), headers={"a": "1"})
    assert loaded.sources == {
        "mode": "variable ROUTEIQ_PLUGIN_X_MODE",
        "limits.per_minute": f"file {tmp_path / 'x.yaml'}",
        "limits.burst": "variable ROUTEIQ_PLUGIN_X_LIMITS__BURST",
        "tags": "default",
        "headers": f"file {tmp_path / 'x.yaml'}",
        "api_key": "default",
    }


def test_an_object_as_json_is_a_source_of_its_fields(load):
    loaded = load(LIMITS='{"burst": 7}', HEADERS__A="1", HEADERS__B="2")
    assert loaded.value == Schema(limits=Limits(burst=7), headers={"a": "1", "b": "2"})
    assert loaded.sources["limits.burst"] == "variable ROUTEIQ_PLUGIN_X_LIMITS"
    assert loaded.sources["limits.per_minute"] == "default"
    assert loaded.sources["headers"] == "variable ROUTEIQ_PLUGIN_X_HEADERS__A, ROUTEIQ_PLUGIN_X_HEADERS__B"


def test_an_alias_and_its_name_are_one_field(load):
    class Aliased(BaseModel):
        model_config = ConfigDict(populate_by_name=True)
        size: int = Field(0, alias="max-size")

    loaded = load(Aliased, "size: 1\n", MAX_SIZE="2")
    assert loaded.value is not None
    assert loaded.value.model_dump() == {"size": 1}
    assert loaded.sources["max-size"].startswith("file ")


def test_an_empty_file_sets_nothing(load):
    assert load(text="").value == Schema()


def test_all_that_is_wrong_is_told_together_with_its_line_or_variable(error_of):
    burst = "ROUTEIQ_PLUGIN_X_LIMITS__BURST"
    text = "mode: sof\nlimits:\n  per_minute: 0\n  brust: 2\ntags: a\n"
    assert error_of(text=text, LIMITS__BURST="many", HEADERS="{").splitlines() == [
        "variable ROUTEIQ_PLUGIN_X_HEADERS: begins like JSON and is none (column 2)",
        "x.yaml, line 4: limits.brust: there is no such key; did you mean 'burst'? There are: burst, per_minute.",
        "x.yaml, line 1: mode: must be 'soft' or 'hard'; did you mean 'soft'?",
        "x.yaml, line 3: limits.per_minute: must be greater than or equal to 1",
        f"variable {burst}: limits.burst: must be a valid number, unable to parse string as a number",
        "x.yaml, line 5: tags: must be a valid list",
    ]


def test_a_missing_field_is_told_with_both_ways_to_set_it(error_of):
    class Needing(BaseModel):
        class Inner(BaseModel):
            url: str

        inner: Inner | None = None
        name: str

    assert error_of(Needing, "inner: {}\n").splitlines() == [
        "plugin x: inner.url: is required: set it in x.yaml or by the variable ROUTEIQ_PLUGIN_X_INNER__URL",
        "plugin x: name: is required: set it in x.yaml or by the variable ROUTEIQ_PLUGIN_X_NAME",
    ]


def test_what_a_default_says_of_a_nested_model_holds_for_the_fields_that_no_source_sets(load):
    class Outer(BaseModel):
        class Inner(BaseModel):
            limits: Limits = Limits(burst=2)
            name: str = "class"
            size: int = Field(default=0, alias="max-size")

        inner: Inner = Inner(name="default", limits=Limits(per_minute=5), **{"max-size": 7})
        made: Limits = Field(default_factory=lambda: Limits(burst=3))
        failing: Limits = Field(default_factory=lambda values: values["made"])

    loaded = load(Outer, "inner: {limits: {burst: 1}}\nmade: {per_minute: 9}\n", FAILING__BURST="4")
    inner = Outer.Inner(name="default", limits=Limits(per_minute=5, burst=1), **{"max-size": 7})
    assert loaded.value.inner == inner
    assert loaded.value.made == Limits(per_minute=9, burst=3)
    assert loaded.value.failing == Limits(burst=4)
    assert loaded.sources["inner.name"] == "default"


def test_a_default_that_cannot_be_made_is_an_error_like_any_other(error_of):
    def broken():
        raise RuntimeError("no default today")

    class Outer(BaseModel):
        inner: Limits = Field(default_factory=broken)

    assert "its config_schema raised RuntimeError: no default today" in error_of(Outer, "inner: {burst: 1}\n")


def test_an_unknown_key_is_an_error_wherever_the_schema_does_not_say_otherwise(load, error_of):
    class Nested(BaseModel):
        items: list[Limits] = []
        by_name: dict[str, Limits] = {}

    error = error_of(Nested, "items:\n- {burst: 1}\n- {brst: 2}\nby_name: {a: {busrt: 1}}\nitem: 3\n")
    assert [line.split(":")[1].strip() for line in error.splitlines()] == ["items.1.brst", "by_name.a.busrt", "item"]

    class Open(BaseModel):
        model_config = ConfigDict(extra="allow")

    class Deaf(BaseModel):
        model_config = ConfigDict(extra="ignore")

    loaded = load(Open, "free: 1\n", MORE="2")
    assert loaded.value is not None
    assert loaded.value.model_extra == {"free": 1, "more": "2"}
    assert loaded.sources["more"] == "variable ROUTEIQ_PLUGIN_X_MORE"
    assert load(Deaf, "free: 1\n").value == Deaf()


def test_a_schema_that_forbids_extras_tells_of_each_once(error_of):
    class Strict(BaseModel):
        model_config = ConfigDict(extra="forbid")
        size: int = 0

    assert (
        error_of(Strict, "siz: 1\n")
        == "x.yaml, line 1: siz: there is no such key; did you mean 'size'? There are: size."
    )


class Revealing(BaseModel):
    token: str = ""
    port: int = 0
    hidden: SecretStr = SecretStr("")

    @field_validator("token")
    @classmethod
    def _token(cls, token: str) -> str:
        if token:
            raise ValueError(f"{token!r} is too short")
        return token

    @model_validator(mode="after")
    def _all(self) -> "Revealing":
        if self.port:
            raise ValueError(f"{self.hidden.get_secret_value()} does not fit port {self.port}")
        return self


def test_a_validators_message_does_not_reveal_a_secret(load, error_of, tmp_path):
    assert error_of(Revealing, "token: hunter2\n") == "x.yaml, line 1: token: '**********' is too short"
    assert error_of(Revealing, "token: ''\nhidden: hunter2\nport: 1\n") == "plugin x: ********** does not fit port 1"
    (tmp_path / "x.yaml").write_text("token: hunter2\n")
    with pytest.raises(ConfigurationError) as raised:
        load(Revealing)
    assert "hunter2" not in "".join(traceback.format_exception(raised.value))


def test_a_validator_that_breaks_is_a_problem_of_its_plugin_alone(error_of):
    class Broken(BaseModel):
        @model_validator(mode="before")
        @classmethod
        def _break(cls, data: object) -> object:
            raise KeyError("oops")

    assert error_of(Broken) == "plugin x: its config_schema raised KeyError: 'oops'"


def test_a_plugin_without_a_schema_takes_no_configuration(load, error_of):
    loaded = load(None, ANYTHING="1")
    assert (loaded.value, loaded.sources) == (None, {})
    assert load(None, "").value is None
    assert error_of(None, "a: 1\n") == "x.yaml: plugin 'x' takes no configuration: remove the file"


def test_a_variable_of_two_plugins_is_an_error(error_of):
    error = error_of(plugins=("x", "x-limits"), LIMITS_A="1")
    assert "could mean 'limits_a' of the plugin 'x' or 'a' of the plugin 'x-limits'" in error


def test_a_file_with_the_other_ending_is_not_passed_over(load, tmp_path):
    (tmp_path / "x.yml").write_text("mode: hard\n")
    with pytest.raises(ConfigurationError, match=r"x\.yaml: .*x\.yml is not read"):
        load()


def test_a_file_that_is_no_yaml_is_an_error(error_of):
    assert error_of(text="a: [").startswith("x.yaml, line 1: is no YAML")


def test_a_misspelt_variable_is_mentioned(load, caplog):
    with caplog.at_level(logging.WARNING):
        load(MODES="hard")
    assert "did you mean 'MODE'?" in caplog.text


def test_the_overlay_gives_way_to_file_and_variables_and_wins_over_defaults(load, tmp_path):
    overlay = {"mode": "hard", "tags": ["overlay"], "limits": {"per_minute": 5, "burst": 2.0}}
    loaded = load(text="limits: {per_minute: 9}", overlay=overlay, TAGS='["variable"]')
    assert loaded.value == Schema(mode="hard", tags=["variable"], limits=Limits(per_minute=9, burst=2.0))
    assert loaded.sources["mode"] == loaded.sources["limits.burst"] == "overlay"
    assert loaded.sources["limits.per_minute"] == f"file {tmp_path / 'x.yaml'}"
    assert loaded.sources["tags"] == "variable ROUTEIQ_PLUGIN_X_TAGS"
    assert loaded.sources["api_key"] == "default"


def test_what_is_wrong_with_the_overlay_is_told_as_such(error_of):
    said = error_of(overlay={"mode": "medium", "limits": {"per_minutes": 1}})
    assert "overlay: mode" in said
    assert "overlay: limits.per_minutes" in said
    assert "per_minute" in said
    assert "takes no configuration: it cannot be set" in error_of(None, overlay={"a": 1})
