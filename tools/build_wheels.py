"""Build the wheels of the three distributions and of the example, each from its own sources, into one folder.

Usage: python tools/build_wheels.py FOLDER
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
DISTRIBUTIONS = (".", "hookspecs", "builtin_plugins", "examples/routeiq-plugin-hello")


def build_wheels(folder: Path) -> None:
    """Build all wheels into `folder`, older ones removed. Raises CalledProcessError when one cannot be built."""
    for wheel in folder.glob("*.whl"):
        wheel.unlink()
    for distribution in DISTRIBUTIONS:
        source = REPOSITORY / distribution
        command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(source)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    print(*sorted(wheel.name for wheel in folder.glob("*.whl")), sep="\n")


if __name__ == "__main__":
    build_wheels(Path(sys.argv[1]))
