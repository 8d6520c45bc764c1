"""Skeletons in and out, of whatever format: reading, writing, and looking before either."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping

from osteoid import Skeleton

from kimimaro.errors import InputError
from kimimaro.formats.attributes import check_mapping
from kimimaro.formats.base import FormatError, SkeletonFormat, WriteOptions
from kimimaro.formats.destination import is_filled
from kimimaro.formats.registry import find_skeleton_format, guarded, named
from kimimaro.numbers import as_whole
from kimimaro.postprocess.arrays import check_length


def read_skeletons(
    src: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002
) -> dict[int, Skeleton]:
    """Read skeletons from a file, a folder or an address.

    Parameters
    ----------
    src : str or path
    format : str, optional
        Name of the format; by default the path tells.

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
    source = named(src)
    chosen = find_skeleton_format(source, format, exists=True)
    return guarded(source, chosen.title, lambda: chosen.read(source))


def read_unit(
    src: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002
) -> str | None:
    """Return the unit of the coordinates that skeletons were written with, where it is noted.

    Parameters
    ----------
    src, format
        As for ``read_skeletons``.

    Raises
    ------
    FormatError
        The source is missing, damaged or of an unknown kind.
    MissingExtraError
        The library for the format is not installed.
    """
    source = named(src)
    chosen = find_skeleton_format(source, format, exists=True)
    noted = chosen.unit
    return None if noted is None else guarded(source, chosen.title, lambda: noted(source))


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
        A root with more than this radius is typed as soma (SWC), as tracing takes it for one.
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
    InputError
        A label is no whole number, a coordinate is not finite, or an edge names no vertex.
    InputTypeError
        ``skeletons`` is no mapping to skeletons.
    MissingExtraError
        The library for the format is not installed.
    """
    check_mapping(skeletons)
    target = named(dest)
    soma_radius = check_length("soma_radius", soma_radius)
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
    InputError
        A label is no whole number.
    MissingExtraError
        The library for the format is not installed.
    """
    target = named(dest)
    chosen = find_skeleton_format(target, format, exists=False)
    if shard and not chosen.shards:
        raise FormatError(
            f"shard packs Precomputed skeletons, but {target} is to hold {chosen.title}; "
            f"choose the format precomputed, or leave shard out."
        )
    options = WriteOptions(shard=shard)
    guarded(target, chosen.title, lambda: chosen.check(target, options), writing=True)
    if labels is None:
        return chosen
    for label in labels:
        if as_whole(label) is None:
            raise InputError(f"skeletons has the label {label!r}; labels are whole numbers.")
    if chosen.is_single(target) and not labels:
        raise FormatError(
            f"{target} holds one skeleton, but there is none to write; name a folder, which may "
            f"stay empty."
        )
    if chosen.is_single(target) and len(labels) > 1:
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
    target = named(dest)
    if "://" not in target and not is_filled(target):
        return set()
    chosen = find_skeleton_format(target, format, exists=False)
    return guarded(target, chosen.title, lambda: chosen.labels(target))
