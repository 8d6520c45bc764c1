"""Small labeled images and skeletons that the tests of the formats share."""

from __future__ import annotations

import numpy as np
import pytest
from osteoid import Skeleton


@pytest.fixture
def labels():
    """A volume in which no two axes are alike: blocks of labels that differ along x, y and z."""
    image = np.zeros((11, 7, 5), dtype=np.uint32)
    image[1:9, 1:4, 1:3] = 7
    image[2:10, 4:6, 1:5] = 300
    image[0, 0, 4] = 70000
    return image


@pytest.fixture
def skeletons():
    """Two skeletons: a Y of five vertices, and two pieces of one line each."""
    fork = Skeleton(
        np.array([[0, 0, 0], [16, 0, 0], [32, 0, 0], [48, 16, 0], [48, 0, 40.1]], dtype=np.float32),
        np.array([[0, 1], [1, 2], [2, 3], [2, 4]], dtype=np.uint32),
        radii=np.array([5, 6.5, 20, 3, 2], dtype=np.float32),
        vertex_types=np.array([3, 3, 3, 2, 2], dtype=np.uint8),
        segid=5,
        space="physical",
    )
    pieces = Skeleton(
        np.array([[0, 0, 0], [1, 1, 1], [100, 0, 0], [101, 1, 1]], dtype=np.float32),
        np.array([[1, 0], [3, 2]], dtype=np.uint32),
        radii=np.array([1, 2, 4, 3], dtype=np.float32),
        segid=2**63 + 1,
        space="physical",
    )
    return {5: fork, 2**63 + 1: pieces}


@pytest.fixture
def measured(skeletons):
    """The same skeletons with what Kimimaro measures at their vertices."""
    for label, skeleton in skeletons.items():
        count = len(skeleton.vertices)
        skeleton.cross_sectional_area = np.arange(count, dtype=np.float32) + 0.5
        skeleton.cross_sectional_area_contacts = np.arange(count, dtype=np.uint8)
        skeleton.add_vertex_attribute("depth", np.arange(count, dtype=np.float64) * label % 7)
    return skeletons


def assert_same(first, second, *, attributes=("radius", "vertex_types")):
    """Compare two sets of skeletons: labels, order of vertices and edges, attributes."""
    assert list(first) == list(second)
    for label, skeleton in first.items():
        other = second[label]
        assert other.id == label
        assert other.space == "physical"
        assert np.array_equal(other.vertices, skeleton.vertices)
        assert np.array_equal(other.edges, skeleton.edges)
        assert (other.vertices.dtype, other.edges.dtype) == (np.float32, np.uint32)
        for name in attributes:
            assert np.array_equal(getattr(other, name), getattr(skeleton, name)), name


def truncate(path, share=0.5):
    """Cut a file off, as a full disk or a broken download does."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
