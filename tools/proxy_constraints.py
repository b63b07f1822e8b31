"""Write constraints-proxy.txt: LiteLLM's Proxy and what it needs, which does not go together with everything else.

What is in constraints.txt stays as it is there, as far as the Proxy allows it. Needs uv.

Usage: python tools/proxy_constraints.py
"""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
CONSTRAINTS = REPOSITORY / "constraints-proxy.txt"
PROXY = "litellm[proxy]==1.106.0"  # the newest whose own dependencies can all be had
HEADER = "# LiteLLM's Proxy and the tests. Written by tools/proxy_constraints.py.\n"


def main() -> None:
    """Resolve and write."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [PROXY, "hatchling"]
    for folder in (".", "hookspecs", "builtin_plugins"):
        one = tomllib.loads((REPOSITORY / folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        wanted += [text for text in one["dependencies"] if not text.startswith("routeiq")]
    wanted += [text for text in project["dependency-groups"]["test"] if isinstance(text, str)]
    CONSTRAINTS.write_text((REPOSITORY / "constraints.txt").read_text(encoding="utf-8"), encoding="utf-8")
    command = ["uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate", "--python-version=3.11", "-"]
    subprocess.run([*command, f"--output-file={CONSTRAINTS}"], input="\n".join(wanted), text=True, check=True)
    CONSTRAINTS.write_text(HEADER + CONSTRAINTS.read_text(encoding="utf-8"), encoding="utf-8")


if __name__ == "__main__":
    main()
