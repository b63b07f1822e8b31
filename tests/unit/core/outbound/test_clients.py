"""A plugin's client: made at its first use, once, and closed when the plugin stops."""

import threading

import pytest
from routeiq_plugin_sdk import OutboundError

from routeiq.core.errors import NoHTTPClient
from routeiq.core.lifetime import Lifetime
from routeiq.core.outbound import OutboundSettings
from routeiq.core.outbound.clients import HTTPClients


class Client:
    def __init__(self, plugin, policy):
        self.plugin, self.policy, self.calls = plugin, policy, []

    async def close(self):
        self.calls.append("close")

    async def leave_loop(self):
        self.calls.append("leave_loop")


@pytest.fixture
def clients():
    return HTTPClients(OutboundSettings(allow=("localhost",)))


@pytest.fixture
def run():
    return Lifetime("a")


def test_without_a_host_there_is_none_and_the_error_says_how_to_get_one(clients, run):
    with pytest.raises(NoHTTPClient, match=r"'a' asks for context\.http.*PluginMiddleware.*GuardedHTTP"):
        clients.of(run)


def test_a_client_is_made_once_with_the_operators_policy(clients, run):
    clients.attach(Client)
    made = clients.of(run)
    assert clients.of(run) is made
    assert made.plugin == "a"
    assert made.policy.settings.allow == ("localhost",)
    assert clients.of(Lifetime("b")).policy is made.policy


def test_the_first_host_that_brings_one_along_gives_it(clients, run):
    clients.attach(Client)
    clients.attach(lambda plugin, policy: pytest.fail("a second host's"))
    assert isinstance(clients.of(run), Client)


async def test_the_client_of_a_run_that_is_over_is_closed_and_not_made_again(clients, run):
    clients.attach(Client)
    made = clients.of(run)
    await clients.close(run)
    assert made.calls == ["close"]
    for over in (run, Lifetime("c")):
        await clients.close(over)
        with pytest.raises(OutboundError, match=f"plugin '{over.plugin}' is stopped"):
            clients.of(over)


async def test_the_end_of_a_run_leaves_the_next_one_its_client(clients, run):
    """A plugin that is replaced goes on to its last request, while the one with its name has begun."""
    clients.attach(Client)
    clients.of(run)
    following = clients.of(Lifetime("a"))
    await clients.close(run)
    assert following.calls == []


async def test_all_clients_leave_a_loop_together(clients, run):
    clients.attach(Client)
    made = clients.of(run)
    await clients.leave_loop()
    assert made.calls == ["leave_loop"]


def test_threads_that_ask_at_the_same_time_get_the_same_one(clients, run):
    clients.attach(Client)
    barrier, found = threading.Barrier(8), []

    def ask():
        barrier.wait()
        found.append(clients.of(run))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 1
