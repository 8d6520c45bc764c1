"""Skeletons in a NumPy archive."""

import numpy as np
import pytest
from osteoid import Skeleton

from kimimaro.formats import FormatError, existing_labels, read_skeletons, write_skeletons
from kimimaro.formats.npz_skeletons import holds_skeletons

from .conftest import assert_same, truncate

ALL = (
    "radius",
    "vertex_types",
    "cross_sectional_area",
    "cross_sectional_area_contacts",
    "depth",
)


def test_nothing_is_lost_there_and_back(tmp_path, measured):
    path = tmp_path / "a.npz"
    for skeleton in measured.values():
        skeleton.transform = np.diag([16, 16, 40, 1])[:3]
    write_skeletons(measured, path, unit="nm")
    back = read_skeletons(path)
    assert_same(measured, back, attributes=ALL)
    assert back[5].depth.dtype == np.float64
    assert np.array_equal(back[5].transform, measured[5].transform)
    assert existing_labels(path) == set(measured)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.npz"]


def test_negative_labels_and_loops_and_nothing_at_all(tmp_path, skeletons):
    loop = skeletons[5]
    loop.edges = np.concatenate([loop.edges, [[3, 4]]]).astype(np.uint32)
    write_skeletons({-7: loop, 3: Skeleton(space="physical")}, tmp_path / "a.npz")
    back = read_skeletons(tmp_path / "a.npz")
    assert list(back) == [-7, 3]
    assert np.array_equal(back[-7].edges, loop.edges)
    assert len(back[3].vertices) == 0
    write_skeletons({}, tmp_path / "none.npz")
    assert read_skeletons(tmp_path / "none.npz") == {}


@pytest.mark.parametrize("labels", [(-1, 2**63), (5, 2**64), (-(2**63) - 1, 0)])
def test_labels_that_no_integer_of_64_bits_holds(tmp_path, skeletons, labels):
    words = f"labels run from {labels[0]} to {labels[1]}, which no integer of 64 bits holds; write"
    with pytest.raises(FormatError, match=words):
        write_skeletons(dict.fromkeys(labels, skeletons[5]), tmp_path / "a.npz")
    assert list(tmp_path.iterdir()) == []


def test_skeletons_without_an_attribute_get_zeros(tmp_path, skeletons):
    skeletons[5].cross_sectional_area = np.ones(5, dtype=np.float32)
    write_skeletons(skeletons, tmp_path / "a.npz")
    back = read_skeletons(tmp_path / "a.npz")
    assert [float(s.cross_sectional_area.sum()) for s in back.values()] == [5, 0]


def test_is_told_from_an_image(tmp_path, skeletons):
    write_skeletons(skeletons, tmp_path / "skeletons.npz")
    np.savez(tmp_path / "image.npz", labels=np.zeros((3, 3), int))
    (tmp_path / "broken.npz").write_bytes(b"PK")
    assert [
        holds_skeletons(str(tmp_path / f"{name}.npz")) for name in ("skeletons", "image", "broken")
    ] == [True, False, False]
    for read in (read_skeletons, existing_labels):
        with pytest.raises(FormatError, match=r"holds no skeletons: the array 'vertex_starts'"):
            read(tmp_path / "image.npz")


def test_arrays_that_do_not_fit_are_refused(tmp_path, skeletons):
    write_skeletons(skeletons, tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as archive:
        arrays = dict(archive)
    signed = arrays["edges"].astype(np.int64)
    for name, value, reason in (
        ("vertices", arrays["vertices"][:-1], "there are 8 vertices, but 9"),
        ("vertices", arrays["vertices"][:, :2], r"vertices has the shape \(9, 2\), not \(9, 3\)"),
        ("vertex_starts", arrays["vertex_starts"][:-1], "vertex_starts has the shape"),
        ("vertex_starts", np.array([1, 5, 9]), "vertex_starts does not rise"),
        ("vertex_starts", np.array([0, 10, 9]), "vertex_starts does not rise"),
        ("edges", arrays["edges"][:-1], "edge_starts does not rise from 0 to 5"),
        ("edges", arrays["edges"].ravel(), r"edges has the shape \(12,\), not \(12, 2\)"),
        ("edges", signed + 1, "an edge names a vertex that its skeleton does not have"),
        ("edges", signed - 1, "an edge names a vertex"),
        ("labels", arrays["labels"][:1], "vertex_starts has the shape"),
        ("labels", arrays["labels"][:, np.newaxis], r"labels has the shape \(2, 1\), not \(2,\)"),
        ("transforms", arrays["transforms"][:1], "transforms has the shape"),
        ("attribute_radius", arrays["attribute_radius"][:-1], "there are 9 vertices, but 8"),
    ):
        np.savez(tmp_path / "b.npz", **{**arrays, name: value})
        with pytest.raises(FormatError, match=rf"b\.npz: .* do not fit together: {reason}"):
            read_skeletons(tmp_path / "b.npz")


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([5, 5], r"a\.npz has the label 5 twice"),
        ([5, 1.5], r"a\.npz has the label 1\.5; labels are whole numbers"),
        (["5", "b"], r"a\.npz has the label '5'"),
    ],
)
def test_labels_of_others_are_whole_and_name_one_skeleton(tmp_path, skeletons, labels, words):
    write_skeletons(skeletons, tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as archive:
        arrays = dict(archive)
    np.savez(tmp_path / "a.npz", **{**arrays, "labels": np.array(labels)})
    for read in (read_skeletons, existing_labels):
        with pytest.raises(FormatError, match=words):
            read(tmp_path / "a.npz")
    np.savez(tmp_path / "a.npz", **{**arrays, "labels": np.array([5.0, 6.0])})
    assert list(map(repr, read_skeletons(tmp_path / "a.npz"))) == ["5", "6"]


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e39])
def test_coordinates_of_others_are_finite(tmp_path, skeletons, value):
    write_skeletons(skeletons, tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as archive:
        arrays = dict(archive)
    arrays["vertices"] = arrays["vertices"].astype(np.float64)
    arrays["vertices"][6, 0] = value
    np.savez(tmp_path / "a.npz", **arrays)
    words = rf"a\.npz: the skeleton {2**63 + 1} has its vertex 1 at \["
    with pytest.raises(FormatError, match=words):
        read_skeletons(tmp_path / "a.npz")


def test_python_objects_are_never_loaded(tmp_path, skeletons):
    write_skeletons(skeletons, tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as archive:
        arrays = dict(archive)
    arrays["edges"] = np.array([print], dtype=object)
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(FormatError, match=r"a\.npz cannot be read .* or holds Python objects"):
        read_skeletons(tmp_path / "a.npz")


@pytest.mark.parametrize("share", [0, 0.5, 0.98])
def test_damaged_files_give_one_sentence(tmp_path, skeletons, share):
    write_skeletons(skeletons, tmp_path / "a.npz")
    truncate(tmp_path / "a.npz", share)
    with pytest.raises(FormatError, match="cannot be read as NumPy archive"):
        read_skeletons(tmp_path / "a.npz")
