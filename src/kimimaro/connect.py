"""The centerline between two voxels of one object."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from osteoid import Skeleton

from kimimaro.errors import InputError, KimimaroError, shown
from kimimaro.memory import check_memory
from kimimaro.objects import find_objects
from kimimaro.params import TeasarParams, check_weight
from kimimaro.paths import as_skeletons
from kimimaro.repair import mend
from kimimaro.targets import NO_COMPONENT, NONE, TargetList
from kimimaro.volume import AnyImage, Points, check_image, check_points


def connect_points(
    labels: Any,
    start: Sequence[int],
    end: Sequence[int],
    anisotropy: Sequence[float] = (1, 1, 1),
    fill_holes: bool = False,
    in_place: bool = False,
    pdrf_scale: float = TeasarParams.pdrf_scale,
    pdrf_exponent: float = TeasarParams.pdrf_exponent,
) -> Skeleton:
    """Draw the centerline between two voxels of one object.

    It is the path from ``start`` to ``end`` inside the object, over faces, edges and corners of
    voxels, with the least sum of the penalties that :func:`kimimaro.skeletonize` gives voxels: they
    are high near the boundary and rise slightly with the distance from ``start``.

    Parameters
    ----------
    labels : (X, Y), (X, Y, Z) array of integers or booleans
        A mask, or the label of each voxel; 0 is background. It is not changed. Of a CrackleArray
        only the object's label is decompressed.
    start, end
        Voxels (x, y, z) of one object.
    anisotropy
        Physical size of a voxel along x, y and z.
    fill_holes
        Fill the object's holes first.
    in_place
        Accepted for compatibility; the image is never changed.
    pdrf_scale
        Weight of the distance to boundary against the path length in a voxel's penalty, at most
        1e38.
    pdrf_exponent
        Steepness of the penalty, at most 1e38: higher draws the path closer to the centerline.

    Returns
    -------
    Skeleton
        One path of voxel indices times anisotropy, the first vertex at ``start``, the last at
        ``end``; ``id`` is the label there.

    Raises
    ------
    DimensionError, InputTypeError
        ``labels`` is no image of whole numbers.
    InputError
        A point lies outside the image or on background, the two lie on different objects or on
        pieces of one label that do not touch, or another value is out of range.
    OutOfMemoryError
        The estimated need exceeds the memory that is free.
    """
    params = TeasarParams(
        scale=0,
        const=0,
        pdrf_scale=check_weight("pdrf_scale", pdrf_scale),
        pdrf_exponent=check_weight("pdrf_exponent", pdrf_exponent),
        soma_detection_threshold=math.inf,
    )
    image = check_image(labels, anisotropy, "labels")
    points = np.concatenate([_check_point(start, image, "start"), _check_point(end, image, "end")])
    label = _shared_label(image, points)
    image = image.unpacked([label])
    objects = find_objects(image, [label], 0, 1)
    mend(objects, fill_holes, False, params, 0, 1, None)
    component, other = objects.components_at(points)
    if component == NO_COMPONENT:
        raise InputError(
            f"labels had label {label} at start {_text(points[0])}, but not when it was read as a "
            "whole; pass an image that nobody changes meanwhile."
        )
    if component != other:
        raise InputError(
            f"start {_text(points[0])} and end {_text(points[1])} lie on label {label}, but on "
            "pieces of it that do not touch; pass two voxels of one piece."
        )
    check_memory(objects, 1, "labels")
    objects.measure(1, None)
    same = bool((points[0] == points[1]).all())
    traced = objects.trace(
        {**params.as_dict(), "max_paths": 0 if same else 1},
        True,
        TargetList.of([(component, points[1])]),
        NONE,
        NONE,
        TargetList.of([(component, points[0])]),
        1,
        None,
        None,
        int(component),
    )
    if traced["failures"][component]:
        raise KimimaroError(f"label {label} was not traced: {traced['failures'][component]}.")
    return as_skeletons(traced, [label] * len(traced["failures"]), image, {})[label]


def _check_point(point: Any, image: AnyImage, name: str) -> Points:
    return check_points([point], image, name, shown(point), "one point (x, y, z)")


def _shared_label(image: AnyImage, points: Points) -> int:
    first, last = (int(label) for label in image.at(points))
    if first != last:
        raise InputError(
            f"start {_text(points[0])} lies on label {first} and end {_text(points[1])} on label "
            f"{last}; pass two voxels of one object."
        )
    return first


def _text(point: Points) -> str:
    return str(tuple(point.tolist()))
