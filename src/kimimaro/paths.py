"""From the engine's flat arrays to one Skeleton per label."""

from __future__ import annotations

import itertools
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
    # Numbers of Python, as there may be many small components.
    vertices = list(itertools.pairwise(traced["vertex_offsets"].tolist()))
    edges = list(itertools.pairwise(traced["edge_offsets"].tolist()))
    components: dict[int, list[tuple[slice, slice]]] = {}
    for label, own, own_edges in zip(labels, vertices, edges, strict=True):
        if own[1] > own[0]:
            components.setdefault(label, []).append((slice(*own), slice(*own_edges)))
    transform = np.zeros((3, 4), dtype=np.float32)
    transform[:, :3] = np.diag(image.voxel_size)
    skeletons = {}
    for label, members in components.items():
        voxels, joined, radii = _merge(traced, members)
        skeletons[label] = Skeleton(
            (voxels * np.array(image.voxel_size)).astype(np.float32),
            joined,
            radii=radii,
            vertex_types=_vertex_types(voxels, types),
            segid=label,
            transform=transform,
            space="physical",
        )
    return skeletons


def _merge(
    traced: Mapping[str, Any], members: list[tuple[slice, slice]]
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32], npt.NDArray[np.float32]]:
    voxels, edges, radii, count = [], [], [], 0
    for own, own_edges in members:
        voxels.append(traced["vertices"][own])
        radii.append(traced["radii"][own])
        edges.append(traced["edges"][own_edges] + np.uint32(count))
        count += own.stop - own.start
    return np.concatenate(voxels), np.concatenate(edges), np.concatenate(radii)


def _vertex_types(
    voxels: npt.NDArray[np.uint32], types: Mapping[tuple[int, int, int], int]
) -> npt.NDArray[np.uint8]:
    result = np.zeros(len(voxels), dtype=np.uint8)
    if types:
        for vertex, voxel in enumerate(voxels.tolist()):
            result[vertex] = types.get(tuple(voxel), 0)
    return result
