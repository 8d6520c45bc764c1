"""NIfTI: .nii and .nii.gz, with the voxel size of the header."""

from __future__ import annotations

import numpy as np

from kimimaro.formats.axes import check_axes, crop_start, take
from kimimaro.formats.base import LabelVolume, ReadOptions, VolumeFormat, as_triple, require

_UNITS = {"meter": "m", "micron": "um", "mm": "mm"}


def read(path: str, options: ReadOptions) -> LabelVolume:
    """Read the voxels as they are stored, i, j, k as x, y, z; the affine turns nothing."""
    nibabel = require("nibabel", "nifti", "Reading NIfTI files")
    image = nibabel.load(path)
    proxy = image.dataobj
    scaled = (proxy.slope, proxy.inter) != (1.0, 0.0)
    array = np.asarray(proxy) if scaled else proxy.get_unscaled()
    zooms = [float(zoom) for zoom in image.header.get_zooms()[:3]]
    axes = "xyztc"[: array.ndim] if options.axes is None else check_axes(options.axes, array.ndim)
    sizes = dict(zip(axes, zooms, strict=False))
    return LabelVolume(
        take(array, axes, options.crop),
        anisotropy=as_triple([sizes.get(axis, 1.0) for axis in "xyz"], "the header's voxel size"),
        unit=_UNITS.get(image.header.get_xyzt_units()[0]),
        source="axis order and voxel size from the header; its orientation is not applied",
        origin=crop_start(options.crop),
    )


FORMAT = VolumeFormat(
    name="nifti", title="NIfTI", read=read, suffixes=(".nii", ".nii.gz"), extra="nifti"
)
