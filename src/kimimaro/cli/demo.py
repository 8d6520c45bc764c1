"""kimimaro demo: synthetic tissue, or the user's own, to skeletons, a picture and a page."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click
from osteoid import Skeleton

from kimimaro import skeletonize
from kimimaro.cli import volumes
from kimimaro.cli.progress import StageProgress
from kimimaro.cli.skeletons import cable_length, check_dest, summarize, write
from kimimaro.cli.terminal import Terminal, numbers, terminal_options
from kimimaro.cli.values import SHAPE, TRIPLE, Point
from kimimaro.formats import LabelVolume
from kimimaro.formats.base import require
from kimimaro.formats.destination import check_folder
from kimimaro.params import TeasarParams
from kimimaro.view import save_page

TISSUE_SHAPE = (256, 256, 256)
ANISOTROPY = (16.0, 16.0, 40.0)
TISSUE_PARAMS = TeasarParams(
    soma_detection_threshold=450,
    soma_acceptance_threshold=500,
    soma_invalidation_scale=1.3,
    soma_invalidation_const=300,
)
"""The synthetic soma has a radius of half a micrometer to one, and nothing else comes near."""
DRAWN = 8

EXAMPLES = """
\b
Examples:
  kimimaro demo
  kimimaro demo --seed 7 --shape 128,128,128
  kimimaro demo labels.npy --anisotropy 16,16,40
"""


@click.command(name="demo", epilog=EXAMPLES, short_help="See what Kimimaro does.")
@click.argument("file", required=False)
@click.option(
    "--out", "-o", "dest", default="demo", show_default=True, help="Folder for what is made."
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Each seed makes other tissue.",
)
@click.option(
    "--shape",
    type=SHAPE,
    default=",".join(map(str, TISSUE_SHAPE)),
    show_default=True,
    help="Size of the synthetic tissue in voxels.",
)
@click.option(
    "--anisotropy",
    "-a",
    type=TRIPLE,
    show_default="what the file says; 16,16,40 for the synthetic tissue",
    help="Size of a voxel along x, y and z.",
)
@click.option("--parallel", "-p", default=1, show_default=True, help="Threads; 0 for all cores.")
@volumes.volume_options
@terminal_options
def command(
    file: str | None,
    dest: str,
    seed: int,
    shape: Point,
    anisotropy: tuple[float, float, float] | None,
    parallel: int,
    terminal: Terminal,
    **options: Any,
) -> None:
    """Skeletonize synthetic brain tissue, or the volume FILE, to files, a picture and a page."""
    check_folder(dest)
    folder = Path(dest) / "swc"
    check_dest(str(folder), "swc", shard=False)
    require("matplotlib", "plot", "Drawing")
    params = TeasarParams() if file else TISSUE_PARAMS
    if file is None:
        name, volume = "synthetic tissue", _tissue(shape, anisotropy or ANISOTROPY, seed, terminal)
    else:
        name, volume = file, volumes.sized(volumes.read(file, options, terminal), anisotropy, file)
    assert volume.anisotropy is not None
    volumes.describe(volume, name, terminal)
    begun = time.monotonic()
    with StageProgress(quiet=not terminal.progress) as progress:
        skeletons = skeletonize(
            volume.labels,
            params,
            anisotropy=volume.anisotropy,
            parallel=parallel,
            progress=progress,
        )
    seconds = time.monotonic() - begun
    write(
        skeletons,
        str(folder),
        terminal,
        format="swc",
        soma_radius=params.soma_acceptance_threshold,
        unit=volume.unit,
    )
    summary = summarize(skeletons, str(folder), volume.unit, seconds, terminal)
    picture = Path(dest) / "skeletons.png"
    drawn = longest(skeletons)
    draw(picture, drawn, volume)
    terminal.say(f"picture of the {len(drawn)} longest: {picture}")
    page = Path(dest) / "skeletons.html"
    save_page(page, skeletons, unit=volume.unit or "units", title=Path(name).name)
    terminal.say(f"all of them, to turn in a browser: {page}")
    terminal.result(
        {
            "source": name,
            "shape": volume.labels.shape,
            "anisotropy": volume.anisotropy,
            "unit": volume.unit,
            **summary,
            "picture": str(picture),
            "page": str(page),
        }
    )


def longest(skeletons: dict[int, Skeleton]) -> dict[int, Skeleton]:
    """Choose the skeletons to draw: more would hide each other in dense tissue."""
    by_cable = sorted(skeletons, key=lambda label: -cable_length(skeletons[label]))
    return {label: skeletons[label] for label in by_cable[:DRAWN]}


def draw(path: Path, skeletons: dict[int, Skeleton], volume: LabelVolume) -> None:
    """Draw skeletons, whose first voxel is at the origin, over their labels."""
    from kimimaro.view import save_figure  # Matplotlib is an extra

    unit = volume.unit or "units"
    save_figure(path, skeletons, labels=volume.labels, anisotropy=volume.anisotropy, unit=unit)


def _tissue(
    shape: Point,
    anisotropy: tuple[float, float, float],
    seed: int,
    terminal: Terminal,
) -> LabelVolume:
    from kimimaro.testing.neuropil import neuropil  # costs its import only where it is used

    terminal.say(f"growing {numbers(shape)} voxels of synthetic tissue, seed {seed}")
    tissue = neuropil(shape, anisotropy, seed)
    return LabelVolume(tissue.labels, anisotropy, unit="nm", source="synthetic")
