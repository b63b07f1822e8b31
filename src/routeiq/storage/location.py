"""The setting that says where state lives, taken apart: `memory`, `sqlite`, a file, or a Redis server."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from routeiq.core.problems import nearest

DEFAULT_FILE: Final = Path(".routeiq", "state.db")
"""Under the working directory; what `sqlite` alone means."""
DEFAULT_CLUSTER: Final = "routeiq"
FORMS: Final = "memory, sqlite, sqlite:///path/to/file.db, redis://host:6379/0 or rediss://host:6379/0"

_TLS: Final = ("ssl_ca_certs", "ssl_cert_reqs", "ssl_certfile", "ssl_check_hostname", "ssl_keyfile")
_CLUSTER_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class StorageLocation:
    """Where state lives.

    Attributes:
        kind: What keeps it.
        path: The file, of `sqlite`.
        url: The server, of `redis`, as its client takes it; may hold a password.
        cluster: Replicas that have the same server and this name share their state.
    """

    kind: Literal["memory", "sqlite", "redis"]
    path: Path = DEFAULT_FILE
    url: str = ""
    cluster: str = DEFAULT_CLUSTER

    @classmethod
    def parse(cls, setting: str) -> StorageLocation:
        """Return what a setting says.

        Raises:
            ValueError: if it says nothing that there is; the text never has a password in it.
        """
        if setting == "memory":
            return cls("memory")
        scheme, colon, rest = setting.partition(":")
        if scheme == "sqlite":
            return cls("sqlite", _file(rest) if colon else DEFAULT_FILE)
        if scheme in ("redis", "rediss") and rest.startswith("//"):
            return _redis(setting, scheme)
        hint = nearest(scheme, ("memory", "sqlite", "redis", "rediss")) if scheme not in ("redis", "rediss") else ""
        raise ValueError(f"must be {FORMS}{hint}")


def _file(rest: str) -> Path:
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        if host or not path.strip("/"):
            raise ValueError("a file is sqlite:///path/to/file.db, or sqlite:file.db under the working directory")
        rest = slash + path.lstrip("/")  # some write the slash of an absolute path once more
    if not rest or rest.endswith("/"):
        raise ValueError("a file is sqlite:///path/to/file.db, or sqlite:file.db under the working directory")
    return Path(unquote(rest))


def _redis(setting: str, scheme: str) -> StorageLocation:
    parts = urlsplit(setting)
    try:
        port = parts.port
    except ValueError:
        raise ValueError("a Redis server's port is a number up to 65535") from None
    if not parts.hostname or port == 0:
        raise ValueError("a Redis server is redis://host:6379/0")
    if not re.fullmatch(r"/?|/\d+", parts.path):
        raise ValueError("the path of a Redis server is the number of its database, such as /0")
    if parts.fragment or parts.netloc.count("@") > 1:
        raise ValueError("in a Redis server's password, '#' is written %23 and '@' %40")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    cluster = options.pop("cluster", DEFAULT_CLUSTER)
    if not _CLUSTER_NAME.fullmatch(cluster):
        raise ValueError("a cluster's name has letters, digits, '.', '_' and '-', at most 64 of them")
    allowed = _TLS if scheme == "rediss" else ()
    for name in options:
        if name not in allowed:
            known = ", ".join(("cluster", *allowed))
            raise ValueError(
                f"{scheme}:// has no option {name!r}{nearest(name, known.split(', '))}; there are: {known}"
            )
    url = urlunsplit((scheme, parts.netloc, parts.path, urlencode(options), ""))
    return StorageLocation("redis", url=url, cluster=cluster)
