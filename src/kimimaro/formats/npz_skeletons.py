"""Skeletons as one NumPy archive, readable wherever NumPy is."""

from __future__ import annotations

import contextlib
import zipfile
from typing import Any

import numpy as np
from osteoid import Skeleton

from kimimaro.formats.atomic import replacing
from kimimaro.formats.base import FormatError, SkeletonFormat, Skeletons, WriteOptions
from kimimaro.formats.destination import check_file, damaged
from kimimaro.formats.table import SkeletonTable, as_table, whole_labels

_ARRAYS = ("labels", "vertex_starts", "edge_starts", "vertices", "edges", "transforms")
_PREFIX = "attribute_"


def write(skeletons: Skeletons, dest: str, options: WriteOptions) -> None:
    """Write all skeletons into one compressed archive."""
    table = as_table(skeletons, options)
    arrays: dict[str, Any] = {name: getattr(table, name) for name in _ARRAYS}
    arrays |= {f"{_PREFIX}{name}": column for name, column in table.values.items()}
    if options.unit is not None:
        arrays["unit"] = np.array(options.unit)
    with replacing(dest) as part, part.open("wb") as file:
        np.savez_compressed(file, **arrays)


def check(dest: str, options: WriteOptions) -> None:
    """Refuse a file that cannot be written, and one of something else than skeletons."""
    check_file(dest, _is_replaceable)


def read(src: str) -> dict[int, Skeleton]:
    """Read all skeletons of an archive."""
    with open(src, "rb") as file, np.load(file, allow_pickle=False) as archive:
        _require_skeletons(set(archive.files), src)
        values = {
            name.removeprefix(_PREFIX): archive[name]
            for name in archive.files
            if name.startswith(_PREFIX)
        }
        table = SkeletonTable(**{name: archive[name] for name in _ARRAYS}, values=values)
    return table.skeletons(src)


def labels(dest: str) -> set[int]:
    """Return the labels that an archive holds."""
    with open(dest, "rb") as file, np.load(file, allow_pickle=False) as archive:
        _require_skeletons(set(archive.files), dest)
        return set(whole_labels(archive["labels"].tolist(), dest))


def unit(src: str) -> str | None:
    """Return the unit that an archive notes."""
    with open(src, "rb") as file, np.load(file, allow_pickle=False) as archive:
        return str(archive["unit"]) if "unit" in archive.files else None


def holds_skeletons(path: str) -> bool:
    """Tell an archive of skeletons from one of an image."""
    with contextlib.suppress(OSError, zipfile.BadZipFile):
        return _names(path).issuperset(_ARRAYS)
    return False


def _is_replaceable(path: str) -> bool:
    try:
        return _names(path).issuperset(_ARRAYS)
    except zipfile.BadZipFile:
        raise damaged(path, "NumPy archive") from None


def _names(path: str) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        return {name.removesuffix(".npy") for name in archive.namelist()}


def _require_skeletons(names: set[str], path: str) -> None:
    missing = [name for name in _ARRAYS if name not in names]
    if missing:
        raise FormatError(f"{path} holds no skeletons: the array {missing[0]!r} is missing.")


FORMAT = SkeletonFormat(
    name="npz",
    title="NumPy archive",
    read=read,
    write=write,
    labels=labels,
    check=check,
    unit=unit,
    suffixes=(".npz",),
)
