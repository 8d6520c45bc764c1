"""Every parameter of every public function refuses what it cannot use: in one sentence that names
it, and before anything was changed."""

from __future__ import annotations

import copy
import inspect
import pickle

import numpy as np
import pytest
from osteoid import Skeleton

import kimimaro
from engine import measured, read

FLAGS = {
    "fix_branching",
    "fix_borders",
    "fill_holes",
    "fix_avocados",
    "multipass",
    "repair_contacts",
    "restrict_by_radius",
    "return_report",
    "visualize_section_planes",
}
"""Anything is true or false."""
WITHOUT_EFFECT = {"in_place", "parallel_chunk_size"}

BEYOND = 2**70
"""Fits into no number of the engine."""
HUGE = 10**400
"""Fits into no floating-point number either."""
NAN, INF = float("nan"), float("inf")
LABELS = np.zeros((12, 10, 8), dtype=np.uint8)
LABELS[1:11, 2:8, 2:6] = 1
LINE = Skeleton(
    np.array([[3, 4, 4], [4, 4, 4], [5, 4, 4]], dtype=np.float32),
    np.array([[0, 1], [1, 2]], dtype=np.uint32),
    radii=np.ones(3, dtype=np.float32),
    segid=1,
    space="physical",
)


def damaged(**arrays):
    skeleton = copy.deepcopy(LINE)
    for name, values in arrays.items():
        setattr(skeleton, name, values)
    return skeleton


MASKED = np.ma.masked_equal(LABELS, 1)
NO_ARRAYS = ["labels", {1: LABELS}, [[1, 2], [3]], [[None]], [["a"]]]
IMAGES = [None, *NO_ARRAYS, 5, MASKED, LABELS.astype(float), LABELS.astype(complex), LABELS[0, 0],
          np.zeros((2, 3, 4, 5), dtype=np.uint8), np.array([["a"]])]  # fmt: skip
SIZES = [None, 5, "abc", (1, 1), (1, 1, 1, 1), (0, 1, 1), (-1, 1, 1), (NAN, 1, 1), (INF, 1, 1),
         (HUGE, 1, 1)]  # fmt: skip
DAMAGED = [
    None,
    5,
    "skeleton",
    LABELS,
    damaged(vertices=np.zeros((3, 2), dtype=np.float32)),
    damaged(vertices=np.full((3, 3), np.nan, dtype=np.float32)),
    damaged(edges=np.array([[0, 3]], dtype=np.uint32)),
    damaged(edges=np.zeros((2, 3), dtype=np.uint32)),
    damaged(radius=np.ones(2, dtype=np.float32)),
]
LISTS = [None, 5, "skeletons", [None], [LINE, 5]]
POINTS = [None, 5, "abc", [(1, 2)], [(1, 2, 3, 4)], [(0.5, 1, 1)], [(99, 1, 1)], [(-1, 4, 4)],
          [(0, 0, 0)], [(NAN, 1, 1)], [None], [(BEYOND, 1, 1)]]  # fmt: skip
THREADS = [None, 1.5, "two"]
PROGRESS = ["yes", 1.5]
LENGTHS = [None, "5", -1, NAN, True, HUGE]
TYPES = [{(4, 4, 4): "a"}, {(4, 4, 4): 256}, {(4, 4, 4): BEYOND}, {(4, 4, 4): None}, {5: 1}]
WEIGHTS = [None, "a", -1, NAN, INF, 1e39, 1e300, HUGE]
ONE_POINT = [None, 5, (1, 2), (1, 2, 3, 4), (0.5, 1, 1), (99, 1, 1), (-1, 4, 4), (0, 0, 0)]

GOOD = {
    "all_labels": LABELS,
    "labels": LABELS,
    "image": LABELS,
    "binimg": LABELS > 0,
    "skeleton": LINE,
    "skel": LINE,
    "skeletons": [LINE],
    "synapses": {1: [((4, 4, 4), 5)]},
    "start": (2, 4, 4),
    "end": (8, 4, 4),
}
BAD = {
    "skeletonize": {
        "all_labels": IMAGES,
        "teasar_params": [5, {"scle": 1}, {"scale": -1}, {"scale": None}, {"const": "a"},
                          {"max_paths": 0}, {"max_paths": BEYOND}, {"invalidation": "sphere"},
                          {"scale": HUGE}, {"pdrf_scale": INF}, {"pdrf_exponent": 1e300}],
        "anisotropy": SIZES,
        "object_ids": [5, "abc", [1.5], [None]],
        "dust_threshold": [None, "a", NAN, 1j, [5]],
        "progress": PROGRESS,
        "parallel": THREADS,
        "extra_targets_before": POINTS + TYPES,
        "extra_targets_after": POINTS + TYPES,
        "voxel_graph": [*NO_ARRAYS, 5, np.ma.masked_all(LABELS.shape, dtype=np.uint32),
                        np.zeros((2, 2, 2), dtype=np.uint32), LABELS.astype(float)],
        "roots": [5, {1: (99, 1, 1)}, {1: (0, 0, 0)}, {1: (1, 2)}, {1: None}, {1: (0.5, 1, 1)},
                  {"a": (4, 4, 4)}, {BEYOND: (4, 4, 4)}],
    },
    "connect_points": {
        "labels": IMAGES,
        "start": ONE_POINT,
        "end": ONE_POINT,
        "anisotropy": SIZES,
        "pdrf_scale": WEIGHTS,
        "pdrf_exponent": WEIGHTS,
    },
    "synapses_to_targets": {
        "labels": [None, 5, "labels", MASKED, LABELS.astype(float), LABELS[0, 0]],
        "synapses": [None, 5, [1], {1: 5}, {1: [5]}, {1: [((1, 2), 3)]}, {1: [((1, 2, NAN), 3)]},
                     {1: [((1, 2, 3), 256)]}, {1: [((1, 2, 3), -1)]}, {"a": []},
                     {1: [((HUGE, 2, 3), 5)]}],
        "progress": PROGRESS,
    },
    "extract_skeleton_from_binary_image": {
        "image": [None, *NO_ARRAYS, MASKED, LABELS.astype(float), LABELS[0, 0],
                  np.zeros((2, 3, 4, 5), dtype=np.uint8)],
    },
    "postprocess": {
        "skeleton": DAMAGED,
        "dust_threshold": LENGTHS,
        "tick_threshold": LENGTHS,
    },
    "join_close_components": {
        "skeletons": [*LISTS, *([bad] for bad in DAMAGED)],
        "radius": ["a", 0, -1, NAN, True, HUGE],
    },
    "cross_sectional_area": {
        "all_labels": IMAGES,
        "skeletons": [*LISTS, *([bad] for bad in DAMAGED), {1: None}],
        "anisotropy": SIZES,
        "smoothing_window": [None, 0, -1, 1.5, "a", 2**20, BEYOND],
        "progress": PROGRESS,
        "step": [None, 0, -1, 1.5, "a"],
        "parallel": THREADS,
    },
    "cross_sectional_area_single": {
        "binimg": IMAGES,
        "skel": [*DAMAGED, [LINE]],
        "roi": [5, "abc", (), {}, ((0.5, 0, 0), (9, 9, 9)), ((1, 2), (3, 4)),
                ((0, 0, 0), (11, 10, 8), (0, 0, 0)), ((0, 0, 0),), ((0, 0, 0), (64, 64, 64)),
                *(((number, 0, 0), (12, 10, 8)) for number in (NAN, INF, HUGE))],
        "anisotropy": SIZES,
        "smoothing_window": [None, 0, 1.5],
        "progress": PROGRESS,
        "step": [None, 0, 1.5],
        "parallel": THREADS,
    },
    "oversegment": {
        "all_labels": IMAGES,
        "skeletons": LISTS,
        "anisotropy": SIZES,
        "progress": PROGRESS,
        "downsample": [None, -1, 1.5, "a", BEYOND],
        "parallel": THREADS,
    },
}  # fmt: skip
FUNCTIONS = [name for name in kimimaro.__all__ if inspect.isfunction(getattr(kimimaro, name))]
CASES = [
    pytest.param(function, name, value, id=f"{function}-{name}-{i}")
    for function in FUNCTIONS
    for name, values in BAD.get(function, {}).items()
    for i, value in enumerate(values)
]


def good_arguments(function):
    parameters = inspect.signature(getattr(kimimaro, function)).parameters
    return {name: copy.deepcopy(GOOD[name]) for name in parameters if name in GOOD}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_parameter_is_left_out(function):
    parameters = set(inspect.signature(getattr(kimimaro, function)).parameters)
    assert parameters - FLAGS - WITHOUT_EFFECT == set(BAD[function])


@pytest.mark.parametrize(("function", "name", "value"), CASES)
def test_refused_in_one_sentence(function, name, value):
    call = getattr(kimimaro, function)
    arguments = good_arguments(function)
    arguments[name] = value
    if "progress" in inspect.signature(call).parameters and name != "progress":
        arguments["progress"] = False
    before = pickle.dumps(arguments)
    with pytest.raises(kimimaro.KimimaroError) as caught:
        call(**arguments)
    text = str(caught.value)
    assert text.startswith(name)
    assert text.endswith(".")
    assert "\n" not in text
    assert ". " not in text
    assert pickle.dumps(arguments) == before


@pytest.mark.parametrize(
    ("function", "name", "value"),
    [
        ("skeletonize", "all_labels", None),
        ("extract_skeleton_from_binary_image", "image", None),
        *(("skeletonize", "all_labels", value) for value in NO_ARRAYS),
        *(("skeletonize", "voxel_graph", value) for value in NO_ARRAYS),
        *(("extract_skeleton_from_binary_image", "image", value) for value in NO_ARRAYS),
    ],
)
def test_what_makes_no_array_is_not_told_to_convert_itself(function, name, value):
    arguments = {**good_arguments(function), name: value}
    with pytest.raises(kimimaro.InputTypeError, match=rf"^{name} is .*; pass an array, or nested"):
        getattr(kimimaro, function)(**arguments)


@pytest.mark.parametrize(
    "function",
    [
        name
        for name in FUNCTIONS
        if "progress" in inspect.signature(getattr(kimimaro, name)).parameters
    ],
)
def test_progress_may_be_none_as_in_version_5(function):
    found, expected = (
        getattr(kimimaro, function)(**good_arguments(function), progress=progress)
        for progress in (None, False)
    )
    assert pickle.dumps(found) == pickle.dumps(expected)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_anything_is_true_or_false(function):
    call = getattr(kimimaro, function)
    parameters = set(inspect.signature(call).parameters)
    good = good_arguments(function)
    # A report has times in it, contacts must be there first, and a window is warned of.
    for flag in parameters & FLAGS - {
        "return_report",
        "repair_contacts",
        "visualize_section_planes",
    }:
        for value in (1, 0, np.True_, None, "yes", []):
            found, expected = (
                call(**copy.deepcopy(good), **{flag: given}) for given in (value, bool(value))
            )
            assert pickle.dumps(found) == pickle.dumps(expected)


WHOLE = {
    "object_ids": ([1], [1.0]),
    "dust_threshold": (2, 2.0),
    "parallel": (2, 2.0),
    "smoothing_window": (3, 3.0),
    "step": (2, 2.0),
    "downsample": (2, 2.0),
    "synapses": ({1: [((4, 4, 4), 5)]}, {1.0: [((4.0, 4.0, 4.0), 5.0)]}),
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_whole_floats_are_whole_numbers(function):
    call = getattr(kimimaro, function)
    parameters = set(inspect.signature(call).parameters)
    good = good_arguments(function)
    for name in parameters & WHOLE.keys():
        expected, found = (call(**copy.deepcopy(good) | {name: value}) for value in WHOLE[name])
        assert pickle.dumps(found) == pickle.dumps(expected)


@pytest.mark.parametrize("threshold", [2**64 - 1, 2**64, 2**70])
def test_everything_is_dust_below_a_huge_threshold(threshold):
    assert kimimaro.skeletonize(LABELS, dust_threshold=threshold, progress=False) == {}


def test_a_mask_that_hides_nothing_is_fine():
    image = np.ma.MaskedArray(LABELS)
    assert list(kimimaro.skeletonize(image, dust_threshold=0, progress=False)) == [1]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_good_arguments_are_good(function):
    getattr(kimimaro, function)(**good_arguments(function))


def test_the_engine_does_not_leave_its_arrays():
    image = measured(LABELS)
    for axis, length in enumerate(LABELS.shape):
        voxel = np.zeros((1, 3), dtype=np.uint32)
        voxel[0, axis] = length
        with pytest.raises(IndexError):
            image.components_at(voxel)
    for components, segments, distances, error in [
        ([0, 0], [1], [0], ValueError),
        ([0], [1, 1], [0], ValueError),
        ([0], [1], [0, 0], ValueError),
        ([0], [2], [0], ValueError),
        ([1], [1], [0], IndexError),
    ]:
        with pytest.raises(error):
            image.divide(
                np.array(components, dtype=np.uint32),
                np.array([[1, 2, 2]], dtype=np.uint32),
                np.array(distances, dtype=np.float32),
                np.array(segments, dtype=np.uint32),
                1,
                1,
                None,
            )
    with pytest.raises(ValueError, match="another shape"):
        read(LABELS, graph=np.zeros((12, 10, 7), dtype=np.uint32))
