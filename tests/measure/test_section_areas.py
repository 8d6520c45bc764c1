"""Areas and contacts of single sections: against brute force and solids of known area."""

from __future__ import annotations

import math

import numpy as np
import pytest
from section_oracle import areas, blobs, section, skeleton

import kimimaro
from kimimaro.testing import shapes

VOXEL_SIZES = [(1, 1, 1), (4, 4, 40), (16, 9, 30)]
NORMALS = [
    (1, 0, 0),
    (0, 0, -1),
    (1, 1, 0),
    (-1, 0, 1),
    (1, 1, 1),
    (1, -1, 2),
    (3, 1, -2),
    (1, 5, 7),
]


@pytest.mark.parametrize("normal", NORMALS)
@pytest.mark.parametrize("size", VOXEL_SIZES)
def test_sections_of_rough_objects_equal_brute_force(normal, size):
    rng = np.random.default_rng(sum(normal) + 10)
    for seed in range(3):
        solid = blobs(seed)
        at = rng.permutation(np.argwhere(solid))[0]
        skel = skeleton([at, at + normal], anisotropy=size)
        # The root is the end that the area at the first vertex leads to.
        kimimaro.cross_sectional_area(solid, skel, size)
        expected, contacts = section(solid, at, normal, size)
        assert skel.cross_sectional_area[0] == pytest.approx(expected, rel=1e-5)
        assert skel.cross_sectional_area_contacts[0] == contacts


def cylinder(direction, radius, size, shape):
    """A cylinder through the middle of an image, in physical units, and that voxel."""
    middle = np.array(shape) // 2
    offsets = (np.indices(shape).reshape(3, -1).T - middle) * np.array(size)
    direction = np.array(direction) / np.linalg.norm(direction)
    across = offsets - np.outer(offsets @ direction, direction)
    return (np.linalg.norm(across, axis=1) <= radius).reshape(shape), middle


@pytest.mark.parametrize(
    ("step", "size", "shape"),
    [
        ((1, 0, 0), (1, 1, 1), (30, 61, 61)),
        ((0, 0, 1), (1, 1, 1), (61, 61, 30)),
        ((1, 1, 0), (1, 1, 1), (70, 70, 61)),
        ((1, 1, 1), (1, 1, 1), (70, 70, 70)),
        ((1, 2, -1), (1, 1, 1), (70, 70, 70)),
        ((0, 0, 1), (0.5, 0.5, 2), (121, 121, 15)),
        ((1, 0, 0), (0.5, 0.5, 2), (61, 121, 31)),
    ],
)
def test_a_cylinder_along_its_axis(step, size, shape):
    radius = 25
    solid, middle = cylinder(np.array(step) * size, radius, size, shape)
    skel = skeleton([middle + i * np.array(step) for i in range(-2, 3)], anisotropy=size)
    assert areas(solid, skel, size) == pytest.approx(math.pi * radius**2, rel=0.01)


def test_an_oblique_section_of_a_cylinder_is_an_ellipse():
    solid, middle = cylinder((1, 0, 0), 20, (1, 1, 1), (141, 61, 61))
    skel = skeleton([middle, middle + np.array([1, 1, 0])])
    assert areas(solid, skel) == pytest.approx(math.pi * 20**2 * math.sqrt(2), rel=0.01)
    assert not skel.cross_sectional_area_contacts.any()


def test_normals_are_directions_in_voxels():
    """A step (1, 0, 1) in voxels of 1 x 1 x 3 cuts by the plane x + z = 0 in voxels."""
    solid = np.ones((9, 9, 9), dtype=bool)
    skel = skeleton([(4, 4, 4), (5, 4, 5)], anisotropy=(1, 1, 3))
    expected = 9 * 9 * math.sqrt(1 + 3**2)
    assert areas(solid, skel, (1, 1, 3))[0] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("step", "size", "length", "radius", "factor"),
    [
        ((1, 2, 3), (1, 1, 1), 60, 25, 1),
        ((6, 0, 0), (16, 16, 40), 600, 400, 1),
        ((5, 10, 6), (16, 16, 40), 1200, 400, 1.33),
        ((35, 40, 14), (4, 7, 30), 1600, 200, 1.81),
    ],
)
def test_slanted_planes_of_an_oblique_rod_cut_too_much(step, size, length, radius, factor):
    """Those steps lead along (1, 2, 3) or x; the planes are perpendicular to them in voxels."""
    along = np.array(step) * size
    rod = shapes.rod(length, radius, along, size)
    middle = np.rint(rod.centerline[0].mean(axis=0) / size)
    skel = skeleton([middle + i * np.array(step) for i in (-1, 0, 1)], anisotropy=size)
    normal = np.array(step) / size
    slant = np.linalg.norm(normal) * np.linalg.norm(along) / (normal @ along)
    assert slant == pytest.approx(factor, abs=0.005)
    found = areas(rod.labels, skel, size)[1]
    assert found == pytest.approx(slant * math.pi * radius**2, rel=0.03)


# ---- what hangs together ----


@pytest.mark.parametrize(
    ("normal", "other", "area"),
    [
        ((0, 0, 1), (6, 5, 5), 2),
        ((0, 0, 1), (6, 6, 5), 2),
        ((0, 0, 1), (7, 5, 5), 1),
        ((0, 0, 1), (6, 5, 6), 1),  # is not cut
        # A hexagon in the middle, a triangle off it.
        ((1, 1, 1), (6, 5, 4), 3 * math.sqrt(3) / 2),
        ((1, 1, 1), (6, 4, 6), 3 * math.sqrt(3) / 4 + math.sqrt(3) / 8),
        ((1, 1, 1), (7, 5, 3), 3 * math.sqrt(3) / 4),
    ],
)
def test_voxels_hang_together_by_face_edge_or_corner(normal, other, area):
    solid = np.zeros((11, 11, 11), dtype=bool)
    solid[5, 5, 5] = solid[other] = True
    skel = skeleton([(5, 5, 5), np.array((5, 5, 5)) + normal])
    assert areas(solid, skel)[0] == pytest.approx(area)


# ---- contacts ----


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("high", [False, True])
def test_contacts_name_the_face(axis, high):
    solid = np.zeros((20, 20, 20), dtype=bool)
    box = [slice(5, 15)] * 3
    box[axis] = slice(5, 20) if high else slice(0, 15)
    solid[tuple(box)] = True
    other = (axis + 1) % 3
    along = np.array([(10 + i) if a == other else 10 for i in (0, 1) for a in range(3)])
    skel = skeleton(along.reshape(2, 3))
    assert areas(solid, skel) == pytest.approx(150)
    assert (skel.cross_sectional_area_contacts == 1 << (2 * axis + high)).all()


def test_contacts_add_up_over_faces():
    skel = skeleton([(4, 5, 5), (5, 5, 5)])
    areas(np.ones((10, 10, 10), dtype=bool), skel)
    assert skel.cross_sectional_area_contacts.tolist() == [0b111100] * 2
