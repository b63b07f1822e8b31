"""The front matter of a SKILL.md."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeiq_builtin_plugins.skills_discovery.manifest import Manifest, SkillRefused, read_manifest


def text(front: str) -> bytes:
    return f"---\n{front}\n---\n# Body\n---\n".encode()


@pytest.mark.parametrize("content", [
    text("name: my-skill\ndescription: Does a thing.\nlicense: MIT\nmetadata: {when: 2026-13-45}"),
    b"---\r\nname: my-skill\r\ndescription: >\r\n  Does a\r\n  thing.\r\n---\r\n",
    b"\xef\xbb\xbf---  \nname: my-skill\ndescription: 'Does a thing.'\n---",
])  # fmt: skip
def test_name_and_description_are_read(content):
    assert read_manifest(content, "my-skill").name == "my-skill"
    assert read_manifest(content, "my-skill").description == "Does a thing."


def test_what_yaml_would_make_a_number_stays_text():
    assert read_manifest(text("name: 1e3\ndescription: 5"), "1e3") == Manifest("1e3", "5")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"# no front matter", "must begin with front matter"),
        (b"---\nname: x\n", "must begin with front matter"),
        (text("- a"), "must hold fields"),
        (text("name: [a"), "is no YAML"),
        (text("name: \xff"), "'name' must be"),
        (b"---\n\xff\n---\n", "is no YAML"),
        (text("[" * 5000), "is nested too deeply|is no YAML"),
        (text("x: " + "a" * 70_000), "is longer than"),
        (text("description: x"), "'name' must be"),
        (text("name: other\ndescription: x"), "must be that of the folder, 'my-skill'"),
        (text("name: my-skill"), "'description' must be"),
        (text("name: my-skill\ndescription: ' '"), "'description' must be"),
        (text(f"name: my-skill\ndescription: {'x' * 1025}"), "'description' must be"),
        (text("name: my-skill\ndescription: [x]"), "'description' must be"),
    ],
)
def test_what_breaks_the_format_is_refused_with_the_reason(content, reason):
    with pytest.raises(SkillRefused, match=reason):
        read_manifest(content, "my-skill")


@pytest.mark.parametrize("name", ["-a", "a-", "a--b", "A", "a_b", "a.b", "ä", "a" * 65, "../a"])
def test_a_name_that_the_format_does_not_have_is_refused(name):
    with pytest.raises(SkillRefused, match="'name' must be"):
        read_manifest(text(f"name: {name}\ndescription: x"), name)


@given(st.binary(max_size=200), st.booleans())
def test_no_content_does_anything_else_than_being_read_or_refused(content, framed):
    try:
        manifest = read_manifest(b"---\n" + content + b"\n---\n" if framed else content, "a")
    except SkillRefused:
        return
    assert manifest.name == "a"
