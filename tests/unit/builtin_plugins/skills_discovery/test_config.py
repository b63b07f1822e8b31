"""What an operator can set of skills discovery."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from routeiq_builtin_plugins.skills_discovery.config import Config


def test_skills_lie_in_the_folder_skills_unless_somebody_says_otherwise():
    assert Config().directory == Path("skills")


@pytest.mark.parametrize("directory", ["", "  "])
def test_an_empty_path_is_refused_since_it_would_be_the_working_directory(directory):
    with pytest.raises(ValidationError, match="must name a folder"):
        Config(directory=directory)


@pytest.mark.parametrize(
    "wrong", [{"max_age": -1}, {"check_interval": float("nan")}, {"max_skill_bytes": 0}, {"dir": "x"}]
)
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValidationError):
        Config(**wrong)
