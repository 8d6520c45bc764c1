"""Precomputed skeletons: our reader and cloud-volume's agree, sharded or not."""

import json

import numpy as np
import pytest
from osteoid import Skeleton

from kimimaro.formats import (
    FormatError,
    FormatWarning,
    existing_labels,
    holds_skeletons,
    read_skeletons,
    write_skeletons,
)

from .conftest import assert_same, truncate

cloudvolume = pytest.importorskip("cloudvolume")

ALL = ("radius", "vertex_types", "cross_sectional_area", "cross_sectional_area_contacts")


def write(skeletons, path, **options):
    write_skeletons(skeletons, path, format="precomputed", **options)


def by_cloudvolume(path, labels):
    """Read skeletons as cloud-volume does from a folder of skeletons."""
    from cloudvolume.datasource.precomputed.skeleton import PrecomputedSkeletonSource

    source = PrecomputedSkeletonSource.from_cloudpath(f"file://{path}")
    found = {skeleton.id: skeleton for skeleton in source.get(list(labels))}
    return {label: found[label] for label in labels}


@pytest.fixture
def volume(tmp_path, labels):
    path = tmp_path / "volume"
    cloudvolume.CloudVolume.from_numpy(
        labels, f"file://{path}", resolution=(16, 16, 40), layer_type="segmentation"
    )
    return path


@pytest.mark.parametrize("shard", [False, True])
def test_nothing_is_lost_there_and_back(tmp_path, measured, shard):
    path = tmp_path / "out"
    for skeleton in measured.values():
        skeleton.add_vertex_attribute("marked", np.arange(len(skeleton.vertices)) > 2)
        skeleton.segments = np.arange(3 * len(skeleton.vertices), dtype=np.int16).reshape(-1, 3)
    write(measured, path, shard=shard)
    back = read_skeletons(path)
    assert_same(measured, back, attributes=(*ALL, "segments", "marked"))
    assert back[5].depth.dtype == np.float32
    assert existing_labels(path) == set(measured)
    assert_same(back, by_cloudvolume(path, list(back)), attributes=(*ALL, "depth"))
    names = sorted(entry.name for entry in path.iterdir())
    assert (names == ["5", "9223372036854775809", "info"]) is not shard
    assert any(name.endswith(".shard") for name in names) is shard


def test_the_info_file_says_what_neuroglancer_needs(tmp_path, measured):
    write(measured, tmp_path / "out", shard=True)
    info = json.loads((tmp_path / "out" / "info").read_text())
    assert info["@type"] == "neuroglancer_skeletons"
    assert info["transform"] == [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]
    kinds = {entry["id"]: entry["data_type"] for entry in info["vertex_attributes"]}
    assert kinds == {
        "radius": "float32",
        "vertex_types": "uint8",
        "cross_sectional_area": "float32",
        "cross_sectional_area_contacts": "uint8",
        "depth": "float32",
    }
    assert info["sharding"]["@type"] == "neuroglancer_uint64_sharded_v1"


@pytest.mark.parametrize("shard", [False, True])
def test_into_a_volume(volume, skeletons, shard):
    write(skeletons, volume, shard=shard)
    layer = cloudvolume.CloudVolume(f"file://{volume}")
    assert layer.info["skeletons"] == "skeletons"
    found = {skeleton.id: skeleton for skeleton in layer.skeleton.get(list(skeletons))}
    assert_same(skeletons, {label: found[label] for label in skeletons})
    assert_same(skeletons, read_skeletons(volume))
    assert existing_labels(volume, format="precomputed") == set(skeletons)


def test_reads_what_cloudvolume_wrote(volume, skeletons):
    layer = cloudvolume.CloudVolume(f"file://{volume}", compress=True)
    layer.info["skeletons"] = "bones"
    layer.commit_info()
    layer = cloudvolume.CloudVolume(f"file://{volume}", compress=True)
    layer.skeleton.meta.info["transform"] = [2, 0, 0, 1, 0, 2, 0, 0, 0, 0, 2, 0]
    layer.skeleton.meta.commit_info()
    for skeleton in skeletons.values():
        layer.skeleton.upload(skeleton)
    back = read_skeletons(volume)
    for label, skeleton in skeletons.items():
        assert np.array_equal(back[label].vertices, skeleton.vertices * 2 + [1, 0, 0])
        assert np.array_equal(back[label].radius, skeleton.radius)


def test_a_volume_without_skeletons_says_so(volume):
    with pytest.raises(FormatError, match="a Precomputed volume without skeletons"):
        read_skeletons(volume)
    assert existing_labels(volume, format="precomputed") == set()


def test_many_skeletons_in_shards(tmp_path):
    rng = np.random.default_rng(0)
    skeletons = {
        int(label): Skeleton(
            rng.random((3, 3)).astype(np.float32),
            np.array([[0, 1], [1, 2]], dtype=np.uint32),
            segid=int(label),
            space="physical",
        )
        for label in np.unique(rng.integers(1, 2**63, 500, dtype=np.uint64))
    }
    write(skeletons, tmp_path / "out", shard=True)
    assert_same(skeletons, read_skeletons(tmp_path / "out"))
    assert_same(skeletons, by_cloudvolume(tmp_path / "out", list(skeletons)))


def test_no_skeletons_in_shards(tmp_path):
    write({}, tmp_path / "out", shard=True)
    assert read_skeletons(tmp_path / "out") == {}


def test_shards_replace_what_was_there(tmp_path, skeletons):
    path = tmp_path / "out"
    write(skeletons, path)
    write({5: skeletons[5]}, path, shard=True)
    assert list(read_skeletons(path)) == [5]
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]
    with pytest.raises(FormatError, match="holds sharded skeletons"):
        write(skeletons, path)


def test_skeletons_are_added_only_to_their_like(tmp_path, skeletons):
    path, other = tmp_path / "out", tmp_path / "other"
    for place in (path, other):
        write({}, place)
    write({5: skeletons[5]}, path)
    write({6: skeletons[5]}, path)
    assert existing_labels(path) == {5, 6}
    skeletons[5].cross_sectional_area = np.ones(5, dtype=np.float32)
    with pytest.raises(FormatError, match="other vertex attributes"):
        write({7: skeletons[5]}, path)
    write({7: skeletons[5]}, other)
    info = json.loads((other / "info").read_text())
    (other / "info").write_text(json.dumps({**info, "transform": [2, *info["transform"][1:]]}))
    with pytest.raises(FormatError, match="other vertex attributes"):
        write({8: skeletons[5]}, other)
    assert existing_labels(other, format="precomputed") == {7}


@pytest.mark.parametrize("info", [None, "[]", '{"@type": "neuroglancer_legacy_mesh"}'])
def test_a_folder_of_something_else_holds_no_skeletons(tmp_path, info):
    if info is not None:
        (tmp_path / "info").write_text(info)
    with pytest.raises(FormatError, match="holds no Precomputed skeletons: its info file"):
        read_skeletons(tmp_path, format="precomputed")


@pytest.mark.parametrize("shard", [False, True])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("info", '{"a": 1}'),
        ("info", "{}"),
        ("info", "[]"),
        ("info", '{"@type": "neuroglancer_legacy_mesh"}'),
        ("2", "mine"),
    ],
)
def test_a_folder_of_something_else_is_left_alone(tmp_path, skeletons, shard, name, content):
    (tmp_path / name).write_text(content)
    with pytest.raises(FormatError, match="holds something else than skeletons and is not repl"):
        write(skeletons, tmp_path, shard=shard)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [(name, content)]


def test_other_files_lie_beside_skeletons(tmp_path, skeletons):
    (tmp_path / "notes.txt").write_text("mine")
    write(skeletons, tmp_path)
    assert existing_labels(tmp_path) == set(skeletons)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_addresses_of_skeletons_are_told_from_those_of_volumes(tmp_path, volume, skeletons):
    write(skeletons, tmp_path / "out")
    for name in ("nothing", "mesh"):
        (tmp_path / name).mkdir()
    (tmp_path / "mesh" / "info").write_text('{"@type": "neuroglancer_legacy_mesh"}')
    for name, expected in (("out", True), ("volume", False), ("nothing", False), ("mesh", False)):
        assert holds_skeletons(f"file://{tmp_path / name}") is expected


def test_what_has_no_place_is_said(tmp_path, skeletons):
    skeletons[5].segments = np.arange(5, dtype=np.uint64)
    with pytest.warns(FormatWarning, match="cannot hold the vertex attribute segments"):
        write(skeletons, tmp_path / "a")
    del skeletons[5].segments
    with pytest.warns(FormatWarning, match=r"as nm; these, in um"):
        write(skeletons, tmp_path / "b", unit="um")
    with pytest.raises(FormatError, match="negative labels, such as -1"):
        write({-1: skeletons[5]}, tmp_path / "c")


@pytest.mark.parametrize("shard", [False, True])
@pytest.mark.parametrize("share", [0, 0.5, 0.98])
def test_damaged_files_give_one_sentence(tmp_path, skeletons, shard, share):
    path = tmp_path / "out"
    write(skeletons, path, shard=shard)
    for file in path.iterdir():
        if file.name == "5" or file.suffix == ".shard":
            truncate(file, share)
    with pytest.raises(FormatError, match="damaged") as caught:
        read_skeletons(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("length", [0, 4, 124, 126])
def test_a_skeleton_of_another_length_is_named(tmp_path, skeletons, length):
    write(skeletons, tmp_path / "out")
    file = tmp_path / "out" / "5"
    content = file.read_bytes()
    assert len(content) == 125
    file.write_bytes((content + b"more" * 20)[:length])
    with pytest.raises(FormatError, match=f"the skeleton 5 is damaged: it has {length} bytes"):
        read_skeletons(tmp_path / "out")


def test_coordinates_of_others_are_finite(tmp_path, skeletons):
    write(skeletons, tmp_path / "out")
    file = tmp_path / "out" / "5"
    content = bytearray(file.read_bytes())
    content[8:12] = np.float32(np.nan).tobytes()
    file.write_bytes(content)
    with pytest.raises(FormatError, match=r"out: the skeleton 5 has its vertex 0 at \[nan"):
        read_skeletons(tmp_path / "out")


def test_a_damaged_info_file_gives_one_sentence(tmp_path, skeletons):
    write(skeletons, tmp_path / "out")
    truncate(tmp_path / "out" / "info")
    with pytest.raises(FormatError, match="cannot be read as Precomputed skeletons"):
        read_skeletons(tmp_path / "out")
