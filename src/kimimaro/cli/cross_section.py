"""kimimaro cross-section: the area of each object's cross section along its skeleton."""

from __future__ import annotations

import time
from typing import Any

import click
import numpy as np
from osteoid import Skeleton

from kimimaro.cli import volumes
from kimimaro.cli.options import signature_options
from kimimaro.cli.progress import StageProgress
from kimimaro.cli.skeletons import (
    check_dest,
    dest_option,
    noted_unit,
    output_options,
    read_source,
    summarize,
    write,
)
from kimimaro.cli.terminal import Terminal, counted, stopping, terminal_options
from kimimaro.formats import SKELETON_FORMATS, FormatError, LabelVolume, SkeletonFormat
from kimimaro.formats.attributes import physical
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
    skeletons = read_source(src, skeleton_format)
    check_dest(dest, output_format, shard, labels=skeletons.keys())
    volume = volumes.opened(volume_src, options, terminal)
    corner = volumes.position(volume) if offset else (0.0, 0.0, 0.0)
    x, y, z = corner
    volumes.shift(skeletons, (-x, -y, -z))
    unit = unit or volume.unit or noted_unit([src], skeleton_format)
    assert volume.anisotropy is not None
    with (
        stopping("Interrupted while measuring; nothing was written."),
        StageProgress(quiet=not terminal.progress) as show,
    ):
        cross_sectional_area(
            volume.labels, skeletons, anisotropy=volume.anisotropy, progress=show, **options
        )
    outside = sum(_outside(label, skeleton, volume) for label, skeleton in skeletons.items())
    volumes.shift(skeletons, corner)
    absent = sum(_is_absent(skeleton) for skeleton in skeletons.values())
    write(skeletons, dest, terminal, format=output_format, shard=shard, unit=unit)
    summary = summarize(skeletons, dest, unit, time.monotonic() - begun, terminal)
    _warn(absent, outside, summary["vertices"])
    terminal.result(
        {"source": src, "volume": volume_src, "absent": absent, "outside": outside, **summary}
    )


def _is_absent(skeleton: Skeleton) -> bool:
    areas = np.asarray(skeleton.cross_sectional_area)
    return bool(len(areas)) and bool((areas == ABSENT).all())


def _outside(label: int, skeleton: Skeleton, volume: LabelVolume) -> int:
    """Count the vertices without an area that lie outside the volume or their label."""
    assert volume.anisotropy is not None
    missing = np.asarray(skeleton.cross_sectional_area) == 0
    places = physical(skeleton)[missing].astype(np.float64) / volume.anisotropy
    shape = (*volume.labels.shape, 1)[:3]
    inside = ((places >= -0.5) & (places < np.array(shape) - 0.5)).all(axis=1)
    voxels = np.rint(places[inside]).astype(np.int64)
    found = volume.labels.reshape(shape)[tuple(voxels.T)]
    return int(np.count_nonzero(missing)) - int(np.count_nonzero(found == label))


def _warn(absent: int, outside: int, vertices: int) -> None:
    """Tell of what could not be measured, as areas of -1 and 0 are easily overlooked."""
    if absent:
        click.echo(
            f"Warning: {counted(absent, 'skeleton')} of labels that the volume does not have.",
            err=True,
        )
    if outside:
        click.echo(
            f"Warning: {outside:,} of {vertices:,} vertices lie outside the volume or their label "
            f"and have no area; --anisotropy and --offset tell how the skeletons lie in it.",
            err=True,
        )


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
