"""The command line. Commands import what they need when they run, so that each starts as fast as it can."""

from __future__ import annotations


def main() -> None:
    """Run `routeiq`. Exit status: 0 all is well, 1 something wrong was found, 2 used wrongly."""
    from .application import application

    application()(prog_name="routeiq")


__all__ = ["main"]
