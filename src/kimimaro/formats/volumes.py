"""Labeled images, of whatever format, into memory."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable

from kimimaro.errors import InputError, InputTypeError, shown
from kimimaro.formats.base import FormatError, LabelVolume, ReadOptions
from kimimaro.formats.checks import check_labels
from kimimaro.formats.registry import find_volume_format, guarded, named
from kimimaro.numbers import check_whole


def read_volume(
    path: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002
    axes: str | None = None,
    level: int | None = None,
    crop: tuple[slice, ...] | None = None,
    fill_missing: bool = False,
    cast_floats: bool = False,
    check: bool = True,
    advance: Callable[[int, int], None] | None = None,
) -> LabelVolume:
    """Read a labeled image.

    Parameters
    ----------
    path : str or path
        A file, a folder or an address. ``container::name`` names one array of a container.
    format : str, optional
        Name of the format; by default the path tells.
    axes : str, optional
        Order of the axes in the file, such as ``"zyx"``, where the file does not say it or is
        wrong about it.
    level : int, optional
        Resolution level of a multi-scale volume; 0, the finest, by default.
    crop : tuple of slices, optional
        The part to read, one slice without step for each of x, y, z, in the file's own voxels.
    fill_missing : bool
        Take chunks that a Precomputed volume lacks as background.
    cast_floats : bool
        Take a floating-point image whose values are all whole numbers as labels.
    check : bool
        Refuse images that look like raw microscopy or RGB.
    advance : callable, optional
        Called as ``advance(done, total)`` in voxels, by formats that are read piece by piece.

    Returns
    -------
    LabelVolume
        Labels as ``[x, y, z]`` or ``[x, y]``, with the voxel size where the file says it.

    Raises
    ------
    FormatError
        The file is missing, damaged, of an unknown kind, or not an image of labels.
    InputError, InputTypeError
        An argument is none of what it may be.
    MissingExtraError
        The library for the format is not installed.
    """
    source = named(path)
    if axes is not None and not isinstance(axes, str):
        raise InputTypeError(f"axes is {axes!r}; pass the order as text, such as 'zyx'.")
    level, crop = _checked_level(level), _checked_crop(crop)
    outer, inner = _split(source)
    chosen = find_volume_format(outer, format)
    if inner is not None and not chosen.inner:
        raise FormatError(f"{outer} has no arrays inside; leave out ::{inner}.")
    if level and not chosen.levels:
        raise FormatError(f"level is {level}, but {source} has one level only.")
    options = ReadOptions(inner, axes, level, crop, fill_missing, advance)
    volume = guarded(outer, chosen.title, lambda: chosen.read(outer, options))
    labels = check_labels(volume.labels, source, cast_floats=cast_floats, check=check)
    return dataclasses.replace(volume, labels=labels)


def _checked_level(level: object) -> int | None:
    if level is None:
        return None
    number = check_whole("level", level)
    if number < 0:
        raise InputError(f"level is {level!r}; use a number of at least 0.")
    return number


def _checked_crop(crop: object) -> tuple[slice, ...] | None:
    """Return a crop whose ends are whole numbers or open."""
    if crop is None:
        return None
    if (
        not isinstance(crop, (tuple, list))
        or len(crop) > 3
        or not all(isinstance(part, slice) for part in crop)
    ):
        raise InputTypeError(
            f"crop is {shown(crop)}; pass a slice for each of x, y and z, such as slice(0, 64)."
        )
    parts = []
    for axis, part in zip("xyz", crop, strict=False):
        if part.step not in (None, 1):
            raise InputError(f"crop has the step {part.step!r} along {axis}; leave it out.")
        start, stop = (
            None if end is None else check_whole(f"an end of crop along {axis}", end)
            for end in (part.start, part.stop)
        )
        parts.append(slice(start, stop))
    return tuple(parts)


def _split(source: str) -> tuple[str, str | None]:
    outer, found, inner = source.partition("::")
    return outer, inner if found else None
