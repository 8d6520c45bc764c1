"""A set of skeletons as flat arrays: all vertices in one, all edges in one, with offsets."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray
from osteoid import Skeleton

from kimimaro.formats.attributes import build, columns, edges_of, physical, values_of
from kimimaro.formats.base import FormatError, Skeletons, WriteOptions


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

    def skeletons(self) -> dict[int, Skeleton]:
        """Take the table apart.

        Raises
        ------
        FormatError
            The parts of the table do not fit together.
        """
        self._check()
        made = {}
        for position, label in enumerate(self.labels.tolist()):
            first, last = self.vertex_starts[position : position + 2]
            begin, end = self.edge_starts[position : position + 2]
            made[label] = build(
                label,
                self.vertices[first:last],
                self.edges[begin:end],
                {name: column[first:last] for name, column in self.values.items()},
                self.transforms[position],
            )
        return made

    def _check(self) -> None:
        count = len(self.labels)
        fits = (
            len(self.vertex_starts) == len(self.edge_starts) == count + 1
            and len(self.transforms) == count
            and self.vertex_starts[-1] == len(self.vertices)
            and self.edge_starts[-1] == len(self.edges)
            and all(len(column) == len(self.vertices) for column in self.values.values())
        )
        sizes = np.diff(self.vertex_starts) if fits else np.zeros(0, dtype=np.int64)
        if fits and len(self.edges):
            limit = np.repeat(sizes, np.diff(self.edge_starts))
            fits = bool((self.edges.max(axis=1) < limit).all())
        if not fits:
            raise FormatError("the arrays of the skeletons do not fit together.")


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


def label_array(labels: list[int]) -> NDArray[Any]:
    """Return labels as uint64, or as int64 where there are negative ones."""
    return np.array(labels, dtype=np.int64 if min(labels, default=0) < 0 else np.uint64)


def _starts(parts: list[NDArray[Any]]) -> NDArray[np.int64]:
    return np.cumsum([0, *map(len, parts)], dtype=np.int64)
