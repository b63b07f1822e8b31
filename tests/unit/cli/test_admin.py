"""`routeiq admin`: tokens and their hashes."""

import pytest
import yaml
from typer.testing import CliRunner

from routeiq.cli.application import application
from routeiq.core.yaml_files import Document
from routeiq.gateway.access import AdminAccess, hash_of
from routeiq.gateway.settings import GatewaySettings


def access(settings):
    return AdminAccess.of(GatewaySettings.from_document(Document(settings, {}), {}, "test").admin, {})


def test_a_token_comes_with_the_settings_that_admit_it(command):
    status, printed, _ = command("admin", "token", "--role", "write", "--name", "alice@example.org")
    token, _, settings = printed.partition("\n")
    identity = access(yaml.safe_load(settings.partition("\n\n")[2])).verify(token)
    assert (status, identity.name, identity.role) == (0, "alice@example.org", "write")


def test_for_programs_it_is_json(command):
    _, printed, _ = command("admin", "token", "--json")
    identity = access(printed["settings"]).verify(printed["token"])
    assert (identity.name, identity.role) == ("operator", "read")


def test_two_tokens_differ(command):
    assert command("admin", "token", "--json")[1] != command("admin", "token", "--json")[1]


def test_a_role_or_a_name_that_cannot_be_is_wrong_use(command):
    status, printed, errors = command("admin", "token", "--role", "root", "--name", "a b")
    assert (status, printed) == (2, "")
    assert "--role: must be 'read' or 'write'" in errors
    assert "--name: must be of letters" in errors


def hashed(text, *arguments):
    result = CliRunner().invoke(application(), ["admin", "hash", *arguments], input=text)
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_hash_of_a_token_on_standard_input(end):
    assert hashed(f"correct-horse-battery{end}") == (0, f"{hash_of('correct-horse-battery')}\n", "")


def test_a_token_that_can_be_guessed_has_no_hash_and_is_not_shown():
    status, printed, errors = hashed("geheim\n")
    assert (status, printed) == (1, "")
    assert "at least 16 characters" in errors
    assert "geheim" not in errors


def test_a_token_is_never_an_argument():
    assert hashed("", "correct-horse-battery")[0] == 2
