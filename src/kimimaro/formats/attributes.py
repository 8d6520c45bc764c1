"""What skeletons carry at their vertices, and how a set of skeletons is put into one table."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from osteoid import Skeleton

from kimimaro.errors import InputTypeError
from kimimaro.formats.base import FormatError
from kimimaro.postprocess.arrays import check_edges, check_type

_MEASURED = ("cross_sectional_area", "cross_sectional_area_contacts", "segments")
_MISSING = {"radius": -1}
LARGEST = 3.4028235e38
"""The largest coordinate that a skeleton can have: that of float32, as it is written."""


@dataclasses.dataclass(frozen=True)
class Column:
    """A vertex attribute that every skeleton of a set is to have."""

    name: str
    dtype: np.dtype[Any]
    components: int


def check_mapping(skeletons: object) -> None:
    """Raise InputTypeError unless this is a mapping of skeletons."""
    if not isinstance(skeletons, Mapping):
        raise InputTypeError(
            f"skeletons is a {type(skeletons).__name__}; pass a dict {{label: Skeleton}}."
        )
    for label in skeletons:
        check_type(f"skeletons[{label!r}]", skeletons[label])


def check_finite(name: str, vertices: NDArray[Any]) -> None:
    """Raise FormatError unless all coordinates are finite numbers, also as float32."""
    wrong = np.flatnonzero(~(np.abs(vertices) <= LARGEST).all(axis=1))
    if len(wrong):
        raise FormatError(
            f"{name} has its vertex {wrong[0]} at {vertices[wrong[0]].tolist()}; every coordinate "
            f"must be a finite number, at most {LARGEST:.2g}."
        )


def attribute(skeleton: Skeleton, name: str, dtype: DTypeLike, missing: float) -> NDArray[Any]:
    """Return a vertex attribute, or ``missing`` for every vertex of a skeleton without it."""
    count = len(skeleton.vertices)
    values = getattr(skeleton, name, None)
    if values is None:
        return np.full(count, missing, dtype=dtype)
    values = np.asarray(values)
    if len(values) != count:
        raise FormatError(
            f"the skeleton {skeleton.id} has {count} vertices but {len(values)} values of {name}."
        )
    return values.astype(dtype, copy=False)


def physical(skeleton: Skeleton) -> NDArray[np.float32]:
    """Return the vertices in physical space, float32 of shape (N, 3).

    Raises
    ------
    FormatError
        A coordinate is no finite number.
    """
    if skeleton.space == "voxel":
        skeleton = skeleton.physical_space()
    vertices = np.asarray(skeleton.vertices).reshape(-1, 3)
    check_finite(f"skeletons[{skeleton.id}]", vertices)
    return vertices.astype(np.float32, copy=False)


def edges_of(skeleton: Skeleton) -> NDArray[np.uint32]:
    """Return the edges, uint32 of shape (M, 2).

    Raises
    ------
    InputError
        An edge names a vertex that the skeleton does not have.
    """
    edges = np.asarray(skeleton.edges).reshape(-1, 2)
    check_edges(f"skeletons[{skeleton.id}]", edges, len(skeleton.vertices))
    return edges.astype(np.uint32, copy=False)


def columns(skeletons: Iterable[Skeleton]) -> list[Column]:
    """Return the attributes that any of the skeletons has, radius and vertex type first.

    Raises
    ------
    FormatError
        Skeletons disagree about the number of values per vertex.
    """
    found = {
        "radius": Column("radius", np.dtype(np.float32), 1),
        "vertex_types": Column("vertex_types", np.dtype(np.uint8), 1),
    }
    for skeleton in skeletons:
        for name in _names(skeleton):
            values = np.asarray(getattr(skeleton, name))
            components = 1 if values.ndim == 1 else int(values.shape[1])
            known = found.setdefault(name, Column(name, values.dtype, components))
            if known.components != components:
                raise FormatError(
                    f"the skeletons have {known.components} and {components} values of {name} per "
                    f"vertex; one number was expected."
                )
            dtype = np.promote_types(known.dtype, values.dtype)
            found[name] = dataclasses.replace(known, dtype=dtype)
    return list(found.values())


def values_of(skeleton: Skeleton, column: Column) -> NDArray[Any]:
    """Return a column of a skeleton, of shape (N,) or (N, components); zero where it has none."""
    values = attribute(skeleton, column.name, column.dtype, _MISSING.get(column.name, 0))
    if column.components > 1:
        return values.reshape(len(skeleton.vertices), column.components)
    return values.reshape(len(skeleton.vertices))


def build(
    label: int,
    vertices: NDArray[Any],
    edges: NDArray[Any],
    values: Mapping[str, NDArray[Any]],
    transform: NDArray[Any] | None = None,
) -> Skeleton:
    """Make a skeleton in physical space from its table."""
    skeleton = Skeleton(
        np.ascontiguousarray(vertices, dtype=np.float32),
        np.ascontiguousarray(edges, dtype=np.uint32),
        segid=label,
        space="physical",
        transform=transform,
        extra_attributes=[],
    )
    for name, column in values.items():
        setattr(skeleton, name, column)
        skeleton.extra_attributes.append(
            {
                "id": name,
                "data_type": column.dtype.name,
                "num_components": 1 if column.ndim == 1 else column.shape[1],
            }
        )
    return skeleton


def _names(skeleton: Skeleton) -> list[str]:
    names = [str(entry["id"]) for entry in skeleton.extra_attributes]
    names += [name for name in _MEASURED if name not in names]
    return [name for name in names if getattr(skeleton, name, None) is not None]
