"""Crackle, the compressed format of dense labels: .ckl and .ckl.gz."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kimimaro.formats.axes import SLAB_VOXELS, check_axes, crop_start, take
from kimimaro.formats.base import FormatError, LabelVolume, ReadOptions, VolumeFormat, require


def read(path: str, options: ReadOptions) -> LabelVolume:
    """Decompress the whole volume."""
    crackle = require("crackle", "crackle", "Reading Crackle files")
    binary = crackle.bload(path)
    _check_labels(crackle, binary, path)
    array = _decompress(crackle.CrackleArray(binary), options)
    axes = "xyz" if options.axes is None else check_axes(options.axes, array.ndim)
    labels = take(array, axes, options.crop)
    return LabelVolume(
        labels,
        anisotropy=None,
        unit=None,
        source="axis order x, y, z; Crackle files hold no voxel size",
        origin=crop_start(options.crop),
    )


def _decompress(packed: Any, options: ReadOptions) -> NDArray[Any]:
    """Decompress slab by slab: in one go, Ctrl-C would wait for the end."""
    width, height, depth = packed.shape
    array = np.empty(packed.shape, dtype=packed.dtype, order="F")
    step = max(SLAB_VOXELS // max(width * height, 1), 1)
    for start in range(0, depth, step):
        stop = min(start + step, depth)
        array[:, :, start:stop] = packed[:, :, start:stop]
        if options.advance is not None:
            options.advance(stop * width * height, array.size)
    return array


def _check_labels(crackle: Any, binary: bytes, path: str) -> None:
    """Compare the labels' checksum, without which a cut-off file decodes to other labels."""
    stored = crackle.codec.labels_crc(binary)
    if stored is None:  # version 0 has no checksums
        return
    crc32c = require("google_crc32c", "crackle", "Reading Crackle files")
    if stored != crc32c.value(crackle.codec.raw_labels(binary)):
        raise FormatError(f"{path} is damaged: the checksum of its labels is wrong.")


FORMAT = VolumeFormat(
    name="crackle",
    title="Crackle",
    read=read,
    suffixes=(".ckl", ".ckl.gz"),
    extra="crackle",
)
