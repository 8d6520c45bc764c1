"""Is this an image of labels? Refuses what a skeleton of would make no sense."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kimimaro.formats.base import FormatError

_SAMPLE_SLICES = 5
_FEW_VALUES = 16
_RAW_AGREEMENT = 0.4


def check_labels(labels: NDArray[Any], path: str, *, cast_floats: bool, check: bool) -> Any:
    """Return labels that can be skeletonized, or say why these cannot.

    Parameters
    ----------
    labels : array [x, y, z] or [x, y]
    path : str
        Named in the errors.
    cast_floats : bool
        Turn a floating-point image whose values are all whole numbers into integers.
    check : bool
        Refuse images that look like raw microscopy or RGB.

    Raises
    ------
    FormatError
        The image has another number of dimensions, is empty, complex, structured, floating-point,
        RGB, or looks like raw microscopy.
    """
    if labels.dtype.names is not None:
        raise FormatError(
            f"{path} is an RGB or otherwise structured image of type {labels.dtype}; "
            f"save the segmentation itself, one whole number per voxel."
        )
    if labels.ndim not in (2, 3):
        raise FormatError(f"{path} has {labels.ndim} dimensions; 2 or 3 were expected.")
    if labels.dtype.kind == "f":
        labels = _whole_numbers(labels, path, cast_floats)
    if labels.dtype.kind not in "bui":
        raise FormatError(
            f"{path} holds values of type {labels.dtype}; labels are whole numbers or booleans."
        )
    if check and labels.dtype.itemsize <= 2 and labels.dtype.kind in "ui" and labels.size:
        _refuse_rgb(labels, path)
        _refuse_raw(labels, path)
    return labels


def _whole_numbers(labels: NDArray[Any], path: str, cast_floats: bool) -> NDArray[Any]:
    whole = _are_whole(labels)
    if whole and cast_floats:
        return labels.astype(np.int64)
    if whole:
        advice = "its values are whole numbers: pass --cast-floats to take them as labels"
    else:
        advice = (
            "it looks like a probability map or raw image: segment it first, for instance by a "
            "threshold (image > 0.5) and connected components"
        )
    raise FormatError(f"{path} holds floating-point values ({labels.dtype}), not labels; {advice}.")


def _are_whole(labels: NDArray[Any]) -> bool:
    for part in labels.T if labels.flags.f_contiguous else labels:
        if not (np.isfinite(part).all() and np.equal(part, np.rint(part)).all()):
            return False
    return True


def _refuse_rgb(labels: NDArray[Any], path: str) -> None:
    """Refuse labels[x, y, channel]: in a thin stack of labels, neighbouring slices agree."""
    if labels.ndim != 3 or labels.shape[2] not in (3, 4) or min(labels.shape[:2]) < 32:
        return
    red, green, blue = (labels[:, :, channel] for channel in range(3))
    drawn = (red != 0) | (green != 0) | (blue != 0)
    agree = ((red == green) & (green == blue))[drawn]
    if agree.size and agree.mean() < _RAW_AGREEMENT:
        raise FormatError(
            f"{path} has shape {labels.shape} and looks like an RGB picture; save the segmentation "
            f"with one whole number per voxel, or pass --no-check-labels if it is a thin stack."
        )


def _refuse_raw(labels: NDArray[Any], path: str) -> None:
    """Refuse images in which neighbouring voxels rarely have the same value, as labels do."""
    sample = _sample(labels)
    if len(np.unique(sample)) <= _FEW_VALUES:
        return
    equal = pairs = 0
    for axis in (0, 1):
        low = sample[:-1] if axis == 0 else sample[:, :-1]
        high = sample[1:] if axis == 0 else sample[:, 1:]
        drawn = (low != 0) | (high != 0)
        equal += int(((low == high) & drawn).sum())
        pairs += int(drawn.sum())
    if pairs and equal < _RAW_AGREEMENT * pairs:
        raise FormatError(
            f"{path} looks like raw microscopy: only {100 * equal // pairs} % of neighbouring "
            f"voxels have the same value, where labels agree nearly everywhere; segment it first, "
            f"or pass --no-check-labels if these are labels."
        )


def _sample(labels: NDArray[Any]) -> NDArray[Any]:
    """Take a few slices spread over the volume."""
    if labels.ndim == 2:
        return np.asarray(labels)[:, :, np.newaxis]
    depth = labels.shape[2]
    picks = sorted({int(z) for z in np.linspace(0, depth - 1, min(_SAMPLE_SLICES, depth))})
    return np.asarray(labels[:, :, picks])
