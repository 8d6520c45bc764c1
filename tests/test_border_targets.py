"""Border targets against the oracle, and what they are for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kimimaro
from border_oracle import border_targets, plane_targets
from engine import read
from volumes import LAYOUTS, tissue

ANISOTROPIES = [(1, 1, 1), (4, 4, 40), (3, 5, 7), (16, 16, 40), (0.5, 0.5, 1.5)]


def found_targets(labels, anisotropy, dust=0, threads=1):
    image = read(labels, anisotropy, dust=dust, threads=threads)
    components, points = image.border_targets(threads, None)
    numbers = (components.astype(int) + 1).tolist()
    return image, sorted(zip(numbers, map(tuple, points.tolist()), strict=True))


def check(labels, anisotropy, dust=0):
    image, found = found_targets(labels, anisotropy, dust)
    assert found == sorted(border_targets(image.component_image(), anisotropy))
    return len(found)


@pytest.mark.parametrize("anisotropy", ANISOTROPIES)
@pytest.mark.parametrize("shape", [(40, 31, 22), (33, 48, 17)])
def test_random_tissue(shape, anisotropy):
    assert check(tissue(shape, labels=8, seed=1), anisotropy) > 50


@pytest.mark.parametrize("anisotropy", ANISOTROPIES)
def test_random_noise(anisotropy):
    # Pieces of a few pixels have many equally deep ones.
    labels = (np.random.default_rng(0).random((25, 24, 13)) < 0.25).astype(np.uint8)
    assert check(labels, anisotropy) > 100


@pytest.mark.parametrize("anisotropy", ANISOTROPIES)
@pytest.mark.parametrize("shape", [(20, 20, 20), (21, 20, 19), (8, 15, 31)])
def test_boxes_with_ties(shape, anisotropy):
    # Rectangles are equally deep along a line, squares of even width in four pixels.
    random = np.random.default_rng(2)
    for _ in range(20):
        labels = np.zeros(shape, dtype=np.uint8)
        for label in (1, 2, 3):
            low = random.integers(0, np.array(shape) - 1)
            high = low + random.integers(1, np.array(shape) // 2 + 1)
            labels[tuple(map(slice, low, high))] = label
        check(labels, anisotropy)


def dumbbell(shape, a, b):
    """Two squares joined by a thread, each the other's mirror image in the middle of a plane."""
    plane = np.zeros(shape, dtype=np.uint8)
    u, v = shape[0] // 2, shape[1] // 2
    for sign in (1, -1):
        steps = max(abs(a), abs(b))
        for i in range(steps + 1):
            plane[u + sign * round(i * a / steps), v + sign * round(i * b / steps)] = 1
        end_u, end_v = u + sign * a, v + sign * b
        plane[end_u - 1 : end_u + 2, end_v - 1 : end_v + 2] = 1
    return plane


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("shape", [(20, 20), (20, 30), (30, 20), (24, 40)])
def test_ties_that_corners_and_edges_decide(shape, axis):
    # Two pixels are as deep, as near to the centroid and as near to the centre of the face.
    random = np.random.default_rng(4)
    for _ in range(40):
        a, b = (int(random.integers(4, n // 2 - 1) * random.choice([-1, 1])) for n in shape)
        plane = dumbbell(shape, a, b)
        labels = np.stack([plane, plane * 0, plane * 0], axis=axis)
        check(labels, (1, 1, 1))


def test_full_faces():
    for shape in [(9, 9, 9), (10, 10, 10), (12, 7, 30), (2, 2, 2), (1, 6, 6), (5, 1, 1)]:
        check(np.ones(shape, dtype=np.uint8), (1, 1, 1))


def test_small_components_get_none_but_divide_the_face():
    labels = np.ones((20, 20, 20), dtype=np.uint8)
    labels[:, 9:11, 0] = 2
    assert check(labels, (1, 1, 1), dust=100) == 5 + 2


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_and_threads(layout):
    labels = tissue((30, 31, 22), labels=6, seed=3)
    _, expected = found_targets(labels, (16, 16, 40))
    _, found = found_targets(LAYOUTS[layout](labels), (16, 16, 40), threads=3)
    assert found == expected


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_2d_images_have_four_sides(axis):
    labels = np.expand_dims(tissue((40, 30, 1), labels=4, seed=4)[:, :, 0], axis)
    assert check(labels, (2, 3, 5)) > 8
    _, found = found_targets(labels, (2, 3, 5))
    sides = np.array([point for _, point in found])
    shape = np.array(labels.shape)
    assert ((sides == 0) | (sides == shape - 1))[:, shape > 1].any(axis=1).all()


@pytest.mark.parametrize("fix_branching", [True, False])
@pytest.mark.parametrize("anisotropy", [(1, 1, 1), (16, 16, 40)])
def test_every_target_is_a_vertex(anisotropy, fix_branching):
    labels = tissue((50, 48, 30), labels=6, seed=5)
    skeletons = kimimaro.skeletonize(
        labels,
        {"scale": 1.5, "const": 5 * anisotropy[0]},
        anisotropy,
        dust_threshold=100,
        fix_branching=fix_branching,
        progress=False,
    )
    image = read(labels, anisotropy, dust=100)
    names = image.components()[0]
    for component, point in border_targets(image.component_image(), anisotropy):
        skeleton = skeletons[int(names[component - 1])]
        voxels = np.rint(skeleton.vertices / np.array(anisotropy)).astype(int)
        assert (voxels == point).all(axis=1).any()


@given(
    st.integers(0, 2**32 - 1), st.integers(2, 12), st.integers(2, 12), st.sampled_from(ANISOTROPIES)
)
@settings(max_examples=100, deadline=None)
def test_two_images_that_share_a_plane_meet(seed, width, height, anisotropy):
    random = np.random.default_rng(seed)
    plane = random.integers(0, 3, (width, height)).astype(np.uint8)
    blank = np.zeros_like(plane)
    for axis in range(3):
        voxel = np.delete(np.array(anisotropy), axis)
        expected = {tuple(p) for n in (1, 2) for p in plane_targets(plane == n, voxel)}
        for position, planes in ((1, (blank, plane)), (0, (plane, blank))):
            _, found = found_targets(np.stack(planes, axis=axis), anisotropy)
            points = np.array([point for _, point in found], dtype=int).reshape(-1, 3)
            on_plane = np.delete(points[points[:, axis] == position], axis, axis=1)
            assert set(map(tuple, on_plane.tolist())) >= expected
