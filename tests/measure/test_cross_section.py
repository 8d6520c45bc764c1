"""Areas of cross sections: against solids of known area, brute force, and other tools' ways."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from osteoid import Bbox, Skeleton
from scipy import ndimage

import kimimaro
from kimimaro import InputError, InputTypeError, _engine
from kimimaro.errors import DimensionError

FULL = np.ones((3, 3, 3), dtype=bool)
VOXEL_SIZES = [(1, 1, 1), (4, 4, 40), (16, 9, 30)]


def skeleton(voxels, edges=None, anisotropy=(1, 1, 1), label=1):
    """A skeleton through some voxels, by default a chain."""
    voxels = np.array(voxels, dtype=np.float32)
    if edges is None:
        edges = [(i, i + 1) for i in range(len(voxels) - 1)]
    return Skeleton(
        voxels * np.array(anisotropy, dtype=np.float32),
        np.array(edges, dtype=np.uint32).reshape(-1, 2),
        space="physical",
        segid=label,
    )


def areas(labels, skel, anisotropy=(1, 1, 1), **options):
    found = kimimaro.cross_sectional_area(labels, skel, anisotropy, **options)
    assert found is skel
    assert skel.cross_sectional_area.dtype == np.float32
    assert skel.cross_sectional_area_contacts.dtype == np.uint8
    return skel.cross_sectional_area


# ---- the oracle ----


def cube_cut(centre, normal, size):
    """The area of the plane through the origin in a box around a centre, as a polygon."""
    corners = [centre + np.array(s) / 2 for s in itertools.product((-1, 1), repeat=3)]
    points = []
    for a, b in itertools.combinations(corners, 2):
        if np.count_nonzero(np.abs(a - b) > 1e-9) != 1:
            continue
        p, q = a @ normal, b @ normal
        if abs(p) < 1e-9:
            points.append(a)
        if abs(q) < 1e-9:
            points.append(b)
        if p * q < -1e-18:
            points.append(a + (b - a) * p / (p - q))
    if len(points) < 3:
        return 0.0
    points = np.array(points) * size
    normal = normal / size
    normal = normal / np.linalg.norm(normal)
    u = np.cross(normal, np.eye(3)[np.argmin(np.abs(normal))])
    u /= np.linalg.norm(u)
    flat = (points - points.mean(axis=0)) @ np.column_stack([u, np.cross(normal, u)])
    flat = flat[np.argsort(np.arctan2(flat[:, 1], flat[:, 0]))]
    x, y = flat.T
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def section(solid, at, normal, size):
    """Area and contacts, voxel by voxel."""
    normal = np.array(normal, dtype=float) / np.linalg.norm(normal)
    voxels = np.argwhere(solid)
    cut = np.abs((voxels - at) @ normal) < np.abs(normal).sum() / 2 - 1e-9
    hit = np.zeros(solid.shape, dtype=bool)
    hit[tuple(voxels[cut].T)] = True
    pieces, _ = ndimage.label(hit, FULL)
    piece = np.argwhere(pieces == pieces[tuple(at)])
    contacts = 0
    for axis in range(3):
        contacts |= bool((piece[:, axis] == 0).any()) << (2 * axis)
        contacts |= bool((piece[:, axis] == solid.shape[axis] - 1).any()) << (2 * axis + 1)
    return sum(cube_cut(v - at, normal, np.array(size)) for v in piece), contacts


def blobs(seed, shape=(18, 16, 14), smooth=1.2):
    noise = np.random.default_rng(seed).normal(size=shape)
    return ndimage.gaussian_filter(noise, smooth) > -0.03


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


# ---- where planes stand ----


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


def test_vertices_in_one_voxel_take_their_neighbours_direction():
    skel = skeleton([(5, 5, 5), (5.2, 5, 5), (6, 5, 5)])
    assert areas(np.ones((11, 11, 11), dtype=bool), skel).tolist() == [121, 121, 121]


def test_a_vertex_that_is_there_twice_gets_its_area_twice():
    skel = skeleton([(4, 5, 5), (5, 5, 5), (5, 5, 5), (6, 5, 5)], [(0, 1), (2, 3)])
    assert areas(np.ones((11, 11, 11), dtype=bool), skel).tolist() == [121] * 4


def test_a_loop_is_measured():
    skel = skeleton([(4, 4, 5), (5, 4, 5), (5, 5, 5), (4, 5, 5)], [(0, 1), (1, 2), (2, 3), (3, 0)])
    assert (areas(np.ones((11, 11, 11), dtype=bool), skel) == 121).all()


# ---- what is not measured ----


def test_outside_the_image_or_the_object_the_area_is_0():
    labels = np.zeros((20, 20, 20), dtype=np.uint8)
    labels[5:20, 5:15, 5:15] = 3
    skel = skeleton([(3, 9, 9), (6, 9, 9), (19, 9, 9), (20, 9, 9), (-4, 9, 9)], label=3)
    assert areas(labels, skel).tolist() == [0, 100, 100, 0, 0]
    assert skel.cross_sectional_area_contacts.tolist() == [0, 0, 2, 0, 0]


def test_a_label_that_is_absent_gets_minus_1():
    labels = np.zeros((20, 20, 20), dtype=np.uint8)
    labels[5:15, 5:15, 5:15] = 3
    found = {n: skeleton([(9, 9, 9), (10, 9, 9)], label=n) for n in (0, 3, 4, 3000, -1)}
    found["3 elsewhere"] = skeleton([(1, 1, 1), (2, 1, 1)], label=3)
    kimimaro.cross_sectional_area(labels, found)
    assert {key: s.cross_sectional_area.tolist() for key, s in found.items()} == {
        0: [-1, -1], 3: [100, 100], 4: [-1, -1], 3000: [-1, -1], -1: [-1, -1],
        "3 elsewhere": [0, 0],
    }  # fmt: skip


def test_without_an_edge_there_is_no_direction():
    solid = np.ones((9, 9, 9), dtype=bool)
    assert areas(solid, skeleton([(4, 4, 4)], [])).tolist() == [0]
    assert areas(solid, Skeleton(segid=1)).tolist() == []


# ---- again ----


def known(voxels, values, contacts):
    skel = skeleton(voxels)
    skel.cross_sectional_area = np.array(values, dtype=np.float32)
    skel.cross_sectional_area_contacts = np.array(contacts, dtype=np.uint8)
    return skel


LINE = [(4, 5, 5), (5, 5, 5), (6, 5, 5), (7, 5, 5)]
CUBE = np.pad(np.ones((9, 9, 9), dtype=bool), 1)


def test_multipass_measures_what_is_0_and_adds_contacts():
    skel = known(LINE, [7, 0, -1, 0], [1, 2, 3, 0])
    skel.vertices[3] = 50
    assert areas(CUBE, skel, multipass=True).tolist() == [7, 81, -1, 0]
    assert skel.cross_sectional_area_contacts.tolist() == [1, 2, 3, 0]
    touching = known(LINE, [7, 0, 7, 7], [1, 2, 3, 0])
    areas(CUBE[1:, 1:, 1:], touching, multipass=True)
    assert touching.cross_sectional_area_contacts.tolist() == [1, 2 | 4 | 16, 3, 0]


def test_repair_measures_where_contacts_were():
    skel = known(LINE, [7, 7, 0, 7], [1, 0, 0, 2])
    skel.vertices[3] = 50
    assert areas(CUBE, skel, repair_contacts=True).tolist() == [81, 7, 0, 7]
    assert skel.cross_sectional_area_contacts.tolist() == [0, 0, 0, 2]


@pytest.mark.parametrize("options", [{"multipass": True}, {"repair_contacts": True}])
def test_a_pass_over_an_image_without_the_label_changes_nothing(options):
    skel = known(LINE, [7, 0, 5, 0], [1, 2, 3, 0])
    areas(np.zeros((20, 20, 20), dtype=np.uint8), skel, **options)
    assert skel.cross_sectional_area.tolist() == [7, 0, 5, 0]
    assert skel.cross_sectional_area_contacts.tolist() == [1, 2, 3, 0]


def test_a_plain_pass_measures_anew_and_lists_each_attribute_once():
    skel = skeleton(LINE)
    areas(CUBE, skel)
    skel.cross_sectional_area[:] = 5
    assert (areas(CUBE, skel) == 81).all()
    names = [attribute["id"] for attribute in skel.extra_attributes]
    assert names.count("cross_sectional_area") == names.count("cross_sectional_area_contacts") == 1
    copy = Skeleton.from_precomputed(skel.to_precomputed(), vertex_attributes=skel.extra_attributes)
    assert np.array_equal(copy.cross_sectional_area, skel.cross_sectional_area)


# ---- images and containers ----


def test_holes_are_filled_with_what_is_in_them():
    labels = np.zeros((20, 20, 20), dtype=np.uint16)
    labels[2:18, 2:18, 2:18] = 7
    labels[5:15, 5:10, 5:15] = 0
    labels[8:10, 7:9, 8:10] = 9
    before = labels.copy()
    voxels = [(9, 12, 9), (10, 12, 9)]
    assert areas(labels, skeleton(voxels, label=7)).tolist() == [256 - 50] * 2
    assert areas(labels, skeleton(voxels, label=7), fill_holes=True).tolist() == [256] * 2
    assert areas(labels, skeleton([(9, 8, 9), (10, 8, 9)], label=7), fill_holes=True)[0] == 256
    open_to_the_edge = labels.copy()
    open_to_the_edge[0:5, 5:10, 5:15] = 0
    assert areas(open_to_the_edge, skeleton(voxels, label=7), fill_holes=True)[0] == 206
    assert np.array_equal(labels, before)
    kimimaro.cross_sectional_area(labels, skeleton(voxels, label=7), fill_holes=True, in_place=True)
    assert np.array_equal(labels, before)


@pytest.mark.parametrize("seed", range(3))
def test_filled_holes_equal_scipys(seed):
    solid = blobs(seed, (24, 22, 20)) | ~blobs(seed + 50, (24, 22, 20), 0.7)
    at = np.argwhere(solid)[[len(np.argwhere(solid)) // 2]]
    voxels = [at[0], at[0] + (1, 1, 0)]
    outside, _ = ndimage.label(~solid)
    faces = [np.take(outside, i, axis) for axis in range(3) for i in (0, -1)]
    filled = ~np.isin(outside, np.unique(np.concatenate([f.ravel() for f in faces])))
    filled |= solid
    assert filled.sum() > solid.sum()
    assert areas(solid, skeleton(voxels), fill_holes=True)[0] == areas(filled, skeleton(voxels))[0]


def test_the_container_given_is_the_container_returned():
    skel = skeleton(LINE)
    for container in (skel, [skel], (skel,), {1: skel}):
        assert kimimaro.cross_sectional_area(CUBE, container) is container
        assert (skel.cross_sectional_area == 81).all()
        skel.cross_sectional_area[:] = 5
    unnamed = skeleton(LINE, label=None)
    kimimaro.cross_sectional_area(CUBE, {1: unnamed})
    assert (unnamed.cross_sectional_area == 81).all()
    assert kimimaro.cross_sectional_area(CUBE, {}) == {}


@pytest.mark.parametrize("dtype", ["u1", ">u2", "<i4", ">u8", "i8", bool])
@pytest.mark.parametrize("layout", ["C", "F", "view"])
def test_every_kind_of_image(dtype, layout):
    labels = np.zeros((30, 30, 30), dtype=dtype)
    labels[5:15, 5:16, 5:17] = 1
    if layout == "view":
        labels = np.ascontiguousarray(labels.T)[::-1].T[:, :, ::-1]
    else:
        labels = np.asarray(labels, order=layout)
    assert areas(labels, skeleton([(9, 9, 9), (10, 9, 9)])).tolist() == [132, 132]


def test_two_dimensions():
    labels = np.zeros((20, 20), dtype=np.uint8)
    labels[5:15, 4:16] = 1
    assert areas(labels, skeleton([(9, 9, 0), (10, 9, 0)], anisotropy=(2, 3, 1)), (2, 3))[0] == 36


def test_voxel_space():
    skel = skeleton(LINE)
    skel.space = "voxel"
    assert (areas(CUBE, skel, (2, 2, 2)) == 81 * 4).all()


def test_a_crackle_array():
    crackle = pytest.importorskip("crackle")
    packed = crackle.CrackleArray(crackle.compress(CUBE.astype(np.uint32)))
    assert (areas(packed, skeleton(LINE)) == 81).all()


def test_single():
    def single(image, **options):
        skel = skeleton(LINE, label=99)
        assert kimimaro.cross_sectional_area_single(image, skel, **options) is skel
        return skel.cross_sectional_area.tolist(), skel.cross_sectional_area_contacts.tolist()

    assert single(CUBE) == ([81] * 4, [0] * 4)
    assert single(CUBE.astype(np.int16) * -5) == ([81] * 4, [0] * 4)
    assert single(np.zeros_like(CUBE)) == ([0] * 4, [0] * 4)
    part = CUBE[3:9, 3:8, 3:8]
    for roi in (Bbox((3, 3, 3), (9, 8, 8)), ((3, 3, 3), (9, 8, 8)), [[3, 3, 3], [9, 8, 8]]):
        assert single(part, roi=roi) == ([25] * 4, [0b111100] * 4)


def test_threads_change_nothing():
    rng = np.random.default_rng(0)
    labels = np.kron(rng.integers(0, 4, (6, 6, 6)), np.ones((8, 8, 8), dtype=np.uint8))
    made = kimimaro.skeletonize(labels, dust_threshold=0, progress=False)
    for fill_holes in (False, True):
        found = []
        for parallel in (1, 2, 5, 0):
            kimimaro.cross_sectional_area(labels, made, fill_holes=fill_holes, parallel=parallel)
            found.append([s.cross_sectional_area.tobytes() for s in made.values()])
        assert found[0] == found[1] == found[2] == found[3]


def test_progress_counts_sections():
    told = []
    kimimaro.cross_sectional_area(CUBE, skeleton(LINE), progress=lambda *state: told.append(state))
    assert told[-1] == ("sections", 4, 4)


# ---- bad input ----

GOOD = skeleton(LINE)
OPEN = skeleton(LINE)
OPEN.edges = np.array([[0, 9]], dtype=np.uint32)


@pytest.mark.parametrize(
    ("changed", "error", "says"),
    [
        ({"all_labels": CUBE.astype(float)}, InputTypeError, "all_labels is of type float64"),
        ({"all_labels": CUBE[0, 0]}, DimensionError, "all_labels has shape"),
        ({"skeletons": None}, InputTypeError, "skeletons is a NoneType"),
        ({"skeletons": "abc"}, InputTypeError, "skeletons is a str"),
        ({"skeletons": [GOOD, 5]}, InputTypeError, r"skeletons\[1\] is a int"),
        ({"skeletons": {4: None}}, InputTypeError, r"skeletons\[4\] is a NoneType"),
        (
            {"skeletons": [skeleton(LINE, label=None)]},
            InputError,
            r"skeletons\[0\] has the id None",
        ),
        ({"skeletons": {1: OPEN}}, InputError, r"skeletons\[1\].edges names vertex 9"),
        ({"anisotropy": (1, 0, 1)}, InputError, "anisotropy is"),
        ({"anisotropy": (1, 1)}, InputError, "anisotropy is"),
        ({"smoothing_window": 0}, InputError, "smoothing_window is 0"),
        ({"smoothing_window": 2.5}, InputTypeError, "smoothing_window is 2.5"),
        ({"smoothing_window": 10**6}, InputError, "smoothing_window is 1000000"),
        ({"step": 0}, InputError, "step is 0"),
        ({"step": None}, InputTypeError, "step is None"),
        ({"progress": "yes"}, InputTypeError, "progress is 'yes'"),
        ({"parallel": 1.5}, InputTypeError, "parallel is 1.5"),
        ({"repair_contacts": True}, InputError, "skeletons has no cross_sectional_area_contacts"),
    ],
)
def test_bad_input(changed, error, says):
    arguments = {"all_labels": CUBE, "skeletons": skeleton(LINE), **changed}
    with pytest.raises(error, match=says) as caught:
        kimimaro.cross_sectional_area(**arguments)
    assert str(caught.value).count(". ") == 0
    assert not hasattr(arguments["skeletons"], "cross_sectional_area")


@pytest.mark.parametrize(
    ("changed", "error", "says"),
    [
        ({"binimg": CUBE.astype(float)}, InputTypeError, "binimg is of type float64"),
        ({"binimg": CUBE[0, 0]}, DimensionError, "binimg has shape"),
        ({"skel": [GOOD]}, InputTypeError, "skel is a list"),
        ({"roi": 5}, InputError, "roi is 5"),
        ({"roi": ((0.5, 0, 0), (3, 3, 3))}, InputError, "roi is"),
        ({"step": -1}, InputError, "step is -1"),
    ],
)
def test_bad_input_for_one(changed, error, says):
    arguments = {"binimg": CUBE, "skel": skeleton(LINE), **changed}
    with pytest.raises(error, match=says):
        kimimaro.cross_sectional_area_single(**arguments)


def test_a_wrong_shape_of_what_is_known():
    skel = known(LINE, [1, 2], [0, 0])
    with pytest.raises(InputError, match=r"skeletons\.cross_sectional_area has shape \(2,\)"):
        kimimaro.cross_sectional_area(CUBE, skel, multipass=True)


def test_windows_are_announced_and_not_opened():
    with pytest.warns(UserWarning, match="opens no window"):
        kimimaro.cross_sectional_area(CUBE, skeleton(LINE), visualize_section_planes=True)


def test_ctrl_c_ends_the_work():
    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kimimaro.cross_sectional_area(CUBE, skeleton(LINE), progress=stop)
    assert callable(_engine.cross_sections)


# ---- the real volume ----


@pytest.mark.slow
def test_real_neurites(data):
    """Areas follow the radii: a section holds the ball that its vertex is the centre of."""
    image = np.load(data / "fib25_gt.npz")
    labels = image["labels"]
    size = tuple(float(n) for n in image["anisotropy"])
    made = kimimaro.skeletonize(labels, anisotropy=size, progress=False)
    kimimaro.cross_sectional_area(labels, made, size, parallel=2, smoothing_window=3)
    one = {label: skel.clone() for label, skel in made.items()}
    kimimaro.cross_sectional_area(labels, one, size, parallel=1, smoothing_window=3)
    rng = np.random.default_rng(0)
    for label, skel in made.items():
        assert np.array_equal(skel.cross_sectional_area, one[label].cross_sectional_area)
        assert (skel.cross_sectional_area > 0).all()
        whole = skel.cross_sectional_area_contacts == 0
        ball = math.pi * np.maximum(skel.radii - 1.5 * max(size), 0) ** 2
        assert (skel.cross_sectional_area[whole] > ball[whole]).all()
    label = max(made, key=lambda n: len(made[n].vertices))
    skel = made[label]
    lone = kimimaro.cross_sectional_area_single(labels == label, skel.clone(), None, size, 3)
    assert np.array_equal(lone.cross_sectional_area, skel.cross_sectional_area)
    vertex = int(rng.integers(len(skel.vertices)))
    assert skel.cross_sectional_area[vertex] > 0
