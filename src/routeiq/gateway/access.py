"""Who may use the admin API: tokens, of which only hashes are kept, and what each of them may do."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from routeiq.core.errors import ConfigurationError, Problem

Role = Literal["read", "write"]

VARIABLE: Final = "ROUTEIQ_ADMIN_TOKEN"
SHORTEST: Final = 16
"""Characters that a token has at least: a shorter one can be guessed."""
HASH_ADVICE: Final = "`routeiq admin token` makes a token with its hash, `routeiq admin hash` the hash of one you have"

_HASH: Final = re.compile(r"sha256:[0-9a-f]{64}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_NAMES_OF_OWN: Final = ("environment", "printed")


def hash_of(token: str) -> str:
    """Return what the settings keep of a token.

    Raises:
        ValueError: for one that can be guessed, or that no header can carry; the text says which.
    """
    if len(token) < SHORTEST:
        raise ValueError(
            f"a token has at least {SHORTEST} characters, and this one {len(token)}: `routeiq admin token` makes one"
        )
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise ValueError("a token is of letters, digits and signs of ASCII, without blanks and line ends")
    return f"sha256:{_digest(token).hex()}"


def new_token() -> str:
    """Return a token that nobody can guess."""
    return secrets.token_urlsafe(32)


def _valid_hash(value: str) -> str:
    if _HASH.fullmatch(value.lower()) is None:
        raise ValueError(f"must be sha256: and 64 hexadecimal digits, never the token itself; {HASH_ADVICE}")
    return value.lower()


def _valid_name(value: str) -> str:
    if _NAME.fullmatch(value) is None:
        raise ValueError("must be of letters, digits and any of . _ @ -, at most 64 of them")
    return value


class TokenSettings(BaseModel):
    """One token of the admin API."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, AfterValidator(_valid_name)] = Field(description="Whose it is: the audit log's word for it.")
    role: Role = Field(default="read", description="What it may do: `read`, or `write`, which reads too.")
    hash: Annotated[str, AfterValidator(_valid_hash)] = Field(
        description="The token's hash, `sha256:...`: see `routeiq admin token`."
    )

    @model_validator(mode="before")
    @classmethod
    def _no_token(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and "token" in value:
            raise ValueError(f"holds a token; write `hash`, and its hash, in the place of it: {HASH_ADVICE}")
        return value


class AdminSettings(BaseModel):
    """Who may use the admin API."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = Field(default=True, description="Whether the admin API is served, at `/admin`.")
    tokens: tuple[TokenSettings, ...] = Field(
        default=(),
        description="Tokens that it takes. With none here and none in the variable, one is made and printed.",
    )

    @field_validator("tokens")
    @classmethod
    def _distinct(cls, tokens: tuple[TokenSettings, ...]) -> tuple[TokenSettings, ...]:
        names = [token.name for token in tokens]
        for name in names:
            if name in _NAMES_OF_OWN:
                raise ValueError(f"the name {name!r} is that of the token which is not in the settings")
            if names.count(name) > 1:
                raise ValueError(f"several tokens have the name {name!r}")
        return tokens


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks, by the token that was shown."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class AdminAccess:
    """What the processes of one gateway know of tokens; can be pickled.

    Attributes:
        enabled: Whether the admin API is served.
        printed: The token that was made because there was no other; people are shown it once, at the start.
    """

    enabled: bool
    printed: str | None = field(default=None, repr=False)
    _known: tuple[tuple[bytes, Identity], ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, settings: AdminSettings, environ: Mapping[str, str], made: str | None = None) -> AdminAccess:
        """Return who has access.

        Args:
            environ: The token in `ROUTEIQ_ADMIN_TOKEN` may write.
            made: The token that was made before, if one was: where one is needed still, it stays.

        Raises:
            ConfigurationError: for a token in the environment that can be guessed.
        """
        if not settings.enabled:
            return cls(enabled=False)
        known = [(bytes.fromhex(one.hash.partition(":")[2]), Identity(one.name, one.role)) for one in settings.tokens]
        given = environ.get(VARIABLE)
        if given is not None:
            try:
                hash_of(given)
            except ValueError as error:
                raise ConfigurationError([Problem(VARIABLE, "", str(error))]) from None
            known.append((_digest(given), Identity("environment", "write")))
        printed = None
        if not known:
            printed = made or new_token()
            known.append((_digest(printed), Identity("printed", "write")))
        return cls(enabled=True, printed=printed, _known=tuple(known))

    def verify(self, token: str) -> Identity | None:
        """Return whose token this is, or None, in a time that tells nothing about how near it comes to one."""
        shown, found = _digest(token), None
        for digest, identity in self._known:
            if hmac.compare_digest(digest, shown):
                found = identity
        return found


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
