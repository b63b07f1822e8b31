"""`routeiq admin`: tokens of the admin API, and the hashes of them that settings hold."""

from __future__ import annotations

import getpass
import json as json_module
import sys
from typing import Annotated

import typer

from .found import JSONOption
from .output import fail, print_json


def make_token(
    role: Annotated[str, typer.Option(metavar="read|write", help="What it may do; write may read too.")] = "read",
    name: Annotated[str, typer.Option(metavar="NAME", help="Whose it is; the audit log names it.")] = "operator",
    json: JSONOption = False,
) -> None:
    """Make a token for the admin API, and the line of the settings that admits it. The token is shown this once.

    Examples:
      routeiq admin token --role write --name alice
      routeiq admin token --json | jq -r .token
    """
    from pydantic import ValidationError

    from routeiq.core.problems import problems_of
    from routeiq.gateway.access import TokenSettings, hash_of, new_token

    from .output import USED_WRONGLY

    token = new_token()
    try:
        entry = TokenSettings.model_validate({"name": name, "role": role, "hash": hash_of(token)})
    except ValidationError as error:
        fail("\n".join(f"--{one.field}: {one.message}" for one in problems_of(error, TokenSettings, "")), USED_WRONGLY)
    if json:
        print_json({"token": token, "settings": {"admin": {"tokens": [entry.model_dump()]}}})
        return
    line = ", ".join(f"{key}: {json_module.dumps(value)}" for key, value in entry.model_dump().items())
    typer.echo(f"{token}\n\nIts line in the settings:\n\nadmin:\n  tokens:\n    - {{{line}}}")


def hash_token() -> None:
    """Print the hash of a token that is read from standard input: arguments are seen by others, and kept by shells.

    Examples:
      routeiq admin hash < token.txt
    """
    from routeiq.gateway.access import hash_of

    token = getpass.getpass("Token: ") if sys.stdin.isatty() else sys.stdin.read()
    try:
        typer.echo(hash_of(token.removesuffix("\n").removesuffix("\r")))
    except ValueError as error:
        fail(str(error))
