"""The command that makes keys."""

import io

import yaml

from routeiq_builtin_plugins.api_key_auth.__main__ import main
from routeiq_builtin_plugins.api_key_auth.config import Config
from routeiq_builtin_plugins.api_key_auth.keys import hash_of


def test_the_line_that_is_printed_makes_the_key_known_that_is_printed(capsys):
    assert main(["--id", "alice"]) == 0
    key, _, rest = capsys.readouterr().out.partition("\n")
    entries = yaml.safe_load(rest.partition(":\n\n")[2])
    config = Config.model_validate({"keys": entries})
    assert config.ring.find(key).principal.id == "alice"


def test_the_hash_of_a_key_that_one_has_is_printed(capsys, monkeypatch):
    key = "a-key-that-somebody-has-made"
    monkeypatch.setattr("sys.stdin", io.StringIO(key + "\n"))
    assert main(["--hash"]) == 0
    assert capsys.readouterr().out == hash_of(key) + "\n"


def test_a_key_that_can_be_guessed_is_refused(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("secret\n"))
    assert main(["--hash"]) == 1
    assert "20 to 1024 characters" in capsys.readouterr().err
