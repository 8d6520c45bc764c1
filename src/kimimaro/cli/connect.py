"""kimimaro connect: the centerline between two voxels of an object."""

from __future__ import annotations

import time
from typing import Any

import click

from kimimaro.cli import volumes
from kimimaro.cli.options import signature_options
from kimimaro.cli.skeletons import check_dest, dest_option, output_options, summarize, write
from kimimaro.cli.terminal import Terminal, stopping, terminal_options
from kimimaro.cli.values import POINT
from kimimaro.connect import connect_points

SPECIAL: dict[str, dict[str, Any]] = {
    "start": {"type": POINT, "required": True, "help": "The voxel where the path begins."},
    "end": {"type": POINT, "required": True, "help": "The voxel where it ends."},
    "anisotropy": volumes.ANISOTROPY,
}

EXAMPLES = """
\b
Examples:
  kimimaro connect labels.npy --start 10,20,30 --end 400,90,60 -o path -a 16,16,40
  kimimaro connect labels.ckl --start 10,20,30 --end 400,90,60 -o path.npz --fill-holes
"""


@click.command(name="connect", epilog=EXAMPLES, short_help="Connect two voxels of an object.")
@click.argument("src")
@dest_option
@signature_options(connect_points, skip=["labels"], special=SPECIAL)
@output_options
@volumes.offset_option("Place the path where the file says that its first voxel lies.")
@volumes.volume_options
@terminal_options
def command(
    src: str,
    dest: str,
    output_format: str | None,
    shard: bool,
    unit: str | None,
    offset: bool,
    terminal: Terminal,
    **options: Any,
) -> None:
    """Draw the centerline between two voxels of one object of the volume SRC.

    The voxels are those of the file, also where --crop reads a part of it.
    """
    begun = time.monotonic()
    check_dest(dest, output_format, shard, volume=src)
    volume = volumes.opened(src, options, terminal)
    ends = options["start"], options["end"]
    for name in ("start", "end"):
        options[name] = volumes.local(options[name], volume)
    assert volume.anisotropy is not None
    with (
        stopping("Interrupted while connecting; nothing was written."),
        volumes.told_in_the_file(ends, volume),
    ):
        path = connect_points(volume.labels, anisotropy=volume.anisotropy, **options)
    found = {path.id: path}
    if offset:
        volumes.shift(found, volumes.position(volume))
    unit = unit or volume.unit
    write(found, dest, terminal, format=output_format, shard=shard, unit=unit)
    summary = summarize(found, dest, unit, time.monotonic() - begun, terminal)
    terminal.result({"source": src, "label": path.id, **summary})
