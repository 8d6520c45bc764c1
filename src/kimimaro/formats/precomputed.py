"""Precomputed volumes, Neuroglancer's own kind: local folders and cloud addresses."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kimimaro.formats.axes import SLAB_VOXELS, check_room
from kimimaro.formats.base import (
    FormatError,
    LabelVolume,
    ReadOptions,
    VolumeFormat,
    as_triple,
    require,
    voxel_size,
)
from kimimaro.formats.store import reaching

_SCHEMES = ("precomputed://", "gs://", "s3://", "file://", "https://", "http://", "graphene://")


def read(path: str, options: ReadOptions) -> LabelVolume:
    """Read a volume at one level, whole or in part, in the frame that its info file states."""
    cloudvolume = require("cloudvolume", "precomputed", "Reading Precomputed volumes")
    address = path if "://" in path else f"file://{Path(path).resolve()}"
    if options.axes not in (None, "xyz", "xyzc"):
        raise FormatError(f"axes is {options.axes!r}, but Precomputed volumes are x, y, z.")
    mip = options.level or 0
    with contextlib.nullcontext() if "file://" in address else reaching(address):
        volume = cloudvolume.CloudVolume(
            address, progress=False, fill_missing=options.fill_missing, bounded=True
        )
    levels = len(volume.available_mips)
    if mip >= levels:
        raise FormatError(f"level is {mip}, but {path} has levels 0 to {levels - 1}.")
    volume.mip = mip
    if volume.num_channels != 1:
        raise FormatError(
            f"{path} has {volume.num_channels} channels; Kimimaro reads one label per voxel."
        )
    box = _box(volume, options.crop)
    check_room(volume, "xyzc", tuple(slice(0, part.stop - part.start) for part in box), path)
    labels = _read_slabs(volume, box, path, options)
    x, y, z = (part.start for part in box)
    anisotropy, unit, size_source = voxel_size(
        path,
        lambda: (
            as_triple(volume.resolution.tolist(), "the resolution"),
            "nm",
            "voxel size from the info file",
        ),
    )
    return LabelVolume(
        labels,
        anisotropy,
        unit,
        source=f"level {mip} of {levels}; axis order, position and {size_source}",
        origin=(x, y, z),
    )


def _box(volume: Any, crop: tuple[slice, ...] | None) -> tuple[slice, slice, slice]:
    """Return the part to read in the volume's own voxels, which need not begin at zero."""
    low = [int(value) for value in volume.bounds.minpt]
    high = [int(value) for value in volume.bounds.maxpt]
    parts = []
    for axis, start, stop, part in zip(
        "xyz", low, high, [*(crop or ()), *[slice(None)] * 3], strict=False
    ):
        begin = start if part.start is None else part.start
        end = stop if part.stop is None else part.stop
        if not start <= begin < end <= stop:
            raise FormatError(
                f"crop asks for {axis} from {begin} to {end}, but {axis} runs from {start} to "
                f"{stop}."
            )
        parts.append(slice(begin, end))
    x, y, z = parts
    return x, y, z


def _read_slabs(
    volume: Any, box: tuple[slice, slice, slice], path: str, options: ReadOptions
) -> NDArray[Any]:
    """Read layers of whole chunks along z, to tell how far it is and to hear Ctrl-C."""
    x, y, z = box
    width, height = x.stop - x.start, y.stop - y.start
    labels = np.empty((width, height, z.stop - z.start), dtype=volume.dtype, order="F")
    chunk = int(volume.chunk_size[2])
    step = max(SLAB_VOXELS // (width * height) // chunk, 1) * chunk
    base = int(volume.bounds.minpt[2])
    for start in range(z.start - (z.start - base) % step, z.stop, step):
        low, high = max(start, z.start), min(start + step, z.stop)
        labels[:, :, low - z.start : high - z.start] = _cutout(
            volume, (x, y, slice(low, high)), path
        )
        if options.advance is not None:
            options.advance((high - z.start) * width * height, labels.size)
    return labels


def _cutout(volume: Any, box: tuple[slice, slice, slice], path: str) -> NDArray[Any]:
    exceptions = require("cloudvolume.exceptions", "precomputed", "Reading Precomputed volumes")
    try:
        labels: NDArray[Any] = np.asarray(volume[box])[..., 0]
    except exceptions.EmptyVolumeException as error:
        raise FormatError(
            f"{path} lacks the chunk {error}; pass --fill-missing if absent chunks are background."
        ) from error
    return labels


def is_precomputed(path: str) -> bool:
    """Tell whether a local folder is a Precomputed volume, by its info file."""
    info = Path(path) / "info"
    if not info.is_file():
        return False
    try:
        return "scales" in json.loads(info.read_text())
    except ValueError:  # damaged: the reader will say so
        return True


def _claims(path: str) -> bool:
    return path.startswith(_SCHEMES) or is_precomputed(path)


FORMAT = VolumeFormat(
    name="precomputed",
    title="a Precomputed volume",
    read=read,
    claims=_claims,
    extra="precomputed",
    levels=True,
)
