from __future__ import annotations

from pathlib import Path

from routeiq.authoring.checks.findings import RULES, Finding


def test_a_finding_knows_how_bad_it_is() -> None:
    finding = Finding("prints", "it prints", "loud", "request", "loud.py", 3)
    assert finding.to_dict() == {
        "severity": "warning", "rule": "prints", "message": "it prints", "plugin": "loud", "hook": "request",
        "file": "loud.py", "line": 3,
    }  # fmt: skip


def test_every_rule_stands_in_the_reference() -> None:
    page = (Path(__file__).parents[4] / "docs" / "reference" / "checks.md").read_text(encoding="utf-8")
    for name, rule in RULES.items():
        assert f"| `{name}` | {rule.severity} | {rule.meaning} |\n" in page
