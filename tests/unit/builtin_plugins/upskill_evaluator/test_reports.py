"""Results of `upskill eval`, in the form of version 0.2.1."""

import json

import pytest

from routeiq_builtin_plugins.upskill_evaluator.reports import MOST_BYTES, ReportInvalid, SkillScore, read_report


def result(passed, total, tokens=0, run_type="with_skill", model="haiku"):
    return {
        "metadata": {"model": model, "task": "t", "batch_id": "b", "run_number": 1, "timestamp": "2026-02-01T00:00:00"},
        "stats": {"total_tokens": tokens, "turns": 1}, "passed": passed == total, "assertions_passed": passed,
        "assertions_total": total, "error_message": None, "run_type": run_type, "skill_name": "s",
    }  # fmt: skip


def write(runs, *results, batch="2026_02_01_00_00", text=None):
    folder = runs / batch
    folder.mkdir()
    document = {"batch_id": batch, "model": "haiku", "task": "t", "total_runs": 2, "passed_runs": 1, "results": results}
    (folder / "batch_summary.json").write_text(json.dumps(document) if text is None else text)


def test_a_skill_is_compared_with_the_runs_without_it(tmp_path):
    write(tmp_path, result(1, 4, 1000, "baseline"), result(3, 4, 600))
    (score,) = read_report(tmp_path)
    assert score == SkillScore("haiku", 0.75, 0.25, 600, 1000)
    assert (score.lift, score.token_savings, score.beneficial) == (0.5, pytest.approx(0.4), True)
    assert score.to_dict()["lift"] == 0.5


def test_several_models_and_runs_have_no_baseline(tmp_path):
    write(tmp_path, result(1, 2), result(2, 2), result(0, 2, model="opus"))
    assert read_report(tmp_path) == [SkillScore("haiku", 0.75, None, 0, 0), SkillScore("opus", 0, None, 0, 0)]
    first = read_report(tmp_path)[0]
    assert (first.lift, first.token_savings, first.beneficial) == (None, None, None)


@pytest.mark.parametrize(
    ("score", "tokens", "beneficial"), [(0.5, 100, False), (0.5, 70, True), (0.4, 1, False), (0.6, 1000, True)]
)
def test_a_skill_is_beneficial_by_the_programs_own_rule(score, tokens, beneficial):
    assert SkillScore("m", score, 0.5, tokens, 100).beneficial is beneficial


def test_a_skill_without_test_cases_scores_0(tmp_path):
    write(tmp_path, result(0, 0))
    assert read_report(tmp_path)[0].score == 0


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"results": 7}', '{"results": [{}]}', '{"results": []}', "[" * 100_000,
     json.dumps({"results": [result(5, 4)]}), json.dumps({"results": [result(-1, 4)]}),
     json.dumps({"results": [result(1, 4, run_type="odd")]}), json.dumps({"results": [result("x", 4)]}),
     json.dumps({"results": [result(1, 1, run_type="baseline")]})],
)  # fmt: skip
def test_what_makes_no_sense_is_said(tmp_path, text):
    write(tmp_path, text=text)
    with pytest.raises(ReportInvalid):
        read_report(tmp_path)


def test_there_is_one_batch(tmp_path):
    with pytest.raises(ReportInvalid, match="there are 0 files"):
        read_report(tmp_path)
    write(tmp_path, result(1, 1))
    write(tmp_path, result(1, 1), batch="2026_02_01_00_01")
    with pytest.raises(ReportInvalid, match="there are 2 files"):
        read_report(tmp_path)


def test_a_report_that_is_too_large_is_not_read(tmp_path):
    write(tmp_path, text=" " * (MOST_BYTES + 1))
    with pytest.raises(ReportInvalid, match="more than"):
        read_report(tmp_path)
