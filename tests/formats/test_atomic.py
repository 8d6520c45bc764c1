"""A file is whole or not there, whatever happens while it is written."""

import errno
import os

import pytest

from kimimaro.formats.atomic import replacing, write_bytes


def test_keeps_the_old_file_when_writing_fails(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail():
        with replacing(path) as part:
            part.write_text("half")
            assert part.parent == tmp_path
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


def test_replaces_the_old_file_when_all_is_written(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with replacing(path) as part:
        part.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


def test_folders_are_made_where_they_are_missing(tmp_path):
    path = tmp_path / "new" / "deep" / "a.txt"
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"


def test_an_error_of_the_system_names_the_file_that_was_asked_for(tmp_path):
    path = tmp_path / "a.txt"
    path.mkdir()
    with pytest.raises(OSError, match=r"a\.txt") as caught:
        write_bytes(path, b"new")
    assert caught.value.filename == str(path)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("filename", [None, "b.txt"])
def test_other_errors_of_the_system_stay_as_they_are(tmp_path, filename):
    def fail():
        with replacing(tmp_path / "a.txt"):
            raise OSError(errno.ENOSPC, "full", filename)

    with pytest.raises(OSError, match="full") as caught:
        fail()
    assert caught.value.filename == filename


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_leads_to_its_file(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    (tmp_path / "link").symlink_to("a.txt")
    write_bytes(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "a.txt").read_text() == "new"
