"""The tree of commands. Help is plain text: what it teaches must survive a pipe and a narrow terminal."""

from __future__ import annotations

from collections.abc import Callable
from inspect import cleandoc
from typing import Annotated

import typer

from .admin import hash_token, make_token
from .checks import check_plugin
from .config import check
from .documents import docs
from .hooks import hooks
from .packages import package
from .plugin import list_plugins, show_plugin
from .projects import new, update
from .serve import serve


def _version(wanted: bool) -> None:
    if wanted:
        from routeiq.core.version import host_version

        typer.echo(f"routeiq {host_version()}")
        raise typer.Exit


def _group(name: str | None, help: str) -> typer.Typer:
    return typer.Typer(
        name=name,
        help=help,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def application() -> typer.Typer:
    """Return the command line as a Typer application."""
    top = _group("routeiq", _HELP)

    @top.callback(help=_paragraphs(_HELP))
    def options(
        version: Annotated[
            bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
        ] = False,
    ) -> None:
        del version  # the callback has done it

    _add(top, "serve", serve)
    _add(top, "hooks", hooks)
    plugins = _group("plugin", "Look at the plugins that are installed, and write your own.")
    _add(plugins, "list", list_plugins)
    _add(plugins, "show", show_plugin)
    _add(plugins, "new", new)
    _add(plugins, "update", update)
    _add(plugins, "docs", docs)
    _add(plugins, "package", package)
    _add(plugins, "check", check_plugin)
    top.add_typer(plugins)
    config = _group("config", "Look at the configuration.")
    _add(config, "check", check)
    top.add_typer(config)
    admin = _group("admin", "Prepare access to the admin API.")
    _add(admin, "token", make_token)
    _add(admin, "hash", hash_token)
    top.add_typer(admin)
    return top


def _add(group: typer.Typer, name: str, command: Callable[..., None]) -> None:
    group.command(name, help=_paragraphs(cleandoc(command.__doc__ or "")))(command)


def _paragraphs(text: str) -> str:
    """Return a help text whose indented paragraphs, the examples, keep their lines (click's mark for that)."""
    return "\n\n".join(f"\b\n{part}" if "\n  " in part else part for part in text.split("\n\n"))


_HELP = """The plugin framework for AI gateways, and a gateway that runs on it.

Try it, with no key and no network:
  routeiq serve
  curl http://127.0.0.1:4000/v1/chat/completions -H 'content-type: application/json' \\
    -d '{"model": "echo", "messages": [{"role": "user", "content": "hello"}]}'

See what plugins do to it:
  routeiq plugin list
  routeiq hooks

Exit status: 0 all is well, 1 something wrong was found, 2 used wrongly.
"""
