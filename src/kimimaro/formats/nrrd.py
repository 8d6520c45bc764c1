"""NRRD: .nrrd and .nhdr, any encoding and byte order, with the voxel size of the header."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kimimaro.formats.axes import check_axes, crop_start, take
from kimimaro.formats.base import (
    FormatError,
    LabelVolume,
    ReadOptions,
    VolumeFormat,
    VoxelSize,
    as_triple,
    require,
    voxel_size,
)

_SPATIAL = ("domain", "space")
_UNITS = {"µm": "um", "micron": "um", "microns": "um", "millimeter": "mm"}


def read(path: str, options: ReadOptions) -> LabelVolume:
    """Read the array with its fastest axis first, which is x by the habit of the format."""
    nrrd = require("nrrd", "nrrd", "Reading NRRD files")
    array, header = nrrd.read(path, index_order="F")
    if options.axes is None:
        axes = _axes(header, array.ndim, path)
        order = f"axis order {', '.join(axes)} as stored"
    else:
        axes, order = check_axes(options.axes, array.ndim), "axis order as given"
    anisotropy, unit, size_source = voxel_size(path, lambda: _voxel_size(header, axes))
    return LabelVolume(
        take(array, axes, options.crop),
        anisotropy,
        unit,
        source=f"{order}; {size_source}",
        origin=crop_start(options.crop),
    )


def _axes(header: Mapping[str, Any], ndim: int, path: str) -> str:
    """Name the axes: spatial ones are x, y, z in the order of storage."""
    kinds = [str(kind).lower() for kind in header.get("kinds", [])]
    if any("color" in kind for kind in kinds):
        raise FormatError(
            f"{path} is an RGB image; save the segmentation itself, one whole number per voxel."
        )
    if len(kinds) != ndim or sum(kind in _SPATIAL for kind in kinds) not in (2, 3):
        return "xyzct"[:ndim]
    names, others = iter("xyz"), iter("ct")
    return "".join(next(names) if kind in _SPATIAL else next(others) for kind in kinds)


def _voxel_size(header: Mapping[str, Any], axes: str) -> VoxelSize:
    unit = _unit(header)
    if "space directions" in header:
        directions = np.array(
            [[np.nan] * 3 if row is None else row for row in header["space directions"]],
            dtype=np.float64,
        )
        steps = np.linalg.norm(directions, axis=1)
    elif "spacings" in header:
        steps = np.asarray(header["spacings"], dtype=np.float64)
    else:
        return None, unit, "no voxel size in the header"
    sizes = {axis: float(step) for axis, step in zip(axes, steps, strict=True)}
    if np.isnan([sizes["x"], sizes["y"], sizes.get("z", 1.0)]).any():
        return None, unit, "no voxel size along every axis in the header"
    size = as_triple([sizes.get(axis, 1.0) for axis in "xyz"], "the header's voxel size")
    return size, unit, "voxel size from the header"


def _unit(header: Mapping[str, Any]) -> str | None:
    units = {str(unit) for unit in header.get("space units", header.get("units", []))}
    units -= {"", "???", "nan"}
    unit = units.pop() if len(units) == 1 else None
    return None if unit is None else _UNITS.get(unit, unit)


FORMAT = VolumeFormat(
    name="nrrd", title="NRRD", read=read, suffixes=(".nrrd", ".nhdr"), extra="nrrd"
)
