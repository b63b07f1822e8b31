"""An identity provider's keys and tokens, made by a test."""

from __future__ import annotations

import json
import time
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

ISSUER: Final = "https://issuer.example/"
JWKS: Final = "https://issuer.example/keys"


class Issuer:
    """Has an RSA key, `one`, and an elliptic one, `two`."""

    def __init__(self) -> None:
        self.rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.ec = ec.generate_private_key(ec.SECP256R1())

    def jwks(self) -> dict[str, Any]:
        """Return the set of its public keys."""
        one = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.rsa.public_key()))
        two = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.ec.public_key()))
        return {"keys": [{**one, "kid": "one", "use": "sig"}, {**two, "kid": "two", "alg": "ES256"}]}

    def token(
        self, *, key: Any = None, algorithm: str = "RS256", headers: dict[str, Any] | None = None, **claims: Any
    ) -> str:
        """Return a token that is valid for a minute, but for what the arguments say; a claim of None is left out."""
        now = int(time.time())
        given = {"iss": ISSUER, "aud": "routeiq", "sub": "alice", "exp": now + 60, "iat": now, **claims}
        kept = {name: value for name, value in given.items() if value is not None}
        own = self.ec if algorithm == "ES256" else self.rsa
        kid = "two" if algorithm == "ES256" else "one"
        return jwt.encode(
            kept, key if key is not None else own, algorithm=algorithm, headers={"kid": kid, **(headers or {})}
        )
