"""kimimaro swc: thinned images to SWC files, and SWC files to images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from osteoid import Skeleton

from kimimaro.binary import extract_skeleton_from_binary_image
from kimimaro.cli import volumes
from kimimaro.cli.terminal import Terminal, numbers, terminal_options
from kimimaro.cli.values import SHAPE, TRIPLE, Point
from kimimaro.errors import InputError
from kimimaro.formats import (
    SKELETON_FORMATS,
    VOLUME_FORMATS,
    read_skeletons,
    write_skeletons,
)
from kimimaro.formats.atomic import replacing
from kimimaro.formats.attributes import edges_of, physical
from kimimaro.formats.base import require
from kimimaro.memory import check_free
from kimimaro.postprocess import remove_loops
from kimimaro.volume import check_anisotropy

_FARTHEST = 2.0**53
"""Voxels from the origin; beyond, coordinates are no whole numbers."""
_PER_STEP = 100
"""Bytes, about, that a step of a line takes while it is drawn."""

FROM_EXAMPLES = """
\b
Examples:
  kimimaro swc from thinned.npy -a 16,16,40
  kimimaro swc from slices.tif -o swc
"""
TO_EXAMPLES = """
\b
Examples:
  kimimaro swc to 5.swc
  kimimaro swc to skeletons/*.swc -a 16,16,40 --format tif -o images
"""


@click.group(name="swc", short_help="Turn images into SWC files and back.")
def command() -> None:
    """Turn thinned images into SWC files, and SWC files into images."""


@command.command(name="from", epilog=FROM_EXAMPLES)
@click.argument("src", nargs=-1, required=True)
@click.option("--out", "-o", "dest", help="Folder for the files; by default beside each SRC.")
@click.option(
    "--anisotropy",
    "-a",
    type=TRIPLE,
    show_default="what the file says, else 1,1,1",
    help="Size of a voxel along x, y and z.",
)
@volumes.volume_options
@terminal_options
def from_images(
    src: tuple[str, ...],
    dest: str | None,
    anisotropy: tuple[float, float, float] | None,
    terminal: Terminal,
    **options: Any,
) -> None:
    """Turn images that a thinning program has drawn into SWC files.

    Every voxel that is not 0 becomes a vertex; neighbours are connected, and loops are opened.
    """
    written = []
    for source, path in _destinations(src, dest, ".swc").items():
        volume = volumes.sized(volumes.read(source, dict(options), terminal), anisotropy, source)
        skeleton = remove_loops(extract_skeleton_from_binary_image(volume.labels))
        size = np.asarray(volume.anisotropy, dtype=np.float64)
        corner = np.asarray(volumes.position(volume))
        skeleton.vertices = (skeleton.vertices * size + corner).astype(np.float32)
        skeleton.space = "physical"
        write_skeletons({1: skeleton}, path, unit=volume.unit)
        terminal.say(f"{source}: {len(skeleton.vertices):,} vertices: {path}")
        written.append({"source": source, "vertices": len(skeleton.vertices), "output": str(path)})
    terminal.result({"files": written})


@command.command(name="to", epilog=TO_EXAMPLES)
@click.argument("src", nargs=-1, required=True)
@click.option("--out", "-o", "dest", help="Folder for the images; by default beside each SRC.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["npy", "tif", "tiff"]),
    default="npy",
    show_default=True,
    help="Kind of the images.",
)
@click.option(
    "--anisotropy",
    "-a",
    type=TRIPLE,
    default="1,1,1",
    show_default=True,
    help="Size of a voxel in the units of the files.",
)
@click.option("--shape", type=SHAPE, help="Size of the image in voxels; by default what it needs.")
@terminal_options
def to_images(
    src: tuple[str, ...],
    dest: str | None,
    output_format: str,
    anisotropy: tuple[float, float, float],
    shape: Point | None,
    terminal: Terminal,
) -> None:
    """Draw SWC files into images, one voxel thick, every vertex and every edge.

    Voxel 0, 0, 0 of an image is the origin of the coordinates, or the lowest corner of the tree
    along the axes where that is below 0.
    """
    anisotropy = check_anisotropy(anisotropy)
    written = []
    destinations = _destinations(src, dest, f".{output_format}")
    for source, path in destinations.items():
        if Path(source).is_dir():
            raise InputError(f"{source} is a folder; name the files in it: {source}/*.swc.")
        if path.exists():  # perhaps the labels that it came from
            raise InputError(f"{path} exists and is not replaced; name another folder by --out.")
    for source, path in destinations.items():
        (skeleton,) = read_skeletons(source, format="swc").values()
        image, corner = draw(skeleton, anisotropy, shape)
        _save(image, path)
        terminal.say(
            f"{source}: {numbers(image.shape)} voxels, the first one at {numbers(corner)}: {path}"
        )
        written.append(
            {"source": source, "shape": image.shape, "origin": corner, "output": str(path)}
        )
    terminal.result({"files": written})


def draw(
    skeleton: Skeleton, anisotropy: Sequence[float], shape: Sequence[int] | None = None
) -> tuple[NDArray[np.bool_], list[int]]:
    """Draw a skeleton into an image.

    Parameters
    ----------
    skeleton : osteoid.Skeleton
    anisotropy : three floats
        Size of a voxel.
    shape : three ints, optional
        Size of the image; by default as large as needed.

    Returns
    -------
    image : array [x, y, z] of bool
    corner : list of three ints
        The voxel, counted from the origin of the coordinates, that ``image[0, 0, 0]`` is.

    Raises
    ------
    InputError
        The skeleton does not fit into ``shape``.
    OutOfMemoryError
        The image does not fit into the memory that is free, where that is known.
    """
    points = physical(skeleton).astype(np.float64) / np.asarray(anisotropy)
    if not (abs(points) < _FARTHEST).all():
        raise InputError(
            f"the skeleton has a vertex at {points[np.argmax(abs(points).max(axis=1))].tolist()} "
            f"voxels, farther off than an image reaches; pass the size of its voxels as "
            f"--anisotropy."
        )
    whole = np.rint(points).astype(np.int64)
    corner = whole.min(axis=0, initial=0)
    need = whole.max(axis=0) - corner + 1 if len(whole) else np.ones(3, dtype=np.int64)
    sizes = need if shape is None else np.array(shape)
    if (need > sizes).any():
        raise InputError(
            f"--shape is {sizes.tolist()}, but the skeleton needs {need.tolist()} voxels."
        )
    advice = "pass the size of its voxels as --anisotropy"
    what = f"an image of {numbers(sizes)} voxels takes"
    check_free(math.prod(sizes.tolist()), what, advice)
    edges = edges_of(skeleton)
    steps = np.abs(whole[edges[:, 0]] - whole[edges[:, 1]]).max(axis=1, initial=0)
    check_free(_PER_STEP * int(steps.sum()), f"drawing {what}", advice)
    voxels = _line_voxels(whole, edges, steps)
    image = np.zeros(sizes, dtype=bool)
    image[tuple((voxels - corner).T)] = True
    return image, corner.tolist()


def _line_voxels(
    whole: NDArray[np.int64], edges: NDArray[np.uint32], steps: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the voxels of the vertices and of the straight lines of so many steps between them."""
    begin, end = whole[edges[:, 0]], whole[edges[:, 1]]
    edge = np.repeat(np.arange(len(edges)), steps + 1)
    first = np.cumsum(steps + 1) - (steps + 1)
    along = (np.arange(len(edge)) - first[edge]) / np.maximum(steps, 1)[edge]
    lines = begin[edge] + (end - begin)[edge] * along[:, np.newaxis]
    return np.unique(np.concatenate([whole, np.rint(lines).astype(np.int64)]), axis=0)


def _destinations(sources: Sequence[str], dest: str | None, suffix: str) -> dict[str, Path]:
    """Return the file that each source goes to.

    Raises
    ------
    InputError
        Two of them would go to one file.
    """
    destinations: dict[Path, str] = {}
    for source in sources:
        path = _beside(source, dest, suffix)
        other = destinations.setdefault(path, source)
        if other != source:
            raise InputError(f"{other} and {source} would both go to {path}; turn one at a time.")
    return {source: path for path, source in destinations.items()}


def _beside(source: str, dest: str | None, suffix: str) -> Path:
    path = Path(source.split("::")[0].rstrip("/"))
    volume_ends = [end for kind in VOLUME_FORMATS for end in kind.suffixes]
    skeleton_ends = [end for kind in SKELETON_FORMATS for end in kind.suffixes]
    ends = [end for end in volume_ends + skeleton_ends if path.name.lower().endswith(end)]
    stem = path.name[: -max(map(len, ends))] if ends else path.name
    return (path.parent if dest is None else Path(dest)) / f"{stem}{suffix}"


def _save(image: NDArray[np.bool_], path: Path) -> None:
    if path.suffix == ".npy":
        with replacing(path) as part, part.open("wb") as file:
            np.save(file, image)
        return
    tifffile = require("tifffile", "tif", "Writing TIFF")
    with replacing(path) as part:
        tifffile.imwrite(
            part,
            image.T.astype(np.uint8) * 255,
            compression="zlib",
            metadata={"axes": "ZYX"},
        )
