"""NumPy's .npz: the array "labels", or the only array there is, with its voxel size if saved."""

from __future__ import annotations

import numpy as np
from numpy.lib.npyio import NpzFile

from kimimaro.formats.axes import check_axes, crop_start, take, usual_axes
from kimimaro.formats.base import (
    FormatError,
    LabelVolume,
    ReadOptions,
    VolumeFormat,
    VoxelSize,
    as_triple,
    voxel_size,
)

VOXEL_SIZE_KEYS = ("anisotropy", "voxel_size", "resolution", "spacing")


def read(path: str, options: ReadOptions) -> LabelVolume:
    """Read the labels; ``file.npz::key`` names another array than "labels"."""
    with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
        key = _labels_key(archive, path, options.inner)
        array = archive[key]
        anisotropy, unit, size_source = voxel_size(path, lambda: _voxel_size(archive))
    if options.axes is None:
        axes, order = usual_axes(array.ndim, "xyz"), "axis order x, y, z is assumed"
    else:
        axes, order = check_axes(options.axes, array.ndim), "axis order as given"
    labels = take(array, axes, options.crop)
    return LabelVolume(
        labels,
        anisotropy,
        unit,
        source=f"array {key!r}; {order}; {size_source}",
        origin=crop_start(options.crop),
    )


def _labels_key(archive: NpzFile, path: str, asked: str | None) -> str:
    keys = list(archive.files)
    if asked is not None:
        if asked not in keys:
            raise FormatError(
                f"{path} has no array {asked!r}; it holds {', '.join(keys) or 'nothing'}."
            )
        return asked
    if "labels" in keys:
        return "labels"
    images = [key for key in keys if key not in (*VOXEL_SIZE_KEYS, "unit")]
    if len(images) != 1:
        raise FormatError(
            f"{path} holds {', '.join(keys) or 'no array'}; name the labels among them, as in "
            f"{path}::KEY, or save them under the key 'labels'."
        )
    return images[0]


def _voxel_size(archive: NpzFile) -> VoxelSize:
    unit = str(archive["unit"]) if "unit" in archive.files else None
    for key in VOXEL_SIZE_KEYS:
        if key in archive.files:
            size = as_triple(archive[key].tolist(), f"the array {key!r}")
            return size, unit, f"voxel size from {key!r}"
    return None, unit, "no voxel size in the file"


FORMAT = VolumeFormat(name="npz", title="NumPy archive", read=read, suffixes=(".npz",), inner=True)
