"""What guards are said to find is what they find, in labelled texts that lie in the repository."""

import pytest
from benchmarks.accuracy import DATA, Sample, Score, page, page_text, scores, table, written
from benchmarks.guard_cases import cases

CASES = cases()


def test_findings_are_counted_by_their_labels() -> None:
    samples = [Sample("a b", ("x:a", "y:b")), Sample("c", ("x:c",)), Sample("d", (), "letters"), Sample("e")]
    found = {"a b": ["x:a", "y:c"], "c": [], "d": ["x:d"], "e": []}
    assert scores(samples, found.__getitem__) == [
        Score("x", right=1, wrong=1, missed=1),
        Score("y", right=0, wrong=1, missed=1),
        Score("all", right=1, wrong=2, missed=2),
    ]
    assert "| x | 2 | 1 | 1 | 0.500 | 0.500 |\n" in table(samples, found.__getitem__)
    assert "in 2 of them there is nothing to be found, and in 1 of these something was: 1 of letters.\n" in table(
        samples, found.__getitem__
    )


def test_of_one_label_the_kinds_of_text_are_told_apart() -> None:
    samples = [Sample("a", ("x",), "one"), Sample("b", ("x",), "one"), Sample("c", ("x",), "two"), Sample("d")]
    told = table(samples, lambda text: ["x"] if text in "ad" else [])
    assert "| one | 2 | 1 | | | 0.500 |\n| two | 1 | 0 | | | 0.000 |\n| all | 3 | 1 | 1 | 0.500 | 0.333 |\n" in told


def test_nothing_found_of_nothing_is_all_that_there_is() -> None:
    assert (Score("x", 0, 0, 0).precision, Score("x", 0, 0, 0).recall) == (1.0, 1.0)


@pytest.mark.parametrize("plugin", CASES)
def test_the_page_tells_what_the_guard_finds(plugin: str) -> None:
    told = page_text(plugin, CASES[plugin].detector())
    assert page(plugin).read_text(encoding="utf-8") == told, "run python -m benchmarks.accuracy"


@pytest.mark.parametrize("plugin", [name for name, case in CASES.items() if hasattr(case, "samples")])
def test_the_texts_are_made_from_a_seed(plugin: str) -> None:
    stored = (DATA / f"{plugin}.jsonl").read_text(encoding="utf-8")
    assert stored == written(CASES[plugin].samples()), "run python -m benchmarks.accuracy"
