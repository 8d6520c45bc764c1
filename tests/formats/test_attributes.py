"""What skeletons carry at their vertices, in one table for all of them."""

import re

import numpy as np
import pytest
from osteoid import Skeleton

from kimimaro.errors import InputError, InputTypeError
from kimimaro.formats import FormatError, read_skeletons, to_navis, write_skeletons

FORK, PIECES = 5, 2**63 + 1


def test_refuses_values_that_are_not_one_for_each_vertex(tmp_path, skeletons):
    skeletons[FORK].radii = np.ones(4, dtype=np.float32)
    for name in ("a.npz", "out"):
        with pytest.raises(FormatError, match="skeleton 5 has 5 vertices but 4 values of radius"):
            write_skeletons(skeletons, tmp_path / name)
        assert list(tmp_path.rglob("*.*")) == []


@pytest.mark.parametrize("name", ["a.npz", "a.parquet", "out", "layer"])
@pytest.mark.parametrize("value", [np.nan, -np.inf, 1e39])
def test_refuses_coordinates_that_are_no_finite_numbers(tmp_path, skeletons, name, value):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    skeletons[FORK].vertices = skeletons[FORK].vertices.astype(np.float64)
    skeletons[FORK].vertices[3, 1] = value
    kind = "precomputed" if name == "layer" else None
    words = f"skeletons[5] has its vertex 3 at [48.0, {value}, 0.0]; every coordinate must be"
    with pytest.raises(FormatError, match=re.escape(words)):
        write_skeletons(skeletons, tmp_path / name, format=kind)
    assert not list(tmp_path.rglob("*5*"))
    assert not (tmp_path / name).is_file()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([Skeleton()], r"skeletons is a list; pass a dict \{label: Skeleton\}"),
        (Skeleton(), "skeletons is a Skeleton; pass a dict"),
        (None, "skeletons is a NoneType; pass a dict"),
        ({1: 5}, r"skeletons\[1\] is a int; pass an osteoid\.Skeleton"),
    ],
)
def test_refuses_what_is_no_mapping_of_skeletons(tmp_path, given, words):
    for write in (to_navis, lambda given: write_skeletons(given, tmp_path / "out")):
        with pytest.raises(InputTypeError, match=words):
            write(given)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("radius", [None, np.nan, "5", -1])
def test_refuses_a_radius_of_somata_that_is_none(tmp_path, skeletons, radius):
    with pytest.raises(InputError, match=f"soma_radius is {radius!r}; use a number of at least 0"):
        write_skeletons(skeletons, tmp_path / "out", soma_radius=radius)


@pytest.mark.parametrize("name", ["a.npz", "a.parquet", "out", "layer"])
@pytest.mark.parametrize("vertex", [5, -1])
def test_refuses_an_edge_to_nowhere(tmp_path, skeletons, name, vertex):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    skeletons[FORK].edges = np.array([[0, 1], [1, vertex]])
    kind = "precomputed" if name == "layer" else None
    words = rf"skeletons\[5\]\.edges names vertex {vertex}; there are 5 vertices"
    with pytest.raises(InputError, match=words):
        write_skeletons(skeletons, tmp_path / name, format=kind)
    assert not (tmp_path / name).is_file()


def test_refuses_different_numbers_of_values(tmp_path, skeletons):
    skeletons[FORK].segments = np.ones(5, dtype=np.uint32)
    skeletons[PIECES].segments = np.ones((4, 2), dtype=np.uint32)
    with pytest.raises(FormatError, match="have 1 and 2 values of segments per vertex"):
        write_skeletons(skeletons, tmp_path / "a.npz")


def test_of_different_types_the_one_that_holds_both_is_taken(tmp_path, skeletons):
    skeletons[FORK].segments = np.full(5, 200, dtype=np.uint8)
    skeletons[PIECES].segments = np.full(4, 2**40, dtype=np.uint64)
    write_skeletons(skeletons, tmp_path / "a.npz")
    for skeleton, given in zip(
        read_skeletons(tmp_path / "a.npz").values(), skeletons.values(), strict=True
    ):
        assert skeleton.segments.dtype == np.uint64
        assert np.array_equal(skeleton.segments, given.segments)
