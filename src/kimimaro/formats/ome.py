"""The metadata of OME-NGFF: which arrays are the levels, their axes, voxel size and position."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from kimimaro.errors import shown
from kimimaro.formats.base import FormatError, Triple
from kimimaro.numbers import as_number

_UNITS = {
    "angstrom": "angstrom",
    "nanometer": "nm",
    "micrometer": "um",
    "millimeter": "mm",
    "centimeter": "cm",
    "meter": "m",
}


@dataclasses.dataclass(frozen=True)
class Level:
    """One resolution level of a multi-scale image, as its metadata say it."""

    path: str
    axes: str
    anisotropy: Triple
    unit: str | None
    translation: Triple


def levels(attributes: Mapping[str, Any]) -> list[Level]:
    """Return the levels of a group's multi-scale image, the finest first, or none.

    Versions 0.4 (``multiscales``) and 0.5 (``ome.multiscales``) are understood, and the older ones
    that name no axes.
    """
    images = attributes.get("ome", attributes).get("multiscales", [])
    if not images:
        return []
    image = images[0]
    axes, unit = _axes(image.get("axes"))
    outer = image.get("coordinateTransformations", [])
    return [_level(dataset, axes or "tczyx", unit, outer) for dataset in image["datasets"]]


def labels_of(attributes: Mapping[str, Any]) -> list[str]:
    """Return the names of label images that a group of them lists."""
    return [str(name) for name in attributes.get("ome", attributes).get("labels", [])]


def _axes(axes: Any) -> tuple[str, str | None]:
    if not axes:
        return "", None
    names, units = [], set()
    for axis in axes:
        if isinstance(axis, str):  # version 0.3
            names.append(axis)
            continue
        names.append(str(axis["name"]))
        if axis["name"] in ("x", "y", "z") and axis.get("unit"):
            units.add(str(axis["unit"]))
    if len(units) > 1:
        raise FormatError(f"the OME metadata mix the units {', '.join(sorted(units))}.")
    unit = units.pop() if units else None
    return "".join(names), None if unit is None else _UNITS.get(unit, unit)


def _level(dataset: Mapping[str, Any], axes: str, unit: str | None, outer: Any) -> Level:
    scale = dict.fromkeys(axes, 1.0)
    shift = dict.fromkeys(axes, 0.0)
    for step in [*dataset.get("coordinateTransformations", []), *outer]:
        kind = step["type"]
        if kind == "identity":
            continue
        if kind not in ("scale", "translation") or kind not in step:
            raise FormatError(f"the OME metadata use a transformation {kind!r} that is not read.")
        values = step[kind] if isinstance(step[kind], list) else []
        numbers = [as_number(value) for value in values]
        if len(numbers) != len(axes) or not all(map(math.isfinite, numbers)):
            raise FormatError(
                f"the OME metadata have a {kind} of {shown(step[kind])}; "
                f"a number for each of the axes {axes} is due."
            )
        for axis, number in zip(axes, numbers, strict=True):
            if kind == "scale":
                scale[axis] *= number
                shift[axis] *= number
            else:
                shift[axis] += number
    width, height, depth = (scale.get(axis, 1.0) for axis in "xyz")
    x, y, z = (shift.get(axis, 0.0) for axis in "xyz")
    return Level(str(dataset["path"]), axes, (width, height, depth), unit, (x, y, z))
