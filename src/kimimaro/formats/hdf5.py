"""HDF5: a dataset of a container, named as file.h5::/path where there are several."""

from __future__ import annotations

import json
from typing import Any

from kimimaro.formats.axes import check_axes, check_room, crop_start, take, usual_axes
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

_SIZE_ATTRIBUTES = (
    ("resolution", "nm"),
    ("element_size_um", "um"),
    ("voxel_size", None),
    ("spacing", None),
)
"""Names under which voxel sizes are found, in the order of the axes in the file."""


def read(path: str, options: ReadOptions) -> LabelVolume:
    """Read a dataset; its axes are z, y, x unless its attributes or the caller say otherwise."""
    h5py = require("h5py", "hdf5", "Reading HDF5 files")
    with h5py.File(path, "r") as file:
        dataset = _dataset(h5py, file, path, options.inner)
        axes, order = _axes(dataset, options.axes)
        anisotropy, unit, size_source = voxel_size(path, lambda: _voxel_size(dataset, axes))
        check_room(dataset, axes, options.crop, path)
        labels = take(dataset, axes, options.crop, options.advance)
        name = dataset.name
    return LabelVolume(
        labels,
        anisotropy,
        unit,
        source=f"dataset {name}; {order}; {size_source}",
        origin=crop_start(options.crop),
    )


def _dataset(h5py: Any, file: Any, path: str, asked: str | None) -> Any:
    found: list[str] = []

    def visit(name: str, node: Any) -> None:
        if isinstance(node, h5py.Dataset) and node.ndim >= 2:
            found.append(f"/{name}")

    file.visititems(visit)
    if asked is not None:
        node = file.get(asked)
        if not isinstance(node, h5py.Dataset) or node.ndim < 2:
            raise FormatError(
                f"{path} has no image {asked!r}; it holds {', '.join(found) or 'no image'}."
            )
        return node
    if len(found) != 1:
        raise FormatError(
            f"{path} holds {', '.join(found) or 'no image'}; name the labels among them, as in "
            f"{path}::/PATH."
        )
    return file[found[0]]


def _axes(dataset: Any, asked: str | None) -> tuple[str, str]:
    if asked is not None:
        return check_axes(asked, dataset.ndim), "axis order as given"
    named = _named_axes(dataset)
    if len(named) == dataset.ndim and {"x", "y"} <= set(named):
        return named, f"axis order {', '.join(named)} in the file"
    axes = usual_axes(dataset.ndim, "zyx")
    return axes, f"axis order {', '.join(axes)} is assumed"


def _named_axes(dataset: Any) -> str:
    """Return the axis names that ilastik's tags or the dimension labels give."""
    if "axistags" in dataset.attrs:
        tags = json.loads(dataset.attrs["axistags"])
        return "".join(str(axis["key"]) for axis in tags["axes"]).lower()
    return "".join(str(dimension.label)[:1] for dimension in dataset.dims).lower()


def _voxel_size(dataset: Any, axes: str) -> VoxelSize:
    spatial = [axis for axis in axes if axis in "xyz"]
    for name, unit in _SIZE_ATTRIBUTES:
        if name not in dataset.attrs:
            continue
        values = [float(value) for value in dataset.attrs[name]]
        if len(values) != len(spatial):
            continue
        sizes = dict(zip(spatial, values, strict=True))
        size = as_triple([sizes.get(axis, 1.0) for axis in "xyz"], f"the attribute {name!r}")
        return size, unit, f"voxel size from the attribute {name!r}"
    return None, None, "no voxel size in the file"


FORMAT = VolumeFormat(
    name="hdf5",
    title="HDF5",
    read=read,
    suffixes=(".h5", ".hdf5", ".hdf"),
    extra="hdf5",
    inner=True,
)
