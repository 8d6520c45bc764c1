"""Zarr versions 2 and 3, and OME-Zarr: an array, or a level of a multi-scale image."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kimimaro.formats import ome
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

_MARKS = (".zarray", ".zgroup", "zarr.json")


def read(path: str, options: ReadOptions) -> LabelVolume:
    """Read an array; its axes are z, y, x unless the metadata or the caller say otherwise."""
    zarr = require("zarr", "zarr", "Reading Zarr")
    node = zarr.open(_store(zarr, path), mode="r")
    if options.inner is not None:
        node = _inside(zarr, node, path, options.inner.strip("/"))
    if isinstance(node, zarr.Group):
        array, level, note = _choose(zarr, node, path, options.level)
    else:
        array, level, note = node, _level_of(zarr, path, options), "the array itself"
        _refuse_level(options.level, path)
    axes, order = _axes(array, level, options.axes)
    check_room(array, axes, options.crop, path)
    labels = take(array, axes, options.crop, options.advance)
    anisotropy, unit, size_source = voxel_size(path, lambda: _voxel_size(level))
    return LabelVolume(
        labels,
        anisotropy,
        unit,
        source=f"{note}; {order}; {size_source}",
        origin=crop_start(options.crop),
        # A length means nothing without the voxel size.
        translation=(0.0, 0.0, 0.0) if level is None or anisotropy is None else level.translation,
    )


def _store(zarr: Any, path: str) -> Any:
    if zarr.__version__.startswith("2.") and (Path(path) / "zarr.json").exists():
        raise FormatError(
            f"{path} is of Zarr version 3, which needs the package zarr 3 and Python 3.11 or newer."
        )
    return zarr.storage.ZipStore(path, mode="r") if path.lower().endswith(".zip") else path


def _inside(zarr: Any, node: Any, path: str, inner: str) -> Any:
    if not isinstance(node, zarr.Group) or inner not in node:
        held = ", ".join(_array_names(zarr, node)) if isinstance(node, zarr.Group) else "one array"
        raise FormatError(f"{path} has no array or group {inner!r}; it holds {held or 'nothing'}.")
    return node[inner]


def _choose(
    zarr: Any, group: Any, path: str, wanted: int | None
) -> tuple[Any, ome.Level | None, str]:
    """Find the array to read in a group."""
    levels = ome.levels(_attributes(group))
    if levels:
        sets = _label_sets(zarr, group)
        if sets and "image-label" not in _metadata(group):
            raise FormatError(
                f"{path} is an image with labels beside it: read {_listed(path, sets)}."
            )
        return _level(group, levels, path, wanted)
    sets = ome.labels_of(_attributes(group))
    if len(sets) == 1:
        return _choose(zarr, group[sets[0]], f"{path}/{sets[0]}", wanted)
    names = sets or _array_names(zarr, group)
    if len(names) != 1:
        raise FormatError(
            f"{path} holds {', '.join(names) or 'no array'}; name the labels among them, as in "
            f"{path}::NAME."
        )
    _refuse_level(wanted, path)
    return group[names[0]], None, f"array {names[0]}"


def _level(
    group: Any, levels: list[ome.Level], path: str, wanted: int | None
) -> tuple[Any, ome.Level, str]:
    number = wanted or 0
    if number >= len(levels):
        raise FormatError(f"level is {number}, but {path} has levels 0 to {len(levels) - 1}.")
    level = levels[number]
    return group[level.path], level, f"level {number} of {len(levels)}"


def _refuse_level(wanted: int | None, path: str) -> None:
    if wanted:
        raise FormatError(f"level is {wanted}, but {path} has one level only.")


def _level_of(zarr: Any, path: str, options: ReadOptions) -> ome.Level | None:
    """Look for what the group around an array says of it: image.zarr/0 is a level of image.zarr."""
    inner = (options.inner or "").strip("/")
    outer, name = posixpath.split(inner) if inner else posixpath.split(path.rstrip("/"))
    parent = f"{path.rstrip('/')}/{outer}" if inner else outer
    if "://" not in parent and not _is_node(parent):
        return None
    try:
        group = zarr.open_group(parent, mode="r")
    except Exception:  # the array stands alone; stores raise as they please
        return None
    for level in ome.levels(_attributes(group)):
        if level.path == name:
            return level
    return None


def _voxel_size(level: ome.Level | None) -> VoxelSize:
    if level is None:
        return None, None, "no voxel size in the metadata"
    size = as_triple(level.anisotropy, "the voxel size of OME")
    return size, level.unit, "voxel size from the OME metadata"


def _axes(array: Any, level: ome.Level | None, asked: str | None) -> tuple[str, str]:
    if asked is not None:
        return check_axes(asked, array.ndim), "axis order as given"
    if level is not None:
        axes = level.axes[-array.ndim :]
        return axes, f"axis order {', '.join(axes)} from the OME metadata"
    named = _named_axes(array)
    if len(named) == array.ndim and {"x", "y"} <= set(named):
        return named, f"axis order {', '.join(named)} from the metadata"
    axes = usual_axes(array.ndim, "zyx")
    return axes, f"axis order {', '.join(axes)} is assumed"


def _named_axes(array: Any) -> str:
    """Return the axis names of Zarr 3, or of xarray's convention for Zarr 2."""
    names = getattr(array.metadata, "dimension_names", None) if hasattr(array, "metadata") else None
    names = names or _attributes(array).get("_ARRAY_DIMENSIONS") or ()
    return "".join(str(name or "?").lower()[:1] for name in names)


def _label_sets(zarr: Any, group: Any) -> list[str]:
    if "labels" not in group or not isinstance(group["labels"], zarr.Group):
        return []
    return [f"labels/{name}" for name in ome.labels_of(_attributes(group["labels"]))]


def _listed(path: str, names: list[str]) -> str:
    return " or ".join(f"{path}::{name}" for name in names)


def _array_names(zarr: Any, group: Any) -> list[str]:
    return sorted(_walk(zarr, group, ""))


def _walk(zarr: Any, group: Any, prefix: str) -> Iterator[str]:
    for name in group:
        node = group[name]
        if isinstance(node, zarr.Group):
            yield from _walk(zarr, node, f"{prefix}{name}/")
        elif node.ndim >= 2:
            yield f"{prefix}{name}"


def _attributes(node: Any) -> Mapping[str, Any]:
    return dict(node.attrs)


def _metadata(node: Any) -> Mapping[str, Any]:
    attributes = _attributes(node)
    inner: Mapping[str, Any] = attributes.get("ome", attributes)
    return inner


def _is_node(path: str) -> bool:
    return any((Path(path) / mark).exists() for mark in _MARKS)


FORMAT = VolumeFormat(
    name="zarr",
    title="Zarr",
    read=read,
    suffixes=(".zarr", ".zarr.zip"),
    claims=_is_node,
    extra="zarr",
    levels=True,
    inner=True,
)
