"""kimimaro postprocess: skeletons cleaned of dust, loops and ticks."""

from __future__ import annotations

import time
from typing import Any

import click

from kimimaro.cli.options import signature_options
from kimimaro.cli.progress import StageProgress
from kimimaro.cli.skeletons import (
    check_dest,
    dest_option,
    noted_unit,
    output_options,
    read_source,
    source_options,
    summarize,
    write,
)
from kimimaro.cli.terminal import Terminal, counted, stopping, terminal_options
from kimimaro.postprocess import postprocess

EXAMPLES = """
\b
Examples:
  kimimaro postprocess skeletons -o clean --dust-threshold 1500 --tick-threshold 3000
  kimimaro postprocess stitched.npz -o clean.parquet
"""


@click.command(name="postprocess", epilog=EXAMPLES, short_help="Clean skeletons.")
@click.argument("src")
@dest_option
@signature_options(postprocess, skip=["skeleton"])
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
    **options: Any,
) -> None:
    """Clean the skeletons of SRC and write them to DEST.

    Dust is dropped, loops are broken, pieces closer than their radii are joined, and short
    terminal branches are removed. Lengths are in the units of the skeletons; labels of which
    nothing is left are not written.
    """
    begun = time.monotonic()
    known = check_dest(dest, output_format, shard)
    skeletons = read_source(src, input_format)
    unit = unit or noted_unit([src], input_format)
    cleaned = {}
    with (
        stopping("Interrupted while cleaning; nothing was written."),
        StageProgress(quiet=not terminal.progress) as progress,
    ):
        for done, (label, skeleton) in enumerate(skeletons.items(), start=1):
            clean = postprocess(skeleton, **options)
            if len(clean.vertices):
                cleaned[label] = clean
                # Which labels are left is known only here; these two may be too many for DEST.
                if len(cleaned) == 2 or (label < 0 and not known.signed):
                    check_dest(dest, output_format, shard, labels=cleaned.keys())
            progress("cleaning", done, len(skeletons))
    write(cleaned, dest, terminal, format=output_format, shard=shard, unit=unit)
    summary = summarize(cleaned, dest, unit, time.monotonic() - begun, terminal)
    dropped = len(skeletons) - len(cleaned)
    if dropped:
        terminal.say(f"{counted(dropped, 'label')} left out, being dust as a whole")
    terminal.result({"source": src, "dropped": dropped, **summary})
