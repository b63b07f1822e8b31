"""The issuer's keys: kept, fetched anew, and never asked for as often as strangers want."""

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from routeiq_plugin_sdk import HTTPResponse, OutboundError
from tests.fakes.issuer import ISSUER, JWKS, Issuer

from routeiq_builtin_plugins.jwt_auth.config import Config
from routeiq_builtin_plugins.jwt_auth.jwks import InvalidToken, KeySet, KeysUnavailable, keys_of

ONE = Issuer()
CONFIG = Config(issuer=ISSUER, audience=("routeiq",), jwks_url=JWKS, refresh=3600, cooldown=30, keep=1000)


class World:
    """A clock, and the server of the keys; `document` is what it answers with, or an exception."""

    def __init__(self):
        self.now, self.asked, self.document = 1000.0, 0, ONE.jwks()
        self.keys = KeySet(JWKS, lambda: self.now)

    async def get(self, url, **options):
        self.asked += 1
        await asyncio.sleep(0)
        if isinstance(self.document, Exception):
            raise self.document
        return HTTPResponse.mock(json=self.document)

    async def key(self, id="one", algorithm="RS256"):
        return await self.keys.key(id, algorithm, CONFIG, self)


async def test_keys_are_fetched_once_for_all_who_need_them():
    world = World()
    await asyncio.gather(*(world.key() for _ in range(20)))
    assert (await world.key("two", "ES256")).id == "two"
    assert world.asked == 1
    world.now += CONFIG.refresh
    await asyncio.gather(*(world.key() for _ in range(20)))
    assert world.asked == 2


async def test_a_key_that_is_new_is_found_and_one_that_is_unknown_is_not_asked_for_again_and_again():
    world = World()
    await world.key()
    new = Issuer().jwks()["keys"][0] | {"kid": "new"}
    world.document = {"keys": [new]}
    world.now += CONFIG.cooldown
    assert (await world.key("new")).id == "new"
    for _ in range(50):
        with pytest.raises(InvalidToken, match="none of the issuer's"):
            await world.key("unknown")
    assert world.asked == 2
    with pytest.raises(InvalidToken):
        await world.key("one")


@pytest.mark.parametrize("failure", [OutboundError("issuer.example", "down"), {"keys": []}, ["no set"], {"keys": "x"}])
async def test_while_the_issuer_is_out_of_reach_old_keys_are_taken_for_a_while(failure):
    world = World()
    await world.key()
    world.document = failure
    world.now += CONFIG.refresh
    assert (await world.key()).id == "one"
    await world.key()
    assert world.asked == 2, "after a failure it is asked again only after a while"
    world.now += CONFIG.keep
    with pytest.raises(KeysUnavailable):
        await world.key()
    world.document = ONE.jwks()
    world.now += CONFIG.cooldown
    assert (await world.key()).id == "one"


async def test_a_client_that_leaves_while_keys_are_fetched_does_not_keep_the_others_waiting():
    world = World()
    task = asyncio.create_task(world.key())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await world.key()).id == "one"


async def test_a_token_that_names_no_key_gets_the_only_one_for_its_algorithm():
    world = World()
    assert (await world.key(None, "RS256")).id == "one"
    world.document = {"keys": [*ONE.jwks()["keys"], Issuer().jwks()["keys"][0]]}
    world.now += CONFIG.refresh
    with pytest.raises(InvalidToken):
        await world.key(None, "RS256")


async def test_an_algorithm_that_is_not_allowed_asks_nobody():
    world = World()
    for algorithm in ("none", "HS256", "RS512"):
        with pytest.raises(InvalidToken, match="algorithm"):
            await world.key("one", algorithm)
    assert world.asked == 0


def test_keys_that_must_not_verify_are_left_out():
    good = ONE.jwks()["keys"][0]
    secret = {"kty": "oct", "k": "c2VjcmV0", "kid": "secret"}
    for bad in (
        secret,
        {**good, "use": "enc"},
        {**good, "d": "AQAB"},
        {**good, "alg": "HS256"},
        {**good, "n": "AQAB"},
        {**good, "n": "!"},
    ):
        assert [key.id for key in keys_of({"keys": [bad, good]})] == ["one"]
    assert keys_of(ONE.jwks())[1].algorithms == {"ES256"}


ANYTHING = st.recursive(
    st.none() | st.integers() | st.text(max_size=5), lambda x: st.lists(x, max_size=3), max_leaves=5
)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["kty", "crv", "kid", "n", "e", "x", "y", "alg", "use"]),
            ANYTHING | st.sampled_from(["RSA", "EC", "OKP", "P-256", "AQAB", "sig"]),
        ),
        max_size=3,
    )
)
def test_whatever_is_served_as_keys_is_a_set_or_refused(entries):
    with contextlib.suppress(ValueError):
        assert keys_of({"keys": entries})
