"""NIfTI: .nii and .nii.gz, with the voxel size of the header."""

from __future__ import annotations

from typing import Any

import numpy as np

from kimimaro.formats.axes import check_axes, crop_start, take
from kimimaro.formats.base import (
    LabelVolume,
    ReadOptions,
    VolumeFormat,
    VoxelSize,
    as_triple,
    require,
    voxel_size,
)

_UNITS = {"meter": "m", "micron": "um", "mm": "mm"}


def read(path: str, options: ReadOptions) -> LabelVolume:
    """Read the voxels as they are stored, i, j, k as x, y, z; the affine turns nothing."""
    nibabel = require("nibabel", "nifti", "Reading NIfTI files")
    image = nibabel.load(path)
    proxy = image.dataobj
    scaled = (proxy.slope, proxy.inter) != (1.0, 0.0)
    array = np.asarray(proxy) if scaled else proxy.get_unscaled()
    axes = "xyztc"[: array.ndim] if options.axes is None else check_axes(options.axes, array.ndim)
    anisotropy, unit, size_source = voxel_size(path, lambda: _voxel_size(image.header, axes))
    return LabelVolume(
        take(array, axes, options.crop),
        anisotropy,
        unit,
        source=f"axis order and {size_source}; its orientation is not applied",
        origin=crop_start(options.crop),
    )


def _voxel_size(header: Any, axes: str) -> VoxelSize:
    sizes = dict(zip(axes, header.get_zooms()[:3], strict=False))
    size = as_triple([sizes.get(axis, 1.0) for axis in "xyz"], "the header's voxel size")
    return size, _UNITS.get(header.get_xyzt_units()[0]), "voxel size from the header"


FORMAT = VolumeFormat(
    name="nifti", title="NIfTI", read=read, suffixes=(".nii", ".nii.gz"), extra="nifti"
)
