"""Every kind of image that may be passed, and the errors for what may not."""

from __future__ import annotations

import itertools
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import kimimaro
from graphs import assert_same, is_forest
from kimimaro import DimensionError, InputError, InputTypeError
from kimimaro.volume import check_anisotropy, check_image
from volumes import LAYOUTS, tissue

INTEGERS = ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8"]


def skeletonize(labels, **options):
    return kimimaro.skeletonize(labels, **({"dust_threshold": 0, "progress": False} | options))


def bar(dtype="u1", value=1):
    labels = np.zeros((30, 12, 12), dtype=dtype)
    labels[2:28, 3:9, 3:9] = value
    return labels


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", INTEGERS)
def test_every_integer_type_layout_and_byte_order(dtype, layout, order):
    labels = tissue((24, 20, 16), labels=5, seed=0)
    found = skeletonize(LAYOUTS[layout](labels.astype(order + dtype)))
    assert_same(found, skeletonize(labels))


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("dtype", INTEGERS)
def test_labels_keep_their_value(dtype, order):
    limits = np.iinfo(dtype)
    for value in {int(limits.max), int(limits.max) - 1, int(limits.min), 1, 77} - {0}:
        labels = bar(order + dtype, value)
        found = skeletonize(labels)
        assert list(found) == [value]
        assert type(next(iter(found))) is int
        assert found[value].id == value
        assert set(skeletonize(labels, object_ids=[value])) == {value}


def test_bool():
    assert_same(skeletonize(bar(bool)), skeletonize(bar()))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("true", [2, 255, [1, 2, 255]])
def test_bool_of_any_bytes(true, layout):
    mask = bar()
    mask[mask != 0] = np.resize(true, np.count_nonzero(mask))
    mask = LAYOUTS[layout](mask).view(bool)
    expected = skeletonize(bar())
    assert_same(skeletonize(mask), expected)
    assert set(skeletonize(mask, object_ids=[1], roots={1: (5, 5, 5)})) == {1}
    ends = (3, 5, 5), (20, 5, 5)
    path, other = (kimimaro.connect_points(image, *ends) for image in (mask, bar()))
    assert path.id == 1
    assert_same({1: path}, {1: other})
    areas, others = (
        kimimaro.cross_sectional_area_single(image, expected[1].clone()).cross_sectional_area
        for image in (mask, bar())
    )
    np.testing.assert_array_equal(areas, others)
    segments, others = (kimimaro.oversegment(image, expected)[0] for image in (mask, bar()))
    np.testing.assert_array_equal(segments, others)


def test_large_and_negative_labels_side_by_side():
    big = np.zeros((20, 30, 8), dtype=np.uint64)
    big[2:18, 2:8, 2:6], big[2:18, 10:16, 2:6], big[2:18, 20:26, 2:6] = 2**64 - 1, 2**63, 2**53 + 1
    assert set(skeletonize(big)) == {2**64 - 1, 2**63, 2**53 + 1}
    assert set(skeletonize(big.view(np.int64))) == {-1, -(2**63), 2**53 + 1}
    assert set(skeletonize(big, object_ids=[2**63, 2**64 - 1])) == {2**63, 2**64 - 1}


@pytest.mark.parametrize(
    ("dtype", "value", "alike"),
    [("u1", 1, 257), ("u1", 255, -1), ("i1", -1, 255), ("i1", -128, 128), ("i1", 127, -129),
     ("u8", 3, 2**64 + 3)],
)  # fmt: skip
def test_labels_beyond_a_type_are_not_taken_for_others(dtype, value, alike):
    with pytest.warns(UserWarning, match=f"image has not: {alike}$"):
        assert skeletonize(bar(dtype, value), object_ids=[alike]) == {}
    skeleton = skeletonize(bar(dtype, value))[value]
    skeleton.id = alike
    assert not kimimaro.oversegment(bar(dtype, value), skeleton)[0].any()
    kimimaro.cross_sectional_area(bar(dtype, value), skeleton)
    assert (skeleton.cross_sectional_area == -1).all()


def test_a_view_of_a_structure_is_read():
    # The strides of a field are no multiples of its size.
    records = np.zeros((30, 12, 12), dtype=[("flag", "u1"), ("label", "u4")])
    records["label"] = bar()
    assert_same(skeletonize(records["label"]), skeletonize(bar()))


def test_broadcast_and_memory_mapped_arrays(tmp_path):
    plane = np.zeros((30, 12), dtype=np.uint16)
    plane[2:28, 3:9] = 3
    repeated = np.broadcast_to(plane[:, :, np.newaxis], (30, 12, 9))
    assert_same(skeletonize(repeated), skeletonize(repeated.copy()))
    np.save(tmp_path / "labels.npy", bar())
    mapped = np.load(tmp_path / "labels.npy", mmap_mode="r")
    assert_same(skeletonize(mapped), skeletonize(bar()))


@pytest.mark.parametrize("shape", [(2**31, 1, 1), (1, 2**31, 1), (1, 1, 2**31), (2**40, 1)])
def test_images_longer_than_the_engine_can_count(shape):
    labels = np.broadcast_to(np.uint8(1), shape)  # one byte of memory
    with pytest.raises(DimensionError, match=r"all_labels has shape .* longer than 2\*\*31 - 1"):
        skeletonize(labels)


@pytest.mark.parametrize("shape", [(2**31 - 1, 1, 1), (9, 2**15, 2**16), (2**12, 2**12, 2**12)])
def test_images_of_billions_of_voxels(shape):
    image = check_image(np.broadcast_to(np.uint8(1), shape), (1, 1, 1))
    assert image.shape == shape
    assert np.may_share_memory(image.raw, image.labels)


def test_images_of_too_many_rows():
    with pytest.raises(DimensionError, match=r"y times z must stay below 2\*\*32"):
        skeletonize(np.broadcast_to(np.uint8(1), (1, 2**16, 2**16)))


def test_what_turns_into_an_array():
    class Tensor:
        def numpy(self):
            return bar()

    assert_same(skeletonize(Tensor()), skeletonize(bar()))


def test_lists():
    assert_same(skeletonize(bar().tolist()), skeletonize(bar()))


@pytest.mark.parametrize("shape", [(0, 5, 5), (5, 0, 5), (5, 5, 0), (0, 0, 0), (0, 7), (7, 0)])
def test_empty_arrays(shape):
    assert skeletonize(np.zeros(shape, dtype=np.uint32)) == {}
    assert skeletonize(np.zeros(shape, dtype=bool)) == {}


@pytest.mark.parametrize("shape", [(5, 5, 5), (1, 1, 1), (7, 9)])
def test_all_background(shape):
    found, report = skeletonize(np.zeros(shape, dtype=np.uint8), return_report=True)
    assert found == {}
    assert report.components == ()


@pytest.mark.parametrize("shape", [(12, 12, 12), (40, 3, 3), (1, 20, 30), (25, 1, 1), (2, 1, 1)])
def test_one_label_that_fills_the_image(shape):
    found = skeletonize(np.full(shape, 9, dtype=np.uint8))
    assert list(found) == [9]
    assert is_forest(found[9])
    assert (found[9].radii > 0).all()
    assert np.isfinite(found[9].radii).all()


def test_an_object_of_one_voxel_is_a_vertex_or_nothing():
    labels = np.zeros((5, 5, 5), dtype=np.uint8)
    labels[2, 3, 4] = 1
    for image in (labels, labels[2:3, 3:4, 4:5], labels[:, :, 4]):
        for skeleton in skeletonize(image).values():
            assert len(skeleton.vertices) == 1
            assert len(skeleton.edges) == 0


def test_an_object_of_two_voxels():
    labels = np.zeros((5, 5, 5), dtype=np.uint8)
    labels[2, 3, 1] = labels[3, 2, 2] = 1
    found = skeletonize(labels)[1]
    assert sorted(found.vertices.tolist()) == [[2, 3, 1], [3, 2, 2]]
    assert len(found.edges) == 1
    assert found.radii.tolist() == [1, 1]


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_thin_volumes_are_2d_images(axis):
    image = tissue((50, 40, 1), labels=4, seed=1)[:, :, 0]
    sizes = np.insert([2.0, 3.0], axis, 5.0)
    flat = skeletonize(image, anisotropy=(2, 3, 5))
    found = skeletonize(np.expand_dims(image, axis), anisotropy=sizes)
    assert found.keys() == flat.keys()
    for label in flat:
        across = np.delete(found[label].vertices, axis, axis=1)
        assert not found[label].vertices[:, axis].any()
        mine, other = (
            {tuple(vertex) for vertex in some.tolist()}
            for some in (across, flat[label].vertices[:, :2])
        )
        # Ties depend on the order of axes.
        assert len(mine ^ other) <= 0.1 * len(other)


def test_2d_image_with_two_numbers_of_anisotropy():
    image = tissue((50, 40, 1), labels=4, seed=1)[:, :, 0]
    assert_same(skeletonize(image, anisotropy=(2, 3)), skeletonize(image, anisotropy=(2, 3, 1)))
    for skeleton in skeletonize(image).values():
        assert skeleton.vertices.shape[1] == 3
        assert not skeleton.vertices[:, 2].any()


def test_trailing_axes_of_length_one_are_dropped():
    assert_same(skeletonize(bar()[..., np.newaxis]), skeletonize(bar()))


@pytest.mark.parametrize("shape", [(3, 3, 3, 2), (2, 2, 2, 1, 2), (9,), ()])
def test_wrong_number_of_axes(shape):
    with pytest.raises(DimensionError, match=r"all_labels.*shape"):
        skeletonize(np.ones(shape, dtype=np.uint8))


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "c8", "U3", "O", "M8[s]"])
def test_labels_that_are_no_integers(dtype):
    with pytest.raises(InputTypeError, match="all_labels"):
        skeletonize(np.zeros((4, 4, 4), dtype=dtype))
    with pytest.raises(TypeError):
        skeletonize(np.zeros((4, 4, 4), dtype=dtype))


@pytest.mark.parametrize(
    "anisotropy",
    [
        (0, 1, 1),
        (1, -1, 1),
        (1, 1),
        (1, 1, 1, 1),
        (1, np.nan, 1),
        (np.inf, 1, 1),
        (),
        5,
        None,
        "abc",
        (1, None, 1),
        (1, 1, "x"),
        (1e-60, 1, 1),
        (1e60, 1, 1),
        [[1, 1, 1]],
        [[1], [1, 1], [1]],
        "123",
        b"123",
        {1, 2, 3},
        {1: "x", 2: "y", 3: "z"},
        ("1", "2", "3"),
        (True, True, True),
        (1e-30, 1e-30, 1e-30),
        (1e10, 1e10, 1e10),
        iter((1, 1, 0)),
        iter("123"),
        itertools.repeat(1),
        {1: 1, 2: 2, 3: 3}.keys(),
        (1, 1, 1j),
        np.array([1, 1, 1], dtype=complex),
        np.ones((3, 1)),
        bytearray(b"123"),
    ],
)
def test_wrong_anisotropy(anisotropy):
    with pytest.raises(InputError, match="anisotropy"):
        skeletonize(bar(), anisotropy=anisotropy)


def test_sizes_that_are_too_different():
    skeletonize(bar(), anisotropy=(1, 1, 100_000))
    with pytest.raises(InputError, match=r"200000 times the smallest.*100,000-fold"):
        skeletonize(bar(), anisotropy=(0.5, 1, 100_000))
    # A 2D image's third number is never used.
    for sizes in ((2e5, 2e5), (2, 2, 4e5)):
        assert set(skeletonize(bar()[:, :, 5], anisotropy=sizes)) == {1}


@pytest.mark.parametrize("size", [1e-15, 4e9])
def test_the_smallest_and_the_largest_size(size):
    assert check_anisotropy([size] * 3) == (size,) * 3
    with pytest.raises(InputError, match="from 1e-15 to 4e"):
        check_anisotropy([size * 1.001 if size > 1 else size * 0.999] * 3)


@pytest.mark.parametrize("unit", [2.0**-49, 2.0**31])
def test_the_unit_of_length_may_be_very_small_or_large(unit):
    labels = tissue((24, 20, 16), labels=5, seed=0)
    lengths = {"const": 3, "soma_detection_threshold": 4, "soma_acceptance_threshold": 6,
               "soma_invalidation_const": 2}  # fmt: skip
    found, expected = (
        skeletonize(
            labels,
            teasar_params={name: length * u for name, length in lengths.items()},
            anisotropy=(u, 1.3 * u, 1.7 * u),
        )
        for u in (unit, 1)
    )
    assert found.keys() == expected.keys()
    for label, skeleton in expected.items():
        np.testing.assert_array_equal(found[label].vertices / unit, skeleton.vertices)
        np.testing.assert_array_equal(found[label].edges, skeleton.edges)
        np.testing.assert_array_equal(found[label].radii / unit, skeleton.radii)


def test_anisotropy_of_any_container_and_numbers():
    expected = skeletonize(bar(), anisotropy=(1, 2, 3))
    for anisotropy in (
        [1, 2, 3],
        np.array([1, 2, 3]),
        np.array([1, 2, 3], dtype=object),
        (1.0, np.float32(2), np.int8(3)),
        (1, Decimal("2"), Fraction(3)),
        map(float, ["1", "2", "3"]),
        (n for n in (1, 2, 3)),
        {"x": 1, "y": 2, "z": 3}.values(),
    ):
        assert_same(skeletonize(bar(), anisotropy=anisotropy), expected)


@pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")
@pytest.mark.parametrize("name", ["extra_targets_before", "extra_targets_after"])
@pytest.mark.parametrize(
    ("points", "named"),
    [
        ([(40, 5, 5)], r"\(40, 5, 5\)"),
        ([(30, 5, 5)], r"\(30, 5, 5\)"),
        ([(5, 5, 5), (5, -1, 5)], r"\(5, -1, 5\)"),
        ([(0, 0, 0)], r"\(0, 0, 0\)"),
        ([(5.5, 5, 5)], r"5\.5"),
        ([(5, 5)], "shape"),
        ([5, 5, 5], "shape"),
        ([(5, 5, np.nan)], "nan"),
        ([(5, 5, 2**40)], str(2**40)),
    ],
)
def test_wrong_targets_are_named(name, points, named):
    with pytest.raises(InputError, match=rf"{name}.*{named}"):
        skeletonize(bar(), **{name: points})


def test_points_of_two_numbers_are_for_2d_images_only():
    for depth in (2, 3):
        with pytest.raises(InputError, match="extra_targets_before has shape"):
            skeletonize(bar()[:, :, 4 : 4 + depth], extra_targets_before=[(5, 5)])
    skeletonize(bar()[:, :, 4], extra_targets_before=[(5, 5)])


@pytest.mark.parametrize("name", ["extra_targets_before", "extra_targets_after"])
@pytest.mark.parametrize(
    "points", [None, 5, "abc", [("a", "b", "c")], [(2**70, 5, 5)], [()], {(): 3}, {5: 3}]
)
def test_targets_that_are_no_points(name, points):
    with pytest.raises((InputTypeError, InputError), match=name):
        skeletonize(bar(), **{name: points})


@pytest.mark.parametrize("name", ["extra_targets_before", "extra_targets_after"])
@pytest.mark.parametrize("swc_type", [3.7, "axon", "3", None, -1, 256, np.nan, np.inf, [3]])
def test_wrong_types_of_targets_are_named(name, swc_type):
    with pytest.raises(InputError, match=rf"{name} gives the point \(5, 8, 8\) the type"):
        skeletonize(bar(), **{name: {(5, 8, 8): swc_type}})


@pytest.mark.parametrize("swc_type", [3, np.uint8(3), 3.0, 0, 255])
def test_targets_with_types_in_2d(swc_type):
    image = bar()[:, :, 5]
    found = skeletonize(image, extra_targets_before={(5, 8): swc_type})[1]
    assert_same(
        {1: found}, skeletonize(image, extra_targets_before={(np.int64(5), 8.0, 0): swc_type})
    )
    assert [5, 8, 0] in found.vertices[found.vertex_types == swc_type].tolist()
    assert np.count_nonzero(found.vertex_types) == (swc_type > 0)


@pytest.mark.parametrize(
    ("roots", "error", "named"),
    [
        ({1: (0, 0, 0)}, InputError, "background"),
        ({2: (5, 5, 5)}, InputError, "label 2"),
        ({1: (99, 5, 5)}, InputError, "outside"),
        ([(5, 5, 5)], InputTypeError, "roots"),
        ({"a": (5, 5, 5)}, InputError, "roots has the label 'a'"),
        ({"1.0": (5, 5, 5)}, InputError, r"roots has the label '1\.0'"),
        ({"": (5, 5, 5)}, InputError, "roots has the label ''"),
        ({"1" * 5000: (5, 5, 5)}, InputError, "roots has the label '1"),
        ({"2": (5, 5, 5)}, InputError, "label 2"),
        ({None: (5, 5, 5)}, InputError, "roots has the label None"),
        ({1.5: (5, 5, 5)}, InputError, r"roots has the label 1\.5"),
        ({1: ()}, InputError, r"^roots is \{1: \(\)\}; pass \{label: \(x, y, z\)\} in whole"),
        ({2: None}, InputTypeError, r"^roots is \{2: None\}; pass \{label: \(x, y, z\)\}\.$"),
        ({1: [(5, 5, 5)]}, InputError, r"^roots is .*; pass \{label: \(x, y, z\)\}"),
        ({1: (2**70, 5, 5)}, InputError, "roots is"),
    ],
)
def test_wrong_roots(roots, error, named):
    with pytest.raises(error, match=named):
        skeletonize(bar(), roots=roots)


@pytest.mark.parametrize("label", ["1", "+1", "01", 1.0, np.int8(1), True])
def test_labels_of_roots_may_be_text(label):
    expected = skeletonize(bar(), roots={1: (25, 5, 5)})
    assert_same(skeletonize(bar(), roots={label: (25, 5, 5)}), expected)
    signed = bar("i8", -(2**63))
    assert list(skeletonize(signed, roots={str(-(2**63)): (25, 5, 5)})) == [-(2**63)]


@pytest.mark.parametrize("object_ids", [5, "ab", [1.5], [None]])
def test_wrong_object_ids(object_ids):
    with pytest.raises(InputTypeError, match="object_ids"):
        skeletonize(bar(), object_ids=object_ids)


@pytest.mark.parametrize("dust", [np.nan, "many", None, 1j])
def test_wrong_dust_threshold(dust):
    with pytest.raises(InputTypeError, match=r"^dust_threshold is .*; pass a number of voxels\.$"):
        skeletonize(bar(), dust_threshold=dust)


@pytest.mark.parametrize(
    ("dust", "kept"),
    [
        (-1, [3, 4]),
        (-np.inf, [3, 4]),
        (2.5, [3, 4]),
        (3, [4]),
        (np.float32(3.9), [4]),
        (Decimal("3.9"), [4]),
        (4.0, []),
        (1e300, []),
        (np.inf, []),
        (2**64, []),
        (10**400, []),
    ],
)
def test_any_number_may_be_the_dust_threshold(dust, kept):
    labels = np.zeros((9, 3, 3), dtype=np.uint8)
    labels[:3, 1, 1], labels[5:, 1, 1] = 3, 4
    assert sorted(skeletonize(labels, dust_threshold=dust)) == kept


@pytest.mark.parametrize("parallel", [1.5, "all", None])
def test_wrong_parallel(parallel):
    with pytest.raises(InputTypeError, match="parallel"):
        skeletonize(bar(), parallel=parallel)


@pytest.mark.parametrize("progress", ["yes", 1.5])
def test_wrong_progress(progress):
    with pytest.raises(InputTypeError, match="progress"):
        skeletonize(bar(), progress=progress)
