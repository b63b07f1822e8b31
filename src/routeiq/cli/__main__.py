"""`python -m routeiq.cli`: the same as `routeiq`."""

from . import main

main()
