"""Which tokens are valid: none that chooses how it is judged."""

import base64
import hmac
import json
import time

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st
from routeiq_plugin_sdk import Headers
from tests.fakes.issuer import ISSUER, JWKS, Issuer

from routeiq_builtin_plugins.jwt_auth.config import Config
from routeiq_builtin_plugins.jwt_auth.jwks import keys_of
from routeiq_builtin_plugins.jwt_auth.tokens import LONGEST, InvalidToken, shown_token, unverified, verified

ONE = Issuer()
RSA, EC = keys_of(ONE.jwks())
CONFIG = Config(issuer=ISSUER, audience=("routeiq", "other"), jwks_url=JWKS, leeway=60)
NOW = int(time.time())


def judged(token, key=RSA, config=CONFIG):
    return verified(token, unverified(token), key, config)


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_what_the_issuer_signed_is_valid():
    assert judged(ONE.token())["sub"] == "alice"
    assert judged(ONE.token(algorithm="ES256"), EC)["sub"] == "alice"
    assert judged(ONE.token(aud=["x", "other"], exp=int(time.time()) - 1, nbf=int(time.time()) + 2))["sub"] == "alice"


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"exp": NOW - 3600}, "expired"),
        ({"nbf": NOW + 3600}, "not valid yet"),
        ({"iat": NOW + 3600}, "not valid yet"),
        ({"aud": "another"}, "another audience"),
        ({"aud": None}, "no claim 'aud'"),
        ({"exp": None}, "no claim 'exp'"),
        ({"exp": "soon"}, "form is wrong"),
        ({"iss": "https://other.example/"}, "form is wrong"),
    ],
)
def test_claims_that_are_not_right_are_refused(claims, said):
    with pytest.raises(InvalidToken, match=said):
        judged(ONE.token(**claims))


def test_another_key_and_a_changed_token_are_refused():
    head, _, signature = ONE.token().split(".")
    for token in (
        Issuer().token(),
        f"{head}.{part({'iss': ISSUER, 'sub': 'root', 'aud': 'routeiq', 'exp': NOW + 3600})}.{signature}",
    ):
        with pytest.raises(InvalidToken, match="signature"):
            judged(token)


def test_no_token_chooses_its_algorithm():
    _, body, _ = ONE.token().split(".")
    public = ONE.rsa.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    claims = {"iss": ISSUER, "aud": "routeiq", "sub": "root", "exp": NOW + 3600}
    # By hand: the library does not take a public key for a secret, as who forges a token would.
    signed = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(claims)}"
    mac = base64.urlsafe_b64encode(hmac.digest(public, signed.encode(), "sha256")).rstrip(b"=").decode()
    for token in (
        f"{part({'alg': 'none'})}.{body}.", f"{part({'alg': 'NONE'})}.{body}.eHg", f"{part({'alg': ''})}.{body}.eHg",
        f"{signed}.{mac}", ONE.token(algorithm="PS256"),
    ):  # fmt: skip
        with pytest.raises(InvalidToken, match="algorithm"):
            judged(token, config=CONFIG)
    with pytest.raises(InvalidToken, match="algorithm"):
        judged(ONE.token(), EC)


def test_extensions_that_must_be_understood_are_refused():
    _, body, signature = ONE.token().split(".")
    token = f"{part({'alg': 'RS256', 'kid': 'one', 'crit': ['exp']})}.{body}.{signature}"
    seen = unverified(token)
    if seen is not None:  # newer releases of the library refuse it themselves
        with pytest.raises(InvalidToken, match="extensions"):
            judged(token)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (["Bearer a.b.c"], "a.b.c"),
        (["bearer  a.b.c "], "a.b.c"),
        (["Bearer key"], None),
        (["Basic a.b.c"], None),
        (["Bearer a.b.c", "Bearer d.e.f"], None),
        ([], None),
        (["Bearer a.b." + "c" * LONGEST], None),
    ],
)
def test_a_token_is_the_only_bearer_of_a_request(values, found):
    assert shown_token(Headers.of([("authorization", value) for value in values])) == found


@given(
    st.text(max_size=60)
    | st.tuples(
        *[
            st.dictionaries(
                st.sampled_from(["alg", "kid", "iss", "crit"]),
                st.none() | st.text(max_size=6) | st.integers() | st.lists(st.text()),
            )
        ]
        * 2
    ).map(lambda x: f"{part(x[0])}.{part(x[1])}.")
)
def test_whatever_is_shown_it_is_no_token_or_says_who_made_it(token):
    seen = unverified(token)
    if seen is not None:
        assert isinstance(seen.issuer, str)
        with pytest.raises(InvalidToken):
            verified(token, seen, RSA, CONFIG)


def test_deep_nesting_is_no_token():
    deep = base64.urlsafe_b64encode(b"[" * 6000).decode().rstrip("=")
    assert unverified(f"{deep}.{deep}.x") is None
    assert unverified(f"{part({'alg': 'RS256'})}.{deep}.x") is None
