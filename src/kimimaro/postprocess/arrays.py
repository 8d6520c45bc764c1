"""A skeleton's arrays for the graph kernels, and a new skeleton from what a kernel kept."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import numpy.typing as npt
from osteoid import Skeleton

from kimimaro import _engine
from kimimaro.errors import InputError, InputTypeError, shown
from kimimaro.numbers import as_number

Vertices = npt.NDArray[np.float32]
Edges = npt.NDArray[np.uint32]
Radii = npt.NDArray[np.float32]

_NOT_PER_VERTEX = ("vertices", "edges", "_transform")


def check_length(name: str, value: object) -> float:
    """Return ``value`` as a float if it is a number of at least 0."""
    number = as_number(value)
    if not number >= 0:
        raise InputError(f"{name} is {shown(value)}; use a number of at least 0.")
    return number


def check_type(name: str, given: object) -> Skeleton:
    """Return what is an osteoid.Skeleton; raise InputTypeError for anything else."""
    if not isinstance(given, Skeleton):
        raise InputTypeError(f"{name} is a {type(given).__name__}; pass an osteoid.Skeleton.")
    return given


def check_skeleton(name: str, given: object) -> Skeleton:
    """Return a skeleton with arrays of the types that the kernels take, sharing what it can.

    Raises
    ------
    InputTypeError
        ``given`` is no osteoid.Skeleton.
    InputError
        Its arrays have other shapes than (N, 3) and (M, 2), a vertex is not finite, an edge names
        a vertex that does not exist, or an attribute has not one entry per vertex.
    """
    skeleton = check_type(name, given)
    vertices, edges = np.asarray(skeleton.vertices), np.asarray(skeleton.edges)
    if vertices.ndim != 2 or vertices.shape[1] != 3 or vertices.dtype.kind not in "fiu":
        raise InputError(
            f"{name}.vertices is an array of {vertices.dtype} of shape {vertices.shape}; "
            "use one of float32 of shape (N, 3)."
        )
    if not np.isfinite(vertices).all():
        row = np.flatnonzero(~np.isfinite(vertices).all(axis=1))[0]
        raise InputError(f"{name}.vertices[{row}] is {vertices[row].tolist()}; use finite numbers.")
    check_edges(name, edges, len(vertices))
    for attribute in skeleton.extra_attributes:
        values = getattr(skeleton, attribute["id"], ())
        try:
            count = len(values)
        except TypeError:
            raise InputError(
                f"{name}.{attribute['id']} is {values!r}; give it one entry per vertex."
            ) from None
        if count != len(vertices):
            raise InputError(
                f"{name}.{attribute['id']} has {count} entries for {len(vertices)} vertices; "
                "give it one per vertex."
            )
    return _build(
        skeleton,
        vertices.astype(np.float32, copy=False),
        edges.astype(np.uint32, copy=False),
        per_vertex(skeleton),
    )


def check_edges(name: str, edges: npt.NDArray[Any], count: int) -> None:
    """Raise InputError unless a skeleton's edges are pairs of its ``count`` vertices."""
    if edges.ndim != 2 or edges.shape[1] != 2 or (edges.size and edges.dtype.kind not in "iu"):
        raise InputError(
            f"{name}.edges is an array of {edges.dtype} of shape {edges.shape}; "
            "use one of uint32 of shape (M, 2)."
        )
    if edges.size and not (edges.min() >= 0 and edges.max() < count):
        worst = edges.min() if edges.min() < 0 else edges.max()
        raise InputError(
            f"{name}.edges names vertex {worst}; there are {count} vertices, counted from 0."
        )


def per_vertex(skeleton: Skeleton) -> dict[str, npt.NDArray[Any]]:
    """Return every array with one entry per vertex, registered as an attribute or not."""
    return {
        name: values
        for name, values in vars(skeleton).items()
        if name not in _NOT_PER_VERTEX
        and isinstance(values, np.ndarray)
        and values.ndim > 0
        and len(values) == len(skeleton.vertices)
    }


def take(skeleton: Skeleton, kept: npt.NDArray[np.uint32], edges: Edges) -> Skeleton:
    """Return a skeleton of the ``kept`` vertices with their attributes and of new edges.

    Parameters
    ----------
    skeleton
        It stays as it is.
    kept : (K,) uint32
        Vertices of ``skeleton``.
    edges : (M, 2) uint32
        Positions in ``kept``.
    """
    attributes = {name: values[kept] for name, values in per_vertex(skeleton).items()}
    return _build(skeleton, skeleton.vertices[kept], edges, attributes)


def concatenate(skeletons: list[Skeleton]) -> Skeleton:
    """Put checked skeletons one behind the other, in their space, or physical if they differ.

    Raises
    ------
    InputError
        They have different vertex attributes.
    """
    first = skeletons[0]
    if any(
        skeleton.space != first.space or not np.array_equal(skeleton.transform, first.transform)
        for skeleton in skeletons
    ):
        skeletons = [as_physical(skeleton) for skeleton in skeletons]
        first = skeletons[0]
    names = per_vertex(first).keys()
    for number, skeleton in enumerate(skeletons):
        for name in per_vertex(skeleton).keys() ^ names:
            raise InputError(
                f"skeletons[{number}] and skeletons[0] do not both have the vertex attribute "
                f"{name!r}; add it or remove it."
            )
    firsts = np.cumsum([0, *(len(skeleton.vertices) for skeleton in skeletons)])
    if firsts[-1] >= 2**32 - 1:
        raise InputError(
            f"skeletons have {firsts[-1]} vertices together; join fewer than 2^32 - 1 at a time."
        )
    return _build(
        first,
        np.concatenate([skeleton.vertices for skeleton in skeletons]),
        np.concatenate(
            [
                skeleton.edges + np.uint32(start)
                for skeleton, start in zip(skeletons, firsts[:-1], strict=True)
            ]
        ),
        {
            name: np.concatenate([getattr(skeleton, name) for skeleton in skeletons])
            for name in names
        },
    )


def consolidate(skeleton: Skeleton) -> Skeleton:
    """Merge vertices at one place into the first of them; sort vertices by place, and edges."""
    vertices = np.ascontiguousarray(skeleton.vertices)
    return take(skeleton, *_engine.consolidate(vertices, np.ascontiguousarray(skeleton.edges)))


def physical_vertices(skeleton: Skeleton) -> Vertices:
    """Return the vertices in the units of the thresholds, a C-contiguous (N, 3) float32 array."""
    vertices: Vertices = skeleton.vertices
    if skeleton.space == "voxel":
        matrix = np.asarray(skeleton.transform, dtype=np.float32)
        vertices = vertices @ matrix[:, :3].T + matrix[:, 3]
    return np.ascontiguousarray(vertices, dtype=np.float32)


def known_radii(skeleton: Skeleton) -> Radii:
    """Return the radii, 0 where one is unknown (missing, negative or not a number)."""
    count = len(skeleton.vertices)
    radii = np.asarray(getattr(skeleton, "radius", np.zeros(count)), dtype=np.float32)
    if radii.shape != (count,):
        raise InputError(
            f"skeleton.radii has shape {radii.shape} for {count} vertices; "
            f"use an array of shape ({count},)."
        )
    return np.where(radii > 0, radii, np.float32(0))


def as_physical(skeleton: Skeleton) -> Skeleton:
    """Return a copy in physical space with every array that has one entry per vertex."""
    moved = _build(skeleton, physical_vertices(skeleton), skeleton.edges, per_vertex(skeleton))
    if moved.space == "voxel":
        moved.space = "physical"
    return moved


def _build(
    like: Skeleton, vertices: Vertices, edges: Edges, attributes: dict[str, npt.NDArray[Any]]
) -> Skeleton:
    skeleton = Skeleton(
        vertices,
        edges,
        segid=like.id,
        transform=like.transform,
        space=like.space,
        extra_attributes=copy.deepcopy(like.extra_attributes),
    )
    for name, values in attributes.items():
        setattr(skeleton, name, values)
    return skeleton
