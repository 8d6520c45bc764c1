"""Synapses as targets: from a point near an object to a voxel of it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from kimimaro.errors import DimensionError, InputError, InputTypeError
from kimimaro.numbers import as_whole
from kimimaro.progress import StageProgress, report_progress
from kimimaro.volume import drop_trailing_axes, dtype_of, refuse_masked

Target = tuple[int, int, int]

_NEAR = 8  # voxels around a centroid that are searched at first
_FAR = 64  # and at last; beyond that, one pass over the volume serves all that are left
_FARTHEST = 2.0**53  # from there on a step of one voxel may be lost in rounding
_PLANES = 8  # read together in that pass


class _Synapse(NamedTuple):
    label: int
    centroid: npt.NDArray[np.float64]
    swc_label: int


def synapses_to_targets(
    labels: Any,
    synapses: Mapping[int, Iterable[tuple[Iterable[float], int]]],
    progress: bool | StageProgress | None = False,
) -> dict[Target, int]:
    """Find, for each synapse, the nearest voxel of the object that it was assigned to.

    Parameters
    ----------
    labels : (X, Y, Z) array of integers
        Or (X, Y); anything that is sliced like a NumPy array, such as a CrackleArray or an array of
        Dask, Zarr or TensorStore, of which only the parts that are looked at are read. More axes
        are fine for a NumPy array if they have length 1.
    synapses
        ``{label: [(centroid, swc_label), ...]}``: the label of the pre- or the postsynaptic
        object, the centroid in voxels (not necessarily inside the object, nor the image), and the
        type that the vertex gets, 0 to 255.
    progress
        Show a progress bar, or a function of (stage, synapses done, synapses in all).

    Returns
    -------
    dict
        ``{(x, y, z): swc_label}``, in voxels: extra targets for :func:`kimimaro.skeletonize`.
        Distances are counted in voxels; among voxels equally near the one with the lowest z, then
        y, then x is taken. Where two synapses share a voxel the later one counts.

    Raises
    ------
    DimensionError, InputError, InputTypeError
        ``labels`` is no image of integers, or a synapse is no centroid with a type.

    Warns
    -----
    UserWarning
        Labels of ``synapses`` that are not in the image, or are 0, the background: their synapses
        have no target.
    """
    labels = _check_labels(labels)
    table = _check_synapses(synapses)
    found: list[Target | None] = [None] * len(table)
    left = []
    with report_progress(progress) as report:
        for i, synapse in enumerate(table):
            if synapse.label != 0:
                found[i] = _search_near(labels, synapse)
                if found[i] is None:
                    left.append(i)
            if report:
                report("synapses", i + 1, len(table))
        for i, target in _search_everywhere(labels, table, left).items():
            found[i] = target
    lost = sorted({synapse.label for synapse, at in zip(table, found, strict=True) if at is None})
    if lost:
        names = ", ".join(map(str, lost[:5])) + (", ..." if len(lost) > 5 else "")
        warnings.warn(
            f"synapses has {len(lost)} labels that are background or not in the image ({names}); "
            "their synapses have no target.",
            stacklevel=2,
        )
    return {
        at: synapse.swc_label for synapse, at in zip(table, found, strict=True) if at is not None
    }


def _check_labels(labels: Any) -> Any:
    if not hasattr(labels, "shape") or not hasattr(labels, "dtype"):
        raise InputTypeError(f"labels is a {type(labels).__name__}; pass an array of integers.")
    refuse_masked(labels, "labels")
    if isinstance(labels, np.ndarray):
        labels = drop_trailing_axes(labels)
        if labels.ndim == 2:
            labels = labels[:, :, np.newaxis]
    elif len(labels.shape) == 2:
        labels = np.asarray(labels)[:, :, np.newaxis]
    if len(labels.shape) != 3:
        raise DimensionError(
            f"labels has {len(labels.shape)} dimensions (shape {tuple(labels.shape)}); use 2 or 3."
        )
    if dtype_of(labels).kind not in "bui":
        raise InputTypeError(f"labels is an array of {labels.dtype}; use integers.")
    return labels


def _check_synapses(synapses: Any) -> list[_Synapse]:
    if not isinstance(synapses, Mapping):
        raise InputTypeError(
            f"synapses is a {type(synapses).__name__}; "
            "pass a dict {label: [(centroid, swc_label), ...]}."
        )
    table = []
    for label, entries in synapses.items():
        number = as_whole(label)
        if number is None:
            raise InputTypeError(f"synapses has the label {label!r}; use integers.")
        if not isinstance(entries, Iterable):
            raise InputTypeError(
                f"synapses[{label}] is a {type(entries).__name__}; "
                "use a list of (centroid, swc_label)."
            )
        for i, entry in enumerate(entries):
            table.append(_check_synapse(f"synapses[{label}][{i}]", number, entry))
    return table


def _check_synapse(name: str, label: int, entry: Any) -> _Synapse:
    try:
        given, swc_label = entry
        centroid = np.array([float(c) for c in given])
        kind = as_whole(swc_label)
    except (TypeError, ValueError, OverflowError):
        centroid, kind = np.empty(0), None
    near = centroid.shape == (3,) and (abs(centroid) < _FARTHEST).all()
    if not near or kind is None or not 0 <= kind <= 255:
        raise InputError(
            f"{name} is {entry!r}; use ((x, y, z), swc_label) with finite coordinates below "
            "2**53, in voxels, and a type from 0 to 255."
        )
    return _Synapse(label, centroid, kind)


def _search_near(labels: Any, synapse: _Synapse) -> Target | None:
    """Search ever larger boxes; a voxel counts once the box reaches as far as it is away."""
    shape = np.array(labels.shape)
    outside = np.maximum(np.maximum(-synapse.centroid, synapse.centroid - (shape - 1)), 0).max()
    reach = outside + _NEAR
    while reach <= outside + _FAR:
        low = np.clip(np.ceil(synapse.centroid - reach), 0, shape).astype(int)
        high = np.clip(np.floor(synapse.centroid + reach) + 1, 0, shape).astype(int)
        box = np.asarray(labels[low[0] : high[0], low[1] : high[1], low[2] : high[2]])
        voxels = np.argwhere((box == synapse.label).T)[:, ::-1] + low
        if len(voxels):
            squared = ((voxels - synapse.centroid) ** 2).sum(axis=1)
            nearest = int(np.argmin(squared))
            distance = math.sqrt(squared[nearest])
            if distance <= reach:
                return _as_target(voxels[nearest])
            reach = distance + 0.5  # so that rounding keeps those equally near in the box
        else:
            reach = outside + 2 * (reach - outside)
    return None


def _search_everywhere(labels: Any, table: list[_Synapse], which: list[int]) -> dict[int, Target]:
    """Search the image, some planes at a time, for some synapses of the table."""
    dtype = dtype_of(labels)
    low, high = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    by_label: dict[int, list[int]] = {}
    for i in which:
        if low <= table[i].label <= high:
            by_label.setdefault(table[i].label, []).append(i)
    wanted = np.array(sorted(by_label), dtype=dtype)
    nearest: dict[int, tuple[float, Target]] = {}
    depth = labels.shape[2]
    for z in range(0, depth if len(wanted) else 0, _PLANES):
        slab = np.asarray(labels[:, :, z : min(z + _PLANES, depth)])
        here = np.argwhere(np.isin(slab, wanted).T)[:, ::-1]
        of = slab[here[:, 0], here[:, 1], here[:, 2]]
        here = here[np.argsort(of, kind="stable")] + (0, 0, z)
        present, counts = np.unique(of, return_counts=True)
        ends = np.cumsum(counts)
        for label, end, count in zip(present.tolist(), ends, counts, strict=True):
            voxels = here[end - count : end]
            for i in by_label[int(label)]:
                squared = ((voxels - table[i].centroid) ** 2).sum(axis=1)
                best = int(np.argmin(squared))
                if i not in nearest or squared[best] < nearest[i][0]:
                    nearest[i] = squared[best], _as_target(voxels[best])
    return {i: target for i, (_, target) in nearest.items()}


def _as_target(voxel: npt.NDArray[np.int64]) -> Target:
    x, y, z = voxel.tolist()
    return x, y, z
