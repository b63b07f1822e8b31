"""`curl` as the documentation's examples call it: port 4000 is where the page's gateway is, and statuses are noted."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PLACE = Path(os.environ["DOCUMENTATION_SANDBOX"])


def here(argument: str) -> str:
    """Return an argument with the address of the page's gateway in it."""
    if not re.search(r"(127\.0\.0\.1|localhost):4000", argument):
        return argument
    for _ in range(400):  # one that an example started in the background may not be there yet
        if (PLACE / "gateway.json").exists():
            port = json.loads((PLACE / "gateway.json").read_text())["port"]
            return re.sub(r"(127\.0\.0\.1|localhost):4000", f"127.0.0.1:{port}", argument)
        time.sleep(0.05)
    sys.exit("no example of this page has started a gateway")


if __name__ == "__main__":
    real, *given = sys.argv[1:]
    with tempfile.NamedTemporaryFile() as heads:
        done = subprocess.run([real, "-D", heads.name, *map(here, given)], check=False)
        statuses = re.findall(r"^HTTP/\S+ (\d+)", Path(heads.name).read_text("latin-1"), re.MULTILINE)
    with (PLACE / "statuses").open("a") as noted:
        noted.write(f"{statuses[-1] if statuses else 0}\n")
    ends_in_time = done.returncode == 28 and "--max-time" in given  # which is how one looks at a stream without an end
    sys.exit(0 if ends_in_time else done.returncode)
