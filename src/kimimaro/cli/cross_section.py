"""kimimaro cross-section: the area of each object's cross section along its skeleton."""

from __future__ import annotations

import time
from typing import Any

import click
import numpy as np

from kimimaro.cli import volumes
from kimimaro.cli.options import signature_options
from kimimaro.cli.progress import StageProgress
from kimimaro.cli.skeletons import (
    check_dest,
    dest_option,
    output_options,
    read,
    summarize,
    write,
)
from kimimaro.cli.terminal import Terminal, counted, stopping, terminal_options
from kimimaro.formats import SKELETON_FORMATS, FormatError, SkeletonFormat
from kimimaro.measure.cross_section import ABSENT, cross_sectional_area

SPECIAL: dict[str, dict[str, Any]] = {
    "anisotropy": volumes.ANISOTROPY,
    "progress": {"default": True, "help": "Show progress."},
    "parallel": {"short": "-p"},
}

EXAMPLES = """
\b
Examples:
  kimimaro cross-section labels.npy skeletons.npz -o measured.npz --anisotropy 16,16,40
  kimimaro cross-section labels.zarr skeletons -o measured.parquet --smoothing-window 5 -p 4
"""


@click.command(
    name="cross-section", epilog=EXAMPLES, short_help="Measure sections along skeletons."
)
@click.argument("volume_src", metavar="VOLUME")
@click.argument("src", metavar="SKELETONS")
@dest_option
@click.option(
    "--skeleton-format",
    type=click.Choice([known.name for known in SKELETON_FORMATS]),
    help="Kind of the skeletons in SKELETONS, where its name does not tell.",
)
@output_options
@volumes.offset_option("Take the skeletons to lie where the file says that its first voxel lies.")
@volumes.volume_options
@signature_options(cross_sectional_area, skip=["all_labels", "skeletons"], special=SPECIAL)
@terminal_options
def command(
    volume_src: str,
    src: str,
    dest: str,
    skeleton_format: str | None,
    output_format: str | None,
    shard: bool,
    unit: str | None,
    offset: bool,
    progress: bool,
    terminal: Terminal,
    **options: Any,
) -> None:
    """Measure the cross section of each object of VOLUME at the vertices of its skeleton.

    The skeletons are written to DEST with the attributes cross_sectional_area and
    cross_sectional_area_contacts, in a format that holds attributes: all but SWC. Areas are in
    the squared units of --anisotropy.
    """
    begun = time.monotonic()
    terminal.progress = terminal.progress and progress
    _check_room(dest, check_dest(dest, output_format, shard, volume=volume_src))
    skeletons = read(src, skeleton_format)
    check_dest(dest, output_format, shard, labels=skeletons.keys())
    volume = volumes.opened(volume_src, options, terminal)
    corner = volumes.position(volume) if offset else (0.0, 0.0, 0.0)
    x, y, z = corner
    volumes.shift(skeletons, (-x, -y, -z))
    assert volume.anisotropy is not None
    with (
        stopping("Interrupted while measuring; nothing was written."),
        StageProgress(quiet=not terminal.progress) as show,
    ):
        cross_sectional_area(
            volume.labels, skeletons, anisotropy=volume.anisotropy, progress=show, **options
        )
    volumes.shift(skeletons, corner)
    absent = 0
    for skeleton in skeletons.values():
        areas = np.asarray(skeleton.cross_sectional_area)
        absent += bool(len(areas)) and bool((areas == ABSENT).all())
    write(skeletons, dest, terminal, format=output_format, shard=shard, unit=unit or volume.unit)
    summary = summarize(skeletons, dest, unit or volume.unit, time.monotonic() - begun, terminal)
    if absent:
        terminal.say(f"{counted(absent, 'skeleton')} of labels that the volume does not have")
    terminal.result({"source": src, "volume": volume_src, "absent": absent, **summary})


def _check_room(dest: str, chosen: SkeletonFormat) -> None:
    """Refuse a format that would lose what is measured."""
    if not chosen.attributes:
        fitting = [
            f"{known.title} ({', '.join(known.suffixes) or f'--format {known.name}'})"
            for known in SKELETON_FORMATS
            if known.attributes
        ]
        raise FormatError(
            f"{dest} is to hold {chosen.title}, which have no room for areas; choose one of "
            f"{', '.join(fitting)}."
        )
