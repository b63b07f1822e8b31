"""Run the benchmarks and print a table: `python -m benchmarks [--quick] [--json] [NAME ...]`.

Exit status 1 if a figure is over its limit.
"""

from __future__ import annotations

import argparse
import importlib
import sys

from .table import as_json, as_text

NAMES = (
    "dispatch", "scopes", "middleware", "metrics", "telemetry", "events", "storage", "windows", "litellm", "imports",
    "builtin_plugins", "guards", "llm_guard", "routing", "evaluation", "gateway", "response_cache", "rate_limit",
    "changes",
)  # fmt: skip


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all by default")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, wider spread")
    parser.add_argument("--json", action="store_true", help="for programs")
    given = parser.parse_args()
    unknown = set(given.names) - set(NAMES)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    rows = []
    for name in given.names or NAMES:
        print(f"{name} ...", file=sys.stderr, flush=True)
        rows += importlib.import_module(f"benchmarks.{name}").main(given.quick)
    print(as_json(rows) if given.json else as_text(rows))
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
