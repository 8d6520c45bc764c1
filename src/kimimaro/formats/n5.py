"""N5: a dataset, or a level of a multi-scale group, by TensorStore."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kimimaro.formats.axes import check_axes, check_room, crop_start, take
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

_MARK = "attributes.json"
_LEVEL = re.compile(r"s\d+")


def read(path: str, options: ReadOptions) -> LabelVolume:
    """Read a dataset, whose axes N5 stores as x, y, z."""
    tensorstore = require("tensorstore", "n5", "Reading N5")
    root = path if "://" in path else f"file://{Path(path).resolve()}"
    name = (options.inner or "").strip("/")
    attributes = _attributes(tensorstore, root, name)
    group: Mapping[str, Any] = {}
    if "dimensions" not in attributes:
        group = attributes
        name = _dataset(tensorstore, root, path, name, options.level)
        attributes = _attributes(tensorstore, root, name)
    elif options.level:
        raise FormatError(f"level is {options.level}, but {path} has one level only.")
    array = tensorstore.open(
        {"driver": "n5", "kvstore": _join(root, name)}, open=True, read=True
    ).result()
    axes = "xyzct"[: array.ndim] if options.axes is None else check_axes(options.axes, array.ndim)
    anisotropy, unit, size_source = voxel_size(path, lambda: _voxel_size(attributes, group, axes))
    check_room(array, axes, options.crop, path)
    return LabelVolume(
        take(array, axes, options.crop, options.advance),
        anisotropy,
        unit,
        source=f"dataset {name or path}; axis order {', '.join(axes)}; {size_source}",
        origin=crop_start(options.crop),
    )


def _dataset(tensorstore: Any, root: str, path: str, group: str, level: int | None) -> str:
    """Find the dataset in a group: a level s0, s1, ... or the only one there is."""
    prefix = f"{group}/" if group else ""
    store = tensorstore.KvStore.open(_join(root, group)).result()
    keys = [key.decode() for key in store.list().result()]
    folders = [key.removesuffix(_MARK).strip("/") for key in keys if key.endswith(f"/{_MARK}")]
    names = sorted(
        name
        for name in folders
        if "dimensions" in _attributes(tensorstore, root, f"{prefix}{name}")
    )
    if names and all(_LEVEL.fullmatch(name) for name in names):
        levels = sorted(names, key=lambda name: int(name[1:]))
        wanted = level or 0
        if wanted >= len(levels):
            raise FormatError(f"level is {wanted}, but {path} has levels 0 to {len(levels) - 1}.")
        return f"{prefix}{levels[wanted]}"
    if len(names) != 1 or level:
        raise FormatError(
            f"{path} holds {', '.join(names) or 'no dataset'}; name the labels among them, as in "
            f"{path}::{prefix}NAME."
        )
    return f"{prefix}{names[0]}"


def _voxel_size(attributes: Mapping[str, Any], group: Mapping[str, Any], axes: str) -> VoxelSize:
    """Take the voxel size of the dataset, else that of its group times the downsampling."""
    for source, where in ((attributes, "dataset"), (group, "group")):
        pixel = source.get("pixelResolution", {})
        if isinstance(pixel, Mapping):
            values, unit = pixel.get("dimensions"), pixel.get("unit")
        else:
            values, unit = pixel, None
        if values is None:
            values, unit = source.get("resolution"), (source.get("units") or [None])[0]
        if values is None:
            continue
        factors = attributes.get("downsamplingFactors") if where == "group" else None
        steps = [
            float(value) * float(factor)
            for value, factor in zip(values, factors or [1] * len(values), strict=True)
        ]
        sizes = dict(zip(axes, steps, strict=False))
        size = as_triple([sizes.get(axis, 1.0) for axis in "xyz"], "the voxel size of N5")
        return size, unit, f"voxel size from the attributes of the {where}"
    return None, None, "no voxel size in the attributes"


def _attributes(tensorstore: Any, root: str, name: str) -> dict[str, Any]:
    store = tensorstore.KvStore.open(_join(root, name)).result()
    found = store.read(_MARK).result()
    if found.state != "value":
        return {}
    content = json.loads(found.value)
    if not isinstance(content, dict):
        raise FormatError(f"{name}/{_MARK} holds no attributes.")
    return content


def _join(root: str, name: str) -> str:
    return f"{root.rstrip('/')}/{name}/" if name else f"{root.rstrip('/')}/"


def _claims(path: str) -> bool:
    return (Path(path) / _MARK).exists()


FORMAT = VolumeFormat(
    name="n5",
    title="N5",
    read=read,
    suffixes=(".n5",),
    claims=_claims,
    extra="n5",
    levels=True,
    inner=True,
)
