"""Filling holes, and merging nuclei with the cells around them."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

import kimimaro
from graphs import assert_same, is_forest
from reference import components
from volumes import LAYOUTS, tissue

PARAMS = {"const": 4, "soma_detection_threshold": 1e9}


def skeletonize(labels, **options):
    settings = {"teasar_params": PARAMS, "dust_threshold": 0, "progress": False}
    return kimimaro.skeletonize(labels, **(settings | options))


def filled(labels):
    """Fill the holes of every component with its label, but of those in a larger one's hole."""
    numbers, count = components(labels)
    flat = tuple(axis for axis, n in enumerate(labels.shape) if n == 1)
    holes, sizes = [], []
    for number in range(1, count + 1):
        mask = numbers == number
        whole = np.expand_dims(ndimage.binary_fill_holes(mask.squeeze(axis=flat)), flat)
        holes.append(whole & ~mask)
        sizes.append(np.count_nonzero(whole))
    result = labels.copy()
    for i in np.argsort(sizes, kind="stable"):
        z, y, x = np.argwhere((numbers == i + 1).T)[0]
        if not any(holes[k][x, y, z] for k in range(count) if sizes[k] > sizes[i]):
            result[holes[i]] = labels[x, y, z]
    return result


def balls(shape, *drawn):
    """Draw balls (label, centre, radius) in turn."""
    labels = np.zeros(shape, dtype=np.uint8)
    grid = np.indices(shape)
    for label, centre, radius in drawn:
        offsets = grid - np.reshape(centre, (3, 1, 1, 1))
        labels[(offsets**2).sum(axis=0) <= radius**2] = label
    return labels


def check_filling(labels, **options):
    before = labels.copy()
    found = skeletonize(labels, fill_holes=True, **options)
    np.testing.assert_array_equal(labels, before)
    assert_same(found, skeletonize(filled(labels), **options))
    return found


@given(st.integers(0, 2**32 - 1), st.tuples(*[st.integers(1, 9)] * 3), st.floats(0.4, 1))
@settings(max_examples=150, deadline=None)
def test_random_noise(seed, shape, density):
    random = np.random.default_rng(seed)
    labels = (random.random(shape) < density) * random.integers(1, 3, shape)
    check_filling(labels.astype(np.uint8))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("parallel", [1, 3])
def test_tissue_with_holes(layout, parallel):
    labels = tissue((40, 36, 30), labels=3, seed=0, background=0)
    random = np.random.default_rng(0)
    labels[random.random(labels.shape) < 0.02] = 9
    check_filling(LAYOUTS[layout](labels), parallel=parallel)


def test_hollow_ball_and_what_is_inside():
    middle = (20, 20, 20)
    labels = balls((41, 41, 41), (1, middle, 18), (0, middle, 12), (2, middle, 8), (1, middle, 3))
    found = check_filling(labels)
    assert set(found) == {1}
    assert found[1].radii.max() > 15
    assert set(skeletonize(labels)) == {1, 2}


def test_nested_shells_of_three_labels():
    middle = (20, 20, 20)
    rings = [(1, 19), (0, 16), (2, 14), (0, 11), (3, 9), (0, 4), (1, 2)]
    labels = balls((41, 41, 41), *[(label, middle, radius) for label, radius in rings])
    assert set(check_filling(labels)) == {1}


def test_a_cavity_is_closed_by_faces_and_open_through_them():
    shell = balls((31, 31, 31), (1, (15, 15, 15), 12), (0, (15, 15, 15), 8))
    closed = check_filling(shell)[1].radii.max()
    tunnel = shell.copy()
    tunnel[15, 15, :15] = 0
    assert check_filling(tunnel)[1].radii.max() < 4 < closed
    # Only corners connect: still a hole.
    diagonal = shell.copy()
    for i in range(5):
        diagonal[15 + i, 15 + i, 15 + 6 + i] = 0
    assert check_filling(diagonal)[1].radii.max() > 8


def test_a_cavity_cut_by_the_image_is_open():
    shell = balls((31, 31, 31), (1, (15, 15, 15), 12), (0, (15, 15, 15), 8))
    assert check_filling(shell[:16])[1].radii.max() < 5


def test_2d_holes():
    labels = balls((41, 41, 41), (1, (20, 20, 20), 15), (0, (20, 20, 20), 9))[:, :, 20:21]
    found = check_filling(labels)
    assert found[1].radii.max() > 12
    assert_same(skeletonize(labels[:, :, 0], fill_holes=True), found)


def test_what_is_enclosed_fills_nothing():
    """Two shells, and a rod in the inner one that meets the outer one over corners."""
    labels = balls((41, 41, 41), (5, (20, 20, 20), 18), (0, (20, 20, 20), 16))
    labels[16:25, 16:25, 16:25] = 2
    labels[18:23, 18:23, 18:23] = 0
    for step in range(13):
        labels[20 + step, 20 + step, 20] = 5
    assert components(labels)[1] == 2
    assert set(check_filling(labels)) == {5}


def test_dust_counts_the_filled_voxels():
    shell = np.zeros((14, 14, 14), dtype=np.uint8)
    shell[2:12, 2:12, 2:12] = 1
    shell[5:9, 5:9, 5:9] = 0
    assert np.count_nonzero(shell) == 936
    assert set(skeletonize(shell, fill_holes=True, dust_threshold=999)) == {1}
    assert skeletonize(shell, fill_holes=True, dust_threshold=1000) == {}
    assert skeletonize(shell, dust_threshold=936) == {}
    # Merged with its nucleus, it is dust still until the rest is filled.
    shell[5:8, 5:8, 5:8] = 2
    options = {"teasar_params": NUCLEUS | {"soma_detection_threshold": 1}, "fix_avocados": True}
    assert set(skeletonize(shell, fill_holes=True, dust_threshold=999, **options)) == {1}


def test_a_label_that_fills_the_image_once_its_holes_are_filled():
    labels = np.ones((15, 15, 15), dtype=np.uint8)
    labels[7, 7, 7] = 2
    found = check_filling(labels)
    assert set(found) == {1}
    assert np.isfinite(found[1].radii).all()
    assert found[1].radii.max() == pytest.approx(8)


def test_holes_of_one_chosen_label():
    middle = (20, 20, 20)
    labels = balls((41, 41, 41), (1, middle, 18), (2, middle, 12))
    found = skeletonize(labels, fill_holes=True, object_ids=[1])
    assert_same(found, skeletonize((labels > 0).astype(np.uint8)))


NUCLEUS = {"const": 4, "soma_detection_threshold": 4, "soma_acceptance_threshold": 1e9}


@pytest.mark.parametrize("parallel", [1, 3])
def test_avocado_becomes_one_object(parallel):
    middle = (20, 20, 20)
    # Another object of the cell's label lies beside it.
    labels = balls((70, 41, 41), (5, middle, 18), (2, middle, 8), (5, (55, 20, 20), 10))
    options = {"teasar_params": NUCLEUS, "parallel": parallel}
    found = skeletonize(labels, fix_avocados=True, **options)
    assert_same(found, skeletonize((labels > 0) * np.uint8(5), **options))
    assert set(skeletonize(labels, **options)) == {2, 5}


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_2d_avocados(axis):
    labels = balls((41, 41, 41), (5, (20, 20, 20), 18), (2, (20, 20, 20), 8))
    labels = labels.take([20], axis)
    found = skeletonize(labels, teasar_params=NUCLEUS, fix_avocados=True)
    assert_same(found, skeletonize((labels > 0) * np.uint8(5), teasar_params=NUCLEUS))


def test_a_nucleus_is_thicker_than_the_threshold():
    labels = balls((41, 41, 41), (5, (20, 20, 20), 18), (2, (20, 20, 20), 8))
    radius = ndimage.distance_transform_edt(labels == 2).max().astype(np.float32)
    for threshold, found in ((radius, {2, 5}), (np.nextafter(radius, np.float32(0)), {5})):
        params = NUCLEUS | {"soma_detection_threshold": threshold}
        assert set(skeletonize(labels, teasar_params=params, fix_avocados=True)) == found


def test_chosen_labels_that_are_merged_are_not_missing():
    middle = (20, 20, 20)
    labels = balls((41, 41, 41), (5, middle, 18), (2, middle, 8))
    for mending in ({"fix_avocados": True}, {"fill_holes": True}):
        options = {"teasar_params": NUCLEUS, "return_report": True, **mending}
        found, report = skeletonize(labels, object_ids=[5, 2], **options)
        assert_same(found, skeletonize(labels, **options)[0])
        assert report.missing == ()
        with pytest.warns(UserWarning, match=r"image has not: 9$"):
            assert skeletonize(labels, object_ids=[9, 2, 5], **options)[1].missing == (9,)


def test_of_two_roots_in_one_object_the_last_counts():
    middle = (20, 20, 20)
    labels = balls((41, 41, 41), (5, middle, 18), (2, middle, 8))
    options = {"teasar_params": NUCLEUS, "fix_avocados": True}
    cell, nucleus = (20, 20, 5), (20, 20, 16)
    for roots in ({5: cell, 2: nucleus}, {2: nucleus, 5: cell}):
        last = list(roots.values())[-1]
        points = re.escape(str(list(roots.values())))
        with pytest.warns(UserWarning, match=f"roots has {points} in one component") as seen:
            found = skeletonize(labels, roots=roots, **options)
        assert seen[0].filename == __file__
        alone = {2 if last == nucleus else 5: last}
        assert_same(found, skeletonize(labels, roots=alone, **options))
    assert set(skeletonize(labels, roots={5: cell, 2: nucleus}, teasar_params=NUCLEUS)) == {2, 5}


def test_labels_that_are_not_chosen_are_background_to_mending():
    middle = (20, 20, 20)
    labels = balls((41, 41, 41), (5, middle, 18), (2, middle, 8))
    options = {"teasar_params": NUCLEUS, "fix_avocados": True}
    for label in (2, 5):
        alone = np.where(labels == label, labels, 0)
        assert_same(
            skeletonize(labels, object_ids=[label], **options), skeletonize(alone, **options)
        )


def test_nested_avocado():
    middle = (25, 25, 25)
    labels = balls((51, 51, 51), (5, middle, 23), (2, middle, 15), (7, middle, 8))
    found = skeletonize(labels, teasar_params=NUCLEUS, fix_avocados=True)
    assert_same(found, skeletonize((labels > 0) * np.uint8(5), teasar_params=NUCLEUS))


def test_a_nucleus_may_be_larger_than_the_rest_of_its_cell():
    middle = (20, 20, 20)
    labels = balls((41, 41, 41), (5, middle, 18), (2, middle, 16))
    assert np.count_nonzero(labels == 2) > np.count_nonzero(labels == 5)
    found = skeletonize(labels, teasar_params=NUCLEUS, fix_avocados=True)
    assert_same(found, skeletonize((labels > 0) * np.uint8(5), teasar_params=NUCLEUS))


def test_thin_and_open_objects_are_no_avocados():
    middle = (20, 20, 20)
    labels = balls((41, 41, 41), (5, middle, 18), (2, middle, 3))
    options = {"teasar_params": NUCLEUS}
    assert_same(skeletonize(labels, fix_avocados=True, **options), skeletonize(labels, **options))
    # Not enclosed: the ball reaches the surface on one side.
    labels = balls((41, 41, 41), (5, middle, 18), (2, (31, 20, 20), 8))
    assert_same(skeletonize(labels, fix_avocados=True, **options), skeletonize(labels, **options))
    # Two labels surround it together.
    labels = balls((41, 41, 41), (5, middle, 18), (2, middle, 8))
    labels[:21][labels[:21] == 5] = 6
    assert_same(skeletonize(labels, fix_avocados=True, **options), skeletonize(labels, **options))


def test_avocados_and_holes_together():
    middle = (20, 20, 20)
    labels = balls((41, 41, 41), (5, middle, 18), (2, middle, 8), (0, middle, 2))
    options = {"teasar_params": NUCLEUS}
    found = skeletonize(labels, fix_avocados=True, fill_holes=True, **options)
    assert_same(found, skeletonize((filled(labels) > 0) * np.uint8(5), **options))


ENTWINED = """
import numpy as np
import kimimaro

# Each of two labels has a disc that the other's ring surrounds.
labels = np.zeros((140, 70), dtype=np.uint8)
x, y = np.indices(labels.shape)
for label, other, centre in ((1, 2, (35, 35)), (2, 1, (105, 35))):
    r = np.hypot(x - centre[0], y - centre[1])
    labels[r <= 15] = label
    labels[(r >= 20) & (r <= 25)] = other
# Bridges from a disc through a gap in the ring around it to the other ring.
labels[35:75, 45:58] = 0
labels[35:38, 45:56] = 1
labels[35:90, 53:56] = 1
labels[65:106, 12:25] = 0
labels[103:106, 15:24] = 2
labels[50:106, 15:18] = 2
print(sorted(kimimaro.skeletonize(
    labels, {"const": 4, "soma_detection_threshold": 5}, fix_avocados=True, dust_threshold=0,
    progress=False)))
"""


def test_two_labels_that_surround_each_other_end():
    run = subprocess.run(
        [sys.executable, "-c", ENTWINED], capture_output=True, text=True, timeout=20, check=True
    )
    assert run.stdout.strip() in ("[1]", "[2]", "[1, 2]")


@pytest.mark.parametrize("fix_branching", [True, False])
def test_random_tissue_stays_a_forest(fix_branching):
    labels = tissue((50, 40, 30), labels=6, seed=1)
    found = skeletonize(
        labels,
        teasar_params=NUCLEUS,
        fill_holes=True,
        fix_avocados=True,
        fix_branching=fix_branching,
    )
    assert all(is_forest(skeleton) for skeleton in found.values())
