"""Skeletons as the arrays that a page in a browser draws and lists."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kimimaro.errors import InputError
from kimimaro.postprocess.arrays import per_vertex
from kimimaro.view.lines import Floats, Ints, Lines, numbers_of

KNOWN = {"radius": ("Radius", 1), "cross_sectional_area": ("Cross section", 2)}
"""Attributes with a title and the power of the unit of length that they are measured in."""
TYPES = "vertex_types"


@dataclasses.dataclass(frozen=True)
class Attribute:
    """One number per vertex."""

    name: str
    title: str
    power: int
    """Power of the unit of length: 1 for a length, 2 for an area, 0 for anything else."""
    values: NDArray[Any]
    """(N,) float32, NaN where it is unknown; uint8 for vertex types."""


@dataclasses.dataclass(frozen=True)
class Scene:
    """What is drawn, around an origin of its own, as float32 is coarse far from zero."""

    labels: list[int]
    origin: Floats
    """(3,), to be added to every point."""
    points: NDArray[np.float32]
    """(N, 3), label after label."""
    strokes: NDArray[np.uint32]
    """(S, 2), label after label: the edges, and each vertex without an edge twice."""
    first_vertex: NDArray[np.uint32]
    """(L + 1,), where the vertices of each label begin."""
    first_stroke: NDArray[np.uint32]
    """(L + 1,)."""
    component: NDArray[np.uint32]
    """(N,), connected pieces of all labels."""
    lengths: Floats
    """(L,), cable length of each label."""
    components: NDArray[np.uint32]
    """(L,), number of connected pieces."""
    branches: NDArray[np.uint32]
    """(L,), number of vertices with more than two edges."""
    tips: NDArray[np.uint32]
    """(L,), number of vertices with one edge."""
    attributes: list[Attribute]


def check_color(color: str, known: Iterable[str]) -> None:
    """Raise InputError if there are no numbers of that name to color by."""
    names = list(known)
    if color not in names:
        raise InputError(
            f"color is {color!r}, but no skeleton has numbers of that name; use one of "
            f"{', '.join(names)}."
        )


def as_scene(lines: Lines) -> Scene:
    """Measure skeletons and lay them out by label."""
    count = len(lines.points)
    low = lines.points.min(axis=0) if count else np.zeros(3)
    high = lines.points.max(axis=0) if count else np.zeros(3)
    origin = (low + high) / 2
    ends = lines.points[lines.edges]
    degree = np.bincount(lines.edges.ravel(), minlength=count)
    component = lines.component()
    strokes = _strokes(lines, degree)
    return Scene(
        labels=lines.names,
        origin=origin,
        points=(lines.points - origin).astype(np.float32),
        strokes=strokes.astype(np.uint32),
        first_vertex=_starts(lines, lines.owner),
        first_stroke=_starts(lines, lines.owner[strokes[:, 0]]),
        component=component.astype(np.uint32),
        lengths=_per_label(
            lines, lines.edges[:, 0], np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)
        ),
        components=_counts(lines, np.unique(component, return_index=True)[1]),
        branches=_counts(lines, np.flatnonzero(degree > 2)),
        tips=_counts(lines, np.flatnonzero(degree == 1)),
        attributes=_attributes(lines),
    )


def _strokes(lines: Lines, degree: Ints) -> Ints:
    lone = np.flatnonzero(degree == 0)
    strokes = np.concatenate([lines.edges, np.stack([lone, lone], axis=1)])
    # Edges lie label after label already; this sorts the lone vertices in.
    order = np.argsort(lines.owner[strokes[:, 0]], kind="stable")
    return strokes[order]


def _starts(lines: Lines, owner: Ints) -> NDArray[np.uint32]:
    counts = np.bincount(owner, minlength=len(lines.names))
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.uint32)


def _per_label(lines: Lines, vertices: Ints, values: Floats) -> Floats:
    sums = np.bincount(lines.owner[vertices], weights=values, minlength=len(lines.names))
    return sums.astype(np.float64)  # of nothing, NumPy makes integers


def _counts(lines: Lines, vertices: Ints) -> NDArray[np.uint32]:
    return np.bincount(lines.owner[vertices], minlength=len(lines.names)).astype(np.uint32)


def _attributes(lines: Lines) -> list[Attribute]:
    """Return what has one number per vertex and is known of some skeleton."""
    names = ["radius", "cross_sectional_area"]
    for skeleton in lines.skeletons:
        names += [str(entry["id"]) for entry in skeleton.extra_attributes]
        names += per_vertex(skeleton)  # what is not registered, too
    found = []
    for name in dict.fromkeys(names):
        values = np.concatenate([np.empty(0), *(_values(s, name) for s in lines.skeletons)])
        if name == TYPES:
            if np.nan_to_num(values).any():
                kinds = np.nan_to_num(values).astype(np.uint8)
                found.append(Attribute(name, "Vertex type", 0, kinds))
        elif not np.isnan(values).all():
            title, power = KNOWN.get(name, (name.replace("_", " ").capitalize(), 0))
            found.append(Attribute(name, title, power, values.astype(np.float32)))
    return found


def _values(skeleton: Any, name: str) -> Floats:
    known = numbers_of(skeleton, name)
    return np.full(len(skeleton.vertices), np.nan) if known is None else known
