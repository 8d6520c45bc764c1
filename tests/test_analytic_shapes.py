"""Solids with known centerlines: the skeleton runs along them and has their tips."""

from __future__ import annotations

import numpy as np
import pytest

import kimimaro
from graphs import degrees, is_forest, pieces, tips
from kimimaro.testing import shapes


def trace(shape, scale=1.5, const=None, **options):
    """Trace a solid with paths that explain one radius more than the scale says."""
    const = shape.radius if const is None else const
    found = kimimaro.skeletonize(
        shape.labels,
        {"scale": scale, "const": const, "soma_detection_threshold": 1e9},
        shape.anisotropy,
        dust_threshold=0,
        progress=False,
        **options,
    )
    assert list(found) == [1]
    assert is_forest(found[1])
    assert len(np.unique(pieces(found[1]))) == 1
    return found[1]


def check_tips(skeleton, shape):
    """Assert that the skeleton's tips are those of the solid, inside its rounded ends."""
    found = tips(skeleton)
    assert len(found) == len(shape.tips)
    reach = shape.radius + max(shape.anisotropy)
    for tip in shape.tips:
        assert np.linalg.norm(found - tip, axis=1).min() <= reach


def check_centerline(skeleton, shape, within=1.0, ends=None):
    """Assert that vertices off the tips are within so many voxels of the centerline."""
    off_tips = np.ones(len(skeleton.vertices), dtype=bool)
    for tip in shape.tips if ends is None else ends:
        off_tips &= np.linalg.norm(skeleton.vertices - tip, axis=1) > 1.5 * shape.radius
    assert off_tips.sum() > 10
    limit = within * float(np.linalg.norm(shape.anisotropy))
    assert shape.distance(skeleton.vertices[off_tips]).max() <= limit


def length(shape):
    return sum(np.linalg.norm(np.diff(line, axis=0), axis=1).sum() for line in shape.centerline)


@pytest.mark.parametrize("anisotropy", [(1, 1, 1), (1, 1, 2.5), (2, 1, 1.5)])
@pytest.mark.parametrize("direction", [(1, 0, 0), (0, 0, 1), (1, 1, 0), (1, 2, 3), (-3, 1, 0.5)])
def test_rod(direction, anisotropy):
    shape = shapes.rod(length=60, radius=6, direction=direction, anisotropy=anisotropy)
    skeleton = trace(shape)
    check_tips(skeleton, shape)
    check_centerline(skeleton, shape)
    # From end to end: the axis and the rounded ends, on a grid that knows only 26 directions.
    assert length(shape) <= skeleton.cable_length() <= 1.3 * (length(shape) + 2 * shape.radius)


def test_radii_of_a_rod():
    shape = shapes.rod(length=60, radius=6)
    skeleton = trace(shape)
    middle = np.abs(skeleton.vertices[:, 0] - shape.centerline[0].mean(axis=0)[0]) < 20
    np.testing.assert_allclose(skeleton.radii[middle], 6, atol=1)


@pytest.mark.parametrize("angle", [50, 70, 120])
def test_y(angle):
    shape = shapes.y_shape(arm=45, radius=5, angle=angle)
    skeleton = trace(shape)
    check_tips(skeleton, shape)
    assert (degrees(skeleton) == 3).sum() == 1
    check_centerline(skeleton, shape, within=1.5)


def test_helix():
    shape = shapes.helix()
    skeleton = trace(shape)
    check_tips(skeleton, shape)
    check_centerline(skeleton, shape)
    assert skeleton.cable_length() == pytest.approx(length(shape), rel=0.15)


def test_spiral_with_close_folds():
    # A ball around a path reaches the next fold, but only from outside.
    shape = shapes.spiral(gap=3, turns=3, radius=5)
    skeleton = trace(shape, const=10)
    check_tips(skeleton, shape)
    check_centerline(skeleton, shape)


def test_torus_becomes_a_tree_that_goes_round():
    shape = shapes.torus(ring_radius=30, radius=6)
    skeleton = trace(shape)
    check_centerline(skeleton, shape, ends=tips(skeleton))
    angles = np.sort(np.arctan2(*(skeleton.vertices - shape.centerline[0][:-1].mean(axis=0)).T[:2]))
    gaps = np.diff(np.concatenate([angles, angles[:1] + 2 * np.pi]))
    # What is left open is explained from the path on either side of it.
    assert gaps.max() * 30 < 2.5 * (1.5 * 6 + 6) + 12


def test_ball_with_rods_traced_as_no_soma():
    shape = shapes.ball_with_rods(ball_radius=14, rods=5, length=60, radius=4)
    skeleton = trace(shape, const=4)
    check_tips(skeleton, shape)


def test_sheet_is_explained_from_its_middle_plane():
    shape = shapes.sheet(width=60, depth=45, thickness=7)
    skeleton = trace(shape)
    check_centerline(skeleton, shape, ends=tips(skeleton))
    gaps = np.linalg.norm(np.argwhere(shape.labels)[:, None] - skeleton.vertices[None], axis=2)
    assert gaps.min(axis=1).max() <= 1.5 * 4 + shape.radius + 1


@pytest.mark.parametrize("direction", [(1, 0), (1, 2), (-1, 1)])
def test_2d_bar(direction):
    shape = shapes.bar_2d(length=60, radius=6, direction=direction)
    skeleton = trace(shape)
    check_tips(skeleton, shape)
    check_centerline(skeleton, shape)
    assert not skeleton.vertices[:, 2].any()


def test_2d_y():
    shape = shapes.y_2d()
    skeleton = trace(shape)
    check_tips(skeleton, shape)
    check_centerline(skeleton, shape, within=1.5)


def test_cut_rod_ends_in_the_middle_of_its_sections():
    shape = shapes.rod(length=60, radius=6)
    labels = shape.labels[20:-20]
    (found,) = kimimaro.skeletonize(labels, {"const": 6}, dust_threshold=0, progress=False).values()
    ends = tips(found)
    assert sorted(ends[:, 0].tolist()) == [0, labels.shape[0] - 1]
    middle = shape.centerline[0][0, 1:]
    assert np.linalg.norm(ends[:, 1:] - middle, axis=1).max() <= 1
    assert shape.distance(found.vertices + np.array([20, 0, 0])).max() <= 1


def test_a_way_of_many_thousand_steps():
    # Longer than the range that distances are counted in at one time.
    turns, width = 61, 101
    labels = np.zeros((width, 2 * turns), dtype=np.uint8)
    labels[:, ::2] = 1
    labels[-1, 1::4] = labels[0, 3::4] = 1  # from one lane to the next, at alternating ends
    labels[:, -1] = 0
    found = kimimaro.skeletonize(
        labels, {"scale": 1, "const": 2}, dust_threshold=0, fix_borders=False, progress=False
    )[1]
    steps = np.linalg.norm(np.diff(found.vertices[found.edges], axis=1)[:, 0], axis=1)
    assert steps.sum() > 6000
    assert len(found.vertices) > 6000
    ends = {(0, 0), (width - 1 if turns % 2 else 0, 2 * turns - 2)}
    assert {tuple(tip[:2]) for tip in tips(found).astype(int)} == ends
