"""How commands speak."""

import json

import pytest
import typer

from routeiq.cli.output import fail, failures_told, print_json, print_table, warn
from routeiq.core.errors import ConfigurationError, Problem, StartupError


def test_a_pipe_gets_plain_lines_that_are_never_folded(capsys):
    long = "because " * 100
    print_table(("NAME", "REASON"), [("a", long), ("[b]", "two\nlines")], "nothing")
    header, first, second = capsys.readouterr().out.splitlines()
    assert header == "NAME  REASON"
    assert first == f"a     {long.strip()}"
    assert second == "[b]   two lines"


def test_an_empty_table_says_so(capsys):
    print_table(("NAME",), [], "nothing here")
    assert capsys.readouterr().out == "nothing here\n"


def test_json_is_plain_and_keeps_every_letter(capsys):
    print_json({"name": "zurück", "path": object})
    assert json.loads(capsys.readouterr().out)["name"] == "zurück"


def test_a_failure_goes_to_standard_error_with_its_status(capsys):
    with pytest.raises(typer.Exit) as caught:
        fail("broken\ndetail", 2)
    assert caught.value.exit_code == 2
    assert capsys.readouterr() == ("", "routeiq: broken\n  detail\n")


def test_errors_of_the_host_become_messages(capsys):
    with pytest.raises(typer.Exit), failures_told():
        raise ConfigurationError([Problem("f.yaml, line 1", "a", "is wrong"), Problem("variable B", "", "is too")])
    with pytest.raises(typer.Exit), failures_told():
        raise StartupError("p", "no")
    lines = capsys.readouterr().err.splitlines()
    assert lines[:3] == [
        "routeiq: 2 problems in the configuration",
        "  f.yaml, line 1: a: is wrong",
        "  variable B: is too",
    ]
    assert "plugin 'p'" in lines[3]


def test_a_fault_of_ours_is_not_hidden():
    with pytest.raises(ZeroDivisionError), failures_told():
        raise ZeroDivisionError


def test_a_warning_goes_to_standard_error(capsys):
    warn("careful")
    assert capsys.readouterr() == ("", "routeiq: warning: careful\n")
