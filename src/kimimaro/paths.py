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
    components: dict[int, list[int]] = {}
    for component, label in enumerate(labels):
        if traced["vertex_offsets"][component + 1] > traced["vertex_offsets"][component]:
            components.setdefault(label, []).append(component)
    transform = np.zeros((3, 4), dtype=np.float32)
    transform[:, :3] = np.diag(image.voxel_size)
    skeletons = {}
    for label, members in components.items():
        voxels, edges, radii = _merge(traced, members)
        skeletons[label] = Skeleton(
            (voxels * np.array(image.voxel_size)).astype(np.float32),
            edges,
            radii=radii,
            vertex_types=_vertex_types(voxels, types),
            segid=label,
            transform=transform,
            space="physical",
        )
    return skeletons


def _merge(
    traced: Mapping[str, Any], members: list[int]
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32], npt.NDArray[np.float32]]:
    voxels, edges, radii, count = [], [], [], 0
    for component in members:
        begin, end = traced["vertex_offsets"][component : component + 2]
        voxels.append(traced["vertices"][begin:end])
        radii.append(traced["radii"][begin:end])
        first, last = traced["edge_offsets"][component : component + 2]
        edges.append(traced["edges"][first:last] + np.uint32(count))
        count += int(end - begin)
    return np.concatenate(voxels), np.concatenate(edges), np.concatenate(radii)


def _vertex_types(
    voxels: npt.NDArray[np.uint32], types: Mapping[tuple[int, int, int], int]
) -> npt.NDArray[np.uint8]:
    result = np.zeros(len(voxels), dtype=np.uint8)
    if types:
        for vertex, voxel in enumerate(voxels.tolist()):
            result[vertex] = types.get(tuple(voxel), 0)
    return result
