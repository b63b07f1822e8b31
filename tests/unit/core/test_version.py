"""The host's version."""

from importlib.metadata import version

from routeiq.core.version import host_version


def test_it_is_the_distributions():
    assert host_version() == version("routeiq")
