"""`routeiq config check`: everything that is wrong with the configuration, together."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import typer

from .found import ConfigOption, JSONOption, find_plugins, load_settings
from .output import FOUND_WRONG, failures_told, print_json

if TYPE_CHECKING:
    from routeiq.core.errors import Problem
    from routeiq.core.manager import PluginManager
    from routeiq.gateway.settings import GatewaySettings


def check(config: ConfigOption = None, json: JSONOption = False) -> None:
    """Check the settings file, the variables and the configuration of every plugin. Nothing is started.

    Examples:
      routeiq config check
      routeiq config check --config production.yaml && systemctl reload routeiq
      routeiq config check --json | jq -r '.problems[].message'
    """
    from routeiq.core.errors import ConfigurationError
    from routeiq.gateway.settings import DEFAULT_FILE

    with failures_told():
        problems: list[Problem] = []
        warnings: tuple[str, ...] = ()
        path = config or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)
        source = str(path) if path is not None else None
        try:
            settings = load_settings(path, told=not json)
            warnings = settings.warnings
            problems += access_problems(settings)
            problems += storage_problems(settings)
            problems += [settings.located(problem) for problem in plugin_problems(find_plugins(settings))]
        except ConfigurationError as error:
            problems += error.problems
        if json:
            found = [{"source": one.source, "field": one.field, "message": one.message} for one in problems]
            print_json({"settings": source, "problems": found, "warnings": list(warnings)})
        else:
            _print(source, problems)
        if problems:
            raise typer.Exit(FOUND_WRONG)


def access_problems(settings: GatewaySettings) -> tuple[Problem, ...]:
    """Return what is wrong with the admin API's token in the environment."""
    from routeiq.core.errors import ConfigurationError
    from routeiq.gateway.access import AdminAccess

    try:
        AdminAccess.of(settings.admin, os.environ)
    except ConfigurationError as error:
        return error.problems
    return ()


def storage_problems(settings: GatewaySettings) -> tuple[Problem, ...]:
    """Return what keeps the settings' store from being used, as far as it shows without connecting to it."""
    from routeiq.core.errors import ConfigurationError
    from routeiq.gateway.group import SoloGroup
    from routeiq.gateway.stores import stores_of

    try:
        stores_of(settings, SoloGroup())
    except ConfigurationError as error:
        return error.problems
    return ()


def plugin_problems(manager: PluginManager) -> list[Problem]:
    """Return what is wrong with the configuration of plugins, and with what the settings say of them."""
    from routeiq.core.config import load_config, unread_files
    from routeiq.core.errors import ConfigurationError, Problem
    from routeiq.core.instances import hint_for
    from routeiq.core.settings import MANAGER_SOURCE

    try:
        manager.check()
    except ConfigurationError as error:
        return list(error.problems)
    records = manager.records
    problems = [
        Problem(MANAGER_SOURCE, f"plugins.{name}", f"there is no such plugin{hint_for(name, records)}")
        for name in manager.settings.plugins
        if name not in records
    ]
    problems += unread_files(manager.settings, records)
    for record in records.values():
        if record.metadata is None:
            continue
        try:
            load_config(record.name, record.metadata.config_schema, manager.settings, tuple(records))
        except ConfigurationError as error:
            problems += error.problems
    return problems


def _print(source: str | None, problems: list[Problem]) -> None:
    for problem in problems:
        typer.echo(str(problem))
    where = source or "no settings file"
    if problems:
        typer.echo(f"{where}: {len(problems)} problem{'s' if len(problems) != 1 else ''} found", err=True)
    else:
        typer.echo(f"{where}: no problem found")
