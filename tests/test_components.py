"""Connected components against cc3d, label by label."""

from __future__ import annotations

import cc3d
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import read
from kimimaro.testing.strategies import label_volumes
from volumes import LAYOUTS, tissue


def expected_components(labels):
    """The number of every voxel's component, from 1 in the order of first voxels (Fortran)."""
    numbers = np.zeros(labels.shape, dtype=np.int64)
    for value in np.unique(labels[labels != 0]):
        found = cc3d.connected_components((labels == value).astype(np.uint8), connectivity=26)
        numbers[found > 0] = found[found > 0] + numbers.max()
    values, firsts = np.unique(numbers.ravel(order="F"), return_index=True)
    renumbered = np.zeros(numbers.max() + 1, dtype=np.int64)
    foreground = values > 0
    renumbered[values[foreground][np.argsort(firsts[foreground])]] = np.arange(
        1, foreground.sum() + 1
    )
    return renumbered[numbers]


def check(labels, threads=1):
    image = read(labels, threads=threads)
    expected = expected_components(labels)
    np.testing.assert_array_equal(image.component_image(), expected)
    names, voxels = image.components()
    np.testing.assert_array_equal(voxels, np.bincount(expected.ravel())[1:])
    for number, name in enumerate(names, start=1):
        assert set(labels[expected == number].tolist()) == {int(name)}


@pytest.mark.parametrize("density", [0.03, 0.1, 0.2, 0.5, 0.9])
@pytest.mark.parametrize("threads", [1, 3])
def test_noise(density, threads):
    random = np.random.default_rng(int(100 * density))
    labels = (random.random((31, 23, 19)) < density) * random.integers(1, 3, (31, 23, 19))
    check(labels.astype(np.uint16), threads)


@pytest.mark.parametrize("threads", [1, 2, 5, 64])
def test_tissue(threads):
    check(tissue((70, 40, 33), labels=7, seed=1), threads)


@pytest.mark.parametrize("rows", [1, 63, 64, 65, 128, 5000])
@pytest.mark.parametrize("filled", [0.0, 0.002, 0.1])
def test_most_rows_are_empty(rows, filled):
    random = np.random.default_rng(rows)
    labels = np.zeros((9, rows, 3), np.uint8)
    some = random.random((rows, 3)) < filled
    labels[:, some] = random.integers(0, 3, (9, some.sum()))
    labels[2:4, rows - 1, 1] = 1
    check(labels, threads=2)
    points = np.argwhere(labels >= 0).astype(np.uint32)
    found = read(labels).components_at(points) + np.uint32(1)  # none is the largest number
    np.testing.assert_array_equal(found, expected_components(labels).ravel())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout):
    check(LAYOUTS[layout](tissue((20, 30, 17), labels=4, seed=2, smooth=0.8)))


@given(label_volumes(ndims=(3,), dtypes=st.sampled_from([np.dtype(f"u{n}") for n in (1, 2, 4, 8)])))
@settings(max_examples=100, deadline=None)
def test_any_volume(labels):
    check(labels)


def test_corners_connect_and_gaps_do_not():
    labels = np.zeros((5, 5, 5), dtype=np.uint8)
    labels[0, 0, 0] = labels[1, 1, 1] = labels[2, 0, 2] = 1
    labels[4, 0, 2] = 1
    assert read(labels).component_image().max() == 2


@pytest.mark.parametrize("dust", [0, 1, 5, 50, 10**6])
@pytest.mark.parametrize(("smooth", "threads"), [(0.8, 1), (0.8, 3), (2, 3), (2, 4)])
def test_dust_is_what_has_no_more_than_so_many_voxels(dust, smooth, threads):
    labels = tissue((30, 20, 17), labels=4, seed=3, smooth=smooth)
    expected = expected_components(labels)
    sizes = np.bincount(expected.ravel())[1:]
    image = read(labels, dust=dust, threads=threads)
    np.testing.assert_array_equal(image.components()[1], sizes[sizes > dust])
    np.testing.assert_array_equal(
        np.sort(image.components(dust=True)[1]), np.sort(sizes[sizes <= dust])
    )
    kept = np.concatenate([[False], sizes > dust])
    np.testing.assert_array_equal(image.component_image() > 0, kept[expected])


def test_object_ids():
    labels = tissue((30, 20, 17), labels=6, seed=4)
    image = read(labels, object_ids=[5, 2, 99])
    np.testing.assert_array_equal(image.component_image() > 0, (labels == 2) | (labels == 5))
    assert read(labels, object_ids=[]).component_image().max() == 0


@pytest.mark.parametrize("threads", [1, 3])
def test_component_of_a_voxel(threads):
    labels = tissue((32, 19, 17), labels=4, seed=5)
    image = read(labels, dust=30, threads=threads)
    voxels = np.argwhere(np.ones(labels.shape, dtype=bool)).astype(np.uint32)
    found = image.components_at(voxels).astype(np.int64)
    found[found == 2**32 - 1] = -1
    np.testing.assert_array_equal(found + 1, image.component_image()[tuple(voxels.T)])
