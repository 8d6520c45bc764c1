"""Which formats there are, and which of them a path or address is of."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from kimimaro.errors import InputTypeError, KimimaroError
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
from kimimaro.formats.base import FormatError, SkeletonFormat, VolumeFormat
from kimimaro.formats.store import plain

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


def find_volume_format(path: str, name: str | None = None) -> VolumeFormat:
    """Find the format of a volume by name, or by what its path looks like."""
    if name is not None:
        return _by_name(VOLUME_FORMATS, name)
    if not is_there(path):
        raise FormatError(f"{path} does not exist.")
    for candidate in VOLUME_FORMATS:
        if candidate.matches(path):
            return candidate
    raise FormatError(f"{path} is of no known kind of volume; known are {_known(VOLUME_FORMATS)}.")


def find_skeleton_format(path: str, name: str | None = None, *, exists: bool) -> SkeletonFormat:
    """Find the format of skeletons by name, or by what their path looks like.

    ``exists`` says that the path is to be read from; otherwise an unknown folder is one of SWC.
    """
    if exists and not is_there(path):
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


def holds_skeletons(path: str | os.PathLike[str]) -> bool:
    """Tell whether a file, folder or address holds skeletons rather than a volume."""
    source = named(path)
    if source.lower().endswith(".npz"):
        return npz_skeletons.holds_skeletons(source)
    if "://" not in plain(source) and _is_container(plain(source)):
        return False
    if any(known.matches(source) for known in SKELETON_FORMATS):
        return precomputed_skeletons.is_skeletons(source) if "://" in source else True
    return False


def _is_container(path: str) -> bool:
    """Tell a volume whatever else lies in its folder; slices may lie in one with SWC files."""
    return any(known.matches(path) for known in VOLUME_FORMATS if known is not tiff.FORMAT)


def guarded(
    path: str, title: str, action: Callable[[], _Result], *, writing: bool = False
) -> _Result:
    """Turn whatever a format's library raises about a bad file or place into one sentence."""
    try:
        return action()
    except (KimimaroError, MemoryError, PermissionError):
        raise
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        if "allow_pickle" in reason:  # NumPy's advice for whatever is none of its files
            reason = "it is no such file, or holds Python objects"
        told = f"{path} cannot be read as {title}: {reason}; the file may be damaged or cut off."
        if writing:
            told = f"{path} cannot be written as {title}: {reason}; name another place."
        raise FormatError(told) from error


def named(path: str | os.PathLike[str]) -> str:
    """Return the name of a place as text.

    Raises
    ------
    FormatError
        It is empty, which would be the current folder.
    InputTypeError
        It is no name.
    """
    text = os.fspath(path) if isinstance(path, os.PathLike) else path
    if not isinstance(text, str):
        raise InputTypeError(
            f"the name of a file or folder is a {type(text).__name__}; pass text or a Path."
        )
    if not text.partition("::")[0].strip():
        raise FormatError(f"the name {text!r} is empty; name a file, a folder or an address.")
    return text


def is_there(path: str) -> bool:
    """Tell whether there is such a file or folder; of an address only asking it would tell."""
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
