"""What clients read of their limits."""

import pytest
from routeiq_plugin_sdk import Permit

from routeiq_builtin_plugins.rate_limit.config import Limit
from routeiq_builtin_plugins.rate_limit.headers import rate_limit_headers, retry_after
from routeiq_builtin_plugins.rate_limit.limiter import Held

REQUESTS = Limit(name="per-minute", limit=300, window=60)
TOKENS = Limit(name="tokens", limit=1000, window=86400, unit="tokens")


def held(limit, remaining, reset_after):
    return Held(limit, Permit(remaining > 0, remaining, reset_after, "key", 1, "window"))


def test_each_limit_is_an_item_of_both_lists():
    assert rate_limit_headers([held(REQUESTS, 299, 59.2), held(TOKENS, 10, 0.0)]) == {
        "ratelimit-policy": '"per-minute";q=300;w=60, "tokens";q=1000;qu="tokens";w=86400',
        "ratelimit": '"per-minute";r=299;t=60, "tokens";r=10;t=0',
    }
    assert rate_limit_headers([]) == {}


@pytest.mark.parametrize(("reset_after", "seconds"), [(0.0, "1"), (0.2, "1"), (1.0, "1"), (1.01, "2"), (-1.0, "1")])
def test_another_try_is_worth_it_after_whole_seconds_and_never_at_once(reset_after, seconds):
    assert retry_after(held(REQUESTS, 0, reset_after)) == {"retry-after": seconds}
