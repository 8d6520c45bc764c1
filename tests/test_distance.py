"""The distance to boundary of all labels at once against SciPy's, label by label."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from engine import measured, trace
from reference import distance_to_boundary
from volumes import LAYOUTS, tissue

ANISOTROPIES = [(1, 1, 1), (16, 16, 40), (4, 30, 7), (0.55, 0.55, 0.7), (300, 0.01, 1)]


@pytest.mark.parametrize("anisotropy", ANISOTROPIES)
@pytest.mark.parametrize("shape", [(40, 31, 23), (7, 70, 5), (130, 3, 66), (5, 4, 150)])
def test_random_tissue(shape, anisotropy):
    labels = tissue(shape, labels=6, seed=1)
    np.testing.assert_allclose(
        measured(labels, anisotropy).distances(),
        distance_to_boundary(labels, anisotropy),
        rtol=1e-5,
    )


@pytest.mark.parametrize("smooth", [0.0, 0.7, 6.0])
def test_noise_and_thick_labels(smooth):
    labels = tissue((48, 40, 36), labels=4, seed=2, background=0, smooth=smooth)
    np.testing.assert_allclose(
        measured(labels, (2, 1, 3)).distances(), distance_to_boundary(labels, (2, 1, 3)), rtol=1e-5
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("anisotropy", [(1, 1, 1), (3, 5, 0.7)])
@pytest.mark.parametrize("length", [150, 900, 1300])  # the last one too long to search
def test_long_columns(length, axis, anisotropy, seed):
    # A few voxels of another label leave distances of dozens or hundreds of voxels along the axis.
    random = np.random.default_rng(seed)
    shape = [33, 5, 4]
    shape[axis] = length
    labels = np.ones(shape, dtype=np.uint8)
    for _ in range(3):
        labels[tuple(random.integers(shape))] = 2
    np.testing.assert_allclose(
        measured(labels, anisotropy).distances(),
        distance_to_boundary(labels, anisotropy),
        rtol=1e-5,
    )


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("length", [1001, 20_001])
def test_distances_to_the_end_of_a_column_do_not_add_up_roundings(length, axis):
    labels = np.ones((3, 2, length), dtype=np.uint8)
    labels[:, :, 0] = 2
    labels[:, :, -1] = 2
    labels = np.moveaxis(labels, 2, axis)
    np.testing.assert_allclose(
        measured(labels, (0.1, 0.1, 0.1)).distances(),
        distance_to_boundary(labels, (0.1, 0.1, 0.1)),
        rtol=2e-7,
    )


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_thick_and_thin_labels_in_one_long_column(axis):
    labels = np.ones((40, 6, 1400), dtype=np.uint16)
    labels[3:9, :, 700:710] = 2
    labels[20:, 2:4, 10:40] = np.arange(30) % 3
    labels = np.moveaxis(labels, 2, axis)
    np.testing.assert_allclose(
        measured(labels, (2, 3, 4)).distances(), distance_to_boundary(labels, (2, 3, 4)), rtol=1e-5
    )


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["<u1", "<u2", ">u2", "<u4", ">u4", "<u8", ">u8"])
def test_layout_and_dtype_change_nothing(layout, dtype):
    labels = tissue((37, 21, 19), labels=5, seed=3)
    expected = measured(labels, (16, 16, 40)).distances()
    changed = LAYOUTS[layout](labels.astype(dtype))
    np.testing.assert_array_equal(measured(changed, (16, 16, 40)).distances(), expected)


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_threads_change_nothing(threads):
    labels = tissue((37, 41, 19), labels=5, seed=4)
    np.testing.assert_array_equal(
        measured(labels, (4, 4, 40), threads=threads).distances(),
        measured(labels, (4, 4, 40)).distances(),
    )


@pytest.mark.parametrize("shape", [(21, 17, 13), (300, 280, 2), (1, 20, 30), (20, 1, 1), (1, 1, 1)])
def test_image_edge_is_a_boundary_only_for_one_label_that_fills_it(shape):
    solid = np.ones(shape, dtype=np.uint8)
    distance = measured(solid, (2, 3, 4)).distances()
    np.testing.assert_allclose(distance, distance_to_boundary(solid, (2, 3, 4)), rtol=1e-5)
    # The corner voxel is half in: its neighbour outside the image along the finest axis is nearest.
    extents = [width for width, size in zip((2, 3, 4), shape, strict=True) if size > 1]
    assert distance[0, 0, 0] == min(extents, default=2)


def test_one_background_voxel_frees_the_edge():
    labels = np.ones((21, 17, 13), dtype=np.uint8)
    labels[0, 0, 0] = 0
    distance = measured(labels, (2, 3, 4)).distances()
    np.testing.assert_allclose(distance, distance_to_boundary(labels, (2, 3, 4)), rtol=1e-5)
    assert distance[20, 16, 12] == pytest.approx(np.hypot(np.hypot(40, 48), 48))


@pytest.mark.parametrize("axes", list(itertools.permutations(range(3))))
def test_2d_images_in_any_plane(axes):
    labels = tissue((30, 40, 1), labels=4, seed=5).transpose(axes)
    np.testing.assert_allclose(
        measured(labels, (1, 2, 3)).distances(), distance_to_boundary(labels, (1, 2, 3)), rtol=1e-5
    )


def test_dust_and_unwanted_labels_still_bound_their_neighbours():
    labels = tissue((30, 30, 20), labels=6, seed=6)
    expected = distance_to_boundary(labels, (1, 2, 1))
    chosen = measured(labels, (1, 2, 1), dust=200, object_ids=[2, 5])
    kept = chosen.component_image() > 0
    assert kept.any()
    assert set(np.unique(labels[kept])) <= {2, 5}
    np.testing.assert_allclose(chosen.distances()[kept], expected[kept], rtol=1e-5)


def test_largest_distance_of_each_component():
    labels = tissue((30, 30, 20), labels=6, seed=7)
    image = measured(labels, (1, 2, 1), dust=10)
    numbers, distance = image.component_image(), image.distances()
    largest = [distance[numbers == i + 1].max() for i in range(numbers.max())]
    assert len(largest) > 6
    assert [tree.max_dbf for tree in trace(image)] == largest
