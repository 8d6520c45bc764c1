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
        Flat arrays of the vertices, edges and radii of all components, those of a label together,
        with their offsets.
    labels
        The label of each component.
    types
        The SWC type of the vertex at a voxel, where it has one.
    """
    names = [labels[i] for i in traced["order"][traced["label_offsets"][:-1]].tolist()]
    ends, edge_ends = (
        itertools.pairwise(traced[offsets][traced["label_offsets"]].tolist())
        for offsets in ("vertex_offsets", "edge_offsets")
    )
    transform = np.zeros((3, 4), dtype=np.float32)
    transform[:, :3] = np.diag(image.voxel_size)
    skeletons = {}
    for label, (begin, end), (first_edge, last_edge) in zip(names, ends, edge_ends, strict=True):
        if begin == end:
            continue
        voxels = traced["vertices"][begin:end]
        skeletons[label] = Skeleton(
            (voxels * np.array(image.voxel_size)).astype(np.float32),
            traced["edges"][first_edge:last_edge].copy(),
            radii=traced["radii"][begin:end].copy(),
            vertex_types=_vertex_types(voxels, types),
            segid=label,
            transform=transform,
            space="physical",
        )
    return skeletons


def _vertex_types(
    voxels: npt.NDArray[np.uint32], types: Mapping[tuple[int, int, int], int]
) -> npt.NDArray[np.uint8]:
    result = np.zeros(len(voxels), dtype=np.uint8)
    if types:
        for vertex, voxel in enumerate(voxels.tolist()):
            result[vertex] = types.get(tuple(voxel), 0)
    return result
