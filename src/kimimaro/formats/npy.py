"""NumPy's .npy: memory-mapped, in the axis order it was saved in."""

from __future__ import annotations

import numpy as np

from kimimaro.formats.axes import check_axes, crop_start, take, usual_axes
from kimimaro.formats.base import LabelVolume, ReadOptions, VolumeFormat


def read(path: str, options: ReadOptions) -> LabelVolume:
    """Map the file into memory, copy-on-write, so that the file itself is never changed."""
    array = np.load(path, mmap_mode="c", allow_pickle=False)
    if options.axes is None:
        axes, order = usual_axes(array.ndim, "xyz"), "axis order x, y, z is assumed"
    else:
        axes, order = check_axes(options.axes, array.ndim), "axis order as given"
    labels = take(array, axes, options.crop)
    return LabelVolume(
        labels,
        anisotropy=None,
        unit=None,
        source=f"{order}; npy files hold no voxel size",
        origin=crop_start(options.crop),
    )


FORMAT = VolumeFormat(name="npy", title="NumPy array", read=read, suffixes=(".npy",))
