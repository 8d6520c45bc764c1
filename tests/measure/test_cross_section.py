"""Measuring cross sections: what is measured, in which images and containers, and bad input."""

from __future__ import annotations

import math

import numpy as np
import pytest
from osteoid import Bbox, Skeleton
from scipy import ndimage
from section_oracle import CUBE, LINE, areas, blobs, skeleton

import kimimaro
from kimimaro import InputError, InputTypeError, _engine
from kimimaro.errors import DimensionError

# ---- what is not measured ----


def test_outside_the_image_or_the_object_the_area_is_0():
    labels = np.zeros((20, 20, 20), dtype=np.uint8)
    labels[5:20, 5:15, 5:15] = 3
    skel = skeleton([(3, 9, 9), (6, 9, 9), (19, 9, 9), (20, 9, 9), (-4, 9, 9)], label=3)
    assert areas(labels, skel).tolist() == [0, 100, 100, 0, 0]
    assert skel.cross_sectional_area_contacts.tolist() == [0, 0, 2, 0, 0]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_vertex_far_outside_gives_its_direction(sign):
    far = (sign * 1e30, sign * 1e30, 5)
    expected, found = (
        areas(CUBE, skeleton([(4, 5, 5), far]), smoothing_window=window) for window in (1, 2**15)
    )
    assert found.tolist() == pytest.approx(expected.tolist())
    assert found[0] > 100  # along a diagonal
    assert found[1] == 0


@pytest.mark.parametrize("sign", [1, -1])
def test_the_step_to_a_vertex_outside_is_not_shortened(sign):
    far, near = (
        skeleton([(4, 5, 5), (4 + sign * 2 * length, 5 + sign * length, 5)]) for length in (1000, 1)
    )
    assert areas(CUBE, far)[0] == pytest.approx(areas(CUBE, near)[0])


def test_a_vertex_lies_in_the_nearest_voxel():
    skel = skeleton([(0.4, 5, 5), (0.6, 5, 5), (9.4, 5, 5), (9.6, 5, 5)], anisotropy=(4, 4, 40))
    assert areas(CUBE, skel, (4, 4, 40)).tolist() == [0, 81 * 160, 81 * 160, 0]


def test_a_label_that_is_absent_gets_minus_1():
    labels = np.zeros((20, 20, 20), dtype=np.uint8)
    labels[5:15, 5:15, 5:15] = 3
    found = {n: skeleton([(9, 9, 9), (10, 9, 9)], label=n) for n in (0, 3, 4, 3000, -1)}
    found["3 elsewhere"] = skeleton([(1, 1, 1), (2, 1, 1)], label=3)
    found["background"] = skeleton([(1, 1, 1), (2, 1, 1)], label=0)
    kimimaro.cross_sectional_area(labels, found)
    assert {key: s.cross_sectional_area.tolist() for key, s in found.items()} == {
        0: [-1, -1], 3: [100, 100], 4: [-1, -1], 3000: [-1, -1], -1: [-1, -1],
        "3 elsewhere": [0, 0], "background": [-1, -1],
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


def test_multipass_measures_what_is_0_and_adds_contacts():
    skel = known(LINE, [7, 0, -1, 0], [1, 2, 3, 0])
    skel.vertices[3, 0] = 50
    assert areas(CUBE, skel, multipass=True).tolist() == [7, 81, 81, 0]
    assert skel.cross_sectional_area_contacts.tolist() == [1, 2, 3, 0]
    touching = known(LINE, [7, 0, 7, 7], [1, 2, 3, 0])
    areas(CUBE[1:, 1:, 1:], touching, multipass=True)
    assert touching.cross_sectional_area_contacts.tolist() == [1, 2 | 4 | 16, 3, 0]


def test_multipass_keeps_what_one_of_two_vertices_at_one_place_has():
    voxels = [(4, 5, 5), (5, 5, 5), (5, 5, 5), (6, 5, 5)]
    skel = known(voxels, [0, 0, 7, 0], [0] * 4)
    assert areas(CUBE, skel, multipass=True).tolist() == [81, 81, 7, 81]


def test_what_was_known_is_copied():
    skel = known(LINE, [7, 0, 0, 7], [1, 0, 0, 0])
    values = skel.cross_sectional_area = skel.cross_sectional_area.astype(float)
    contacts = skel.cross_sectional_area_contacts
    assert areas(CUBE[:, :, 1:], skel, multipass=True).tolist() == [7, 81, 81, 7]
    assert values.tolist() == [7, 0, 0, 7]
    assert contacts.tolist() == [1, 0, 0, 0]


def test_multipass_measures_what_the_image_before_had_not():
    skel = skeleton(LINE)
    skel.vertices[3, 0] = 50
    nothing = np.zeros((20, 20, 20), dtype=np.uint8)
    assert areas(nothing, skel).tolist() == [-1, -1, -1, -1]
    assert areas(nothing, skel, multipass=True).tolist() == [-1, -1, -1, -1]
    # The last vertex is outside, but the label is there.
    assert areas(CUBE, skel, multipass=True).tolist() == [81, 81, 81, 0]


def test_repair_measures_where_contacts_were():
    skel = known(LINE, [7, -1, 0, 7], [1, 0, 0, 2])
    skel.vertices[3, 0] = 50
    assert areas(CUBE, skel, repair_contacts=True).tolist() == [81, -1, 0, 7]
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
    skel.vertices[3, 0] = 50
    assert areas(CUBE, skel).tolist() == [81, 81, 81, 0]
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


@pytest.mark.parametrize(
    ("dtype", "label"), [("i2", -(2**15)), (">i8", 1 - 2**63), ("u8", 2**64 - 1)]
)
def test_labels_at_the_ends_of_their_type(dtype, label):
    labels = np.zeros((20, 20, 20), dtype=dtype)
    labels[5:15, 5:16, 5:17] = label
    for given in (label, np.dtype(dtype).type(label)):
        assert areas(labels, skeleton([(9, 9, 9), (10, 9, 9)], label=given))[0] == 132


def test_two_dimensions():
    labels = np.zeros((20, 20), dtype=np.uint8)
    labels[5:15, 4:16] = 1
    assert areas(labels, skeleton([(9, 9, 0), (10, 9, 0)], anisotropy=(2, 3, 1)), (2, 3))[0] == 36


def test_contacts_of_two_dimensions_are_those_of_four_faces():
    labels = np.zeros((20, 20), dtype=np.uint8)
    labels[5:15, 4:16] = 1
    inside, cut = (
        skeleton([(9, 9, 0), (10, 9, 0)], anisotropy=(2, 3, 1)),
        skeleton([(9, 5, 0), (10, 5, 0)]),
    )
    for image in (labels, labels.tolist()):
        kimimaro.cross_sectional_area(image, inside, (2, 3))
        assert inside.cross_sectional_area_contacts.tolist() == [0, 0]
        kimimaro.cross_sectional_area_single(image, inside, None, (2, 3))
        assert inside.cross_sectional_area_contacts.tolist() == [0, 0]
    inside.cross_sectional_area[:] = 7  # nothing is measured again, as all is exact
    kimimaro.cross_sectional_area(labels, inside, (2, 3), repair_contacts=True)
    assert inside.cross_sectional_area.tolist() == [7, 7]
    kimimaro.cross_sectional_area(labels[:, 5:], cut)
    assert cut.cross_sectional_area_contacts.tolist() == [0b000100] * 2
    kimimaro.cross_sectional_area(labels[:, 5:, np.newaxis], cut)
    assert cut.cross_sectional_area_contacts.tolist() == [0b110100] * 2


def test_voxel_space():
    skel = skeleton(LINE)
    skel.space = "voxel"
    assert (areas(CUBE, skel, (0.5, 0.5, 0.5)) == 81 / 4).all()


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
    for roi in (
        Bbox((3, 3, 3), (9, 8, 8)),
        ((3, 3, 3), (9, 8, 8)),
        [[3, 3, 3], [9, 8, 8]],
        Bbox((3, 3, 3), (8, 7, 7)),  # inclusive
    ):
        assert single(part, roi=roi) == ([25] * 4, [0b111100] * 4)


def test_single_takes_the_options():
    def single(skel, **options):
        kimimaro.cross_sectional_area_single(hollow, skel, **options)
        return skel.cross_sectional_area.tolist()

    hollow = CUBE.copy()
    hollow[4:9, 6:9, 4:9] = False
    assert single(skeleton(LINE)) == [81 - 15] * 4
    assert single(known(LINE, [7, 0, 7, -1], [0] * 4), multipass=True) == [7, 66, 7, 66]
    assert single(known(LINE, [7] * 4, [0, 2, 0, 0]), repair_contacts=True) == [7, 66, 7, 7]
    assert single(skeleton(LINE), step=3) == [66, 0, 66, 66]
    diagonal = skeleton([(4, 5, 5), (5, 5, 5), (6, 4, 5), (7, 3, 5)])
    smooth = single(diagonal, smoothing_window=3)
    assert smooth == areas(hollow, diagonal, smoothing_window=3).tolist()
    assert smooth != single(diagonal)
    with pytest.warns(UserWarning, match="opens no window"):
        single(skeleton(LINE), visualize_section_planes=True)


@pytest.mark.parametrize("step", [2**31, 2**63, 2**70])
def test_a_step_beyond_the_path_leaves_its_ends(step):
    assert areas(CUBE, skeleton(LINE), step=step).tolist() == [81, 0, 0, 81]


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
        ({"smoothing_window": 10**6}, InputError, "smoothing_window is 1000000; use at most"),
        ({"smoothing_window": 2**63}, InputError, r"smoothing_window is \d+; use at most 32768"),
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
        *(
            ({"roi": ((0, 0, 0), end)}, InputError, r"roi is .* large, but binimg has shape \(11")
            for end in [(64, 64, 64), (11, 11, 12), (11, 11, 9), (11, 10, 11), (0, 0, 0)]
        ),
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
    with pytest.warns(UserWarning, match="opens no window") as seen:
        kimimaro.cross_sectional_area(CUBE, skeleton(LINE), visualize_section_planes=True)
    assert seen[0].filename == __file__


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
