"""How a request stands is kept from hook to hook."""

from routeiq_plugin_sdk import Permit

from routeiq_builtin_plugins.rate_limit.config import Limit
from routeiq_builtin_plugins.rate_limit.limiter import Held
from routeiq_builtin_plugins.rate_limit.standing import Standing, standing_of

ONE = Held(Limit(name="one", limit=1, window=1), Permit(True, 0, 1.0, "k", 1, "w"))
TWO = Held(Limit(name="two", limit=1, window=1), Permit(False, 0, 1.0, "k", 1, "w"))


def test_instances_have_a_standing_each():
    shared = {}
    assert standing_of(shared, "rate-limit#a") is standing_of(shared, "rate-limit#a")
    assert standing_of(shared, "rate-limit#a") is not standing_of(shared, "rate-limit#b")


def test_what_another_plugin_put_in_its_place_is_replaced():
    shared = {"rate-limit": "something"}
    assert standing_of(shared, "rate-limit") == Standing()


def test_of_a_refused_request_the_limit_that_refused_it_is_told():
    assert Standing(held=[ONE], told=[ONE]).all() == [ONE, ONE]
    assert Standing(held=[ONE], refused=TWO).all() == [TWO]
