"""The command that evaluates a skill, and its environment."""

from pathlib import Path

from routeiq_builtin_plugins.upskill_evaluator.config import Skills
from routeiq_builtin_plugins.upskill_evaluator.evaluation import command_of, environment_of, program_of, signature_of
from routeiq_builtin_plugins.upskill_evaluator.library import Skill

SKILL = Skill("pdf", Path("/skills/pdf"), "f", Path("/skills/pdf/tests.json"), True)
RUNS = Path("/tmp/runs")


def test_the_command_has_what_is_configured_and_no_model_is_an_option():
    config = Skills(runs=3, baseline=False)
    assert command_of("/bin/upskill", SKILL, RUNS, config, "--no-log-runs") == [
        "/bin/upskill", "eval", "/skills/pdf", "--runs-dir", "/tmp/runs", "--tests", "/skills/pdf/tests.json",
        "--model=--no-log-runs", "--runs", "3", "--no-baseline",
    ]  # fmt: skip
    plain = Skill("pdf", Path("/skills/pdf"), "f", None, False)
    assert command_of("upskill", plain, RUNS, Skills(), None) == [
        "upskill",
        "eval",
        "/skills/pdf",
        "--runs-dir",
        "/tmp/runs",
    ]


def test_the_environment_is_what_is_named():
    own = {"PATH": "/bin", "HOME": "/root", "OPENAI_API_KEY": "secret", "ROUTEIQ_ADMIN_TOKEN": "secret"}
    assert environment_of(Skills(), own) == {"PATH": "/bin", "HOME": "/root"}
    config = Skills(pass_environment=["PATH", "MISSING"], environment={"KEY": "k", "PATH": "/opt"})
    assert environment_of(config, own) == {"PATH": "/opt", "KEY": "k"}
    assert "'k'" not in repr(config)


def test_a_program_is_looked_for_in_the_path_that_it_gets(tmp_path):
    program = tmp_path / "upskill"
    assert program_of(Skills(), {"PATH": str(tmp_path)}) is None
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert program_of(Skills(), {"PATH": str(tmp_path)}) == str(program)
    assert program_of(Skills(command=str(program)), {}) == str(program)


def test_a_skill_is_evaluated_anew_when_it_or_the_way_changes():
    config = Skills()
    changed = Skill("pdf", SKILL.folder, "g", SKILL.tests, True)
    signatures = {signature_of(SKILL, config), signature_of(changed, config), signature_of(SKILL, Skills(runs=2))}
    assert len(signatures) == 3
    assert signature_of(SKILL, config) == signature_of(SKILL, Skills(timeout=5))
