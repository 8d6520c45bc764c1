"""kimimaro view: skeletons to turn, in Neuroglancer or as a page of their own."""

from __future__ import annotations

import os
import sys
import time
import webbrowser
from pathlib import Path
from typing import Any

import click
from osteoid import Skeleton

from kimimaro.cli import volumes
from kimimaro.cli.skeletons import read, select, shown_unit
from kimimaro.cli.terminal import Terminal, counted, stopping, terminal_options
from kimimaro.cli.values import LABELS
from kimimaro.errors import InputError
from kimimaro.formats.base import require

EXAMPLES = """
\b
Examples:
  kimimaro view skeletons labels.npy -a 16,16,40
  kimimaro view skeletons.parquet labels.zarr --labels 5,8 --color radius
  kimimaro view skeletons.npz --html skeletons.html
"""


@click.command(name="view", epilog=EXAMPLES, short_help="Look at skeletons in a browser.")
@click.argument("skeletons")
@click.argument("volume", required=False)
@click.option("--html", "page", metavar="PAGE", help="Write one self-contained HTML file instead.")
@click.option(
    "--labels",
    type=LABELS,
    help="Select these labels at first, or put only them into PAGE: 1,2,5 or @labels.txt.",
)
@click.option(
    "--color",
    default="label",
    show_default=True,
    help="Color by label, radius or another attribute of the vertices at first.",
)
@click.option(
    "--unit",
    help="Unit of lengths; by default what VOLUME says, else what SKELETONS note, else nm.",
)
@click.option("--bind", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default="one that is free",
    help="Port to listen on.",
)
@click.option(
    "--open/--no-open",
    "opens",
    default=None,
    show_default="from a terminal on a desktop",
    help="Open a browser.",
)
@volumes.anisotropy_option
@volumes.volume_options
@terminal_options
def command(
    skeletons: str,
    volume: str | None,
    page: str | None,
    labels: list[int] | None,
    color: str,
    unit: str | None,
    bind: str,
    port: int,
    opens: bool | None,
    anisotropy: tuple[float, float, float] | None,
    terminal: Terminal,
    **options: Any,
) -> None:
    """Show SKELETONS in Neuroglancer, with the labels of VOLUME if it is given.

    It runs until Ctrl-C. With --html, write a page to look at them without any program.
    """
    opens = _has_desktop() if opens is None else opens
    if page is not None:
        if volume is not None:
            raise click.UsageError("--html shows skeletons alone; leave VOLUME out.")
        shown = select(_read(skeletons), labels, skeletons, "--labels")
        _write_page(page, shown, skeletons, color, shown_unit(unit, skeletons), terminal)
        if opens:
            webbrowser.open(Path(page).resolve().as_uri())
        return
    require("neuroglancer", "view", "Viewing")  # before a long read
    drawn = _read(skeletons)
    select(drawn, labels, skeletons, "--labels")
    settings: dict[str, Any] = {"labels": labels, "color": color}
    image = None
    if volume is not None:
        image = volumes.sized(volumes.read(volume, options, terminal), anisotropy, volume)
        settings.update(
            volume=image.labels,
            anisotropy=image.anisotropy,
            position=volumes.position(image),
        )
    settings["unit"] = shown_unit(unit, skeletons, image)
    _serve(drawn, settings, bind, port, opens, terminal)


def _serve(
    drawn: dict[int, Skeleton],
    settings: dict[str, Any],
    bind: str,
    port: int,
    opens: bool,
    terminal: Terminal,
) -> None:
    from kimimaro.view.neuroglancer import start_server, stop_server, viewer

    start_server(bind, port)
    try:
        with stopping("Stopped; the viewer is closed."):
            # Neuroglancer forgets a viewer that nobody holds.
            shown = viewer(drawn, **settings)
            address = shown.get_viewer_url()
            terminal.say(f"{counted(len(drawn), 'skeleton')} at {address}")
            terminal.say("Ctrl-C ends it.")
            terminal.result({"skeletons": len(drawn), "address": address})
            if opens:
                webbrowser.open(address)
            while True:
                time.sleep(3600)
    finally:
        stop_server()


def _write_page(
    page: str,
    shown: dict[int, Skeleton],
    source: str,
    color: str,
    unit: str,
    terminal: Terminal,
) -> None:
    from kimimaro.view import save_page

    title = Path(source.rstrip("/")).name
    with stopping(f"Interrupted; {page} was not written."):
        save_page(page, shown, color=color, unit=unit, title=title)
    terminal.say(f"{counted(len(shown), 'skeleton')} to look at: {page}")
    terminal.result({"skeletons": len(shown), "page": page})


def _read(source: str) -> dict[int, Skeleton]:
    drawn = read(source, None)
    if not drawn:
        raise InputError(f"{source} holds no skeletons.")
    return drawn


def _has_desktop() -> bool:
    """Tell whether a person sits before this machine: a browser elsewhere would help nobody."""
    if not sys.stdout.isatty() or "SSH_CONNECTION" in os.environ:
        return False
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
