"""YAML files: what is read, and what is said about the others."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeiq.core.errors import ConfigurationError, Problem
from routeiq.core.yaml_files import LARGEST, load_yaml, parse_yaml

BOMB = "a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdef", "bcdefg", strict=True)
)


def error_of(text: str) -> str:
    with pytest.raises(ConfigurationError) as raised:
        parse_yaml(text, Path("x.yaml"))
    return str(raised.value)


def test_a_mapping_comes_with_the_lines_of_its_keys():
    document = parse_yaml("a: 1\nb:\n  c:\n  - x\n  - y: 2\n", Path("x.yaml"))
    assert document.data == {"a": 1, "b": {"c": ["x", {"y": 2}]}}
    assert document.line("a") == 1
    assert document.line("b.c") == 3
    assert document.line("b.c.1.y") == 5
    assert document.line("b.c.missing") == 3
    assert document.line("missing") is None


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "\n\n"])
def test_an_empty_file_is_an_empty_mapping(text):
    assert parse_yaml(text, Path("x.yaml")).data == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- 1\n- 2\n", "x.yaml: must hold keys and values, not a list"),
        ("just text", "x.yaml: must hold keys and values, not a str"),
        ("a: 1\nb: 2\na: 3\n", "x.yaml, line 3: a: stands twice: remove one of them"),
        ("a:\n  b: 1\n  b: 2\n", "x.yaml, line 3: a.b: stands twice: remove one of them"),
        ("a: [1\nb: 2", "x.yaml, line 2: is no YAML: "),
        ("a: *nowhere", "x.yaml, line 1: is no YAML: found undefined alias"),
        (
            "a: !!python/object/apply:os.system ['true']",
            "x.yaml, line 1: is no YAML: could not determine a constructor",
        ),
        ("a: 1\n---\nb: 2\n", "x.yaml, line 2: is no YAML: but found another document"),
        ("a: &a [*a]", "x.yaml: contains itself"),
        ("1: x", "x.yaml: the key 1 must be text: put it in quotes"),
        ("a: 2025-13-45", "x.yaml: holds a value that cannot be"),
        ("a: " + "[" * 5000 + "]" * 5000, "x.yaml: is nested too deeply"),
        ("a: \x07", "x.yaml: is no YAML: special characters are not allowed"),
        (BOMB, "x.yaml: stands for more than 100000 values, once its anchors are expanded"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_line(text, expected):
    assert error_of(text).startswith(expected)


def test_a_shared_anchor_and_a_merge_are_fine():
    document = parse_yaml("base: &base {a: 1}\none:\n  <<: *base\n  b: 2\ntwo: *base\n", Path("x.yaml"))
    assert document.data == {"base": {"a": 1}, "one": {"a": 1, "b": 2}, "two": {"a": 1}}


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path):
    (tmp_path / "x.yaml").write_bytes(b"\xef\xbb\xbfa: \xc3\xa4\n")
    assert load_yaml(tmp_path / "x.yaml").data == {"a": "ä"}


def test_a_file_of_another_encoding_is_refused(tmp_path):
    (tmp_path / "x.yaml").write_bytes(b"a: \xe4\n")
    with pytest.raises(ConfigurationError, match=r"x\.yaml: is not UTF-8: byte 3 cannot be decoded"):
        load_yaml(tmp_path / "x.yaml")


def test_a_file_over_the_limit_is_not_read_whole(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_bytes(b"#")
    os.truncate(path, 1 << 40)  # sparse: reading it whole would need a terabyte
    with pytest.raises(ConfigurationError, match=f"is longer than {LARGEST} bytes"):
        load_yaml(path)


def test_a_file_that_is_not_there_is_an_error_with_its_name(tmp_path):
    with pytest.raises(ConfigurationError, match=r"none\.yaml: cannot be read: No such file"):
        load_yaml(tmp_path / "none.yaml")


@settings(deadline=None)
@given(st.text(alphabet="ab:-[]{}&*!|>#'\"\n ,1%@`?", max_size=40))
def test_any_text_is_a_mapping_or_an_error_in_words(text):
    problems: tuple[Problem, ...] = ()
    try:
        assert all(isinstance(key, str) for key in parse_yaml(text, Path("x.yaml")).data)
    except ConfigurationError as error:
        problems = error.problems
    assert all(problem.source.startswith("x.yaml") and problem.message for problem in problems)
