"""Write the constraints of LiteLLM's own test environments: what does not go together with everything else.

`constraints-proxy.txt` is for its Proxy, `constraints-litellm-oldest.txt` for the oldest release of its SDK that passes
the tests. What is in constraints.txt stays as it is there, as far as LiteLLM allows it. Needs uv.

Usage: python tools/litellm_constraints.py
"""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path
from typing import Any, Final

REPOSITORY: Final = Path(__file__).parents[1]
ENVIRONMENTS: Final = {
    # The newest whose own dependencies can all be had.
    "constraints-proxy.txt": ("litellm[proxy]==1.106.0", "LiteLLM's Proxy"),
    # 1.100 counts the tokens of streamed text completions itself, whatever the provider says.
    "constraints-litellm-oldest.txt": ("litellm[mcp]==1.101.0", "The oldest LiteLLM that is tested"),
}


def wanted() -> list[str]:
    """Return the requirements of the tests and of the distributions, less each other; traces are tested there too."""
    test = _project(".")["dependency-groups"]["test"]
    requirements = ["hatchling", *(text for text in test if isinstance(text, str))]
    requirements += _project(".")["project"]["optional-dependencies"]["otel"]
    for folder in (".", "hookspecs", "builtin_plugins"):
        dependencies = _project(folder)["project"]["dependencies"]
        requirements += [text for text in dependencies if not text.startswith("routeiq")]
    return requirements


def _project(folder: str) -> dict[str, Any]:
    return tomllib.loads((REPOSITORY / folder / "pyproject.toml").read_text(encoding="utf-8"))


def main() -> None:
    """Resolve and write each."""
    everything = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8")
    for name, (litellm, what) in ENVIRONMENTS.items():
        path = REPOSITORY / name
        path.write_text(everything, encoding="utf-8")  # what uv prefers
        command = ["uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate", "--python-version=3.11", "-"]
        requirements = "\n".join([litellm, *wanted()])
        subprocess.run([*command, f"--output-file={path}"], input=requirements, text=True, check=True)
        header = f"# {what} and the tests. Written by tools/litellm_constraints.py.\n"
        path.write_text(header + path.read_text(encoding="utf-8"), encoding="utf-8")


if __name__ == "__main__":
    main()
