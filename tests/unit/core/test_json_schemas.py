"""The JSON Schema of configurations: complete, and without anybody's secrets."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, Field, SecretStr

from routeiq.core.json_schemas import config_schema
from routeiq.core.masking import MASK


class Inner(BaseModel):
    password: str = "hush-1"
    url: str = "redis://me:hush-2@h/0"


class Schema(BaseModel):
    limit: int = Field(10, ge=1, alias="max-size", description="Its meaning.", examples=[3])
    phrase: SecretStr = SecretStr("hush-3")
    api_key: str = Field("hush-4", examples=["hush-5"])
    no_key: str = Field("", alias="token")
    credentials: dict[str, Any] = {"a": "hush-6"}
    inner: Inner = Inner(password="hush-7")
    several: list[Inner] = [Inner(password="hush-8")]
    secret: bool = True


def test_a_schema_says_what_there_is():
    schema = config_schema(Schema)
    limit = schema["properties"]["max-size"]
    assert (limit["minimum"], limit["default"], limit["description"], limit["examples"]) == (1, 10, "Its meaning.", [3])
    assert "#/$defs/Inner" in str(schema["properties"]["inner"])
    assert schema["properties"]["token"]["default"] == ""
    assert schema["properties"]["secret"]["default"] is True


def test_defaults_and_examples_of_secrets_are_masked():
    schema = config_schema(Schema)
    assert "hush" not in str(schema)
    assert schema["properties"]["api_key"]["default"] == MASK
    assert schema["$defs"]["Inner"]["properties"]["url"]["default"] == f"redis://me:{MASK}@h/0"


def test_a_type_that_json_has_no_words_for_takes_anything():
    class Odd(BaseModel):
        function: Callable[[], int] = int
        other: Any = object()

    assert config_schema(Odd)["properties"].keys() == {"function", "other"}


def test_a_property_may_have_the_name_of_a_keyword():
    class Keywords(BaseModel):
        default: str = "a"
        properties: dict[str, str] = {"password": "hush"}

    schema = config_schema(Keywords)
    assert schema["properties"]["default"]["default"] == "a"
    assert "hush" not in str(schema)


def test_without_a_model_nothing_is_taken():
    assert config_schema(None) == {"type": "object", "properties": {}, "additionalProperties": False}
