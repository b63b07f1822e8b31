"""Answers over HTTP."""

import pytest
from starlette.requests import Request

from routeiq_builtin_plugins.skills_discovery.answers import answer, content_type, not_found
from routeiq_builtin_plugins.skills_discovery.config import Config
from routeiq_builtin_plugins.skills_discovery.library import Artifact

ARTIFACT = Artifact(b"text", "abc")


def request(method="GET", *tags):
    headers = [(b"if-none-match", tag.encode()) for tag in tags]
    return Request({"type": "http", "method": method, "path": "/", "headers": headers})


def test_an_artifact_is_sent_with_what_caches_need():
    sent = answer(request(), ARTIFACT, "text/plain", Config(max_age=5), {"link": "x"})
    assert (sent.status_code, sent.body) == (200, b"text")
    assert dict(sent.headers) == {
        "etag": '"sha256-abc"', "cache-control": "public, max-age=5", "x-content-type-options": "nosniff",
        "access-control-allow-origin": "*", "link": "x", "content-type": "text/plain", "content-length": "4",
    }  # fmt: skip


def test_head_gets_the_same_headers_and_no_body():
    sent = answer(request("HEAD"), ARTIFACT, "text/plain", Config())
    assert (sent.body, sent.headers["content-length"]) == (b"", "4")


@pytest.mark.parametrize(
    "tags", [['"sha256-abc"'], ['W/"sha256-abc"'], ['"x", "sha256-abc"'], ['"x"', '"sha256-abc"'], ["*"]]
)
def test_who_has_it_already_is_told_so(tags):
    sent = answer(request("GET", *tags), ARTIFACT, "text/plain", Config())
    assert (sent.status_code, sent.body, sent.headers["etag"]) == (304, b"", '"sha256-abc"')
    assert "content-length" not in sent.headers


@pytest.mark.parametrize("tags", [['"other"'], ["sha256-abc"], [""]])
def test_who_has_something_else_gets_it(tags):
    assert answer(request("GET", *tags), ARTIFACT, "text/plain", Config()).status_code == 200


def test_other_origins_may_be_kept_out():
    assert "access-control-allow-origin" not in not_found(request(), Config(any_origin=False)).headers


def test_what_is_not_there_is_404_and_head_gets_no_body():
    assert (not_found(request(), Config()).status_code, not_found(request("HEAD"), Config()).body) == (404, b"")


@pytest.mark.parametrize(("path", "kind"), [
    ("SKILL.md", "text/markdown; charset=utf-8"), ("a/B.JSON", "application/json"), ("x.tar.gz", "application/gzip"),
    ("x.zip", "application/zip"), ("x.html", "text/plain; charset=utf-8"), ("x.svg", "text/plain; charset=utf-8"),
    ("x", "application/octet-stream"),
])  # fmt: skip
def test_a_type_follows_from_the_name_and_never_runs_in_a_browser(path, kind):
    assert content_type(path) == kind
