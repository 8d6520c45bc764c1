"""Where the planes of cross sections stand: against osteoid's paths."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from section_oracle import areas, skeleton

import kimimaro


def tree(seed, size=60):
    """A random tree of voxels, one step apart, in the middle of an image of 40^3."""
    rng = np.random.default_rng(seed)
    voxels, edges = [np.array([20, 20, 20])], []
    while len(voxels) < size:
        origin = int(rng.integers(max(0, len(voxels) - 8), len(voxels)))
        voxel = voxels[origin] + rng.integers(-1, 2, 3)
        if any((voxel == other).all() for other in voxels):
            continue
        edges.append((origin, len(voxels)))
        voxels.append(voxel)
    return np.array(voxels), edges


def mirrored(values, i):
    i %= 2 * len(values)
    return values[i] if i < len(values) else values[2 * len(values) - 1 - i]


def smoothed(normals, window):
    size = len(normals)
    for pad in (range(1 - window, 1), range(window)):
        normals = [sum(mirrored(normals, i + j) for j in pad) for i in range(size)]
    return normals


def planes(voxels, edges, window, step):
    """For each vertex the directions of its planes, path by path, by osteoid's paths."""
    skel = skeleton(voxels, edges)
    found = {i: [] for i in range(len(voxels))}
    index = {tuple(v): i for i, v in enumerate(voxels.tolist())}
    degree = np.bincount(np.array(edges).ravel(), minlength=len(voxels))
    for path in skel.paths():
        path = [tuple(p) for p in path.astype(int).tolist()]
        normals = [np.array(b) - a for a, b in itertools.pairwise(path)]
        normals = smoothed([*normals, normals[-1]], window)
        for i, voxel in enumerate(path):
            v = index[voxel]
            ends = i in (0, len(path) - 1)
            if (ends or i % step == step - 1) and (not found[v] or degree[v] > 2):
                found[v].append(normals[i])
    return found


@pytest.mark.parametrize(("window", "step"), [(1, 1), (2, 1), (3, 1), (7, 1), (1, 3), (4, 2)])
@pytest.mark.parametrize("seed", range(3))
def test_planes_follow_the_paths(window, step, seed):
    voxels, edges = tree(seed)
    offsets = np.indices((40, 40, 40)).reshape(3, -1).T - 20
    solid = ((offsets / (15, 17, 19)) ** 2).sum(axis=1).reshape(40, 40, 40) <= 1
    skel = skeleton(voxels, edges)
    areas(solid, skel, smoothing_window=window, step=step)
    contacts = np.zeros(len(voxels), dtype=np.uint8)
    for v, normals in planes(voxels, edges, window, step).items():
        cuts = [measure(solid, voxels[v], normal) for normal in normals]
        expected = np.mean([area for area, _ in cuts]) if cuts else 0
        assert skel.cross_sectional_area[v] == pytest.approx(expected, rel=1e-5)
        for _, touched in cuts:
            contacts[v] |= touched
    assert np.array_equal(skel.cross_sectional_area_contacts, contacts)


def measure(solid, at, normal):
    """One section, by the function that the brute force above has judged."""
    skel = skeleton([at, at + np.rint(normal).astype(int)])
    kimimaro.cross_sectional_area(solid, skel)
    return float(skel.cross_sectional_area[0]), int(skel.cross_sectional_area_contacts[0])


def test_a_branch_point_gets_the_mean_over_its_paths():
    """As Kimimaro 5.8.5 gives it: two paths, smoothed, ask for other planes at the fork."""
    labels = np.zeros((40, 30, 20), dtype=np.uint32)
    labels[5:35, 10:20, 5:15] = 7
    voxels = [(10 + i, 15, 10) for i in range(4)]
    voxels += [(14, 16, 10), (15, 17, 10), (14, 14, 10), (15, 13, 10), (16, 12, 10)]
    edges = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (3, 6), (6, 7), (7, 8)]
    skel = skeleton(voxels, edges, label=7)
    areas(labels, skel, smoothing_window=3)
    assert skel.cross_sectional_area[3] == pytest.approx(176.0427, rel=1e-5)


@pytest.mark.parametrize("second", [5.2, 5.8])
def test_vertices_in_one_voxel_take_their_neighbours_direction(second):
    skel = skeleton([(5, 5, 5), (second, 5, 5), (6, 5, 5)])
    assert areas(np.ones((11, 11, 11), dtype=bool), skel).tolist() == [121, 121, 121]


def test_a_vertex_that_is_there_twice_gets_its_area_twice():
    skel = skeleton([(4, 5, 5), (5, 5, 5), (5, 5, 5), (6, 5, 5)], [(0, 1), (2, 3)])
    assert areas(np.ones((11, 11, 11), dtype=bool), skel).tolist() == [121] * 4


def test_a_loop_is_measured():
    skel = skeleton([(4, 4, 5), (5, 4, 5), (5, 5, 5), (4, 5, 5)], [(0, 1), (1, 2), (2, 3), (3, 0)])
    assert (areas(np.ones((11, 11, 11), dtype=bool), skel) == 121).all()
