"""Folders that are replaced whole, and cloud addresses that lead nowhere."""

import pytest

from kimimaro.formats import FormatError, read_skeletons, read_volume
from kimimaro.formats.store import Folder, open_store, reaching

LONG = "Your credentials were not found. To set them up, see https://cloud.example.\nMore."


@pytest.mark.parametrize("address", ["s3://", "gs://", "precomputed://gs://", "s3:///"])
@pytest.mark.parametrize("read", [read_volume, read_skeletons])
def test_an_address_must_name_a_place(address, read):
    pytest.importorskip("cloudvolume")
    with pytest.raises(FormatError, match="names no place"):
        read(address)


@pytest.mark.parametrize(
    ("read", "message"),
    [(read_volume, "names no place"), (read_skeletons, "is of no known kind of skeletons")],
)
def test_an_address_of_the_web_must_name_a_place(read, message):
    pytest.importorskip("cloudvolume")
    with pytest.raises(FormatError, match=message):
        read("https://")


def test_what_libraries_raise_becomes_one_sentence():
    with pytest.raises(FormatError) as caught, reaching("gs://bucket/layer"):
        raise RuntimeError(LONG)
    text = str(caught.value)
    assert text.startswith("gs://bucket/layer cannot be reached: Your credentials were not found;")
    assert "\n" not in text
    assert ". " not in text


def test_every_request_may_fail(monkeypatch):
    cloudfiles = pytest.importorskip("cloudfiles")

    def fails(*_, **__):
        raise ConnectionError("no route")

    store = open_store("gs://bucket/layer")
    requests = {
        "get": lambda: store.get("info"),
        "put": lambda: store.put("info", b""),
        "list": store.names,
    }
    for name, request in requests.items():
        monkeypatch.setattr(cloudfiles.CloudFiles, name, fails)
        with pytest.raises(FormatError, match="no route"):
            request()


def test_a_folder_is_replaced_as_a_whole_or_not_at_all(tmp_path):
    folder = Folder(tmp_path / "out")
    folder.put("old", b"1")

    def interrupted():
        yield "new", b"2"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        folder.replace_all(interrupted())
    assert [folder.names(), folder.get("old")] == [["old"], b"1"]
    for left in (".out.part", ".out.old"):  # by a run that was killed
        Folder(tmp_path / left).put("left", b"3")
    folder.replace_all([("new", b"2")])
    assert [folder.names(), folder.get("new")] == [["new"], b"2"]
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]


def test_the_current_folder_is_replaced(tmp_path, monkeypatch):
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path / "out")
    Folder(".").replace_all([("new", b"2")])
    assert Folder(tmp_path / "out").names() == ["new"]


@pytest.mark.parametrize("folder", ["none", "empty", "filled"])
def test_what_is_in_a_folder(tmp_path, folder):
    (tmp_path / "empty").mkdir()
    Folder(tmp_path / "filled" / "deep").put("file", b"1")
    assert Folder(tmp_path / folder).names() == []
    assert Folder(tmp_path / folder).is_filled() is (folder == "filled")
