"""Files in and out: one file per format, and the registry of them all."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from osteoid import Skeleton

from kimimaro.errors import KimimaroError
from kimimaro.formats import (
    crackle,
    hdf5,
    n5,
    nifti,
    npy,
    npz,
    npz_skeletons,
    nrrd,
    parquet,
    precomputed,
    precomputed_skeletons,
    swc,
    tiff,
    zarr,
)
from kimimaro.formats.base import (
    FormatError,
    FormatWarning,
    LabelVolume,
    MissingExtraError,
    ReadOptions,
    SkeletonFormat,
    VolumeFormat,
    WriteOptions,
)
from kimimaro.formats.checks import check_labels
from kimimaro.formats.navis import from_navis, to_navis
from kimimaro.formats.networkx import from_networkx, to_networkx

__all__ = [
    "SKELETON_FORMATS",
    "VOLUME_FORMATS",
    "FormatError",
    "FormatWarning",
    "LabelVolume",
    "MissingExtraError",
    "SkeletonFormat",
    "VolumeFormat",
    "check_destination",
    "existing_labels",
    "find_skeleton_format",
    "find_volume_format",
    "from_navis",
    "from_networkx",
    "holds_skeletons",
    "read_skeletons",
    "read_unit",
    "read_volume",
    "to_navis",
    "to_networkx",
    "write_skeletons",
]

VOLUME_FORMATS: tuple[VolumeFormat, ...] = (
    npy.FORMAT,
    npz.FORMAT,
    crackle.FORMAT,
    tiff.FORMAT,
    nifti.FORMAT,
    nrrd.FORMAT,
    hdf5.FORMAT,
    zarr.FORMAT,
    n5.FORMAT,
    precomputed.FORMAT,
)
SKELETON_FORMATS: tuple[SkeletonFormat, ...] = (
    swc.FORMAT,
    npz_skeletons.FORMAT,
    parquet.FORMAT,
    precomputed_skeletons.FORMAT,
)

_Format = TypeVar("_Format", VolumeFormat, SkeletonFormat)
_Result = TypeVar("_Result")


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
    MissingExtraError
        The library for the format is not installed.
    """
    source = _named(path)
    outer, inner = _split(source)
    chosen = find_volume_format(outer, format)
    if level and not chosen.levels:
        raise FormatError(f"level is {level}, but {source} has one level only.")
    options = ReadOptions(inner, axes, level, crop, fill_missing, advance)
    volume = _guarded(outer, chosen.title, lambda: chosen.read(outer, options))
    labels = check_labels(volume.labels, source, cast_floats=cast_floats, check=check)
    return dataclasses.replace(volume, labels=labels)


def read_skeletons(
    src: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002
) -> dict[int, Skeleton]:
    """Read skeletons from a file, a folder or an address.

    Returns
    -------
    dict
        An ``osteoid.Skeleton`` in physical space for each label.

    Raises
    ------
    FormatError
        The source is missing, damaged or of an unknown kind.
    MissingExtraError
        The library for the format is not installed.
    """
    source = _named(src)
    chosen = find_skeleton_format(source, format, exists=True)
    return _guarded(source, chosen.title, lambda: chosen.read(source))


def read_unit(
    src: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002
) -> str | None:
    """Return the unit of the coordinates that skeletons were written with, where it is noted.

    Raises
    ------
    FormatError
        The source is missing, damaged or of an unknown kind.
    MissingExtraError
        The library for the format is not installed.
    """
    source = _named(src)
    chosen = find_skeleton_format(source, format, exists=True)
    noted = chosen.unit
    return None if noted is None else _guarded(source, chosen.title, lambda: noted(source))


def write_skeletons(
    skeletons: Mapping[int, Skeleton],
    dest: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002
    roots: Mapping[int, tuple[float, float, float]] | None = None,
    soma_radius: float = float("inf"),
    unit: str | None = None,
    shard: bool = False,
    advance: Callable[[int, int], None] | None = None,
) -> None:
    """Write skeletons under a temporary name and rename them when they are whole.

    Parameters
    ----------
    skeletons : mapping of label to osteoid.Skeleton
    dest : str or path
        A file or folder. A path without a suffix that says otherwise is a folder of SWC files.
    format : str, optional
        Name of the format; by default the path tells.
    roots : mapping of label to (x, y, z), optional
        Where to root the tree of a label (SWC), in physical units. By default at a vertex typed
        as soma, else at the one of largest radius.
    soma_radius : float
        A root with at least this radius is typed as soma (SWC).
    unit : str, optional
        Unit of the coordinates, such as "nm", recorded where the format has a place for it.
    shard : bool
        Pack many skeletons into few files (Precomputed).
    advance : callable, optional
        Called as ``advance(done, total)`` after each skeleton.

    Raises
    ------
    FormatError
        The format is unknown or cannot hold these skeletons.
    MissingExtraError
        The library for the format is not installed.
    """
    target = _named(dest)
    chosen = check_destination(target, format=format, shard=shard, labels=skeletons.keys())
    chosen.write(
        skeletons,
        target,
        WriteOptions(
            roots=roots or {}, soma_radius=soma_radius, unit=unit, shard=shard, advance=advance
        ),
    )


def check_destination(
    dest: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002
    shard: bool = False,
    labels: Collection[int] | None = None,
) -> SkeletonFormat:
    """Refuse, before there are skeletons, a place that they could not be written to.

    Parameters
    ----------
    dest, format, shard
        As for ``write_skeletons``.
    labels : collection of int, optional
        The labels that are to get a skeleton, where that is known.

    Returns
    -------
    SkeletonFormat
        The format that ``write_skeletons`` would write.

    Raises
    ------
    FormatError
        The format is unknown or cannot hold these labels, or the place cannot be written to.
    MissingExtraError
        The library for the format is not installed.
    """
    target = _named(dest)
    chosen = find_skeleton_format(target, format, exists=False)
    if shard and not chosen.shards:
        raise FormatError(
            f"shard packs Precomputed skeletons, but {target} is to hold {chosen.title}; "
            f"choose the format precomputed, or leave shard out."
        )
    _guarded(target, chosen.title, lambda: chosen.check(target, WriteOptions(shard=shard)))
    if labels is None:
        return chosen
    if chosen.is_single(target) and len(labels) != 1:
        some = ", ".join(map(str, sorted(labels)[:3])) + ("" if len(labels) <= 3 else ", ...")
        raise FormatError(
            f"{target} holds one skeleton, but there are {len(labels):,} labels ({some}); name a "
            f"folder."
        )
    if not chosen.signed and min(labels, default=0) < 0:
        raise FormatError(
            f"{target} is to hold {chosen.title}, which cannot have negative labels, such as "
            f"{min(labels)}; choose another format."
        )
    return chosen


def existing_labels(
    dest: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002
) -> set[int]:
    """Return the labels whose skeletons a destination already holds."""
    target = _named(dest)
    if not _exists(target):
        return set()
    chosen = find_skeleton_format(target, format, exists=False)
    return _guarded(target, chosen.title, lambda: chosen.labels(target))


def holds_skeletons(path: str | os.PathLike[str]) -> bool:
    """Tell whether a file, folder or address holds skeletons rather than a volume."""
    source = _named(path)
    if source.lower().endswith(".npz"):
        return npz_skeletons.holds_skeletons(source)
    if precomputed.is_precomputed(source.removeprefix("precomputed://").removeprefix("file://")):
        return False
    if any(known.matches(source) for known in SKELETON_FORMATS):
        return precomputed_skeletons.is_skeletons(source) if "://" in source else True
    return False


def find_volume_format(path: str, name: str | None = None) -> VolumeFormat:
    """Find the format of a volume by name, or by what its path looks like."""
    if name is not None:
        return _by_name(VOLUME_FORMATS, name)
    if not _exists(path):
        raise FormatError(f"{path} does not exist.")
    for candidate in VOLUME_FORMATS:
        if candidate.matches(path):
            return candidate
    raise FormatError(f"{path} is of no known kind of volume; known are {_known(VOLUME_FORMATS)}.")


def find_skeleton_format(path: str, name: str | None = None, *, exists: bool) -> SkeletonFormat:
    """Find the format of skeletons by name, or by what their path looks like.

    ``exists`` says that the path is to be read from; otherwise an unknown folder is one of SWC.
    """
    if exists and not _exists(path):
        raise FormatError(f"{path} does not exist.")
    if name is not None:
        return _by_name(SKELETON_FORMATS, name)
    for candidate in SKELETON_FORMATS:
        if candidate.matches(path):
            return candidate
    if not exists:
        if not Path(path).suffix:
            return swc.FORMAT
        endings = [suffix for known in SKELETON_FORMATS for suffix in known.suffixes]
        raise FormatError(
            f"{path} is of no known kind of skeletons; name a folder, or a file that ends in "
            f"{', '.join(endings[:-1])} or {endings[-1]}."
        )
    raise FormatError(
        f"{path} is of no known kind of skeletons; known are {_known(SKELETON_FORMATS)}."
    )


def _guarded(path: str, title: str, action: Callable[[], _Result]) -> _Result:
    """Turn whatever a format's library raises about a bad file into one sentence."""
    try:
        return action()
    except (KimimaroError, MemoryError, PermissionError):
        raise
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        if "allow_pickle" in reason:  # NumPy's advice for whatever is none of its files
            reason = "it is no such file, or holds Python objects"
        raise FormatError(
            f"{path} cannot be read as {title}: {reason}; the file may be damaged or cut off."
        ) from error


def _named(path: str | os.PathLike[str]) -> str:
    text = os.fspath(path)
    if not text.partition("::")[0].strip():
        raise FormatError(f"the name {text!r} is empty; name a file, a folder or an address.")
    return text


def _split(source: str) -> tuple[str, str | None]:
    outer, found, inner = source.partition("::")
    return outer, inner if found else None


def _exists(path: str) -> bool:
    return "://" in path or Path(path).exists()


def _by_name(formats: Iterable[_Format], name: str) -> _Format:
    table = {candidate.name: candidate for candidate in formats}
    if name not in table:
        raise FormatError(f"format is {name!r}; known are {', '.join(table)}.")
    return table[name]


def _known(formats: Iterable[Any]) -> str:
    return ", ".join(
        f"{known.title} ({', '.join(known.suffixes)})" if known.suffixes else known.title
        for known in formats
    )
