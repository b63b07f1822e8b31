"""A skill of several files as one artifact."""

import io
import tarfile

from hypothesis import given
from hypothesis import strategies as st

from routeiq_builtin_plugins.skills_discovery.archive import packed

FILES = {"SKILL.md": b"# x", "data/c.json": b"{}", "ü" * 90 + "/" + "x" * 120: b""}


def test_files_stand_at_the_root_without_times_and_owners():
    with tarfile.open(fileobj=io.BytesIO(packed(FILES)), mode="r:gz") as archive:
        members = archive.getmembers()
        assert {one.name: archive.extractfile(one).read() for one in members} == FILES
        assert {(one.mtime, one.uid, one.gid, one.uname, one.mode) for one in members} == {(0, 0, 0, "", 0o644)}


@given(st.dictionaries(st.text("abc", min_size=1, max_size=5), st.binary(max_size=50), max_size=5))
def test_the_same_files_give_the_same_bytes(files):
    assert packed(files) == packed(dict(files))
