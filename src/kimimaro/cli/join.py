"""kimimaro join: the pieces of each label, from one source or several, made one."""

from __future__ import annotations

import time
from typing import Any

import click
from osteoid import Skeleton

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
from kimimaro.cli.terminal import Terminal, stopping, terminal_options
from kimimaro.postprocess import join_close_components

SPECIAL: dict[str, dict[str, Any]] = {
    "radius": {"type": float, "default": float("inf"), "show_default": "no limit"}
}

EXAMPLES = """
\b
Examples:
  kimimaro join skeletons -o joined --radius 500
  kimimaro join block1.npz block2.npz -o joined.npz --restrict-by-radius
"""


@click.command(name="join", epilog=EXAMPLES, short_help="Join the pieces of each label.")
@click.argument("src", nargs=-1, required=True)
@dest_option
@signature_options(join_close_components, skip=["skeletons"], special=SPECIAL)
@source_options
@output_options
@terminal_options
def command(
    src: tuple[str, ...],
    dest: str,
    input_format: str | None,
    output_format: str | None,
    shard: bool,
    unit: str | None,
    terminal: Terminal,
    **options: Any,
) -> None:
    """Join the pieces of each label of SRC, nearest first, and write them to DEST.

    Skeletons of the same label in several sources are pieces of one. Lengths are in the units of
    the skeletons.
    """
    begun = time.monotonic()
    check_dest(dest, output_format, shard)
    pieces: dict[int, list[Skeleton]] = {}
    for source in src:
        for label, skeleton in read_source(source, input_format).items():
            pieces.setdefault(label, []).append(skeleton)
    check_dest(dest, output_format, shard, labels=pieces.keys())
    unit = unit or noted_unit(src, input_format)
    joined = {}
    with (
        stopping("Interrupted while joining; nothing was written."),
        StageProgress(quiet=not terminal.progress) as progress,
    ):
        for done, (label, parts) in enumerate(pieces.items(), start=1):
            joined[label] = join_close_components(parts, **options)
            progress("joining", done, len(pieces))
    write(joined, dest, terminal, format=output_format, shard=shard, unit=unit)
    summary = summarize(joined, dest, unit, time.monotonic() - begun, terminal)
    terminal.result({"source": list(src), **summary})
