"""From the engine's flat arrays to one Skeleton per label."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from osteoid import Skeleton

from kimimaro.volume import LabelImage


def as_skeletons(
    traced: Mapping[str, Any],
    labels: list[int],
    image: LabelImage,
    types: Mapping[tuple[int, int, int], int],
) -> dict[int, Skeleton]:
    """Merge the trees of each label's components into one Skeleton.

    Parameters
    ----------
    traced
        Flat arrays of all components' vertices, edges and radii with their offsets.
    labels
        The label of each component.
    types
        The SWC type of the vertex at a voxel, where it has one.
    """
    # In bulk, as there may be many small components.
    starts, edge_starts = (
        traced[offsets].astype(np.int64) for offsets in ("vertex_offsets", "edge_offsets")
    )
    vertex_counts = np.diff(starts)
    drawn = np.flatnonzero(vertex_counts)
    if not drawn.size:
        return {}
    numbers: dict[int, int] = {}
    numbered = np.array([numbers.setdefault(labels[i], len(numbers)) for i in drawn.tolist()])
    order = np.argsort(numbered, kind="stable")
    drawn, numbered = drawn[order], numbered[order]
    vertex_counts, edge_counts = vertex_counts[drawn], np.diff(edge_starts)[drawn]
    own = _ranges(starts[drawn], vertex_counts)
    own_edges = _ranges(edge_starts[drawn], edge_counts)
    # Where the components' vertices begin, and where the labels' vertices and edges end.
    begins = np.cumsum(vertex_counts) - vertex_counts
    last = np.append(np.flatnonzero(np.diff(numbered)), numbered.size - 1)
    ends, edge_ends = (np.cumsum(counts)[last] for counts in (vertex_counts, edge_counts))
    shifts = begins - np.append(0, ends)[numbered]
    voxels, radii = traced["vertices"].take(own, axis=0), traced["radii"][own]
    edges = traced["edges"].take(own_edges, axis=0)
    edges += np.repeat(shifts, edge_counts).astype(edges.dtype)[:, None]

    transform = np.zeros((3, 4), dtype=np.float32)
    transform[:, :3] = np.diag(image.voxel_size)
    skeletons, begin, first_edge = {}, 0, 0
    for label, end, last_edge in zip(numbers, ends.tolist(), edge_ends.tolist(), strict=True):
        of_label = voxels[begin:end]
        skeletons[label] = Skeleton(
            (of_label * np.array(image.voxel_size)).astype(np.float32),
            edges[first_edge:last_edge].copy(),
            radii=radii[begin:end].copy(),
            vertex_types=_vertex_types(of_label, types),
            segid=label,
            transform=transform,
            space="physical",
        )
        begin, first_edge = end, last_edge
    return skeletons


def _ranges(starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """All numbers of several ranges, one range behind the other."""
    ends = np.cumsum(lengths)
    numbers: npt.NDArray[np.int64] = np.arange(ends[-1])
    numbers += np.repeat(starts - (ends - lengths), lengths)
    return numbers


def _vertex_types(
    voxels: npt.NDArray[np.uint32], types: Mapping[tuple[int, int, int], int]
) -> npt.NDArray[np.uint8]:
    result = np.zeros(len(voxels), dtype=np.uint8)
    if types:
        for vertex, voxel in enumerate(voxels.tolist()):
            result[vertex] = types.get(tuple(voxel), 0)
    return result
