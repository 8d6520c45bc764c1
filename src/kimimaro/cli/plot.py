"""kimimaro plot: a picture of skeletons."""

from __future__ import annotations

from typing import Any

import click

from kimimaro.cli import volumes
from kimimaro.cli.skeletons import read, select, shown_unit
from kimimaro.cli.terminal import Terminal, counted, terminal_options
from kimimaro.cli.values import LABELS
from kimimaro.formats.base import require

EXAMPLES = """
\b
Examples:
  kimimaro plot skeletons -o picture.png
  kimimaro plot skeletons labels.npy -a 16,16,40 -o picture.pdf --color radius
  kimimaro plot skeletons.npz -o picture.png --color cross_sectional_area --object-ids 5,8
"""


@click.command(name="plot", epilog=EXAMPLES, short_help="Draw skeletons.")
@click.argument("skeletons")
@click.argument("volume", required=False)
@click.option(
    "--out", "-o", "picture", required=True, help="The picture: a .png, .pdf or .svg file."
)
@click.option(
    "--color",
    default="label",
    show_default=True,
    help="Color by label, component, radius or another attribute of the vertices.",
)
@click.option("--object-ids", type=LABELS, help="Draw these labels only: 1,2,5 or @labels.txt.")
@click.option(
    "--unit",
    help="Unit of the scale bar; by default what VOLUME says, else what SKELETONS note, else nm.",
)
@click.option("--dpi", default=300.0, show_default=True, help="Pixels per inch of a .png.")
@volumes.anisotropy_option
@volumes.volume_options
@terminal_options
def command(
    skeletons: str,
    volume: str | None,
    picture: str,
    color: str,
    object_ids: list[int] | None,
    unit: str | None,
    dpi: float,
    anisotropy: tuple[float, float, float] | None,
    terminal: Terminal,
    **options: Any,
) -> None:
    """Draw SKELETONS, over the labels of VOLUME if it is given.

    The picture has three projections and a view in space, with a scale bar.
    """
    require("matplotlib", "plot", "Drawing")
    from kimimaro.view import save_figure  # Matplotlib is an extra

    drawn = select(read(skeletons, None), object_ids, skeletons, "--object-ids")
    image, size, read_volume = None, None, None
    if volume is not None:
        read_volume = volumes.sized(volumes.read(volume, options, terminal), anisotropy, volume)
        corner = volumes.position(read_volume)
        volumes.shift(drawn, (-corner[0], -corner[1], -corner[2]))
        image, size = read_volume.labels, read_volume.anisotropy
    unit = shown_unit(unit, skeletons, read_volume)
    save_figure(picture, drawn, image, size, color=color, unit=unit, dpi=dpi)
    terminal.say(f"{counted(len(drawn), 'skeleton')} drawn: {picture}")
    terminal.result({"skeletons": len(drawn), "picture": picture})
