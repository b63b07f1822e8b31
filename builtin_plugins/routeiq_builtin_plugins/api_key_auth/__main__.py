"""`python -m routeiq_builtin_plugins.api_key_auth`: makes keys, and the hashes that a configuration holds of them."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Sequence

from .keys import hash_of, new_key


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a new key and its line of the configuration, or with `--hash` the hash of the key on standard input."""
    parser = argparse.ArgumentParser(prog="python -m routeiq_builtin_plugins.api_key_auth", description=__doc__)
    parser.add_argument("--id", default="client", help="whom the new key stands for")
    # An argument would be seen by others, and kept by the shell.
    parser.add_argument("--hash", action="store_true", help="hash the key that is read from standard input")
    options = parser.parse_args(arguments)
    if options.hash:
        key = getpass.getpass("Key: ") if sys.stdin.isatty() else sys.stdin.read()
        try:
            sys.stdout.write(hash_of(key.removesuffix("\n").removesuffix("\r")) + "\n")
        except ValueError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        return 0
    key = new_key()
    sys.stdout.write(f"{key}\n\nIts line under `keys:` in the plugin's configuration:\n\n")
    sys.stdout.write(f"  - {{id: {json.dumps(options.id)}, hash: {json.dumps(hash_of(key))}}}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
