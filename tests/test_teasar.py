"""Whole tracings of small random objects, each step checked against csgraph and brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import measured, trace
from reference import Object, components, distance_to_boundary
from replay import check_tracing
from volumes import tissue

# No voxel lies exactly on such a radius, so that rounding decides nothing.
PARAMS = {"scale": 0.731, "const": 1.317, "pdrf_scale": 100000.0, "pdrf_exponent": 4.0}


def check_all(labels, anisotropy, params, dust=30, layout=None):
    """Trace a volume and check every component's tracing; return the number of paths."""
    everything = params | {
        "soma_detection_threshold": np.inf,
        "soma_acceptance_threshold": np.inf,
    }
    image = measured(labels, anisotropy, dust=dust)
    numbers = image.component_image()
    distance = distance_to_boundary(labels, anisotropy)
    paths = 0
    for number, tree in enumerate(trace(image, everything, layout=layout), start=1):
        solid = Object.of(numbers == number, distance, anisotropy)
        paths += check_tracing(tree, solid, params)
    return paths


@pytest.mark.parametrize("anisotropy", [(1, 1, 1), (1, 1, 2.5), (1.3, 0.9, 2.1), (3, 1, 1)])
@pytest.mark.parametrize("seed", range(3))
def test_every_step_is_right(seed, anisotropy):
    labels = tissue((24, 20, 16), labels=4, seed=seed, smooth=1.5)
    assert check_all(labels, anisotropy, PARAMS) > 20


@pytest.mark.parametrize("anisotropy", [(1, 1, 4096), (5000, 1, 2)])
def test_steps_thousands_of_times_as_long_as_others(anisotropy):
    labels = tissue((12, 11, 9), labels=2, seed=3, smooth=1.5)
    assert check_all(labels, anisotropy, PARAMS) > 10


@pytest.mark.parametrize("exponent", [1.0, 2.0, 4.0, 5.5])
@pytest.mark.parametrize("scale", [0.0, 10.0, 1e5, 1e8])
def test_penalty_parameters(scale, exponent):
    labels = tissue((20, 16, 12), labels=3, seed=9, smooth=1.5)
    params = PARAMS | {"pdrf_scale": scale, "pdrf_exponent": exponent}
    assert check_all(labels, (1, 1.2, 2), params) > 10


@pytest.mark.parametrize("invalidation", ["ball", "cube"])
@pytest.mark.parametrize(("scale", "const"), [(0.0, 0.013), (0.0, 2.33), (1.77, 0.0), (4.1, 7.7)])
def test_invalidation_parameters(scale, const, invalidation):
    labels = tissue((16, 15, 9), labels=3, seed=11, smooth=1.5)
    params = PARAMS | {"scale": scale, "const": const, "invalidation": invalidation}
    assert check_all(labels, (1, 1.2, 2), params) > 2


@pytest.mark.parametrize("layout", ["narrow", "packed"])
def test_of_voxels_as_far_the_last_one_counts(layout):
    # A plate below the voxel that comes first: its four lowest corners are as far from there.
    labels = np.zeros((9, 9, 5), dtype=np.uint8)
    labels[:, :, 1:] = labels[4, 4, 0] = 1
    params = PARAMS | {"scale": 0.0, "const": 3.2, "soma_detection_threshold": np.inf}
    image = measured(labels)
    (tree,) = trace(image, params, layout=layout)
    assert tree.vertices[0].tolist() == [8, 8, 4]
    (tree,) = trace(image, params, roots=[(0, (4, 4, 0))], layout=layout)
    corners = [v for v in tree.vertices.tolist() if {v[0], v[1]} <= {0, 8} and v[2] == 4]
    assert corners == [[8, 8, 4], [0, 8, 4], [8, 0, 4], [0, 0, 4]]


@pytest.mark.parametrize("layout", ["narrow", "packed"])
def test_a_voxel_as_far_as_the_reach_is_not_explained(layout):
    labels = np.zeros((41, 8, 1), dtype=np.uint8)
    labels[:, 0] = labels[20, :4] = 1
    for const, paths in ((3.0, 2), (3.001, 1)):
        params = PARAMS | {"scale": 0.0, "const": const, "soma_detection_threshold": np.inf}
        assert trace(measured(labels), params, layout=layout)[0].paths == paths


@pytest.mark.parametrize("layout", ["narrow", "packed"])
def test_wide_balls_beside_thin_rods(layout):
    # A disc whose balls reach many times as far as those of the rods that begin in it and beside
    # it. The tips are those of growth alone, voxel by voxel, from what the shortest reach explains.
    x, y = np.indices((160, 88))
    disc = np.hypot(x - 44, y - 44) < 40.3
    disc[40:, 43:45] = True
    disc[70:125, 60:62] = True
    disc[22:24, :] = True
    disc[95:150:12, 30:60] = True
    image = measured(disc[..., np.newaxis].astype(np.uint8), (1, 1, 1))
    params = PARAMS | {"scale": 1.131, "const": 0.317, "soma_detection_threshold": np.inf}
    (tree,) = trace(image, params, layout=layout)
    tips = tree.vertices[np.bincount(tree.edges.ravel()) == 1]
    rods = {(95, 30), (95, 45), (95, 47), (107, 30), (107, 45), (107, 47), (119, 30), (119, 46)}
    rods |= {(131, 30), (131, 59), (143, 30), (143, 59), (124, 61), (159, 44), (22, 0), (22, 87)}
    rim = {(54, 5), (61, 80), (70, 14), (73, 17), (74, 22), (76, 20), (78, 26)}
    assert {(x, y) for x, y, _ in tips.tolist()} == rods | rim


@pytest.mark.parametrize("layout", ["narrow", "packed"])
def test_a_fold_within_reach_of_a_thick_part_keeps_its_path(layout):
    # A twig leaves the thinner half of a rod and turns back along the thick half, which reaches it
    # across the gap, but is not what it hangs on.
    rod = np.zeros((160, 40, 17), dtype=np.uint8)
    rod[2:62, 2:15, 2:15] = 1
    rod[62:158, 4:13, 4:13] = 1
    rod[70:73, 7:27, 7:10] = 1
    rod[30:73, 24:27, 7:10] = 1
    params = PARAMS | {"scale": 4.0, "soma_detection_threshold": np.inf}
    (tree,) = trace(measured(rod, (1, 1, 1)), params, layout=layout)
    tips = tree.vertices[np.bincount(tree.edges.ravel()) == 1]
    assert len(tips) == 3
    assert any(x < 33 and y > 22 for x, y, _ in tips.tolist())


@pytest.mark.parametrize("layout", ["narrow", "wide", "packed"])
def test_layouts(layout):
    labels = tissue((24, 20, 16), labels=4, seed=12, smooth=1.5)
    assert check_all(labels, (1, 1, 2.5), PARAMS, layout=layout) > 20


@given(
    st.integers(0, 2**32 - 1),
    st.tuples(*[st.integers(1, 12)] * 3),
    st.tuples(*[st.floats(0.1, 10)] * 3),
    st.floats(0.2, 1),
    st.sampled_from(["narrow", "packed"]),
)
@settings(max_examples=80, deadline=None)
# Voxels as near to one vertex as to another, which reaches farther.
@example(940156416, (4, 6, 6), (7.0, 7.0, 5.0), 0.9375, "narrow")
def test_random_noise(seed, shape, anisotropy, density, layout):
    # Noise has every kind of pinch, corner and one-voxel object.
    labels = (np.random.default_rng(seed).random(shape) < density).astype(np.uint8)
    const = 0.731 * min(anisotropy)
    check_all(labels, anisotropy, PARAMS | {"const": const}, dust=0, layout=layout)


@pytest.mark.parametrize("seed", range(4))
def test_targets_and_root(seed):
    random = np.random.default_rng(seed)
    labels = tissue((20, 18, 14), labels=2, seed=seed, smooth=2)
    numbers, _ = components(labels)
    largest = int(np.bincount(numbers.ravel())[1:].argmax()) + 1
    voxels = np.argwhere(numbers == largest)
    points = [tuple(map(int, voxel)) for voxel in random.choice(voxels, 7, replace=False)]
    solid = Object.of(numbers == largest, distance_to_boundary(labels, (1, 1, 2)), (1, 1, 2))
    params = PARAMS | {"soma_detection_threshold": np.inf}
    for kind in ("roots", "starts", None):
        root = points[0] if kind else None
        image = measured(labels, (1, 1, 2))
        asked = [[(largest - 1, point) for point in some] for some in (points[1:4], points[4:])]
        begin = {kind: [(largest - 1, root)]} if kind else {}
        trees = trace(image, params, before=asked[0], after=asked[1], **begin)
        check_tracing(
            trees[largest - 1], solid, PARAMS, before=points[1:4], after=points[4:], root=root
        )
        vertices = set(map(tuple, trees[largest - 1].vertices.tolist()))
        assert vertices >= set(points[1:] + ([root] if root else []))
