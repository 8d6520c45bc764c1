"""kimimaro convert: skeletons from one format to another."""

from __future__ import annotations

import time

import click

from kimimaro.cli.skeletons import (
    check_dest,
    noted_unit,
    output_options,
    read_source,
    source_options,
    summarize,
    write,
)
from kimimaro.cli.terminal import Terminal, terminal_options

EXAMPLES = """
\b
Examples:
  kimimaro convert skeletons skeletons.parquet
  kimimaro convert skeletons.npz layer --format precomputed --shard
  kimimaro convert file:///data/segmentation skeletons --unit nm
"""


@click.command(name="convert", epilog=EXAMPLES, short_help="Turn skeletons into another format.")
@click.argument("src")
@click.argument("dest")
@source_options
@output_options
@terminal_options
def command(
    src: str,
    dest: str,
    input_format: str | None,
    output_format: str | None,
    shard: bool,
    unit: str | None,
    terminal: Terminal,
) -> None:
    """Read the skeletons of SRC and write them to DEST in another format.

    Formats are SWC files, Precomputed, Parquet tables and NumPy archives. What SRC holds at the
    vertices is kept as far as the other format has room for it.
    """
    begun = time.monotonic()
    check_dest(dest, output_format, shard)
    skeletons = read_source(src, input_format)
    unit = unit or noted_unit([src], input_format)
    write(
        skeletons,
        dest,
        terminal,
        rescued=False,
        format=output_format,
        shard=shard,
        unit=unit,
    )
    summary = summarize(skeletons, dest, unit, time.monotonic() - begun, terminal)
    terminal.result({"source": src, **summary})
