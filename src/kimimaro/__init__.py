"""Skeletons of densely labeled 2D and 3D images: one tree of centerline points per label."""

from kimimaro.binary import extract_skeleton_from_binary_image
from kimimaro.connect import connect_points
from kimimaro.errors import (
    DimensionError,
    InputError,
    InputTypeError,
    KimimaroError,
    OutOfMemoryError,
    TracingInterrupted,
)
from kimimaro.measure.cross_section import cross_sectional_area, cross_sectional_area_single
from kimimaro.measure.oversegment import oversegment
from kimimaro.params import DEFAULT_TEASAR_PARAMS, TeasarParams
from kimimaro.postprocess import join_close_components, postprocess
from kimimaro.report import ComponentReport, Report
from kimimaro.skeletonize import skeletonize
from kimimaro.synapses import synapses_to_targets

__all__ = [
    "DEFAULT_TEASAR_PARAMS",
    "ComponentReport",
    "DimensionError",
    "InputError",
    "InputTypeError",
    "KimimaroError",
    "OutOfMemoryError",
    "Report",
    "TeasarParams",
    "TracingInterrupted",
    "connect_points",
    "cross_sectional_area",
    "cross_sectional_area_single",
    "extract_skeleton_from_binary_image",
    "join_close_components",
    "oversegment",
    "postprocess",
    "skeletonize",
    "synapses_to_targets",
]
