"""Forbidden steps in components, distances, paths and invalidation, against SciPy's csgraph."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kimimaro
import reference
from engine import measured, read, trace
from replay import check_tracing
from volumes import LAYOUTS, tissue
from voxel_graphs import (
    BITS,
    OPEN,
    allowed_steps,
    components,
    distance_to_boundary,
    graph_of,
    random_graph,
)

PARAMS = {"scale": 0.731, "const": 1.317, "pdrf_scale": 100000.0, "pdrf_exponent": 4.0}
NO_SOMA = {"soma_detection_threshold": np.inf, "soma_acceptance_threshold": np.inf}


def check_all(labels, graph, anisotropy, params=PARAMS, dust=0, layout=None):
    """Trace a volume with a graph and check every component's tracing; return the paths."""
    allowed = allowed_steps(labels, graph)
    expected, count = components(labels, allowed)
    image = measured(labels, anisotropy, dust=dust, graph=graph)
    numbers = image.component_image()
    if dust == 0:
        np.testing.assert_array_equal(numbers, expected)
        assert numbers.max(initial=0) == count
    distance = distance_to_boundary(labels, allowed, anisotropy)
    np.testing.assert_allclose(image.distances()[numbers > 0], distance[numbers > 0], rtol=1e-5)
    paths = 0
    for number, tree in enumerate(trace(image, {**params, **NO_SOMA}, layout=layout), start=1):
        solid = reference.Object.of(numbers == number, distance, anisotropy, allowed)
        paths += check_tracing(tree, solid, params)
    return paths


def test_bits_are_those_of_cc3d():
    cc3d = pytest.importorskip("cc3d")
    labels = tissue((9, 8, 7), labels=4, seed=1)
    np.testing.assert_array_equal(
        cc3d.voxel_connectivity_graph(labels, connectivity=26), graph_of(labels)
    )


@given(
    st.integers(0, 2**32 - 1),
    st.tuples(*[st.integers(1, 9)] * 3),
    st.sampled_from([(1, 1, 1), (16, 16, 40), (1.3, 0.9, 2.1)]),
    st.floats(0.3, 1),
    st.sampled_from([0.02, 0.2, 0.5, 0.8]),
    st.booleans(),
)
@settings(max_examples=80, deadline=None)
def test_every_step_is_right_in_random_graphs(seed, shape, size, density, forbidden, symmetric):
    random = np.random.default_rng(seed)
    labels = (random.random(shape) < density).astype(np.uint8)
    labels *= random.integers(1, 3, (1, 1, shape[2]), dtype=np.uint8)
    graph = random_graph(shape, random, forbidden, symmetric)
    check_all(labels, graph, size, PARAMS | {"const": 0.731 * min(size)})


@pytest.mark.parametrize("layout", ["narrow", "wide"])
@pytest.mark.parametrize("forbidden", [0.001, 0.01, 0.1])
@pytest.mark.parametrize("invalidation", ["ball", "cube"])
def test_every_step_is_right_in_tissue(forbidden, invalidation, layout):
    labels = tissue((22, 18, 12), labels=3, seed=5, smooth=1.5).astype(np.uint8)
    graph = random_graph(labels.shape, np.random.default_rng(2), forbidden)
    params = PARAMS | {"invalidation": invalidation}
    assert check_all(labels, graph, (1, 1.1, 2.3), params, dust=30, layout=layout) > 10


def test_rows_of_several_words():
    labels = np.ones((200, 5, 4), dtype=np.uint8)
    labels[70, :, 2] = 0
    graph = random_graph(labels.shape, np.random.default_rng(4), 0.1)
    graph[::7, 2, 1] = OPEN
    assert check_all(labels, graph, (1, 1, 1)) > 3


@pytest.mark.parametrize("size", [(1, 1, 1), (16, 16, 40)])
@pytest.mark.parametrize("axis", range(3))
def test_walls_with_doors(axis, size):
    labels = tissue((24, 20, 14), labels=2, seed=7, smooth=2).astype(np.uint32)
    at = np.indices(labels.shape)
    one, other = np.delete(at, axis, axis=0)
    shut = graph_of(2 * labels + at[axis] // 5 % 2)
    graph = np.where((one // 4 + other // 4) % 2, graph_of(labels), shut)
    assert check_all(labels, graph, size, PARAMS | {"const": 1.3 * min(size)}) > 10


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("forbidden", [0.003, 0.5])
def test_deep_images_and_long_labels(forbidden, order):
    labels = tissue((20, 6, 40), labels=3, seed=8, smooth=1.5).astype(np.uint64)
    labels[labels == 2] = 2**32  # in 32 bits that is 1, and the next one 0
    labels[labels == 3] = 2**32 + 1
    graph = random_graph(labels.shape, np.random.default_rng(6), forbidden, symmetric=False)
    labels, graph = np.asarray(labels, order=order), np.asarray(graph, order=order)
    assert {1, 2**32, 2**32 + 1} <= set(np.unique(labels))
    assert check_all(labels, graph, (1, 1.1, 2.3)) > 10


def walled(partial=False):
    """Two cells that touch on a wavy sheet, and the same as one label; joined at one end or not."""
    cells = np.zeros((50, 24, 24), dtype=np.uint32)
    x, y, z = np.ogrid[:50, :24, :24]
    inside = (y - 12) ** 2 + (z - 12) ** 2 < 100
    upper = y > 12 + 2 * np.sin(x / 5) + np.cos(z / 4)
    cells[np.broadcast_to(inside & (x > 2) & (x < 47), cells.shape)] = 5
    cells[(cells > 0) & upper & ~(partial & (x > 40))] = 6
    return cells, (cells > 0).astype(np.uint32) * 5


@pytest.mark.parametrize("size", [(1, 1, 1), (16, 16, 40)])
@pytest.mark.parametrize("fix_branching", [True, False])
def test_cells_that_only_a_graph_separates_are_traced_apart(size, fix_branching):
    cells, merged = walled()
    options = {
        "teasar_params": {"const": 3 * min(size), "scale": 1.1, **NO_SOMA},
        "anisotropy": size,
        "fix_branching": fix_branching,
        "dust_threshold": 10,
        "progress": False,
    }
    apart = kimimaro.skeletonize(cells, **options)
    found = kimimaro.skeletonize(merged, voxel_graph=graph_of(cells), **options)
    assert list(found) == [5]
    both = [apart[5], apart[6]]
    np.testing.assert_array_equal(
        found[5].vertices, np.concatenate([skeleton.vertices for skeleton in both])
    )
    np.testing.assert_array_equal(
        found[5].radii, np.concatenate([skeleton.radii for skeleton in both])
    )
    np.testing.assert_array_equal(
        found[5].edges,
        np.concatenate([apart[5].edges, apart[6].edges + np.uint32(len(apart[5].vertices))]),
    )


def test_a_cell_that_touches_itself_is_not_crossed():
    cells, merged = walled(partial=True)
    graph = graph_of(cells)
    # The two arms are one object around the end of the wall.
    x = np.arange(50)[:, np.newaxis, np.newaxis]
    joined = np.broadcast_to(x > 40, cells.shape)
    graph[joined] = OPEN
    graph[np.broadcast_to(x == 40, cells.shape)] |= graph_of(merged)[40].max()
    found = kimimaro.skeletonize(
        merged, {"const": 3, **NO_SOMA}, voxel_graph=graph, dust_threshold=10, progress=False
    )[5]
    voxels = found.vertices.astype(int)
    allowed = allowed_steps(merged, graph)
    assert len(found.components()) == 1
    for a, b in found.edges:
        step = tuple(voxels[b] - voxels[a] + 1)
        assert allowed[(*step, *voxels[a])]
    tips = voxels[np.bincount(found.edges.ravel()) == 1]
    sides = cells[tuple(tips[tips[:, 0] < 10].T)]
    assert set(sides.tolist()) == {5, 6}


def all_equal(found, expected):
    assert found.keys() == expected.keys()
    for label, skeleton in expected.items():
        np.testing.assert_array_equal(found[label].vertices, skeleton.vertices)
        np.testing.assert_array_equal(found[label].edges, skeleton.edges)
        np.testing.assert_array_equal(found[label].radii, skeleton.radii)


OPTIONS = {"teasar_params": {"const": 3}, "dust_threshold": 30, "progress": False}


def test_a_graph_that_forbids_nothing_changes_nothing():
    labels = tissue((40, 35, 30), 9, seed=3)
    expected = kimimaro.skeletonize(labels, **OPTIONS)
    for graph in (np.full(labels.shape, OPEN), graph_of(labels), graph_of(labels) | ~OPEN):
        all_equal(kimimaro.skeletonize(labels, voxel_graph=graph, **OPTIONS), expected)


def test_neither_layouts_nor_threads_matter():
    labels = tissue((40, 35, 30), 9, seed=3)
    cells = tissue((40, 35, 30), 3, seed=4)
    graph = graph_of(cells)
    expected = kimimaro.skeletonize(labels, voxel_graph=graph, **OPTIONS)
    assert len(expected) > 3
    for name, layout in LAYOUTS.items():
        laid = layout(graph)
        laid.flags.writeable = False
        other = LAYOUTS["C" if name == "F" else "F"](labels)
        for threads in (1, 3):
            found = kimimaro.skeletonize(other, voxel_graph=laid, parallel=threads, **OPTIONS)
            all_equal(found, expected)

    class Tensor:
        def numpy(self):
            return graph

    # The strides of a field are no multiples of its size.
    records = np.zeros(graph.shape, dtype=[("flag", "u1"), ("steps", "u4")])
    records["steps"] = graph
    for other in (graph.astype(">u4"), graph[..., np.newaxis], records["steps"], Tensor()):
        all_equal(kimimaro.skeletonize(labels, voxel_graph=other, **OPTIONS), expected)


def test_a_crop_of_a_graph_is_read_with_its_own_strides():
    # Version 5 reads the words of a cropped graph from the wrong places.
    labels = tissue((40, 35, 30), 3, seed=3)
    cells = tissue((40, 35, 30), 3, seed=4)
    box = np.s_[5:31, 3:30, 7:25]
    graph = graph_of(cells)
    found = kimimaro.skeletonize(labels[box], voxel_graph=graph[box], **OPTIONS)
    copies = kimimaro.skeletonize(labels[box].copy(), voxel_graph=graph[box].copy(), **OPTIONS)
    all_equal(found, copies)
    chosen = kimimaro.skeletonize(labels[box], object_ids=[2], voxel_graph=graph[box], **OPTIONS)
    np.testing.assert_array_equal(chosen[2].vertices, copies[2].vertices)


def test_sections_on_the_faces_are_divided():
    cells = np.zeros((30, 20, 20), dtype=np.uint32)
    cells[:, 3:17, 3:17] = 1
    cells[:20, 10:17, 3:17] = 2
    merged = (cells > 0).astype(np.uint32)
    for axes in [(0, 1, 2), (1, 0, 2), (1, 2, 0), (2, 1, 0)]:
        labels, graph = (
            merged.transpose(axes),
            graph_of(np.ascontiguousarray(cells.transpose(axes))),
        )
        # Open the end of the wall, so that this is one object.
        inside = np.moveaxis(graph, axes.index(0), 0)
        inside[19:] = OPEN
        params = {"const": 30, **NO_SOMA}
        found = kimimaro.skeletonize(labels, params, voxel_graph=graph, progress=False)[1]
        assert len(found.components()) == 1
        on_face = found.vertices[found.vertices[:, axes.index(0)] == 0]
        assert len(on_face) == 2
        assert sorted(on_face[:, axes.index(1)] > 9.5) == [False, True]


def hollow(shape=(40, 40, 40)):
    x, y, z = np.ogrid[: shape[0], : shape[1], : shape[2]]
    square = (x - 20) ** 2 + (y - 20) ** 2 + (z - 20) ** 2
    return ((square < 18**2) & (square >= 8**2)).astype(np.uint32), square < 8**2


def test_filled_holes_are_open():
    shell, hole = hollow()
    labels = shell + 2 * hole.astype(np.uint32)
    graph = graph_of(labels)
    options = {"teasar_params": {"const": 5, **NO_SOMA}, "progress": False, "fill_holes": True}
    expected = kimimaro.skeletonize(labels, **options)
    all_equal(kimimaro.skeletonize(labels, voxel_graph=graph, **options), expected)
    # A core of the same label, behind a graph, is swallowed as well.
    same = (labels > 0).astype(np.uint32)
    all_equal(kimimaro.skeletonize(same, voxel_graph=graph, **options), expected)
    assert len(kimimaro.skeletonize(same, voxel_graph=graph, progress=False)[1].components()) == 2


@pytest.mark.parametrize("core", [0, 1, 2])
def test_a_hollow_soma_is_filled_behind_a_graph(core):
    shell, hole = hollow()
    labels = shell + core * hole.astype(np.uint32)
    graph = graph_of(shell + 2 * hole.astype(np.uint32))
    params = {
        "soma_detection_threshold": 4,
        "soma_acceptance_threshold": 10,
        "soma_invalidation_const": 2,
        "const": 4,
    }
    found, report = kimimaro.skeletonize(
        labels, params, voxel_graph=graph, progress=False, return_report=True
    )
    whole = report.components[0]
    assert whole.soma
    assert whole.status == "traced"
    np.testing.assert_allclose(whole.max_dbf, 18, atol=1)
    plain = kimimaro.skeletonize(shell, params, progress=False)
    np.testing.assert_array_equal(found[1].vertices[: len(plain[1].vertices)], plain[1].vertices)


def test_paths_cross_what_was_filled():
    shell, hole = hollow()
    graph = graph_of(shell + 2 * hole.astype(np.uint32))
    params = {"soma_detection_threshold": 4, "soma_acceptance_threshold": 1000}
    found, report = kimimaro.skeletonize(
        np.maximum(shell, hole),
        {**params, "scale": 0, "const": 2},
        voxel_graph=graph,
        progress=False,
        return_report=True,
    )
    assert [component.status for component in report.components] == ["traced", "traced"]
    larger = max(found[1].components(), key=lambda skeleton: len(skeleton.vertices))
    first = larger.vertices.astype(int)
    assert hole[tuple(first.T)].sum() > 20


def test_a_wall_stays_when_what_may_be_a_soma_is_filled():
    x, y, z = np.ogrid[:40, :40, :40]
    ball = ((x - 20) ** 2 + (y - 20) ** 2 + (z - 20) ** 2 < 18**2).astype(np.uint32)
    cells = ball.copy()
    cells[:34, 20:, :][ball[:34, 20:, :] > 0] = 2
    graph = graph_of(cells)
    graph[34:] = OPEN
    graph[33, :, :][cells[33] > 0] |= graph_of(ball)[33][cells[33] > 0]
    ball[20, 10, 20] = 0  # a hole
    params = {"soma_detection_threshold": 4, "soma_acceptance_threshold": 1000}
    _, report = kimimaro.skeletonize(
        ball, params, voxel_graph=graph, progress=False, return_report=True
    )
    assert len(report.components) == 1
    assert 8 < report.components[0].max_dbf < 11
    solid = kimimaro.skeletonize(ball, params, progress=False, return_report=True)[1]
    assert solid.components[0].max_dbf > 16


def test_a_wall_in_a_soma_ends_its_radius():
    x, y, z = np.ogrid[:40, :40, :40]
    ball = ((x - 20) ** 2 + (y - 20) ** 2 + (z - 20) ** 2 < 18**2).astype(np.uint32)
    cells = ball.copy()
    cells[:, 20:, :][ball[:, 20:, :] > 0] = 2
    params = {"soma_detection_threshold": 4, "soma_acceptance_threshold": 15, "const": 4}
    _, report = kimimaro.skeletonize(
        ball, params, voxel_graph=graph_of(cells), progress=False, return_report=True
    )
    assert [component.soma for component in report.components] == [False, False]
    assert max(component.max_dbf for component in report.components) < 11


def test_2d_images_have_2d_graphs():
    cells = tissue((60, 50, 1), 2, seed=8, background=0)[:, :, 0]
    merged = np.ones_like(cells)
    graph = graph_of(cells[:, :, np.newaxis])[:, :, 0]
    options = {"teasar_params": {"const": 5}, "dust_threshold": 10, "progress": False}
    found = kimimaro.skeletonize(merged, voxel_graph=graph, **options)
    apart = kimimaro.skeletonize(cells, **options)
    assert len(found[1].vertices) == sum(len(skeleton.vertices) for skeleton in apart.values())


def test_a_step_that_one_side_forbids_is_forbidden():
    labels = np.ones((8, 3, 3), dtype=np.uint8)
    graph = np.full(labels.shape, OPEN)
    for step, bit in BITS.items():
        if step[0] == 1:
            graph[3] &= ~np.uint32(1 << bit)
    image = read(labels, graph=graph)
    numbers = image.component_image()
    assert (numbers[:4] == 1).all()
    assert (numbers[4:] == 2).all()


def test_nothing_is_changed_and_nothing_is_kept_between_calls():
    labels = tissue((30, 25, 20), 3, seed=3)
    graph = graph_of(tissue((30, 25, 20), 3, seed=4))
    before = labels.copy(), graph.copy()
    first = kimimaro.skeletonize(labels, voxel_graph=graph, in_place=True, **OPTIONS)
    np.testing.assert_array_equal(labels, before[0])
    np.testing.assert_array_equal(graph, before[1])
    plain = kimimaro.skeletonize(labels, **OPTIONS)
    all_equal(kimimaro.skeletonize(labels, voxel_graph=graph, **OPTIONS), first)
    all_equal(kimimaro.skeletonize(labels, **OPTIONS), plain)
    defaults = inspect.signature(kimimaro.skeletonize).parameters.values()
    assert not any(isinstance(p.default, (list, set)) for p in defaults)


@pytest.mark.parametrize(
    ("graph", "error", "message"),
    [
        (np.zeros((5, 5, 5), np.uint8), "InputTypeError", "voxel_graph is of type uint8"),
        (np.zeros((5, 5, 5), np.uint64), "InputTypeError", "voxel_graph is of type uint64"),
        (np.zeros((5, 5, 5)), "InputTypeError", "voxel_graph is of type float64"),
        ("graph", "InputTypeError", "voxel_graph is 'graph'; pass an array"),
        (np.zeros((5, 5, 4), np.uint32), "DimensionError", "voxel_graph has shape"),
        (np.zeros((5, 5), np.uint32), "DimensionError", "voxel_graph has shape"),
    ],
)
def test_bad_graphs_are_named(graph, error, message):
    with pytest.raises(getattr(kimimaro, error), match=message):
        kimimaro.skeletonize(np.ones((5, 5, 5), np.uint8), voxel_graph=graph, progress=False)
