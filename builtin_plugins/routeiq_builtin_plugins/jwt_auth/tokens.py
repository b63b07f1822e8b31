"""Tokens: what one says of itself, and whether that is true.

What is not verified decides nothing but which key is looked for: the algorithm must be one that the operator allows and
that the key is for, so that no token chooses how it is judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from routeiq_plugin_sdk import Headers

from .config import Config
from .jwks import InvalidToken, IssuerKey

LONGEST: Final = 16_384
"""Characters of a token that is looked at."""

__all__ = ["LONGEST", "InvalidToken", "Unverified", "shown_token", "unverified", "verified"]


@dataclass(frozen=True, slots=True)
class Unverified:
    """What a token says of itself."""

    issuer: str
    algorithm: str
    key_id: str | None
    critical: bool


def shown_token(headers: Headers) -> str | None:
    """Return the token of `authorization: Bearer ...`; None without one, with several, or for what is no JWT."""
    values = headers.get_list("authorization")
    scheme, _, token = (values[0] if len(values) == 1 else "").partition(" ")
    token = token.strip(" \t")
    return token if scheme.lower() == "bearer" and token.count(".") == 2 and len(token) <= LONGEST else None


def unverified(token: str) -> Unverified | None:
    """Return what a token says of itself, or None for what is no token."""
    import jwt  # not with the module: a gateway that has it disabled need not load its cryptography

    try:
        whole = jwt.decode_complete(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return None
    header, claims = whole["header"], whole["payload"]
    issuer, algorithm, key_id = claims.get("iss"), header.get("alg"), header.get("kid")
    if not isinstance(issuer, str) or not isinstance(algorithm, str) or not isinstance(key_id, str | None):
        return None
    return Unverified(issuer, algorithm, key_id, "crit" in header)


def verified(token: str, seen: Unverified, key: IssuerKey, config: Config) -> Mapping[str, Any]:
    """Return the claims of a token that is valid.

    Raises:
        InvalidToken: it is not; the text says why, for the client.
    """
    import jwt

    if seen.critical:
        raise InvalidToken("it asks for extensions that are not known here")
    if seen.algorithm not in config.algorithms or seen.algorithm not in key.algorithms:
        raise InvalidToken("its algorithm is not allowed")
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key.public,
            algorithms=[seen.algorithm],
            audience=list(config.audience),
            issuer=config.issuer,
            leeway=config.leeway,
            options={"require": ["exp", "iss", "aud"]},
        )
    except jwt.ExpiredSignatureError:
        raise InvalidToken("it has expired") from None
    except jwt.ImmatureSignatureError:
        raise InvalidToken("it is not valid yet") from None
    except jwt.InvalidAudienceError:
        raise InvalidToken("it is for another audience") from None
    except jwt.MissingRequiredClaimError as error:
        raise InvalidToken(f"it has no claim {error.claim!r}") from None
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
        raise InvalidToken("its signature or its form is wrong") from None
    return claims
