"""What the tests of commands share: a command line that runs in this process, and plugins that it finds."""

import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from routeiq.cli.application import application

PLUGIN = """
from pydantic import BaseModel, Field, SecretStr
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

class Config(BaseModel):
    limit: int = Field(default=5, description="How many.")
    names: list[str] = []
    key: SecretStr | None = None

metadata = PluginMetadata(name={name!r}, version="1.2", capabilities={{PluginCapability.MIDDLEWARE}},
                          config_schema=Config, description="Does something.", {more})

@hookimpl
def request(request):
    return None

@hookimpl
def response(request, response):
    pass
"""


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., tuple[int, Any, str]]:
    """command(*arguments): (exit status, standard output, or the document if it is JSON, standard error)."""
    monkeypatch.chdir(tmp_path)
    for name in ("ROUTEIQ_PLUGINS", "ROUTEIQ_PLUGINS_ALLOWLIST"):
        monkeypatch.delenv(name, raising=False)

    def command(*arguments: object) -> tuple[int, Any, str]:
        result = CliRunner().invoke(application(), [str(argument) for argument in arguments], prog_name="routeiq")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        printed = json.loads(result.stdout) if "--json" in arguments and result.stdout else result.stdout
        return result.exit_code, printed, result.stderr

    return command


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """plugins(name={metadata}): modules that ROUTEIQ_PLUGINS names; `_` in a name stands for `-`."""
    number = iter(range(1000))

    def plugins(**modules: str) -> None:
        monkeypatch.syspath_prepend(tmp_path)
        paths = []
        for name, more in modules.items():
            paths.append(f"clitest_{tmp_path.name}_{next(number)}_{name}".replace("-", "_"))
            source = PLUGIN.format(name=name.replace("_", "-"), more=more)
            (tmp_path / f"{paths[-1]}.py").write_text(textwrap.dedent(source))
        monkeypatch.setenv("ROUTEIQ_PLUGINS", ",".join(paths))

    return plugins
