"""Skeletons as one flat set of points and edges, and that set thinned to what a page can show."""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from osteoid import Skeleton

from kimimaro.errors import InputError, InputTypeError
from kimimaro.postprocess.arrays import as_physical, check_skeleton

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Skeletons: TypeAlias = Mapping[int, Skeleton] | Iterable[Skeleton] | Skeleton


@dataclasses.dataclass(frozen=True)
class Lines:
    """All skeletons together."""

    skeletons: list[Skeleton]
    names: list[int]
    """Label of each skeleton."""
    points: Floats
    """(N, 3), physical units."""
    edges: Ints
    """(M, 2), indices of points."""
    owner: Ints
    """(N,), index of each point's skeleton."""

    def attribute(self, name: str) -> Floats:
        """Return a vertex attribute of all skeletons as (N,) float64, NaN where it is unknown."""
        parts = [_attribute(s, name, n) for s, n in zip(self.skeletons, self.names, strict=True)]
        return np.concatenate(parts) if parts else np.empty(0)

    def voxel_size(self) -> tuple[float, float, float]:
        """Return the voxel size in the first skeleton's transform, 1 where there is none.

        Raises
        ------
        InputError
            The transform does more than scale and move.
        """
        if not self.skeletons:
            return 1.0, 1.0, 1.0
        matrix = np.asarray(self.skeletons[0].transform, dtype=np.float64)[:, :3]
        size = np.diagonal(matrix)
        if not (np.array_equal(matrix, np.diag(size)) and (size > 0).all()):
            raise InputError(
                f"skeletons have the transform {matrix.tolist()}, which gives no voxel size, as it "
                "turns or flips axes; pass anisotropy."
            )
        return float(size[0]), float(size[1]), float(size[2])

    def component(self) -> Ints:
        """Number the connected pieces, by their first points; return each point's: (N,)."""
        root = np.arange(len(self.points))
        a, b = self.edges.T
        while True:
            low = np.minimum(root[a], root[b])
            new = root.copy()
            np.minimum.at(new, root[a], low)
            np.minimum.at(new, root[b], low)
            while not np.array_equal(new, new[new]):
                new = new[new]
            if np.array_equal(new, root):
                return np.unique(root, return_inverse=True)[1]
            root = new


def as_lines(skeletons: Skeletons) -> Lines:
    """Flatten a dict of skeletons, several skeletons or one.

    Raises
    ------
    InputTypeError
        ``skeletons`` is something else, or a label no whole number.
    InputError
        A vertex is not finite, an edge names a vertex that its skeleton does not have, or an
        attribute has not one entry per vertex.
    """
    listed = _listed(skeletons)
    drawn = [_drawn(name, skeleton) for name, _, skeleton in listed]
    counts = [len(skeleton.vertices) for skeleton in drawn]
    starts = np.cumsum([0, *counts])
    edges = [
        np.asarray(s.edges, dtype=np.int64).reshape(-1, 2) + start
        for s, start in zip(drawn, starts, strict=False)
    ]
    return Lines(
        skeletons=drawn,
        names=[label for _, label, _ in listed],
        points=np.concatenate([np.empty((0, 3)), *(s.vertices for s in drawn)], axis=0),
        edges=np.concatenate([np.empty((0, 2), dtype=np.int64), *edges]),
        owner=np.repeat(np.arange(len(drawn)), counts),
    )


def _listed(skeletons: Any) -> list[tuple[str, int, Skeleton]]:
    """List the skeletons with a name for errors and their label; a dict is sorted by label."""
    if isinstance(skeletons, Mapping):
        listed = [(f"skeletons[{key!r}]", key, entry) for key, entry in skeletons.items()]
    else:
        several = [skeletons] if isinstance(skeletons, Skeleton) else skeletons
        if not isinstance(several, Iterable):
            raise _no_skeletons(skeletons)
        listed = [(f"skeletons[{i}]", _id_of(s, i + 1), s) for i, s in enumerate(several)]
    if not all(isinstance(entry, Skeleton) for *_, entry in listed):
        raise _no_skeletons(skeletons)
    listed = [(name, _check_label(name, label), entry) for name, label, entry in listed]
    return sorted(listed, key=lambda one: one[1]) if isinstance(skeletons, Mapping) else listed


def _id_of(entry: Any, otherwise: int) -> Any:
    label = getattr(entry, "id", None)
    return otherwise if label is None else label


def _check_label(name: str, label: Any) -> int:
    try:
        return operator.index(label)
    except TypeError:
        raise InputTypeError(
            f"{name} has the label {label!r}; use whole numbers as labels."
        ) from None


def _drawn(name: str, skeleton: Skeleton) -> Skeleton:
    checked = check_skeleton(name, skeleton)
    if checked.space != "voxel":
        return checked
    # Again, as a transform may lead out of what is finite.
    return check_skeleton(name, as_physical(checked))


def _no_skeletons(given: object) -> InputTypeError:
    return InputTypeError(
        f"skeletons is a {type(given).__name__}; pass a dict of label: Skeleton, "
        "several Skeletons or one."
    )


def numbers_of(skeleton: Skeleton, name: str) -> Floats | None:
    """Return a vertex attribute as (N,) float64, NaN where it is unknown.

    None if it is not one number per vertex.
    """
    values: Any = getattr(skeleton, name, None)
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "biuf":
        return None
    if values.size != len(skeleton.vertices):
        return None
    found: Floats = values.astype(np.float64).ravel()
    unknown = ~np.isfinite(found)
    if name in ("radius", "radii"):
        # Formats without a place for "unknown" write -1.
        unknown |= found < 0
    elif name == "cross_sectional_area":
        # 0 where nothing was measured, -1 where the image does not have the label.
        unknown |= found <= 0
    found[unknown] = np.nan
    return found


def _attribute(skeleton: Skeleton, name: str, label: int) -> Floats:
    values = numbers_of(skeleton, name)
    if values is None:
        count = len(skeleton.vertices)
        known = {attribute["id"] for attribute in skeleton.extra_attributes}
        raise InputError(
            f"color is {name!r}, but skeleton {label} has no {count} numbers of that name; use "
            f"'label', 'radius', 'component' or one of {', '.join(sorted(known)) or 'none'}."
        )
    return values


def thin(flat: Floats, edges: Ints, group: Ints, cell: float, most: int) -> tuple[Ints, Ints]:
    """Leave out what cannot be told apart on the page.

    Points of one group in the same square cell become the first of them, and edges that then
    coincide become one; a piece that lies in one cell becomes a lone point. The cell grows until
    no more than ``most`` edges are left.

    Parameters
    ----------
    flat : (N, 2) float64
        Points on the page.
    edges : (M, 2) int64
    group : (N,) int64
    cell : float
        Side of a cell, above 0.
    most : int

    Returns
    -------
    edges : (K, 2) int64
        Indices of the original points.
    lone : (L,) int64
        Points that no edge is left of.
    """
    while len(flat):
        kept, points = _merge_points(flat, edges, group, cell)
        if len(kept) <= most:
            return kept, np.setdiff1d(points, kept)
        cell *= 1.5
    return edges, np.empty(0, dtype=np.int64)


def _merge_points(flat: Floats, edges: Ints, group: Ints, cell: float) -> tuple[Ints, Ints]:
    """Return the edges (K, 2) that are left, and all points (P,) that are."""
    bins = ((flat - flat.min(axis=0)) / cell).astype(np.int64)
    key = (group * (bins[:, 0].max() + 1) + bins[:, 0]) * (bins[:, 1].max() + 1) + bins[:, 1]
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    ends = np.sort(first[inverse][edges], axis=1)
    ends = ends[ends[:, 0] != ends[:, 1]]
    pairs = np.sort(ends[:, 0] * len(flat) + ends[:, 1])
    pairs = pairs[np.diff(pairs, prepend=-1) > 0]
    return np.stack(np.divmod(pairs, len(flat)), axis=1), first
