"""kimimaro info: what is in a volume or a file of skeletons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
import numpy as np
from osteoid import Skeleton

from kimimaro.cli import volumes
from kimimaro.cli.skeletons import cable_length, noted_unit, read_source
from kimimaro.cli.terminal import Terminal, counted, numbers, terminal_options
from kimimaro.formats import holds_skeletons
from kimimaro.formats.attributes import columns

LARGEST = 5

EXAMPLES = """
\b
Examples:
  kimimaro info labels.ckl
  kimimaro info skeletons.parquet
  kimimaro info image.zarr --level 2 --json
"""


@click.command(name="info", epilog=EXAMPLES, short_help="Say what is in a file.")
@click.argument("src")
@volumes.volume_options
@terminal_options
def command(src: str, terminal: Terminal, **options: Any) -> None:
    """Say what is in SRC: a volume of labels, or skeletons."""
    content: dict[str, Any]
    if holds_skeletons(src):
        content = _of_skeletons(read_source(src, None), noted_unit([src], None), terminal)
    else:
        content = _of_volume(src, options, terminal)
    terminal.result({"source": src, **content})


def _of_volume(src: str, options: dict[str, Any], terminal: Terminal) -> dict[str, Any]:
    volume = volumes.read(src, options, terminal)
    counts = volumes.voxels_of_labels(volume.labels)
    background = counts.pop(0, 0)
    size = "not in the file" if volume.anisotropy is None else numbers(volume.anisotropy)
    terminal.say(f"volume of {numbers(volume.labels.shape)} voxels of {volume.labels.dtype}")
    terminal.say(f"voxel size: {size} {volume.unit or ''}".rstrip() + f" ({volume.source})")
    if any(volume.origin) or any(volume.translation):
        terminal.say(f"first voxel: {volume.origin}, moved by {volume.translation}")
    share = 100 - 100 * background / max(volume.labels.size, 1)
    terminal.say(f"{counted(len(counts), 'label')} in {share:.1f} % of the voxels")
    for label, count in sorted(counts.items(), key=lambda pair: -pair[1])[:LARGEST]:
        terminal.say(f"  {label}: {count:,} voxels")
    return {
        "kind": "volume",
        "shape": volume.labels.shape,
        "dtype": str(volume.labels.dtype),
        "anisotropy": volume.anisotropy,
        "unit": volume.unit,
        "origin": volume.origin,
        "translation": volume.translation,
        "labels": len(counts),
        "foreground_voxels": sum(counts.values()),
    }


def _of_skeletons(
    skeletons: Mapping[int, Skeleton], unit: str | None, terminal: Terminal
) -> dict[str, Any]:
    cables = {label: cable_length(skeleton) for label, skeleton in skeletons.items()}
    vertices = [np.asarray(skeleton.vertices).reshape(-1, 3) for skeleton in skeletons.values()]
    points = np.concatenate([np.zeros((0, 3)), *vertices])
    box = [points.min(axis=0).tolist(), points.max(axis=0).tolist()] if len(points) else None
    attributes = [column.name for column in columns(skeletons.values())]
    total = sum(cables.values())
    terminal.say(
        f"{counted(len(skeletons), 'skeleton')} of {len(points):,} vertices, cable {total:,.6g}"
    )
    terminal.say(f"unit: {unit or 'not in the file'}")
    if box is not None:
        terminal.say(f"from {numbers(box[0])} to {numbers(box[1])}")
    terminal.say(f"at each vertex: {', '.join(attributes)}")
    for label, cable in sorted(cables.items(), key=lambda pair: -pair[1])[:LARGEST]:
        terminal.say(f"  {label}: {len(skeletons[label].vertices):,} vertices, cable {cable:,.6g}")
    return {
        "kind": "skeletons",
        "skeletons": len(skeletons),
        "vertices": len(points),
        "cable_length": total,
        "unit": unit,
        "bounds": box,
        "attributes": attributes,
    }
