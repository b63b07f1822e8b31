"""`routeiq hooks`: every phase, and its plugins in the order in which it calls them."""

from __future__ import annotations

from typing import Annotated

import typer

from .found import ConfigOption, JSONOption, find_plugins, load_settings
from .output import USED_WRONGLY, fail, failures_told, print_json, print_table


def hooks(
    why: Annotated[
        tuple[str, str] | None,
        typer.Option("--why", metavar="A B", help="Say which rule puts one of two plugins before the other."),
    ] = None,
    config: ConfigOption = None,
    json: JSONOption = False,
) -> None:
    """Show every phase with its plugins, in the order in which it calls them, and why each stands where it does.

    Inbound phases (->) run in plugin order, outbound ones (<-) in reverse.

    Examples:
      routeiq hooks
      routeiq hooks --why my-auth rate-limit
      routeiq hooks --json | jq '.hooks[] | select(.name == "request") | .plugins[].name'
    """
    with failures_told():
        manager = find_plugins(load_settings(config))
        if why is not None:
            from routeiq.core.explain import UnknownPlugin

            try:
                explanation = manager.explain(*why)
            except UnknownPlugin as error:
                fail(str(error), USED_WRONGLY)
            if json:
                print_json(
                    {
                        "first": explanation.first,
                        "second": explanation.second,
                        "rule": explanation.rule,
                        "text": explanation.text,
                    }
                )
            else:
                typer.echo(explanation.text)
            return
        listing = manager.hooks()
        if json:
            print_json({"hooks": listing})
            return
        print_table(
            ("HOOK", "KIND", "", "PLUGIN", "BECAUSE"),
            [row for hook in listing for row in _rows(hook)],
            "There are no hooks.",
        )


def _rows(hook: dict[str, object]) -> list[tuple[str, str, str, str, str]]:
    plugins = hook["plugins"]
    assert isinstance(plugins, list)
    arrow = "<-" if hook["direction"] == "outbound" else "->"
    head = (str(hook["name"]), str(hook["kind"]), arrow)
    told = [(str(plugin["name"]), str(plugin["because"])) for plugin in plugins] or [("", "")]
    return [(*(head if position == 0 else ("", "", "")), *row) for position, row in enumerate(told)]
