"""A set of skeletons as flat arrays: all vertices in one, all edges in one, with offsets."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray
from osteoid import Skeleton

from kimimaro.formats.attributes import (
    build,
    check_finite,
    columns,
    edges_of,
    physical,
    values_of,
)
from kimimaro.formats.base import FormatError, Skeletons, WriteOptions
from kimimaro.numbers import as_whole


@dataclasses.dataclass(frozen=True)
class SkeletonTable:
    """Skeletons one after the other.

    Attributes
    ----------
    labels : array (n,), int64 or uint64
    vertex_starts, edge_starts : arrays (n + 1,), int64
        Where each skeleton's vertices and edges begin and the last one's end.
    vertices : array (N, 3), float32
    edges : array (M, 2), uint32
        Vertices are counted within their skeleton.
    transforms : array (n, 3, 4), float32
    values : dict of arrays (N,) or (N, components)
        The vertex attributes by name.
    """

    labels: NDArray[Any]
    vertex_starts: NDArray[np.int64]
    edge_starts: NDArray[np.int64]
    vertices: NDArray[np.float32]
    edges: NDArray[np.uint32]
    transforms: NDArray[np.float32]
    values: dict[str, NDArray[Any]]

    def skeletons(self, src: str) -> dict[int, Skeleton]:
        """Take the table apart.

        Parameters
        ----------
        src : str
            The file that it comes from, named in the errors.

        Raises
        ------
        FormatError
            The parts of the table do not fit together, a label occurs twice or is no whole number,
            or a coordinate is no finite number.
        """
        misfit = self._misfit()
        if misfit:
            raise FormatError(f"{src}: the arrays of the skeletons do not fit together: {misfit}.")
        made = {}
        for position, label in enumerate(whole_labels(self.labels.tolist(), src)):
            first, last = self.vertex_starts[position : position + 2]
            begin, end = self.edge_starts[position : position + 2]
            check_finite(f"{src}: the skeleton {label}", self.vertices[first:last])
            made[label] = build(
                label,
                self.vertices[first:last],
                self.edges[begin:end],
                {name: column[first:last] for name, column in self.values.items()},
                self.transforms[position],
            )
        return made

    def _misfit(self) -> str | None:
        """Say what does not fit, if anything."""
        count, vertices, edges = len(self.labels), len(self.vertices), len(self.edges)
        shapes = {
            "labels": (count,),
            "vertex_starts": (count + 1,),
            "edge_starts": (count + 1,),
            "vertices": (vertices, 3),
            "edges": (edges, 2),
            "transforms": (count, 3, 4),
        }
        for name, shape in shapes.items():
            found = getattr(self, name).shape
            if found != shape:
                return f"{name} has the shape {found}, not {shape}"
        for name, column in self.values.items():
            if len(column) != vertices:
                return f"there are {vertices} vertices, but {len(column)} values of {name}"
        for name, total in (("vertex_starts", vertices), ("edge_starts", edges)):
            starts = getattr(self, name)
            if starts[0] != 0 or starts[-1] != total or (starts[1:] < starts[:-1]).any():
                return f"{name} does not rise from 0 to {total}"
        limit = np.repeat(np.diff(self.vertex_starts), np.diff(self.edge_starts))
        if ((self.edges < 0) | (self.edges >= limit[:, np.newaxis])).any():
            return "an edge names a vertex that its skeleton does not have"
        return None


def as_table(skeletons: Skeletons, options: WriteOptions) -> SkeletonTable:
    """Put skeletons into one table, telling of each one."""
    labels, vertices, edges, transforms = [], [], [], []
    wanted = columns(skeletons.values())
    values: dict[str, list[NDArray[Any]]] = {column.name: [] for column in wanted}
    for label, skeleton in options.count(skeletons):
        labels.append(label)
        vertices.append(physical(skeleton))
        edges.append(edges_of(skeleton))
        transforms.append(np.asarray(skeleton.transform, dtype=np.float32))
        for column in wanted:
            values[column.name].append(values_of(skeleton, column))
    return SkeletonTable(
        labels=label_array(labels),
        vertex_starts=_starts(vertices),
        edge_starts=_starts(edges),
        vertices=np.concatenate([np.zeros((0, 3), dtype=np.float32), *vertices]),
        edges=np.concatenate([np.zeros((0, 2), dtype=np.uint32), *edges]),
        transforms=np.array(transforms, dtype=np.float32).reshape(-1, 3, 4),
        values={
            column.name: np.concatenate(values[column.name])
            for column in wanted
            if values[column.name]
        },
    )


def whole_labels(labels: list[Any], src: str) -> list[int]:
    """Return the labels of a file as whole numbers.

    Raises
    ------
    FormatError
        One is none, or occurs twice.
    """
    made: dict[int, None] = {}
    for label in labels:
        whole = as_whole(label)
        if whole is None:
            raise FormatError(f"{src} has the label {label!r}; labels are whole numbers.")
        if whole in made:
            raise FormatError(f"{src} has the label {whole} twice; give each skeleton its own.")
        made[whole] = None
    return list(made)


def label_array(labels: list[int]) -> NDArray[Any]:
    """Return labels as uint64, or as int64 where there are negative ones.

    Raises
    ------
    FormatError
        Neither holds all of them.
    """
    try:
        return np.array(labels, dtype=np.int64 if min(labels, default=0) < 0 else np.uint64)
    except OverflowError:
        raise FormatError(
            f"the labels run from {min(labels)} to {max(labels)}, which no integer of 64 bits "
            f"holds; write SWC files."
        ) from None


def _starts(parts: list[NDArray[Any]]) -> NDArray[np.int64]:
    return np.cumsum([0, *map(len, parts)], dtype=np.int64)
