"""Skeletons on their way out of a command: writing them, and saying what they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click
import numpy as np
from osteoid import Skeleton

from kimimaro.cli.progress import StageProgress
from kimimaro.cli.terminal import Interrupted, Terminal, counted
from kimimaro.formats import (
    SKELETON_FORMATS,
    existing_labels,
    find_skeleton_format,
    read_skeletons,
    write_skeletons,
)

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
        click.option("--unit", help="Unit of the coordinates, such as nm, noted in the files."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def read(src: str, name: str | None) -> dict[int, Skeleton]:
    """Read skeletons."""
    return read_skeletons(src, format=name)


def rewrites(dest: str, name: str | None, shard: bool) -> bool:
    """Tell whether writing replaces all of a destination, rather than adding to it."""
    return shard or not find_skeleton_format(dest, name, exists=False).grows


def write(
    skeletons: Mapping[int, Skeleton],
    dest: str,
    terminal: Terminal,
    *,
    resumed: bool = False,
    **options: Any,
) -> None:
    """Write skeletons with progress; ``options`` are those of ``write_skeletons``.

    Raises
    ------
    Interrupted
        Ctrl-C was pressed; what had been written stays.
    """
    replaces = rewrites(dest, options.get("format"), options.get("shard", False))
    if not resumed and not replaces:
        others = existing_labels(dest, format=options.get("format")) - set(skeletons)
        if others:
            click.echo(
                f"Warning: {dest} holds {len(others):,} other skeletons, which stay.", err=True
            )
    try:
        with StageProgress(quiet=not terminal.progress) as progress:
            write_skeletons(
                skeletons,
                dest,
                advance=lambda done, total: progress("writing", done, total),
                **options,
            )
    except KeyboardInterrupt:
        raise Interrupted(_kept(skeletons, dest, options.get("format"), replaces)) from None


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


def _kept(skeletons: Mapping[int, Skeleton], dest: str, name: str | None, replaces: bool) -> str:
    if replaces:
        return f"Interrupted while writing; {dest} was not written."
    there = existing_labels(dest, format=name) & set(skeletons)
    return (
        f"Interrupted while writing: {len(there):,} of {len(skeletons):,} skeletons are whole in "
        f"{dest}; --resume goes on from there."
    )
