"""The two forms of the index."""

import json

from routeiq_builtin_plugins.skills_discovery.indexes import SCHEMA, current_index, older_index
from routeiq_builtin_plugins.skills_discovery.library import Artifact, Skill
from routeiq_builtin_plugins.skills_discovery.manifest import Manifest

SKILLS = {
    "one": Skill(Manifest("one", "Löst es."), {"SKILL.md": Artifact(b"", "a1")}, None),
    "two": Skill(
        Manifest("two", "B"), {"SKILL.md": Artifact(b"", "b1"), "c": Artifact(b"", "c1")}, Artifact(b"", "d1")
    ),
}


def test_the_current_form_has_one_artifact_for_each_skill():
    index = json.loads(current_index(SKILLS).content)
    assert index["$schema"] == SCHEMA
    base = "/.well-known/agent-skills"
    assert index["skills"] == [
        {
            "name": "one",
            "type": "skill-md",
            "description": "Löst es.",
            "url": f"{base}/one/SKILL.md",
            "digest": "sha256:a1",
        },
        {"name": "two", "type": "archive", "description": "B", "url": f"{base}/two.tar.gz", "digest": "sha256:d1"},
    ]


def test_the_older_form_lists_files_and_has_no_schema():
    assert json.loads(older_index(SKILLS).content) == {
        "skills": [
            {"name": "one", "description": "Löst es.", "files": ["SKILL.md"]},
            {"name": "two", "description": "B", "files": ["SKILL.md", "c"]},
        ]
    }
