"""TIFF: one image, a stack, an OME or ImageJ hyperstack, or a folder of slices."""

from __future__ import annotations

import contextlib
import logging
import operator
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from kimimaro.formats.axes import check_axes, crop_start, cut, take
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

_SUFFIXES = (".tif", ".tiff")
_DIGITS = re.compile(r"(\d+)")
_UNITS = {"µm": "um", "\\u00b5m": "um", "micron": "um", "microns": "um", "micrometer": "um"}


def read(path: str, options: ReadOptions) -> LabelVolume:
    """Read a file, mapped into memory where it is not compressed, or a folder slice by slice."""
    tifffile = require("tifffile", "tif", "Reading TIFF files")
    if Path(path).is_dir():
        return _read_folder(tifffile, path, options)
    with _complaints() as complaints, tifffile.TiffFile(path) as file:
        _refuse_cut_pages(file, path)
        shape, named = _shape(file, path)
        axes, order = _axes_of(named, len(shape), options.axes)
        anisotropy, unit, size_source = voxel_size(path, lambda: _voxel_size(file))
        array = _array_of(tifffile, file, path).reshape(shape)
        # The library only logs that the chain of pages is broken and reads what is left.
        if complaints:
            raise FormatError(f"{path} is damaged or cut off: {complaints[0]}.")
    return LabelVolume(
        take(array, axes, options.crop),
        anisotropy,
        unit,
        source=f"{order}; {size_source}",
        origin=crop_start(options.crop),
    )


def _shape(file: Any, path: str) -> tuple[tuple[int, ...], str]:
    """Return shape and axes of the image; flat series that are alike are slices of one stack."""
    first = file.series[0]
    if "S" in first.axes:
        raise FormatError(
            f"{path} is an RGB image; save the segmentation itself, one whole number per voxel."
        )
    if _is_stack(file):
        return (len(file.series), *first.shape), f"I{first.axes}"
    return tuple(first.shape), str(first.axes)


def _is_stack(file: Any) -> bool:
    kinds = {(series.shape, series.dtype) for series in file.series}
    return len(file.series) > 1 and len(kinds) == 1 and file.series[0].axes == "YX"


def _array_of(tifffile: Any, file: Any, path: str) -> NDArray[Any]:
    if _is_stack(file):
        return np.stack([series.asarray() for series in file.series])
    series = file.series[0]
    if series.dataoffset is not None and file.pages[0].is_memmappable:
        mapped: NDArray[Any] = tifffile.memmap(path, series=0, mode="c")
        return mapped
    array: NDArray[Any] = series.asarray()
    return array


def _refuse_cut_pages(file: Any, path: str) -> None:
    """Refuse pages whose data lie beyond the file's end, which the library reads as zeros."""
    size = Path(path).stat().st_size
    for number, page in enumerate(file.pages):
        ends = map(operator.add, page.dataoffsets, page.databytecounts)
        if max(ends, default=0) > size:
            raise FormatError(f"{path} is cut off: the data of page {number} are not all there.")


@contextlib.contextmanager
def _complaints() -> Iterator[list[str]]:
    """Collect the errors that the library logs, and keep them from the terminal."""
    found: list[str] = []

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.getMessage())

    logger = logging.getLogger("tifffile")
    collect = Collect(logging.ERROR)
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(collect)
    try:
        yield found
    finally:
        logger.removeHandler(collect)
        logger.propagate = propagate


def _read_folder(tifffile: Any, path: str, options: ReadOptions) -> LabelVolume:
    files = sorted(_slices(path), key=_by_numbers)
    x, y, z = [*(options.crop or ()), slice(None), slice(None), slice(None)][:3]
    chosen = files[cut("z", len(files), z)]
    first = None
    volume: NDArray[Any] | None = None
    for index, file in enumerate(chosen):
        image = tifffile.imread(file)
        if image.ndim != 2:
            raise FormatError(
                f"{file} is not a flat image of one channel: its shape is {image.shape}."
            )
        part = take(image, "yx", (x, y))
        if volume is None:
            first = image
            volume = np.empty((*part.shape, len(chosen)), dtype=image.dtype, order="F")
        if first is None or image.shape != first.shape or image.dtype != first.dtype:
            raise FormatError(
                f"{file} is of shape {image.shape} and type {image.dtype}, unlike {chosen[0]}; "
                f"slices of one volume are alike."
            )
        volume[:, :, index] = part
        if options.advance is not None:
            options.advance((index + 1) * part.size, volume.size)
    return LabelVolume(
        volume,
        anisotropy=None,
        unit=None,
        source=f"{len(files)} slices in the order of their numbers along z; no voxel size",
        origin=crop_start(options.crop),
    )


def _axes_of(named: str, ndim: int, asked: str | None) -> tuple[str, str]:
    """Return the axis order; pages that nothing names (I, Q) are slices along z."""
    if asked is not None:
        return check_axes(asked, ndim), "axis order as given"
    axes = named.lower()
    if "z" not in axes:
        unknown = [axis for axis in axes if axis in "iqt"]
        if unknown:
            axes = axes.replace(unknown[-1], "z")
            return axes, "pages are taken as slices along z"
    return axes, f"axis order {', '.join(axes)} in the file"


def _voxel_size(file: Any) -> VoxelSize:
    if file.is_ome:
        return _ome_size(file)
    if file.is_imagej:
        return _imagej_size(file)
    return None, None, "no voxel size in the file"


def _imagej_size(file: Any) -> VoxelSize:
    meta = file.imagej_metadata or {}
    unit = _unit(meta.get("unit"))
    resolutions = _resolutions(file.pages[0])
    spacing = meta.get("spacing")
    if unit is None or resolutions is None:
        return None, None, "no voxel size in the ImageJ metadata"
    size = as_triple((*resolutions, abs(float(spacing or 1))), "the voxel size of ImageJ")
    depth = "" if spacing else ", which lack the spacing of slices: 1 is taken"
    return size, unit, f"voxel size from the ImageJ metadata{depth}"


def _resolutions(page: Any) -> tuple[float, float] | None:
    sizes = []
    for name in ("XResolution", "YResolution"):
        if name not in page.tags:
            return None
        count, length = page.tags[name].value
        if not count or not length:
            return None
        sizes.append(length / count)
    return sizes[0], sizes[1]


def _ome_size(file: Any) -> VoxelSize:
    root = ElementTree.fromstring(file.ome_metadata)
    pixels = next((node for node in root.iter() if node.tag.endswith("}Pixels")), None)
    attributes: Mapping[str, str] = {} if pixels is None else pixels.attrib
    sizes = [attributes.get(f"PhysicalSize{axis}") for axis in "XYZ"]
    if sizes[0] is None or sizes[1] is None:
        return None, None, "no voxel size in the OME metadata"
    units = [_unit(attributes.get(f"PhysicalSize{axis}Unit", "um")) for axis in "XYZ"]
    if len({unit for unit, size in zip(units, sizes, strict=True) if size is not None}) > 1:
        return None, None, f"no voxel size, as the OME metadata mix the units {units}"
    flat = sizes[2] is None
    size = as_triple([value or 1 for value in sizes], "the voxel size of OME")
    depth = ", which lack the size along z: 1 is taken" if flat else ""
    return size, units[0], f"voxel size from the OME metadata{depth}"


def _unit(name: Any) -> str | None:
    text = str(name).strip() if name else ""
    if text.lower() in ("", "pixel", "pixels"):
        return None
    return _UNITS.get(text.lower(), text)


def _by_numbers(path: Path) -> list[Any]:
    """Sort slice9 before slice10."""
    parts = _DIGITS.split(path.name)
    return [int(part) if part.isdigit() else part for part in parts]


def _slices(folder: str) -> list[Path]:
    return [
        entry
        for entry in Path(folder).iterdir()
        if entry.suffix.lower() in _SUFFIXES and not entry.name.startswith(".")
    ]


def _claims(path: str) -> bool:
    return Path(path).is_dir() and bool(_slices(path))


FORMAT = VolumeFormat(
    name="tiff", title="TIFF", read=read, suffixes=_SUFFIXES, claims=_claims, extra="tif"
)
