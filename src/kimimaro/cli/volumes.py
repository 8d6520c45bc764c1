"""The options by which a command reads a volume, and what it says about it."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import click
import numpy as np
from osteoid import Skeleton

from kimimaro.cli.progress import StageProgress
from kimimaro.cli.terminal import Terminal, numbers, stopping
from kimimaro.cli.values import CROP, TRIPLE, Point
from kimimaro.errors import InputError
from kimimaro.formats import VOLUME_FORMATS, LabelVolume, read_volume
from kimimaro.volume import check_anisotropy

_F = TypeVar("_F", bound=Callable[..., Any])
ANISOTROPY: dict[str, Any] = {
    "short": "-a",
    "type": TRIPLE,
    "default": None,
    "show_default": "what the file says, else 1,1,1",
}
"""How a command that takes its options from a function shows that function's anisotropy."""
READING: dict[str, Any] = {
    "input_format": None,
    "axes": None,
    "level": None,
    "crop": None,
    "fill_missing": False,
    "cast_floats": False,
    "check_labels": True,
}
"""The options of ``volume_options`` and what they are by default."""
VOXEL = "voxel"
"""Unit of lengths in a volume of unknown voxel size."""
_ROUNDING = 1e-5
"""Voxel sizes that differ by no more than this share are the same, written with fewer digits."""


def volume_options(function: _F) -> _F:
    """Give a command the options that say how a volume is to be read."""
    options = [
        click.option(
            "--input-format",
            type=click.Choice([known.name for known in VOLUME_FORMATS]),
            help="Kind of the volume, where its name does not tell.",
        ),
        click.option(
            "--axes",
            metavar="ORDER",
            help="Order of the axes in the file, such as zyx, where the file does not say it.",
        ),
        click.option(
            "--level",
            type=click.IntRange(min=0),
            help="Resolution level of a multi-scale volume; 0 is the finest, and the default.",
        ),
        click.option(
            "--crop",
            type=CROP,
            help="Read a part only: START:STOP for x, y and z, such as 0:512,0:512,100:200.",
        ),
        click.option(
            "--fill-missing/--no-fill-missing",
            default=False,
            help="Take chunks that a Precomputed volume lacks as background.",
        ),
        click.option(
            "--cast-floats/--no-cast-floats",
            default=False,
            help="Take a floating-point image of whole numbers as labels.",
        ),
        click.option(
            "--check-labels/--no-check-labels",
            default=True,
            show_default=True,
            help="Refuse what looks like raw microscopy or RGB.",
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def anisotropy_option(function: _F) -> _F:
    """Give a command the voxel size of a VOLUME that it shows."""
    return click.option(
        "--anisotropy",
        ANISOTROPY["short"],
        type=ANISOTROPY["type"],
        show_default=ANISOTROPY["show_default"],
        help="Size of a voxel of VOLUME along x, y and z.",
    )(function)


def offset_option(text: str) -> Callable[[_F], _F]:
    """Give a command the option whether skeletons lie where the volume's file says."""
    return click.option("--offset/--no-offset", default=True, show_default=True, help=text)


def opened(src: str, options: dict[str, Any], terminal: Terminal) -> LabelVolume:
    """Read a volume, settle its voxel size, and tell about both."""
    volume = sized(read(src, options, terminal), options.pop("anisotropy"), src)
    describe(volume, src, terminal)
    return volume


def read(src: str, options: dict[str, Any], terminal: Terminal) -> LabelVolume:
    """Read a volume by the options of ``volume_options``, taking them out of ``options``."""
    reading = {name: options.pop(name) for name in READING}
    with (
        stopping("Interrupted while reading; nothing was written."),
        StageProgress(quiet=not terminal.progress) as progress,
    ):
        return read_volume(
            src,
            format=reading["input_format"],
            axes=reading["axes"],
            level=reading["level"],
            crop=reading["crop"],
            fill_missing=reading["fill_missing"],
            cast_floats=reading["cast_floats"],
            check=reading["check_labels"],
            advance=lambda done, total: progress("reading", done, total),
        )


def sized(
    volume: LabelVolume, anisotropy: tuple[float, float, float] | None, src: str
) -> LabelVolume:
    """Settle the voxel size: the user's, else the file's, else 1 x 1 x 1 with a warning.

    Raises
    ------
    InputError
        The user's is not made of positive, finite numbers.
    """
    if anisotropy is not None:
        return _resized(volume, check_anisotropy(anisotropy), src)
    if volume.anisotropy is None:
        click.echo(
            f"Warning: {src} does not say its voxel size, so lengths are in voxels; "
            f"pass it as --anisotropy X,Y,Z.",
            err=True,
        )
        return dataclasses.replace(volume, anisotropy=(1.0, 1.0, 1.0), unit=VOXEL)
    return volume


def _resized(volume: LabelVolume, anisotropy: tuple[float, float, float], src: str) -> LabelVolume:
    """Give a volume the user's voxel size; the file's unit and position go with the file's size."""
    if volume.anisotropy is not None and np.allclose(
        anisotropy, volume.anisotropy, rtol=_ROUNDING, atol=0
    ):
        return dataclasses.replace(volume, anisotropy=anisotropy)
    if any(volume.translation):
        click.echo(
            f"Warning: {src} lies at {volume.translation} in units of its own voxel size, "
            f"{numbers(volume.anisotropy)}; with --anisotropy {numbers(anisotropy)} it is taken to "
            f"lie at 0, 0, 0.",
            err=True,
        )
    return dataclasses.replace(
        volume, anisotropy=anisotropy, unit=None, translation=(0.0, 0.0, 0.0)
    )


def describe(volume: LabelVolume, src: str, terminal: Terminal) -> None:
    """Tell what was read, and where the axis order and the voxel size came from."""
    assert volume.anisotropy is not None
    unit = f" {volume.unit}" if volume.unit else ""
    terminal.say(f"{src}: {numbers(volume.labels.shape)} voxels of {volume.labels.dtype}")
    terminal.say(f"voxel size {numbers(volume.anisotropy)}{unit} ({volume.source})")


def local(point: Point, volume: LabelVolume) -> Point:
    """Return a voxel of the file as one of the part that was read."""
    x, y, z = (value - start for value, start in zip(point, volume.origin, strict=True))
    return x, y, z


@contextlib.contextmanager
def told_in_the_file(points: Iterable[Point], volume: LabelVolume) -> Iterator[None]:
    """Name voxels in errors as the user did, who counts from the first one of the file."""
    try:
        yield
    except InputError as error:
        names = {str(local(point, volume)): str(point) for point in points}
        if not names or not any(volume.origin):
            raise
        places = "|".join(map(re.escape, names))
        told, found = re.subn(places, lambda place: names[place[0]], str(error).rstrip("."))
        if not found:
            raise
        raise type(error)(
            f"{told}; what was read begins at the voxel {tuple(volume.origin)}."
        ) from error


def position(volume: LabelVolume) -> tuple[float, float, float]:
    """Return where the volume's first voxel lies, in the units of its voxel size."""
    assert volume.anisotropy is not None
    x, y, z = (
        start * size + shift
        for start, size, shift in zip(
            volume.origin, volume.anisotropy, volume.translation, strict=True
        )
    )
    return x, y, z


def voxels_of_labels(labels: Any) -> dict[int, int]:
    """Count the voxels of each label, slice by slice, as sorting a volume whole takes memory."""
    counts: dict[int, int] = {}
    for part in labels.T if labels.flags.f_contiguous else labels:
        found, sizes = np.unique(part, return_counts=True)
        for label, size in zip(found.tolist(), sizes.tolist(), strict=True):
            counts[label] = counts.get(label, 0) + size
    return counts


def shift(skeletons: Mapping[int, Skeleton], by: tuple[float, float, float]) -> None:
    """Move skeletons, in place."""
    if any(by):
        for skeleton in skeletons.values():
            skeleton.vertices = (skeleton.vertices + np.asarray(by)).astype(np.float32)
