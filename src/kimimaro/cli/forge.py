"""kimimaro forge: from a volume to skeletons."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import click
import numpy as np
from osteoid import Skeleton

from kimimaro import skeletonize
from kimimaro.cli import params_file, volumes
from kimimaro.cli.options import signature_options, split_teasar, teasar_options
from kimimaro.cli.progress import StageProgress
from kimimaro.cli.skeletons import as_plain, summarize, write
from kimimaro.cli.terminal import Interrupted, Terminal, terminal_options
from kimimaro.cli.values import LABELS, POINT, ROOT, TRIPLE, Point
from kimimaro.formats import SKELETON_FORMATS, LabelVolume, existing_labels, read_volume
from kimimaro.params import TeasarParams

PROVIDED = ("all_labels", "teasar_params", "progress", "return_report")
"""Parameters that the command provides otherwise: SRC, TEASAR's own options, --quiet, --json."""

SPECIAL: dict[str, dict[str, Any]] = {
    "anisotropy": {
        "short": "-a",
        "type": TRIPLE,
        "default": None,
        "show_default": "what the file says, else 1,1,1",
        "help": "Size of a voxel along x, y and z, such as 16,16,40.",
    },
    "object_ids": {"type": LABELS, "help": "Skeletonize these labels only: 1,2,5 or @labels.txt."},
    "extra_targets_before": {"type": POINT, "multiple": True},
    "extra_targets_after": {"type": POINT, "multiple": True},
    "roots": {"type": ROOT, "multiple": True},
    "voxel_graph": {"type": click.Path()},
    "parallel": {"short": "-p"},
}

EXAMPLES = """
\b
Examples:
  kimimaro forge labels.npy -o skeletons --anisotropy 16,16,40
  kimimaro forge labels.ckl.gz -o skeletons --scale 1.5 --const 300 --parallel 4
  kimimaro forge labels.npy -o skeletons --object-ids 5,8 --no-fix-branching
  kimimaro forge labels.npy -o skeletons --params mine.toml --save-params used.toml
"""


@click.command(name="forge", epilog=EXAMPLES, short_help="Skeletonize a volume.")
@click.argument("src")
@click.option("--out", "-o", "dest", required=True, metavar="DEST", help="Where skeletons go.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice([known.name for known in SKELETON_FORMATS]),
    help="Kind of the skeletons; by default DEST tells, a folder being one of SWC files.",
)
@click.option(
    "--resume/--no-resume", default=False, help="Skip the labels whose skeletons DEST has."
)
@click.option(
    "--offset/--no-offset",
    default=True,
    show_default=True,
    help="Place the skeletons where the file says that its first voxel lies.",
)
@params_file.params_options
@volumes.volume_options
@signature_options(skeletonize, skip=PROVIDED, special=SPECIAL)
@teasar_options
@terminal_options
def command(
    src: str,
    dest: str,
    output_format: str | None,
    resume: bool,
    offset: bool,
    save_params: str | None,
    terminal: Terminal,
    **options: Any,
) -> None:
    """Skeletonize the volume SRC and write one skeleton per label to DEST.

    SRC is a file, a folder or an address; CONTAINER::NAME names an array in a container.
    Lengths are in the units of --anisotropy.
    """
    begun = time.monotonic()
    params, options = split_teasar(options)
    with StageProgress(quiet=terminal.quiet) as progress:
        progress("reading", 0, 1)
        volume = volumes.read(src, options)
        progress("reading", 1, 1)
    volume = volumes.sized(volume, options.pop("anisotropy"), src)
    volumes.describe(volume, src, terminal)
    if save_params is not None:
        params_file.save(save_params, params, {"anisotropy": volume.anisotropy, **_texts(options)})
    done = existing_labels(dest, format=output_format) if resume else set()
    skeletons, report = _draw(volume, params, _arguments(options, volume, done), terminal)
    seconds = time.monotonic() - begun
    corner = volumes.position(volume) if offset else (0.0, 0.0, 0.0)
    volumes.shift(skeletons, corner)
    write(
        skeletons,
        dest,
        terminal,
        format=output_format,
        roots=_root_positions(options["roots"], volume, corner),
        soma_radius=params.soma_acceptance_threshold,
        unit=volume.unit,
    )
    if done:
        terminal.say(f"{len(done):,} skeletons that were there already were left as they are")
    summary = summarize(skeletons, dest, volume.unit, seconds, terminal)
    terminal.result(
        {
            "source": src,
            "shape": volume.labels.shape,
            "dtype": str(volume.labels.dtype),
            "anisotropy": volume.anisotropy,
            "unit": volume.unit,
            "kept": len(done),
            **summary,
            "report": as_plain(report),
        }
    )


def _arguments(
    options: Mapping[str, Any], volume: LabelVolume, done: Collection[int]
) -> dict[str, Any]:
    """Turn options into arguments of skeletonize: voxels count from the part that was read."""
    arguments = dict(options)
    for name in ("extra_targets_before", "extra_targets_after"):
        arguments[name] = [_local(point, volume) for point in options[name]]
    arguments["roots"] = {label: _local(point, volume) for label, point in options["roots"]}
    if options["voxel_graph"] is not None:
        arguments["voxel_graph"] = read_volume(options["voxel_graph"], check=False).labels
    if done:
        wanted = options["object_ids"]
        present = _labels(volume.labels) if wanted is None else wanted
        arguments["object_ids"] = [label for label in present if label not in done]
    return arguments


def _draw(
    volume: LabelVolume, params: TeasarParams, arguments: Mapping[str, Any], terminal: Terminal
) -> tuple[dict[int, Skeleton], Any]:
    try:
        with StageProgress(quiet=terminal.quiet) as progress:
            skeletons, report = skeletonize(
                volume.labels,
                teasar_params=params,
                anisotropy=volume.anisotropy,
                progress=progress,
                return_report=True,
                **arguments,
            )
    except KeyboardInterrupt:
        raise Interrupted("Interrupted while skeletonizing; nothing was written.") from None
    return skeletons, report


def _texts(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as a parameter file holds them."""
    texts = dict(options)
    texts["roots"] = [f"{label}:{x},{y},{z}" for label, (x, y, z) in options["roots"]]
    return {name: value for name, value in texts.items() if value not in ([], ())}


def _local(point: Point, volume: LabelVolume) -> Point:
    x, y, z = (value - start for value, start in zip(point, volume.origin, strict=True))
    return x, y, z


def _root_positions(
    roots: Sequence[tuple[int, Point]], volume: LabelVolume, corner: tuple[float, float, float]
) -> dict[int, tuple[float, float, float]]:
    """Return where the roots lie among the skeletons, whose first voxel is at ``corner``."""
    assert volume.anisotropy is not None
    positions = {}
    for label, point in roots:
        local = _local(point, volume)
        x, y, z = (
            voxel * size + start
            for voxel, size, start in zip(local, volume.anisotropy, corner, strict=True)
        )
        positions[label] = (x, y, z)
    return positions


def _labels(labels: Any) -> list[int]:
    """Return the labels of a volume but 0, slice by slice, as sorting it whole takes memory."""
    found: set[int] = set()
    for part in labels.T if labels.flags.f_contiguous else labels:
        found.update(np.unique(part).tolist())
    return sorted(found - {0})
