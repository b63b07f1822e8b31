"""The public names of the host, and that they cost nothing before somebody asks for them."""

import subprocess
import sys

import pytest

import routeiq


def test_names_are_imported_when_they_are_asked_for():
    source = (
        "import sys, routeiq; assert not [name for name in sys.modules if name.startswith('routeiq.')];"
        "from routeiq import PluginManager; assert 'routeiq.core.manager' in sys.modules;"
        "assert not [name for name in sys.modules if name.startswith('routeiq.gateway')]"
    )
    subprocess.run([sys.executable, "-c", source], check=True)


def test_every_promised_name_is_what_it_is_elsewhere():
    from routeiq.adapters.asgi import PluginMiddleware
    from routeiq.core.manager import PluginManager
    from routeiq.gateway.app import create_standalone_app

    assert routeiq.PluginManager is PluginManager
    assert routeiq.PluginMiddleware is PluginMiddleware
    assert routeiq.create_standalone_app is create_standalone_app


def test_the_version_is_that_of_the_distribution():
    assert routeiq.__version__ == "0.1.0"
    assert {"__version__", *routeiq.__all__} <= set(dir(routeiq))
    assert routeiq.__all__ == sorted(routeiq.__all__)


def test_a_name_that_does_not_exist_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'create_gateway'"):
        _ = routeiq.create_gateway
