"""Whether a file or folder can be written, asked before there is anything to write."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from kimimaro.formats.base import FormatError


def check_file(path: str | Path, replaceable: Callable[[str], bool] | None = None) -> None:
    """Refuse a file that cannot be written; its folder need not be there yet.

    Parameters
    ----------
    path : str or path
    replaceable : callable, optional
        Tells whether a file that is there holds skeletons; by default anything is replaced, and
        always a file of 0 bytes.

    Raises
    ------
    FormatError
        The path is an address, a folder, a device or a pipe, its folder can be neither made nor
        written to, or it is a file that is not to be replaced.
    """
    _refuse_address(str(path))
    if Path(path).is_dir():
        raise FormatError(f"{path} is a folder; name a file.")
    if Path(path).exists() and not Path(path).is_file():
        raise FormatError(f"{path} is a device or a pipe; name a file.")
    _check_parents(Path(path).parent, str(path))
    if replaceable is not None and is_filled(path) and not replaceable(str(path)):
        raise no_skeletons(str(path))


def is_filled(path: str | Path) -> bool:
    """Tell whether there is something: others reserve a name by a file of 0 bytes."""
    place = Path(path)
    return place.is_dir() or (place.exists() and place.stat().st_size > 0)


def check_folder(path: str | Path) -> None:
    """Refuse a folder that can be neither made nor written to.

    Raises
    ------
    FormatError
        The path is an address, or it or a folder on the way to it is a file, or may not be
        written to.
    """
    _refuse_address(str(path))
    _check_parents(Path(path), str(path))


def no_skeletons(path: str) -> FormatError:
    """Return the error that something else than skeletons would be replaced."""
    return FormatError(
        f"{path} holds something else than skeletons and is not replaced; name another place."
    )


def damaged(path: str, title: str) -> FormatError:
    """Return the error that nobody can tell what would be replaced."""
    return FormatError(f"{path} is damaged or no {title}; remove it, or name another place.")


def _refuse_address(path: str) -> None:
    # The system would take it for a folder "gs:".
    if "://" in path:
        raise FormatError(
            f"{path} is an address, where only Precomputed skeletons go; name a local place."
        )


def _check_parents(folder: Path, asked: str) -> None:
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir():
        what = "is" if str(there) == asked else f"cannot be written, as {there} is"
        raise FormatError(f"{asked} {what} a file and no folder; name another place.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise FormatError(
            f"{asked} cannot be written, as the folder {there} is not yours to write to; "
            f"name another place."
        )
