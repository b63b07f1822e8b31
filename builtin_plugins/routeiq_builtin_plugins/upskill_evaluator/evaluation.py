"""One evaluation of a skill by the command line `upskill`, of which version 0.2.1 is the form that is spoken here."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from .command import run
from .config import Skills
from .library import Skill
from .reports import SkillScore, read_report


def environment_of(config: Skills, own: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the variables of the program: those of the gateway's own that are passed on, and those that are set.

    Args:
        own: None stands for the process's.
    """
    inherited = os.environ if own is None else own
    passed = {name: inherited[name] for name in config.pass_environment if name in inherited}
    return {**passed, **{name: value.get_secret_value() for name, value in config.environment.items()}}


def program_of(config: Skills, environment: Mapping[str, str]) -> str | None:
    """Return the path of the program, or None if it is not installed."""
    return shutil.which(config.command, path=environment.get("PATH", os.defpath))


def command_of(program: str, skill: Skill, runs: Path, config: Skills, model: str | None) -> list[str]:
    """Return the command that evaluates a skill, and leaves its results in a folder of runs.

    Args:
        model: None stands for the program's own choice.
    """
    command = [program, "eval", str(skill.folder), "--runs-dir", str(runs)]
    if skill.tests is not None:
        command += ["--tests", str(skill.tests)]
    if model is not None:
        command.append(f"--model={model}")  # one word: a name that begins like an option must not be one
    if config.runs > 1:
        command += ["--runs", str(config.runs)]
    if not config.baseline:
        command.append("--no-baseline")
    return command


def signature_of(skill: Skill, config: Skills) -> str:
    """Return what changes whenever a skill is to be evaluated anew: with its files, and with how it is evaluated."""
    how = (config.models, config.runs, config.baseline, skill.tests is not None)
    return hashlib.sha256(f"{skill.fingerprint} {how!r}".encode()).hexdigest()


async def evaluate_skill(
    program: str, skill: Skill, config: Skills, environment: Mapping[str, str]
) -> list[SkillScore]:
    """Evaluate a skill with each of the models, and return its scores.

    Each model has a run of the program of its own: version 0.2.1 takes several, and then evaluates with the last one.

    Raises:
        CommandFailed: if the program fails, or exceeds a limit.
        ReportInvalid: if what it leaves makes no sense.
    """
    scores: list[SkillScore] = []
    for model in config.models or (None,):
        scores += await _evaluate_with(model, program, skill, config, environment)
    return scores


async def _evaluate_with(
    model: str | None, program: str, skill: Skill, config: Skills, environment: Mapping[str, str]
) -> list[SkillScore]:
    """Evaluate a skill in a folder that is there for this alone."""
    place = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="routeiq-upskill-"))
    runs = place / "runs"
    try:
        runs.mkdir()
        command = command_of(program, skill, runs, config, model)
        await run(command, place, environment, config.timeout, config.max_output)
        return await asyncio.to_thread(read_report, runs)
    finally:
        await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)
