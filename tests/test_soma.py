"""A soma is a hub: its processes join its centre by one straight edge each."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

import engine
import kimimaro
from graphs import degrees, is_forest, pieces, tips
from kimimaro.testing import shapes

SOMA = {
    "scale": 1.5,
    "const": 4,
    "soma_detection_threshold": 8,
    "soma_acceptance_threshold": 12,
    "soma_invalidation_scale": 1.2,
    "soma_invalidation_const": 3,
}


def skeletonize(labels, **options):
    settings = {
        "teasar_params": SOMA,
        "dust_threshold": 0,
        "progress": False,
        "return_report": True,
    }
    return kimimaro.skeletonize(labels, **(settings | options))


def check_hub(skeleton, spokes, reach):
    """Assert that the widest vertex is a hub with so many spokes, and nothing else is near it."""
    assert is_forest(skeleton)
    assert len(np.unique(pieces(skeleton))) == 1
    hub = int(skeleton.radii.argmax())
    assert degrees(skeleton)[hub] == spokes
    distances = np.linalg.norm(skeleton.vertices - skeleton.vertices[hub], axis=1)
    assert np.delete(distances, hub).min() > reach
    # Away from the hub all edges lead to a neighbouring voxel.
    elsewhere = skeleton.edges[(skeleton.edges != hub).all(axis=1)].astype(int)
    steps = np.diff(skeleton.vertices[elsewhere], axis=1)
    assert np.abs(steps).max() == 1
    return hub


@pytest.mark.parametrize("fix_branching", [True, False])
@pytest.mark.parametrize("rods", [1, 3, 6, 9])
def test_ball_with_rods_is_a_hub_with_spokes(rods, fix_branching):
    shape = shapes.ball_with_rods(ball_radius=20, rods=rods, length=70, radius=4)
    found, report = skeletonize(shape.labels, fix_branching=fix_branching)
    centre = shape.centerline[0][0]
    reach = 1.2 * found[1].radii.max() + 3
    hub = check_hub(found[1], rods, reach)
    assert np.linalg.norm(found[1].vertices[hub] - centre) <= 2
    ends = tips(found[1]) if rods > 1 else np.delete(tips(found[1]), 0, axis=0)
    for tip in shape.tips:
        assert np.linalg.norm(ends - tip, axis=1).min() <= shape.radius + 1.5
    assert len(tips(found[1])) == (rods if rods > 1 else 2)
    assert report.components[0].soma
    assert report.components[0].paths >= rods


@pytest.mark.parametrize("fix_branching", [True, False])
def test_a_process_that_branches_far_out_has_one_spoke(fix_branching):
    # Kimimaro 5 gave each branch a false edge of its own to the centre.
    labels = np.zeros((130, 90, 45), dtype=np.uint8)
    grid = np.indices(labels.shape)
    labels[((grid - np.array([22, 45, 22]).reshape(3, 1, 1, 1)) ** 2).sum(axis=0) < 20**2] = 1
    labels[22:125, 42:48, 19:26] = 1
    labels[70:76, 8:82, 19:26] = 1
    labels[100:106, 8:82, 19:26] = 1
    found, _ = skeletonize(labels, fix_branching=fix_branching)
    check_hub(found[1], 1, 1.2 * 20)
    assert len(tips(found[1])) == 1 + 5


def test_the_thresholds_decide():
    shape = shapes.ball_with_rods(ball_radius=20, rods=3, length=70, radius=4)
    for changes in ({"soma_detection_threshold": 25}, {"soma_acceptance_threshold": 25}):
        found, report = skeletonize(shape.labels, teasar_params=SOMA | changes)
        assert not report.components[0].soma
        assert degrees(found[1]).max() < 6
        assert len(tips(found[1])) == 3


def test_the_thresholds_must_be_exceeded():
    # Distances in a cube are whole numbers.
    labels = np.zeros((43, 43, 43), dtype=np.uint8)
    labels[1:-1, 1:-1, 1:-1] = 1
    for threshold in ("soma_detection_threshold", "soma_acceptance_threshold"):
        for limit, soma in ((20, True), (21, False)):
            _, report = skeletonize(labels, teasar_params=SOMA | {threshold: limit})
            assert report.components[0].max_dbf == 21
            assert report.components[0].soma == soma
    # Nor are holes filled up to there.
    labels[14:-14, 14:-14, 14:-14] = 0
    wall = ndimage.distance_transform_edt(labels).max().astype(np.float32)
    for limit, expected in ((np.nextafter(wall, np.float32(0)), 21), (wall, wall)):
        _, report = skeletonize(labels, teasar_params=SOMA | {"soma_detection_threshold": limit})
        assert report.components[0].max_dbf == expected


def test_an_object_that_fills_the_image_once_its_hole_is_filled():
    labels = np.ones((41, 41, 41), dtype=np.uint8)
    labels[20, 20, 20] = 0
    found, report = skeletonize(labels)
    assert report.components[0].soma
    assert report.components[0].max_dbf == 21
    assert found[1].vertices[0].tolist() == [20, 20, 20]


@pytest.mark.parametrize("fix_branching", [True, False])
def test_an_object_with_a_root_is_no_soma(fix_branching):
    shape = shapes.ball_with_rods(ball_radius=20, rods=3, length=70, radius=4)
    root = tuple(np.rint(shape.tips[0]).astype(int).tolist())
    found, report = skeletonize(shape.labels, roots={1: root}, fix_branching=fix_branching)
    assert not report.components[0].soma
    assert report.components[0].max_dbf > SOMA["soma_acceptance_threshold"]
    assert found[1].vertices[0].tolist() == list(root)


def test_a_nucleus_as_a_hole_is_filled():
    shape = shapes.ball_with_rods(ball_radius=20, rods=4, length=70, radius=4)
    centre = shape.centerline[0][0]
    grid = np.indices(shape.labels.shape)
    hole = ((grid - centre.reshape(3, 1, 1, 1)) ** 2).sum(axis=0) < 3**2
    hollow = shape.labels & ~hole
    assert ndimage.distance_transform_edt(hollow).max() < 12
    found, report = skeletonize(hollow)
    filled, _ = skeletonize(shape.labels)
    assert report.components[0].soma
    check_hub(found[1], 4, 24)
    np.testing.assert_array_equal(found[1].vertices, filled[1].vertices)
    np.testing.assert_array_equal(found[1].radii, filled[1].radii)


def test_paths_inside_the_soma_are_not_drawn():
    labels = np.zeros((50, 50, 50), dtype=np.uint8)
    labels[((np.indices(labels.shape) - 24.5) ** 2).sum(axis=0) < 20**2] = 1
    found, report = skeletonize(labels)
    assert len(found[1].vertices) == 1
    assert len(found[1].edges) == 0
    assert report.components[0].soma


def test_targets_inside_the_soma_are_vertices():
    labels = np.zeros((50, 50, 50), dtype=np.uint8)
    labels[((np.indices(labels.shape) - 24.5) ** 2).sum(axis=0) < 20**2] = 1
    before, after = (24, 30, 20), (33, 24, 24)
    found, report = skeletonize(
        labels, extra_targets_before=[before], extra_targets_after=[after], teasar_params=SOMA
    )
    assert report.components[0].soma
    assert is_forest(found[1])
    assert found[1].vertices[1:].tolist() == [list(before), list(after)]


def test_a_soma_cut_by_the_border():
    shape = shapes.ball_with_rods(ball_radius=20, rods=6, length=70, radius=4)
    centre = np.rint(shape.centerline[0][0]).astype(int)
    labels = shape.labels[centre[0] - 5 :]
    found, report = skeletonize(labels)
    assert report.components[0].soma
    assert is_forest(found[1])


def _balls(shape, *balls):
    """Balls of labels 1, 2, ... in each other's way, the first ones above, with pits in them."""
    labels = np.zeros(shape, dtype=np.uint8)
    grid = np.indices(shape)
    for label in range(len(balls), 0, -1):
        *centre, radius = balls[label - 1]
        labels[sum((g - c) ** 2 for g, c in zip(grid, centre, strict=True)) < radius**2] = label
    labels[np.random.default_rng(1).random(shape) < 1e-4] = 0
    return labels


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    ("labels", "anisotropy", "threshold", "thick"),
    [
        (_balls((60, 60, 60), (30, 30, 30, 28), (50, 5, 5, 30)), (1, 1, 1), 9, True),
        (_balls((60, 60, 60), (30, 30, 30, 28)) > 0, (1, 1, 1), 9, True),
        (_balls((60, 60, 30), (5, 60, 0, 30), (55, 5, 5, 35)), (4, 4, 9), 60, True),
        (_balls((200, 200, 1), (90, 100, 0, 88)), (1, 1, 1), 20, True),
        (_balls((60, 60, 60), (30, 30, 30, 28)), (1, 1, 1), 18, False),  # but it is as thick
        (np.ones((40, 40, 40), dtype=np.uint8), (1, 1, 1), 7, False),
    ],
    ids=["two", "one", "at faces", "flat", "thin", "solid"],
)
def test_what_is_surely_thick_is_measured_once(labels, anisotropy, threshold, thick, threads):
    soma = {"soma_detection_threshold": threshold, "soma_acceptance_threshold": 1.1 * threshold}
    images = [engine.read(labels.astype(np.uint8), anisotropy, threads=threads) for _ in range(2)]
    target = np.argwhere(labels)[:1].astype(np.uint32)
    before = [(int(images[0].components_at(target)[0]), tuple(target[0].tolist()))]
    images[0].measure(threads, None)
    images[1].measure(threads, None, threshold)
    assert images[0].distances().max() > threshold
    if thick:
        with pytest.raises(RuntimeError, match="measured when it is traced"):
            images[1].distances()
    else:
        np.testing.assert_array_equal(images[1].distances(), images[0].distances())
    twice, once = (engine.trace(i, SOMA | soma, threads=threads, before=before) for i in images)
    assert any(tree.soma for tree in twice)
    for a, b in zip(twice, once, strict=True):
        np.testing.assert_array_equal(a.vertices, b.vertices)
        np.testing.assert_array_equal(a.edges, b.edges)
        np.testing.assert_array_equal(a.radii, b.radii)
        assert (a.max_dbf, a.soma, a.paths) == (b.max_dbf, b.soma, b.paths)


def test_what_is_put_off_is_not_traced_without_its_distances():
    image = engine.read(_balls((60, 60, 60), (30, 30, 30, 28)))
    image.measure(1, None, 9)
    with pytest.raises(AssertionError, match="was put off"):
        engine.trace(image, SOMA | {"soma_detection_threshold": 18})


def test_a_soma_with_thin_voxels():
    # Its reach is 27,000 of the shortest steps, each a bucket.
    ball = shapes.ball_with_rods(ball_radius=20, rods=4, length=70, radius=4).labels.max(axis=0)
    found = {}
    for thickness in (1, 0.001):
        skeletons, report = skeletonize(np.stack([ball] * 3), anisotropy=(thickness, 1, 1))
        assert [component.soma for component in report.components] == [True]
        assert is_forest(skeletons[1])
        found[thickness] = skeletons[1].vertices[:, 1:]
    assert len(found[1]) == len(found[0.001])
    for one, other in ((1, 0.001), (0.001, 1)):
        apart = np.linalg.norm(found[one][:, None] - found[other], axis=2).min(axis=1)
        assert apart.max() <= 2


def test_soma_with_anisotropy():
    shape = shapes.ball_with_rods(
        ball_radius=400, rods=4, length=1500, radius=100, anisotropy=(16, 16, 40)
    )
    params = {
        "const": 100,
        "soma_detection_threshold": 200,
        "soma_acceptance_threshold": 300,
        "soma_invalidation_scale": 1.0,
        "soma_invalidation_const": 100,
    }
    found, report = skeletonize(shape.labels, teasar_params=params, anisotropy=(16, 16, 40))
    assert report.components[0].soma
    hub = int(found[1].radii.argmax())
    assert degrees(found[1])[hub] == 4
    assert np.linalg.norm(found[1].vertices[hub] - shape.centerline[0][0]) < 80
    for tip in shape.tips:
        assert np.linalg.norm(tips(found[1]) - tip, axis=1).min() <= 160
