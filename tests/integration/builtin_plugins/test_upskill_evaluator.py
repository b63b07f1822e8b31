"""The plugin `upskill-evaluator` in the gateway, with a stand-in that does what `upskill` 0.2.1 does."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from routeiq_plugin_sdk import Invocation
from routeiq_plugin_sdk.testing import PluginTestHarness

from routeiq_builtin_plugins.upskill_evaluator import UpskillEvaluator
from routeiq_builtin_plugins.upskill_evaluator.config import Skills
from routeiq_builtin_plugins.upskill_evaluator.evaluation import evaluate_skill
from routeiq_builtin_plugins.upskill_evaluator.library import Skill, skills

STAND_IN = '''\
#!{python}
"""Takes the options of `upskill eval` (0.2.1), and leaves the folder of runs that it leaves."""
import argparse, json, os, pathlib, sys, time

parser = argparse.ArgumentParser()
parser.add_argument("command", choices=["eval"])
parser.add_argument("skill_path")
parser.add_argument("-t", "--tests")
parser.add_argument("-m", "--model", action="append", default=[])
parser.add_argument("--runs", type=int, default=1)
parser.add_argument("--no-baseline", action="store_true")
parser.add_argument("--runs-dir", default="runs")
given = parser.parse_args()
skill = pathlib.Path(given.skill_path)
with open({log!r}, "a") as log:
    print(json.dumps([skill.name, sys.argv[1:], sorted(os.environ), os.getcwd()]), file=log)
cases = json.loads(pathlib.Path(given.tests).read_text())
print(f"Loaded {{len(cases)}} test case(s) from tests file: {{given.tests}}")
if (skill / "hang").exists():
    time.sleep(3600)
if (skill / "fail").exists():
    sys.exit("No credentials for the provider")
batch = pathlib.Path(given.runs_dir, "2026_02_01_12_00")
results = []
models = given.model or ["sonnet"]
for model in models:
    compares = len(models) == 1 and given.runs == 1 and not given.no_baseline
    for number, kind in enumerate(["baseline", "with_skill"] if compares else ["with_skill"] * given.runs, 1):
        passed = len(cases) if kind == "with_skill" else len(cases) // 2
        metadata = {{"model": model, "task": "t", "batch_id": batch.name, "run_number": number}}
        result = {{"metadata": metadata, "stats": {{"total_tokens": 100 * number}}, "passed": True, "run_type": kind,
                  "assertions_passed": passed, "assertions_total": len(cases), "skill_name": skill.name}}
        folder = batch / f"run_{{len(results) + 1}}"
        folder.mkdir(parents=True)
        (folder / "run_metadata.json").write_text(json.dumps(metadata))
        (folder / "run_result.json").write_text(json.dumps(result))
        results.append(result)
summary = {{"batch_id": batch.name, "model": ", ".join(models), "task": "t", "total_runs": len(results),
           "passed_runs": len(results), "results": results}}
(batch / "batch_summary.json").write_text(json.dumps(summary))
'''


class Workshop:
    """A folder of skills, the stand-in, and what that was asked."""

    def __init__(self, folder: Path) -> None:
        self.skills = folder / "skills"
        self.skills.mkdir()
        self.log = folder / "asked.jsonl"
        self.program = folder / "bin" / "upskill"
        self.program.parent.mkdir()
        self.program.write_text(STAND_IN.format(python=sys.executable, log=str(self.log)))
        self.program.chmod(0o755)

    def skill(self, name: str, cases: int | None = 4, **files: str) -> Path:
        """Make a skill with so many test cases."""
        folder = self.skills / name
        folder.mkdir()
        (folder / "SKILL.md").write_text(f"---\nname: {name}\ndescription: d\n---\n")
        if cases is not None:
            (folder / "tests.json").write_text(str([{"input": "x"}] * cases).replace("'", '"'))
        for file, text in files.items():
            (folder / file).write_text(text)
        return folder

    def asked(self) -> list[Any]:
        """Return what the stand-in was asked: the skill, its arguments, the names of its variables, where it ran."""
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def config(self, **changes: Any) -> dict[str, Any]:
        """Return the plugin's configuration."""
        return {"skills": {"directory": str(self.skills), "command": str(self.program), **changes}}


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def harness(config: dict[str, Any]) -> PluginTestHarness:
    return PluginTestHarness(UpskillEvaluator, "evaluator", config=config)


async def until(one: PluginTestHarness, condition: Callable[[], Any]) -> None:
    """Wait for what a process does, by the clock of the machine: the loop's is the harness's."""
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        await asyncio.to_thread(time.sleep, 0.01)
    await one.settle()


def lines(one: PluginTestHarness, event: str) -> list[Any]:
    return [line.fields for line in one.logs if line.event == event]


async def test_a_skill_is_evaluated_once_until_it_changes(workshop: Workshop) -> None:
    folder = workshop.skill("pdf")
    workshop.skill("untested", cases=None)
    async with harness(workshop.config(models=["haiku"])) as one:
        looking = asyncio.ensure_future(one.advance_time(301))
        await until(one, lambda: lines(one, "a skill was evaluated"))
        await looking
        (event,) = [event for event in one.events if event.name == "upskill-evaluator.skill-evaluated"]
        assert dict(event.data) == {
            "skill": "pdf", "model": "haiku", "score": 1.0, "baseline": 0.5, "lift": 0.5, "tokens": 200,
            "baseline_tokens": 100, "token_savings": -1.0, "beneficial": True,
        }  # fmt: skip
        labels = {"skill": "pdf", "model": "haiku"}
        assert [one.metric(f"skill_{name}", **labels) for name in ("score", "baseline", "lift")] == [1, 0.5, 0.5]
        assert one.metric("skill_runs", skill="pdf", outcome="evaluated") == 1
        ((name, arguments, variables, where),) = workshop.asked()
        assert (name, arguments[0], arguments[-1]) == ("pdf", "eval", "--model=haiku")
        assert not any("KEY" in variable or "ROUTEIQ" in variable for variable in variables)
        assert not Path(where).exists()
        assert [fields["skill"] for fields in lines(one, "a skill is not evaluated")] == ["untested"]
        await one.advance_time(301)
        assert len(workshop.asked()) == 1
        (folder / "SKILL.md").write_text("---\nname: pdf\ndescription: better\n---\n")
        looking = asyncio.ensure_future(one.advance_time(301))
        await until(one, lambda: one.metric("skill_runs", skill="pdf", outcome="evaluated") == 2)
        await looking
        assert len(lines(one, "a skill is not evaluated")) == 1


async def test_each_model_is_asked_by_itself(workshop: Workshop) -> None:
    workshop.skill("pdf")
    async with harness(workshop.config(models=["haiku", "opus"])) as one:
        looking = asyncio.ensure_future(one.advance_time(301))
        await until(one, lambda: len(lines(one, "a skill was evaluated")) == 2)
        await looking
        assert [asked[1][-1] for asked in workshop.asked()] == ["--model=haiku", "--model=opus"]
        assert one.metric("skill_lift", skill="pdf", model="opus") == 0.5


async def test_a_program_that_fails_is_told_and_not_tried_again(workshop: Workshop) -> None:
    workshop.skill("broken", fail="")
    async with harness(workshop.config()) as one:
        looking = asyncio.ensure_future(one.advance_time(301))
        await until(one, lambda: lines(one, "a skill could not be evaluated"))
        await looking
        (fields,) = lines(one, "a skill could not be evaluated")
        assert (fields["reason"], "No credentials" in fields["output"]) == ("exited with status 1", True)
        await one.advance_time(301)
        assert len(workshop.asked()) == 1


async def test_without_the_program_calls_are_scored_all_the_same_and_that_is_said_once(tmp_path: Path) -> None:
    async with harness({"skills": {"command": str(tmp_path / "upskill")}}) as one:
        await one.advance_time(301)
        await one.advance_time(301)
        assert len([line for line in one.logs if "not installed" in line.event]) == 1
        assert "not installed" in (await one.health())["plugins"]["upskill-evaluator"]["skills"]
        (result,) = await one.evaluate(Invocation.mock())
        assert (result.score, result.evaluator) == (1, "upskill-evaluator")
        result = await one.llm_call()
        assert result.status_code == 200
        told = [event.data for event in one.events if event.name == "evaluation.completed"]
        assert [(data["kind"], data["status"]) for data in told] == [("tool", "passed"), ("llm", "passed")]


async def test_a_stop_ends_the_program(workshop: Workshop) -> None:
    workshop.skill("slow", hang="")
    async with harness(workshop.config()) as one:
        looking = asyncio.ensure_future(one.advance_time(301))
        await until(one, workshop.asked)
        await looking
        where = Path(workshop.asked()[0][3])
        assert where.exists()
        stopping = asyncio.ensure_future(one.shutdown())
        await asyncio.sleep(0)
        await stopping
    assert not where.exists()


async def test_a_changed_interval_holds_from_then_on_and_it_can_be_switched_off(workshop: Workshop) -> None:
    workshop.skill("pdf")
    async with harness(workshop.config(enabled=False)) as one:
        await one.advance_time(1000)
        assert workshop.asked() == []
        await one.change_config(**workshop.config(interval=5))
        looking = asyncio.ensure_future(one.advance_time(6))
        await until(one, lambda: lines(one, "a skill was evaluated"))
        await looking


async def test_it_needs_the_plugin_that_says_how_many() -> None:
    from routeiq_plugin_sdk.testing import PluginNotStarted

    with pytest.raises(PluginNotStarted, match="depends on 'evaluator'"):
        async with PluginTestHarness(UpskillEvaluator):
            raise AssertionError


@pytest.mark.timeout(120)
async def test_the_program_itself_is_spoken_to(gateway: Any, tmp_path: Path) -> None:
    """The real `upskill`, where it is installed, with this gateway's own model behind it: `echo` repeats the input."""
    program = shutil.which("upskill")
    if program is None:
        pytest.skip("needs upskill 0.2.1, which needs Python 3.13")
    folder = tmp_path / "greeting"
    folder.mkdir()
    (folder / "SKILL.md").write_text(
        "---\nname: greeting\ndescription: Greets people by their name.\n---\nSay hello.\n"
    )
    cases = [
        {"input": "Say hello to Ada", "expected": {"contains": ["hello", "Ada"]}},
        {"input": "Greet Grace", "expected": {"contains": ["Grace", "what echo does not say"]}},
    ]
    (folder / "tests.json").write_text(json.dumps(cases))
    served = await gateway()
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "GENERIC_BASE_URL": f"{served.url}/v1",
        # It asks for the keys of the models that it uses by default, though it does not use them here.
        "GENERIC_API_KEY": "none", "ANTHROPIC_API_KEY": "none", "OPENAI_API_KEY": "none",
    }  # fmt: skip
    config = Skills(models=("generic.echo",))
    (skill,) = [one for one in skills(tmp_path, config.tests) if isinstance(one, Skill)]
    (score,) = await evaluate_skill(program, skill, config, environment)
    assert (score.model, score.score, score.baseline, score.lift) == ("generic.echo", 0.5, 0.5, 0)
    several = Skills(models=("generic.echo", "generic.echo"), runs=2)
    scores = await evaluate_skill(program, skill, several, environment)
    assert [(score.score, score.baseline, score.beneficial) for score in scores] == [(0.5, None, None)] * 2
