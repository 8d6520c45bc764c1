"""Every public name is documented, and has the signature that other programs rely on."""

from __future__ import annotations

import inspect

import pytest

import kimimaro

SIGNATURES = {
    "skeletonize": {
        "all_labels": inspect.Parameter.empty,
        "teasar_params": kimimaro.DEFAULT_TEASAR_PARAMS,
        "anisotropy": (1, 1, 1),
        "object_ids": None,
        "dust_threshold": 1000,
        "progress": True,
        "fix_branching": True,
        "in_place": False,
        "fix_borders": True,
        "parallel": 1,
        "parallel_chunk_size": 100,
        "extra_targets_before": (),
        "extra_targets_after": (),
        "fill_holes": False,
        "fix_avocados": False,
        "voxel_graph": None,
        "roots": None,
        "return_report": False,
    },
    "connect_points": {
        "labels": inspect.Parameter.empty,
        "start": inspect.Parameter.empty,
        "end": inspect.Parameter.empty,
        "anisotropy": (1, 1, 1),
        "fill_holes": False,
        "in_place": False,
        "pdrf_scale": 100000,
        "pdrf_exponent": 4,
    },
    "oversegment": {
        "all_labels": inspect.Parameter.empty,
        "skeletons": inspect.Parameter.empty,
        "anisotropy": (1, 1, 1),
        "progress": False,
        "fill_holes": False,
        "in_place": False,
        "downsample": 0,
        "parallel": 1,
    },
    "cross_sectional_area": {
        "all_labels": inspect.Parameter.empty,
        "skeletons": inspect.Parameter.empty,
        "anisotropy": (1, 1, 1),
        "smoothing_window": 1,
        "progress": False,
        "in_place": False,
        "fill_holes": False,
        "multipass": False,
        "repair_contacts": False,
        "visualize_section_planes": False,
        "step": 1,
        "parallel": 1,
    },
    "cross_sectional_area_single": {
        "binimg": inspect.Parameter.empty,
        "skel": inspect.Parameter.empty,
        "roi": None,
        "anisotropy": (1, 1, 1),
        "smoothing_window": 1,
        "progress": False,
        "in_place": False,
        "multipass": False,
        "repair_contacts": False,
        "visualize_section_planes": False,
        "step": 1,
        "parallel": 1,
    },
    "synapses_to_targets": {
        "labels": inspect.Parameter.empty,
        "synapses": inspect.Parameter.empty,
        "progress": False,
    },
    "postprocess": {
        "skeleton": inspect.Parameter.empty,
        "dust_threshold": 1500.0,
        "tick_threshold": 3000.0,
    },
    "join_close_components": {
        "skeletons": inspect.Parameter.empty,
        "radius": float("inf"),
        "restrict_by_radius": False,
    },
    "extract_skeleton_from_binary_image": {"image": inspect.Parameter.empty},
}


@pytest.mark.parametrize("name", kimimaro.__all__)
def test_every_name_exists_and_is_documented(name):
    found = getattr(kimimaro, name)
    if inspect.isclass(found) or inspect.isfunction(found):
        assert inspect.getdoc(found)
        assert found.__module__.startswith("kimimaro.")


@pytest.mark.parametrize("name", SIGNATURES)
def test_order_and_defaults_are_kept(name):
    assert name in kimimaro.__all__
    parameters = inspect.signature(getattr(kimimaro, name)).parameters
    # An empty tuple stands for an empty list, which a call could change for those after it.
    found = {p.name: p.default for p in parameters.values()}
    assert list(found.items())[: len(SIGNATURES[name])] == list(SIGNATURES[name].items())


@pytest.mark.parametrize("name", SIGNATURES)
def test_every_parameter_is_described(name):
    function = getattr(kimimaro, name)
    doc = inspect.getdoc(function) or ""
    for parameter in inspect.signature(function).parameters:
        assert parameter in doc, parameter


def test_errors_are_of_the_usual_kinds():
    assert issubclass(kimimaro.DimensionError, ValueError)
    assert issubclass(kimimaro.InputError, ValueError)
    assert issubclass(kimimaro.InputTypeError, TypeError)
    assert issubclass(kimimaro.OutOfMemoryError, MemoryError)
    for name in ("DimensionError", "InputError", "InputTypeError", "OutOfMemoryError"):
        assert issubclass(getattr(kimimaro, name), kimimaro.KimimaroError)
