"""Applications outside the plugins, and which paths are theirs."""

import pytest

from routeiq.gateway.mounts import Mounts


@pytest.fixture
def mounts():
    return Mounts()


def app(name, seen):
    async def app(scope, receive, send):
        seen.append((name, scope["path"], scope["root_path"]))

    return app


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/admin", "admin"), ("/admin/", "admin"), ("/admin/x/y", "admin"), ("/metrics", "metrics"),
        ("/administration", None), ("/adm", None), ("/", None), ("", None), ("/v1/admin", None),
    ],
)  # fmt: skip
async def test_a_path_is_that_of_the_prefix_that_it_begins_with(mounts, path, name):
    seen = []
    for one in ("admin", "metrics"):
        mounts.add(f"/{one}", app(one, seen))
    assert await mounts.serve({"type": "http", "path": path}, None, None) is (name is not None)
    assert seen == ([(name, path, f"/{name}")] if name else [])


async def test_without_applications_nothing_is_theirs(mounts):
    assert await mounts.serve({"type": "http", "path": "/admin"}, None, None) is False


async def test_the_scope_of_others_is_left_alone(mounts):
    scope = {"type": "http", "path": "/admin", "root_path": "/outer"}
    seen = []
    mounts.add("/admin", app("admin", seen))
    await mounts.serve(scope, None, None)
    assert (scope["root_path"], seen) == ("/outer", [("admin", "/admin", "/outer/admin")])


@pytest.mark.parametrize("prefix", ["", "/", "admin", "/admin/"])
def test_what_is_no_prefix_is_refused(mounts, prefix):
    with pytest.raises(ValueError, match="is no prefix"):
        mounts.add(prefix, None)


def test_a_prefix_has_one_application(mounts):
    mounts.add("/admin", None)
    with pytest.raises(ValueError, match="mounted at /admin already"):
        mounts.add("/admin", None)
    assert "/admin" in mounts
    assert "/metrics" not in mounts
