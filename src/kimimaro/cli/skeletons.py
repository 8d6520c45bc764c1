"""Skeletons on their way out of a command: writing them, and saying what they are."""

from __future__ import annotations

import contextlib
import itertools
import os
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
import numpy as np
from osteoid import Skeleton

from kimimaro.cli.progress import StageProgress
from kimimaro.cli.terminal import Interrupted, Terminal, counted
from kimimaro.cli.volumes import VOXEL
from kimimaro.errors import InputError, KimimaroError
from kimimaro.formats import (
    SKELETON_FORMATS,
    FormatError,
    LabelVolume,
    SkeletonFormat,
    check_destination,
    existing_labels,
    find_skeleton_format,
    read_skeletons,
    read_unit,
    write_skeletons,
)
from kimimaro.formats.precomputed import is_precomputed
from kimimaro.formats.store import plain

_F = TypeVar("_F", bound=Callable[..., Any])
_NAMES = [known.name for known in SKELETON_FORMATS]


def dest_option(function: _F) -> _F:
    """Give a command the option --out."""
    return click.option(
        "--out", "-o", "dest", required=True, metavar="DEST", help="Where the skeletons go."
    )(function)


def source_options(function: _F) -> _F:
    """Give a command the option that says how skeletons are to be read."""
    return click.option(
        "--input-format",
        type=click.Choice(_NAMES),
        help="Kind of the skeletons in SRC, where its name does not tell.",
    )(function)


def output_options(function: _F) -> _F:
    """Give a command the options that say how skeletons are to be written."""
    options = [
        click.option(
            "--format",
            "output_format",
            type=click.Choice(_NAMES),
            help="Kind of the skeletons in DEST; by default its name tells, and a folder is one "
            "of SWC files.",
        ),
        click.option(
            "--shard/--no-shard",
            default=False,
            help="Pack Precomputed skeletons into few files.",
        ),
        click.option(
            "--unit",
            help="Unit of the coordinates, such as nm, noted in DEST; by default what SRC says.",
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def read(src: str, name: str | None) -> dict[int, Skeleton]:
    """Read skeletons."""
    return read_skeletons(src, format=name)


def read_source(src: str, name: str | None) -> dict[int, Skeleton]:
    """Read the skeletons that a command is to work on, and warn where there are none."""
    skeletons = read(src, name)
    if not skeletons:
        click.echo(f"Warning: {src} holds no skeletons.", err=True)
    return skeletons


def select(
    drawn: dict[int, Skeleton], labels: list[int] | None, source: str, option: str
) -> dict[int, Skeleton]:
    """Choose the skeletons of the labels that an option names, all of them for None.

    Raises
    ------
    InputError
        The source has no skeleton of a label.
    """
    if labels is None:
        return drawn
    unknown = [label for label in labels if label not in drawn]
    if unknown:
        raise InputError(
            f"{option} asks for {', '.join(map(str, unknown[:5]))}"
            f"{' and others' if len(unknown) > 5 else ''}, of which {source} has no skeleton; "
            f"kimimaro info {source} tells what is there."
        )
    return {label: drawn[label] for label in labels}


def noted_unit(sources: Sequence[str], name: str | None) -> str | None:
    """Return the unit that sources of skeletons note; those that note none go with the others.

    Raises
    ------
    FormatError
        They note different ones.
    """
    noted: dict[str, tuple[str, str]] = {}
    for source in sources:
        unit = read_unit(source, format=name)
        if unit is not None:
            noted.setdefault(_plain_letters(unit), (unit, source))
    if len(noted) > 1:
        units = " and ".join(f"{source} in {unit}" for unit, source in noted.values())
        raise FormatError(f"the skeletons are in different units: {units}; name one by --unit.")
    return next((unit for unit, _ in noted.values()), None)


def shown_unit(unit: str | None, source: str, volume: LabelVolume | None = None) -> str:
    """Return the unit to show skeletons in: the user's, the volume's, the one they note, or nm."""
    noted = None if unit else noted_unit([source], None)
    told = None if volume is None else volume.unit
    if noted and told == VOXEL:  # not told, but taken for want of a size
        told = noted
    if noted and told and not same_unit(noted, told):
        click.echo(
            f"Warning: VOLUME is in {told}, but {source} in {noted}; lengths are shown in {told}, "
            f"--unit names another.",
            err=True,
        )
    return unit or told or noted or "nm"


def same_unit(first: str, second: str) -> bool:
    """Tell whether two units are one, such as um and µm."""
    return _plain_letters(first) == _plain_letters(second)


def _plain_letters(unit: str) -> str:
    return unit.replace("\u00b5", "u").replace("\u03bc", "u")


def check_dest(
    dest: str,
    name: str | None,
    shard: bool,
    *,
    volume: str | None = None,
    labels: Collection[int] | None = None,
) -> SkeletonFormat:
    """Refuse a destination that cannot be written to, before any work is done.

    ``labels`` are those that are to get a skeleton, where that is known already; ``volume`` is
    what they come from.
    """
    known = check_destination(dest, format=name, shard=shard, labels=labels)
    place = _place(dest)
    # Only Precomputed volumes have room for skeletons; one at an address can be no other.
    fits = known.name == "precomputed" and ("://" in place or is_precomputed(place))
    if volume is not None and _place(volume.partition("::")[0]) == place and not fits:
        raise FormatError(f"{dest} is the volume itself; name another place for skeletons.")
    return known


def check_apart(outputs: Mapping[str, str | None], others: Mapping[str, str | None]) -> None:
    """Refuse files to be written, by the options that name them, that are each other or others."""
    taken = {_place(path.partition("::")[0]): name for name, path in others.items() if path}
    for name, path in outputs.items():
        if path:
            other = taken.setdefault(_place(path), name)
            if other != name:
                raise InputError(f"{name} names {path}, as {other} does; name another file.")


def _place(path: str) -> str:
    """Return the same text for all spellings of a place."""
    place = plain(path)
    return place.rstrip("/") if "://" in place else str(Path(place).resolve())


def rewrites(dest: str, name: str | None, shard: bool) -> bool:
    """Tell whether writing replaces all of a destination, rather than adding to it."""
    known = find_skeleton_format(dest, name, exists=False)
    return shard or not known.grows or known.is_single(dest)


def partial_dest(dest: str, name: str | None, shard: bool) -> str:
    """Return where a part of the skeletons may go: beside older ones that it would replace.

    What cannot be read is not replaced either: nobody knows what it holds.
    """
    if not rewrites(dest, name, shard) or _labels_there(dest, name) == set():
        return dest
    return free_name(dest, "partial", name)


def _labels_there(dest: str, name: str | None) -> set[int] | None:
    """Return the labels that a destination holds; None if it cannot be read.

    For when skeletons are drawn already: they must not be lost over what is there.
    """
    try:
        return existing_labels(dest, format=name)
    except (KimimaroError, OSError):
        return None


def write(
    skeletons: Mapping[int, Skeleton],
    dest: str,
    terminal: Terminal,
    *,
    resumed: bool = False,
    rescued: bool = True,
    **options: Any,
) -> None:
    """Write skeletons with progress; ``options`` are those of ``write_skeletons``.

    Where they cannot be written, which ``check_dest`` does not always know before, they go into
    an archive instead, unless they were only read and not ``rescued``.

    Raises
    ------
    Interrupted
        Ctrl-C was pressed; what had been written stays.
    KimimaroError, OSError
        They could not be written.
    """
    replaces = rewrites(dest, options.get("format"), options.get("shard", False))
    try:
        if not resumed and not replaces:
            _warn_of_others(skeletons, dest, options.get("format"))
        with StageProgress(quiet=not terminal.progress) as progress:
            write_skeletons(
                skeletons,
                dest,
                advance=lambda done, total: progress("writing", done, total),
                **options,
            )
    except KeyboardInterrupt:
        raise Interrupted(_kept(skeletons, dest, options.get("format"), replaces)) from None
    except (KimimaroError, OSError) as error:
        place = _rescue(skeletons, dest, options.get("unit")) if rescued and skeletons else None
        if place is None:
            raise
        reason = str(error)
        if isinstance(error, OSError) and error.strerror:
            reason = f"{dest}: {error.strerror}"
        raise FormatError(
            f"{reason.rstrip('.')}; {counted(len(skeletons), 'skeleton')} went to {place} "
            f"instead, from where kimimaro convert takes them elsewhere."
        ) from error


def summarize(
    skeletons: Mapping[int, Skeleton],
    dest: str,
    unit: str | None,
    seconds: float,
    terminal: Terminal,
) -> dict[str, Any]:
    """Say how many skeletons there are, how long, and where; return the same for a script."""
    vertices = sum(len(skeleton.vertices) for skeleton in skeletons.values())
    cable = sum(cable_length(skeleton) for skeleton in skeletons.values())
    terminal.say(
        f"{counted(len(skeletons), 'skeleton')} of {vertices:,} vertices and "
        f"{cable:,.6g} {unit or 'units'} of cable in {seconds:.1f} s: {dest}"
    )
    return {
        "skeletons": len(skeletons),
        "vertices": vertices,
        "cable_length": cable,
        "seconds": round(seconds, 3),
        "output": dest,
    }


def cable_length(skeleton: Skeleton) -> float:
    """Return the summed length of a skeleton's edges, in its own units."""
    vertices = np.asarray(skeleton.vertices, dtype=np.float64).reshape(-1, 3)
    edges = np.asarray(skeleton.edges, dtype=np.int64).reshape(-1, 2)
    return float(np.linalg.norm(vertices[edges[:, 0]] - vertices[edges[:, 1]], axis=1).sum())


def _warn_of_others(skeletons: Mapping[int, Skeleton], dest: str, name: str | None) -> None:
    others = (_labels_there(dest, name) or set()) - set(skeletons)
    if others:
        click.echo(f"Warning: {dest} holds {len(others):,} other skeletons, which stay.", err=True)


def _rescue(skeletons: Mapping[int, Skeleton], dest: str, unit: str | None) -> str | None:
    """Write skeletons that found no place to one that takes them, and return its name."""
    path = Path(_with_name(plain(dest)))
    beside = [] if "://" in plain(dest) else [path.parent]
    for folder in (*beside, Path(), Path(tempfile.gettempdir())):
        place = free_name(str(folder / f"{path.stem or 'skeletons'}.npz"), "rescued", "npz")
        with contextlib.suppress(KimimaroError, OSError):
            write_skeletons(skeletons, place, format="npz", unit=unit)
            return place
    return None


def free_name(dest: str, word: str, name: str | None) -> str:
    """Return a name beside a destination that nothing has: a.word.npz, a.word2.npz and so on."""
    stem, suffix = os.path.splitext(_with_name(dest).rstrip("/"))
    words = (f"{word}{number if number > 1 else ''}" for number in itertools.count(1))
    places = (f"{stem}.{numbered}{suffix}" for numbered in words)
    return next(place for place in places if not _taken(place, name))


def _with_name(dest: str) -> str:
    """Return a destination by its name, which . and .. are not."""
    return dest if Path(dest).name not in ("", "..") else str(Path(dest).resolve())


def _taken(place: str, name: str | None) -> bool:
    if "://" in place:
        return bool(_labels_there(place, name))
    return Path(place).exists()


def _kept(skeletons: Mapping[int, Skeleton], dest: str, name: str | None, replaces: bool) -> str:
    if replaces:
        return f"Interrupted while writing; {dest} was not written."
    there = (_labels_there(dest, name) or set()) & set(skeletons)
    return (
        f"Interrupted while writing: {len(there):,} of {len(skeletons):,} skeletons are whole in "
        f"{dest}; --resume goes on from there."
    )
