"""SWC: one text file per label, a row per vertex, parents before children."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from osteoid import Skeleton

from kimimaro.formats import trees
from kimimaro.formats.atomic import write_bytes
from kimimaro.formats.attributes import LARGEST, attribute, edges_of, physical
from kimimaro.formats.base import (
    FormatError,
    SkeletonFormat,
    Skeletons,
    WriteOptions,
    warn,
)
from kimimaro.formats.destination import check_file, check_folder

SOMA = 1
_FILE_LABEL = re.compile(r"-?\d+")
_HEADER_UNIT = re.compile(r"#\s*unit:?\s+(\S.*?)\s*$", re.IGNORECASE)
_HEADER_LABEL = re.compile(r"#\s*label:?\s+(-?\d+)\s*", re.IGNORECASE)


def write(skeletons: Skeletons, dest: str, options: WriteOptions) -> None:
    """Write ``<label>.swc`` for each label into a folder, or one skeleton to a file ``*.swc``."""
    place, single = Path(dest), FORMAT.is_single(dest)
    if not single:
        place.mkdir(parents=True, exist_ok=True)  # also for no skeletons
    for label, skeleton in options.count(skeletons):
        path = place if single else place / f"{label}.swc"
        write_bytes(path, to_swc(skeleton, label=label, options=options).encode())


def check(dest: str, options: WriteOptions) -> None:
    """Refuse a folder, or a file ``*.swc``, that cannot be written."""
    if FORMAT.is_single(dest):
        check_file(dest)
    else:
        check_folder(dest)


def read(src: str) -> dict[int, Skeleton]:
    """Read one SWC file, or every ``*.swc`` in a folder.

    The label of a file is its name where that is a whole number, else what its header says, else
    the next free number.
    """
    path = Path(src)
    files = sorted(_files(path)) if path.is_dir() else [path]
    if not files and not _is_empty(path):
        raise FormatError(f"{src} is a folder without SWC files.")
    skeletons: dict[int, Skeleton] = {}
    unnamed: list[tuple[Path, Skeleton]] = []
    for file in files:
        text = _decode(file)
        label = _label_of(file, text)
        skeleton = from_swc(text, name=str(file))
        if label is None:
            unnamed.append((file, skeleton))
        elif label in skeletons:
            raise FormatError(f"{file} holds label {label}, which another file of {src} holds too.")
        else:
            skeletons[label] = skeleton
    for file, skeleton in unnamed:
        label = max(skeletons, default=0) + 1
        skeletons[label] = skeleton
        if len(files) > 1:
            warn(f"{file} names no label; it becomes label {label}.")
    for label, skeleton in skeletons.items():
        skeleton.id = label
    return skeletons


def labels(dest: str) -> set[int]:
    """Return the labels that the files of a folder name, or the one of a single file.

    What is no file, or no text, holds no label: somebody else put it there.
    """
    path = Path(dest)
    if not path.is_dir():
        return set(read(dest))
    named = {file: _file_label(file) for file in _files(path) if file.is_file()}
    # Headers are read only where names do not tell, as a folder may have many files.
    found = {_label_of(file, _text(file)) if n is None else n for file, n in named.items()}
    return {label for label in found if label is not None}


def unit(src: str) -> str | None:
    """Return the unit in the header of a file, or of the first text among those of a folder."""
    path = Path(src)
    if not path.is_dir():
        return _header(_decode(path), _HEADER_UNIT)
    texts = (_text(file) for file in sorted(_files(path)))
    return _header(next(filter(None, texts), ""), _HEADER_UNIT)


def to_swc(
    skeleton: Skeleton, *, label: int | None = None, options: WriteOptions | None = None
) -> str:
    """Return a skeleton as the text of an SWC file.

    Each connected piece becomes a tree of its own, in the skeleton's physical coordinates. Its
    root is the vertex nearest to the wanted one, else one that is typed as soma, else the one of
    largest radius. An edge that closes a loop is left out with a warning, as SWC holds trees only.

    Parameters
    ----------
    skeleton : osteoid.Skeleton
    label : int, optional
        Written into the header; None takes ``skeleton.id``.
    options : WriteOptions, optional
        ``roots``, ``soma_radius`` and ``unit`` are used.
    """
    options = options or WriteOptions()
    label = skeleton.id if label is None else label
    vertices = physical(skeleton)
    radii = attribute(skeleton, "radius", np.float32, -1)
    types = attribute(skeleton, "vertex_types", np.uint8, 0).copy()
    wanted = options.roots.get(label) if label is not None else None
    preferred = trees.root_preference(vertices, radii, types == SOMA, wanted)
    order, parents, loops = trees.spanning_forest(len(vertices), edges_of(skeleton), preferred)
    if loops:
        warn(
            f"label {label}: {loops} edge(s) that close a loop were left out, "
            f"as an SWC file holds trees only."
        )
    roots = order[parents < 0]
    types[roots[radii[roots] > options.soma_radius]] = SOMA
    rows = _rows(order, parents, vertices, radii, types)
    return "\n".join([*_head(label, options.unit), *rows, ""])


def from_swc(text: str, name: str = "SWC") -> Skeleton:
    """Return the skeleton that the text of an SWC file describes, in physical space.

    Rows may come in any order, with any numbering and any white space.

    Raises
    ------
    FormatError
        There is no text at all, a row is not of seven numbers, a coordinate is not finite, a
        number occurs twice, or a parent is missing.
    """
    if not text.strip():
        raise FormatError(f"{name} is empty; it may have been cut off.")
    numbers: list[int] = []
    parents: list[int] = []
    values: list[tuple[float, float, float, float]] = []
    types: list[int] = []
    for line_number, line in enumerate(text.splitlines(), start=1):
        fields = line.split("#", 1)[0].split()
        if not fields:
            continue
        number, kind, x, y, z, radius, parent = _row(fields, name, line_number)
        numbers.append(number)
        types.append(kind)
        values.append((x, y, z, radius))
        parents.append(parent)
    index = {number: position for position, number in enumerate(numbers)}
    if len(index) != len(numbers):
        raise FormatError(f"{name} gives the same number to several rows.")
    edges = _edges(index, parents, name)
    table = np.array(values, dtype=np.float32).reshape(-1, 4)
    return Skeleton(
        np.ascontiguousarray(table[:, :3]),
        edges,
        radii=np.ascontiguousarray(table[:, 3]),
        vertex_types=np.clip(types, 0, 255).astype(np.uint8),
        space="physical",
    )


def _head(label: int | None, unit: str | None) -> Iterator[str]:
    yield "# SWC written by Kimimaro"
    if label is not None:
        yield f"# label {label}"
    if unit is not None:
        yield f"# unit {unit}"
    yield "# number type x y z radius parent"


def _rows(
    order: NDArray[np.int64],
    parents: NDArray[np.int64],
    vertices: NDArray[np.float32],
    radii: NDArray[np.float32],
    types: NDArray[np.uint8],
) -> Iterator[str]:
    position = np.empty(len(vertices), dtype=np.int64)
    position[order] = np.arange(1, len(order) + 1)
    parent_numbers = np.where(parents < 0, -1, position[parents]).tolist()
    kinds = types[order].tolist()
    numbers = np.column_stack([vertices, radii])[order]
    # The shortest text that reads back as the same float32.
    texts = numbers.astype(str).tolist()
    for row, (x, y, z, radius) in enumerate(texts):
        yield f"{row + 1} {kinds[row]} {x} {y} {z} {radius} {parent_numbers[row]}"


def _row(
    fields: list[str], name: str, line_number: int
) -> tuple[int, int, float, float, float, float, int]:
    try:
        if len(fields) < 7:
            raise ValueError
        number, kind, parent = (int(float(fields[column])) for column in (0, 1, 6))
        x, y, z = (float(field) for field in fields[2:5])
    except (ValueError, OverflowError):
        raise FormatError(
            f"{name}, line {line_number}: {' '.join(fields)[:60]!r} is not a row of an SWC file "
            f"(number type x y z radius parent)."
        ) from None
    if not all(abs(value) <= LARGEST for value in (x, y, z)):
        raise FormatError(
            f"{name}, line {line_number}: {' '.join(fields)[:60]!r} has a coordinate that is no "
            f"finite number, or above {LARGEST:.2g}; correct it, or remove the row."
        )
    try:
        radius = float(fields[5])
    except ValueError:
        radius = -1.0  # NA and the like: no radius was measured
    return number, kind, x, y, z, radius, parent


def _edges(index: dict[int, int], parents: list[int], name: str) -> NDArray[np.uint32]:
    edges = []
    for child, parent in enumerate(parents):
        if parent < 0:
            continue
        if parent not in index or index[parent] == child:
            raise FormatError(
                f"{name}: row {child + 1} has the parent {parent}, which is not another row; "
                f"the file may be cut off."
            )
        edges.append((index[parent], child))
    return np.array(edges, dtype=np.uint32).reshape(-1, 2)


def _decode(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        content: Any = file.read_bytes()
        if b"\0" in content:
            raise FormatError(f"{file} is not a text file, which SWC is.") from None
        return str(content.decode("latin-1"))


def _text(file: Path) -> str:
    """Return what stands in a file that may be anybody's; nothing if it is no text."""
    try:
        return _decode(file)
    except (FormatError, OSError):
        return ""


def _files(folder: Path) -> list[Path]:
    return [
        entry
        for entry in folder.iterdir()
        if entry.suffix.lower() == ".swc" and not entry.name.startswith(".")
    ]


def _file_label(path: Path) -> int | None:
    return int(path.stem) if _FILE_LABEL.fullmatch(path.stem) else None


def _label_of(file: Path, text: str) -> int | None:
    label = _file_label(file)
    if label is not None:
        return label
    noted = _header(text, _HEADER_LABEL)
    return None if noted is None else int(noted)


def _header(text: str, pattern: re.Pattern[str]) -> str | None:
    """Return what the lines before the first row say."""
    for line in text.splitlines():
        if line and not line.startswith("#"):
            break
        match = pattern.match(line)
        if match:
            return match[1]
    return None


def _is_swc_folder(path: str) -> bool:
    folder = Path(path)
    return folder.is_dir() and (bool(_files(folder)) or _is_empty(folder))


def _is_empty(folder: Path) -> bool:
    """Tell whether a folder is as an image without objects leaves it, or a run that was killed."""
    return all(entry.match(".*.part") for entry in folder.iterdir())


FORMAT = SkeletonFormat(
    name="swc",
    title="SWC files",
    read=read,
    write=write,
    labels=labels,
    check=check,
    unit=unit,
    suffixes=(".swc",),
    claims=_is_swc_folder,
    grows=True,
    single_suffix=".swc",
    attributes=False,
)
