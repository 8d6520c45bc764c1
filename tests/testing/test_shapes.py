import math

import cc3d
import numpy as np
import pytest
from scipy import ndimage

from kimimaro.errors import InputError
from kimimaro.testing import shapes

ANISOTROPIES = [(1, 1, 1), (1, 1, 2.5), (0.7, 1.3, 2)]
SOLIDS = [
    shapes.rod,
    shapes.torus,
    shapes.y_shape,
    shapes.ball_with_rods,
    shapes.helix,
    shapes.spiral,
    shapes.sheet,
    shapes.bar_2d,
    shapes.y_2d,
]


def as_3d(shape):
    labels = shape.labels
    return labels[:, :, None] if labels.ndim == 2 else labels


def euler_number(labels):
    """Count vertices - edges + faces - cubes of the union of the closed voxels."""
    padded = np.pad(labels, 1)
    total = 0
    for dims in np.ndindex(2, 2, 2):
        cells = padded
        for axis, spans in enumerate(dims):
            if not spans:
                n = cells.shape[axis]
                cells = cells.take(range(n - 1), axis) | cells.take(range(1, n), axis)
        total += (-1) ** sum(dims) * int(cells.sum())
    return total


def volume(shape):
    return shape.labels.sum() * np.prod(shape.anisotropy[: shape.labels.ndim])


@pytest.mark.parametrize("anisotropy", ANISOTROPIES)
@pytest.mark.parametrize("draw", SOLIDS)
def test_solid_is_what_lies_within_the_radius_of_the_centerline(draw, anisotropy):
    shape = draw(anisotropy=anisotropy)
    labels = as_3d(shape)
    points = np.argwhere(labels) * shape.anisotropy
    distance = shape.distance(points)
    if draw is not shapes.ball_with_rods:
        # The lines of a sheet lie a voxel apart, its rounded rim is drawn around each.
        assert distance.max() <= shape.radius + 1e-9
    outside = np.argwhere(~labels) * shape.anisotropy
    assert shape.distance(outside[::17]).min() > shape.radius


@pytest.mark.parametrize("anisotropy", ANISOTROPIES)
@pytest.mark.parametrize("draw", SOLIDS)
def test_solid_is_one_piece_with_the_stated_loops_and_keeps_off_the_edge(draw, anisotropy):
    labels = as_3d(draw(anisotropy=anisotropy))
    assert cc3d.connected_components(labels, return_N=True)[1] == 1
    assert euler_number(labels) == 1 - draw(anisotropy=anisotropy).loops
    spans = [axis for axis in range(3) if labels.shape[axis] > 1]
    for axis in spans:
        assert not labels.take([0, 1, -2, -1], axis).any()


@pytest.mark.parametrize("draw", SOLIDS)
def test_tips_are_the_ends_of_the_centerline(draw):
    shape = draw()
    ends = np.concatenate([line[[0, -1]] for line in shape.centerline])
    _, index, counts = np.unique(ends.round(6), axis=0, return_index=True, return_counts=True)
    free = ends[index[counts == 1]]
    if draw is shapes.sheet:
        assert len(shape.tips) == 0
    else:
        assert sorted(free.round(6).tolist()) == sorted(shape.tips.round(6).tolist())


@pytest.mark.parametrize("draw", SOLIDS)
def test_radius_is_the_distance_from_the_centerline_to_the_surface(draw):
    shape = draw()
    labels = as_3d(shape)
    dbf = ndimage.distance_transform_edt(np.pad(labels, 1) if labels.shape[2] > 1 else labels)
    dbf = dbf[1:-1, 1:-1, 1:-1] if labels.shape[2] > 1 else dbf
    for line in shape.centerline:
        voxels = np.round(line / shape.anisotropy).astype(int)
        voxels = voxels[len(voxels) // 3 :] if draw is shapes.ball_with_rods else voxels
        found = dbf[tuple(voxels[-1])]
        assert shape.radius - 1 <= found <= shape.radius + 1.5


def test_volumes_agree_with_the_formulas():
    rod = shapes.rod(length=80, radius=8, direction=(1, 2, -3))
    assert volume(rod) == pytest.approx(math.pi * 64 * 80 + 4 / 3 * math.pi * 512, rel=0.01)
    torus = shapes.torus(ring_radius=30, radius=7, anisotropy=(1, 1, 0.5))
    assert volume(torus) == pytest.approx(2 * math.pi**2 * 30 * 49, rel=0.01)
    helix = shapes.helix(ring_radius=20, pitch=30, turns=4, radius=5)
    wound = 4 * math.hypot(2 * math.pi * 20, 30)
    assert volume(helix) == pytest.approx(math.pi * 25 * wound + 4 / 3 * math.pi * 125, rel=0.01)
    sheet = shapes.sheet(width=60, depth=45, thickness=8)
    plate = 60 * 45 * 8 + math.pi * 16 / 2 * 2 * (60 + 45) + 4 / 3 * math.pi * 64
    assert volume(sheet) == pytest.approx(plate, rel=0.01)
    bar = shapes.bar_2d(length=60, radius=6, direction=(1, 1))
    assert volume(bar) == pytest.approx(60 * 12 + math.pi * 36, rel=0.01)


def test_rod_takes_any_direction_and_length():
    rod = shapes.rod(length=50, direction=(0, 3, 4))
    axis = rod.centerline[0][1] - rod.centerline[0][0]
    assert axis == pytest.approx([0, 30, 40])


def test_ball_is_drawn_around_the_meeting_point():
    shape = shapes.ball_with_rods(ball_radius=20, rods=4, length=60, radius=4)
    center = shape.centerline[0][0]
    far = np.linalg.norm(np.argwhere(shape.labels) - center, axis=1)
    assert (far <= 20).sum() == pytest.approx(4 / 3 * math.pi * 20**3, rel=0.01)
    assert len(shape.tips) == 4
    assert np.linalg.norm(shape.tips - center, axis=1) == pytest.approx(60)


def test_plane_figures_are_two_dimensional_with_z_0():
    for shape in (shapes.bar_2d(), shapes.y_2d()):
        assert shape.labels.ndim == 2
        assert all((line[:, 2] == 0).all() for line in shape.centerline)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: shapes.rod(radius=0), "radius is 0"),
        (lambda: shapes.rod(length=math.nan), "length is nan"),
        (lambda: shapes.rod(direction=(0, 0, 0)), r"direction is \(0, 0, 0\)"),
        (lambda: shapes.rod(direction=(1, 0)), r"direction is \(1, 0\)"),
        (lambda: shapes.rod(length="a"), "length is 'a'; use a positive number"),
        (lambda: shapes.rod(direction=5), "direction is 5; pass a vector of 3"),
        (lambda: shapes.bar_2d(direction=(1, 0, 0)), r"direction is \(1, 0, 0\); .* of 2 numbers"),
        (lambda: shapes.rod(anisotropy=5), "anisotropy is 5"),
        (lambda: shapes.rod(anisotropy="abc"), "anisotropy is 'abc'"),
        (lambda: shapes.ball_with_rods(rods=2.5), "rods is 2.5; use a whole number"),
        (lambda: shapes.y_shape(angle=400), "angle is 400; use .* below 360"),
        (lambda: shapes.y_2d(angle=360), "angle is 360"),
        (lambda: shapes.rod(anisotropy=(1, 1)), r"anisotropy is \(1, 1\)"),
        (lambda: shapes.torus(radius=2, anisotropy=(1, 1, 3)), r"anisotropy is \(1, 1, 3\)"),
        (lambda: shapes.torus(ring_radius=5, radius=6), "ring_radius is 5"),
        (lambda: shapes.helix(pitch=8, radius=4), "pitch is 8"),
        (lambda: shapes.ball_with_rods(ball_radius=20, length=10), "length is 10"),
    ],
)
def test_impossible_solids_are_refused(call, said):
    with pytest.raises(InputError, match=said):
        call()
