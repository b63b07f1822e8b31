"""Secrets stay hidden."""

from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from routeiq.core.masking import MASK, masked, names_secret, without_secrets


@pytest.mark.parametrize(
    "name",
    ["api_key", "API-Key", "apikey", "master_key", "client_secret", "token", "admin_token", "password", "Authorization",
     "aws_secret_access_key", "credentials", "db_password"],
)  # fmt: skip
def test_names_of_secrets(name):
    assert names_secret(name)


@pytest.mark.parametrize(
    "name", ["max_tokens", "key", "cache_key", "keys", "model", "tokenizer", "monkey", "secretary"]
)
def test_names_of_other_things(name):
    assert not names_secret(name)


def test_masked_settings_show_all_but_the_secrets():
    settings: dict[str, Any] = {
        "model_list": [{"model_name": "a", "litellm_params": {"api_key": "sk-1", "api_base": "http://u:pw@h/v1"}}],
        "general_settings": {"master_key": None, "token": ""},
        "port": 80,
        "credentials": {"a": 1},
    }
    shown = masked(settings)
    assert shown["model_list"][0]["litellm_params"] == {"api_key": MASK, "api_base": f"http://u:{MASK}@h/v1"}
    assert shown["general_settings"] == {"master_key": None, "token": ""}
    assert shown["port"] == 80
    assert shown["credentials"] == MASK
    assert settings["model_list"][0]["litellm_params"]["api_key"] == "sk-1"


def test_masked_settings_are_read_only_to_their_depth():
    shown: Any = masked({"a": {"b": [1]}})
    with pytest.raises(TypeError):
        shown["a"]["b"] = 1
    assert shown["a"]["b"] == (1,)


class Inner(BaseModel):
    password: str


class Model(BaseModel):
    hidden: SecretStr
    inner: Inner
    servers: list[Inner] = []
    free: dict[str, str] = {}


def test_a_message_loses_the_texts_that_are_secret():
    data = {
        "hidden": "s3cret", "inner": {"password": "it's"}, "servers": [{"password": 12345}],
        "free": {"token": "t0ken", "colour": "green"}, "unknown": {"api_key": "zzz"},
    }  # fmt: skip
    message = "s3cret it's \"it's\" 12345 t0ken zzz green"
    assert without_secrets(message, Model, data) == f'{MASK} {MASK} "{MASK}" {MASK} {MASK} {MASK} green'
