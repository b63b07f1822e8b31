"""Make the pictures of terminals in the documentation: real commands against a real gateway, and what they print.

Each picture is a session: files in a folder of its own, a gateway there if it needs one, and commands that run one
after the other on a terminal of fixed width. The pictures are SVG, in whatever monospaced font the reader has: nothing
in them comes from elsewhere. What would differ from run to run is not shown: the gateway's port is always 4000 there.

Usage: python tools/screenshots.py  (needs bash and curl)
"""

from __future__ import annotations

import contextlib
import io
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from rich.console import Console
from rich.text import Text

REPOSITORY = Path(__file__).parents[1]
IMAGES = REPOSITORY / "docs" / "images"
COLUMNS: Final = 108
SHOWN_PORT: Final = 4000
PATIENCE: Final = 60
"""Seconds for a gateway to start, and to end."""

TEMPLATE: Final = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<!-- made by tools/screenshots.py -->
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
  white-space: pre;
}}
.{unique_id}-title {{ font-family: system-ui, sans-serif; font-size: 18px; font-weight: bold; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""Rich's own template without the fonts that it fetches from elsewhere."""


@dataclass(frozen=True)
class Session:
    """What one picture shows."""

    title: str
    commands: tuple[str, ...]
    """As they are typed; a gateway is at port 4000 for them."""
    files: Mapping[str, str] = field(default_factory=dict)
    """By their paths in the session's folder."""
    serves: bool = False
    """Whether a gateway runs there."""


_SETTINGS = """\
plugins:
  api-key-auth: {enabled: true}
  content-filter: {enabled: true, failure_mode: abort}
  rate-limit: {enabled: true}
"""
_FILTER = """\
rules:
  - {name: projects, words: [Project Falcon]}
  - {name: tickets, pattern: 'INC-\\d{6}', action: redact, replacement: "[a ticket]"}
"""
_DISGUISED = "Project Falcon".translate(str.maketrans("aeo", "\u0430\u0435\u043e"))
_IMPORTS = """\
from pydantic import BaseModel
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl
"""
_GUARD = """\
class Config(BaseModel):
    words: list[str] = ["harmful"]
    api_key: str = ""


metadata = PluginMetadata(
    name="guard", version="1.0", description="Asks a service", gateway_compat=">=0.1,<1",
    capabilities={PluginCapability.MIDDLEWARE}, config_schema=Config,
)


@hookimpl.request_body
async def request_body(body, context):
    time.sleep(1)
"""


def _asking(text: str) -> str:
    message = f'{{"model": "echo", "messages": [{{"role": "user", "content": "{text}"}}]}}'
    return f"curl -s localhost:4000/v1/chat/completions -H 'content-type: application/json' \\\n  -d '{message}'"


SESSIONS: Final[Mapping[str, Session]] = {
    "gateway": Session(
        title="A gateway with a content filter",
        commands=(
            "cat routeiq.yaml config/plugins/content-filter.yaml",
            _asking("Where is Project Falcon?"),
            _asking(f"And {_DISGUISED}, in Cyrillic?"),
            _asking("Close INC-123456.") + ' \\\n  | grep -o \'"content":"[^"]*"\'',
        ),
        files={
            "routeiq.yaml": "plugins:\n  content-filter: {enabled: true, failure_mode: abort}\n",
            "config/plugins/content-filter.yaml": _FILTER,
        },
        serves=True,
    ),
    "hooks": Session(
        title="What runs when, and why",
        commands=("cat routeiq.yaml", "routeiq hooks", "routeiq hooks --why rate-limit api-key-auth"),
        files={"routeiq.yaml": _SETTINGS},
    ),
    "check": Session(
        title="What a plugin's author is told",
        commands=("tail -n 14 guard.py", "routeiq plugin check ./guard.py --no-run --no-types || echo status $?"),
        files={"guard.py": f"import time\n\n{_IMPORTS}\n\n{_GUARD}"},
    ),
}


def recorded(session: Session) -> str:
    """Run a session, and return its picture."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), color_system="truecolor", force_terminal=True)
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        for path, text in session.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, "utf-8")
        port = stack.enter_context(_gateway(folder)) if session.serves else SHOWN_PORT
        for position, command in enumerate(session.commands):
            if position:
                console.print()
            console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
            printed = _run(command.replace(f":{SHOWN_PORT}", f":{port}"), folder)
            if printed.strip():
                console.print(Text.from_ansi(printed.replace(f":{port}", f":{SHOWN_PORT}").rstrip()))
    svg = console.export_svg(title=session.title, code_format=TEMPLATE)
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)


def text_of(svg: str) -> str:
    """Return the text of a picture, line by line. How lines are folded and coloured depends on Rich, this does not."""
    space = "{http://www.w3.org/2000/svg}"
    (matrix,) = (one for one in ET.fromstring(svg).iter(f"{space}g") if "-matrix" in one.get("class", ""))
    rows: dict[float, str] = {}
    for element in matrix.iter(f"{space}text"):
        row = float(element.get("y", "0"))
        rows[row] = rows.get(row, "") + (element.text or "").replace("\N{NO-BREAK SPACE}", " ")
    return "\n".join(" ".join(text.split()) for _, text in sorted(rows.items()))


def _environment() -> dict[str, str]:
    """Return variables under which sessions are the same everywhere, with the built-in plugins alone."""
    from importlib.metadata import entry_points

    ours = ("ROUTEIQ_", "LLMROUTER_", "OTEL_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours) and name != "NO_COLOR"}
    built_in = [
        point.name
        for point in entry_points(group="routeiq.plugins")
        if point.dist is not None and point.dist.name == "routeiq-builtin-plugins"
    ]
    return {
        **kept,
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), kept["PATH"])),
        "TERM": "xterm-256color",
        "COLUMNS": str(COLUMNS),
        "ROUTEIQ_PLUGINS_ALLOWLIST": ",".join(built_in),
        "ROUTEIQ_ADMIN_TOKEN": "a-token-for-pictures-alone",
        "no_proxy": "localhost,127.0.0.1",
    }


def _run(command: str, folder: Path) -> str:
    """Run a command on a terminal, and return what stands there."""
    terminal, its_end = pty.openpty()
    process = subprocess.Popen(
        ["bash", "--noprofile", "--norc", "-c", command],
        cwd=folder, env=_environment(), stdin=subprocess.DEVNULL, stdout=its_end, stderr=its_end,
    )  # fmt: skip
    os.close(its_end)
    printed = b""
    with contextlib.suppress(OSError), os.fdopen(terminal, "rb", buffering=0) as screen:  # Linux: EIO is the end
        while part := screen.read(65536):
            printed += part
    if process.wait(PATIENCE):
        raise RuntimeError(f"{command} failed:\n{printed.decode()}")
    return printed.decode().replace("\r\n", "\n")


@contextlib.contextmanager
def _gateway(folder: Path) -> Iterator[int]:
    """Have a gateway run in a folder, and give its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("routeiq")), "serve", "--port", str(port)]
    log = folder.with_name(f"{folder.name}.log")
    with log.open("wb") as written:
        process = subprocess.Popen(command, cwd=folder, env=_environment(), stdout=written, stderr=written)
    try:
        end = time.monotonic() + PATIENCE
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"the gateway did not start:\n{log.read_text()}")
            time.sleep(0.05)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
        log.unlink()


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5):
        return True
    return False


def main() -> None:
    """Make all pictures."""
    IMAGES.mkdir(exist_ok=True)
    for name, session in SESSIONS.items():
        (IMAGES / f"{name}.svg").write_text(recorded(session), "utf-8")


if __name__ == "__main__":
    main()
