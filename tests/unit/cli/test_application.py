"""The command line as a whole: help that teaches, and exit statuses."""

import subprocess
import sys

import pytest

COMMANDS = [["serve"], ["hooks"], ["plugin", "list"], ["plugin", "show"], ["config", "check"]]


def test_the_version_is_that_of_the_distribution(command):
    assert command("--version")[:2] == (0, "routeiq 0.1.0\n")


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_teaches_by_examples_one_a_line(command, words):
    status, text, _ = command(*words, "--help")
    examples = text.partition("Examples:\n")[2].partition("\n\n")[0].splitlines()
    assert status == 0
    assert examples
    assert all("routeiq" in line for line in examples)


def test_the_top_lists_every_command(command):
    text = command("--help")[1]
    assert all(words[0] in text for words in COMMANDS)


@pytest.mark.parametrize(
    "words",
    [[], ["plugin"], ["nothing"], ["serve", "--port", "x"], ["serve", "--prt", "1"], ["plugin", "show"]],
    ids=" ".join,
)
def test_wrong_use_has_exit_status_2_and_says_something(command, words):
    status, printed, errors = command(*words)
    assert status == 2
    assert printed + errors


def test_starting_costs_neither_the_gateway_nor_rich():
    source = (
        "import sys; from routeiq.cli.application import application; application();"
        "print([name for name in sys.modules if name.split('.')[0] in ('rich', 'uvicorn', 'starlette', 'pydantic')"
        " or name.startswith(('routeiq.gateway', 'routeiq.core', 'routeiq.adapters'))])"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
