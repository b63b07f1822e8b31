"""Answers over HTTP: types of content, entity tags, caching, and what a `HEAD` gets."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from .config import Config
from .library import Artifact

_TEXT: Final = "text/plain; charset=utf-8"
# A table of our own: the system's differs from machine to machine, and what a browser would run is no text there.
_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "gif": "image/gif",
    "gz": "application/gzip",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "md": "text/markdown; charset=utf-8",
    "pdf": "application/pdf",
    "png": "image/png",
    "webp": "image/webp",
    "zip": "application/zip",
    **dict.fromkeys(("bash", "html", "js", "py", "sh", "svg", "toml", "ts", "txt", "xml", "yaml", "yml"), _TEXT),
}


def content_type(path: str) -> str:
    """Return the media type of a file by its name; what could run in a browser is plain text."""
    return _TYPES.get(path.rpartition(".")[2].lower(), "application/octet-stream")


def answer(
    request: Request, artifact: Artifact, media_type: str, config: Config, headers: dict[str, str] | None = None
) -> Response:
    """Return an artifact, or 304 if the client has it already."""
    tag = f'"sha256-{artifact.digest}"'
    fields = {
        "etag": tag,
        "cache-control": f"public, max-age={config.max_age}",
        "x-content-type-options": "nosniff",
        **_origins(config),
        **(headers or {}),
    }
    if _has(request.headers.getlist("if-none-match"), tag):
        return Response(status_code=304, headers=fields)
    fields |= {"content-type": media_type, "content-length": str(len(artifact.content))}
    return Response(b"" if request.method == "HEAD" else artifact.content, headers=fields)


def not_found(request: Request, config: Config) -> Response:
    """Return 404, the same for whatever is not offered, so that nobody learns what lies in the folder."""
    body = b'{"error":{"message":"There is no such skill or file.","type":"not_found"}}'
    fields = {"content-type": "application/json", "content-length": str(len(body)), **_origins(config)}
    return Response(b"" if request.method == "HEAD" else body, 404, fields)


def _origins(config: Config) -> dict[str, str]:
    return {"access-control-allow-origin": "*"} if config.any_origin else {}


def _has(known: list[str], tag: str) -> bool:
    """Return whether `If-None-Match` names the tag, by the weak comparison that RFC 9110 asks for."""
    tags = {one.strip().removeprefix("W/") for text in known for one in text.split(",")}
    return tag in tags or "*" in tags
