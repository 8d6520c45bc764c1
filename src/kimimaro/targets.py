"""Where paths must lead: what the user asks for and where objects cross the image's faces."""

from __future__ import annotations

import dataclasses
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from kimimaro import _engine
from kimimaro.errors import InputError, InputTypeError, shown
from kimimaro.numbers import as_whole
from kimimaro.volume import AnyImage, Points, check_points

NO_COMPONENT = 2**32 - 1


@dataclasses.dataclass(frozen=True)
class UserTargets:
    """Voxels that the user asks for, checked."""

    before: Points
    after: Points
    roots: Points
    types: dict[tuple[int, int, int], int]
    """The SWC type of the vertex at a voxel, where the user gave one."""


def check_targets(image: AnyImage, before: Any, after: Any, roots: Any) -> UserTargets:
    """Check the targets and roots that a user passes to :func:`kimimaro.skeletonize`."""
    first = check_points(before, image, "extra_targets_before")
    last = check_points(after, image, "extra_targets_after")
    types = {
        **_check_types(first, before, "extra_targets_before"),
        **_check_types(last, after, "extra_targets_after"),
    }
    return UserTargets(first, last, _check_roots(image, roots), types)


def _check_types(points: Points, targets: Any, name: str) -> dict[tuple[int, int, int], int]:
    types: dict[tuple[int, int, int], int] = {}
    if isinstance(targets, Mapping):
        for (x, y, z), given in zip(points.tolist(), targets.values(), strict=True):
            swc_type = as_whole(given)
            if swc_type is None or not 0 <= swc_type <= 255:
                raise InputError(
                    f"{name} gives the point {(x, y, z)} the type {given!r}; use 0 to 255."
                )
            types[x, y, z] = swc_type
    return types


def _check_roots(image: AnyImage, roots: Any) -> Points:
    if roots is None:
        roots = {}
    if not isinstance(roots, Mapping):
        raise InputTypeError(f"roots is a {type(roots).__name__}; pass {{label: (x, y, z)}}.")
    points = check_points(list(roots.values()), image, "roots", shown(roots), "{label: (x, y, z)}")
    for label, found, point in zip(roots, image.at(points), points, strict=True):
        number = _as_label(label)
        if number is None:
            raise InputError(f"roots has the label {label!r}; use whole numbers.")
        if int(found) != number:
            raise InputError(
                f"roots has the point {tuple(point.tolist())} for label {label}, but that voxel "
                f"belongs to label {int(found)}; pass a voxel of the object."
            )
    return points


def _as_label(key: Any) -> int | None:
    """Return a whole number, also from text, as the keys of JSON are; None for anything else."""
    digits = isinstance(key, str) and re.fullmatch(r"[+-]?[0-9]{1,20}", key)
    return int(key) if digits else as_whole(key)


class TargetList(NamedTuple):
    """Targets by component."""

    components: npt.NDArray[np.uint32]
    points: Points

    @classmethod
    def of(cls, pairs: Sequence[tuple[int, tuple[int, ...]]]) -> TargetList:
        """Make a list of pairs of a component and a voxel."""
        return cls(
            np.array([component for component, _ in pairs], dtype=np.uint32),
            np.array([point for _, point in pairs], dtype=np.uint32).reshape(-1, 3),
        )

    def reversed(self) -> TargetList:
        """Return the same targets, the last first."""
        return TargetList(
            np.ascontiguousarray(self.components[::-1]), np.ascontiguousarray(self.points[::-1])
        )


NONE = TargetList.of([])


def assign(objects: _engine.Image, points: Points) -> TargetList:
    """Find the components of some voxels; those of dust or of labels not wanted are left out."""
    components = objects.components_at(points)
    known = components != NO_COMPONENT
    return TargetList(components[known], np.ascontiguousarray(points[known]))


def warn_of_shared(roots: TargetList) -> None:
    """Warn of components with several roots, as of merged labels: the engine takes the last."""
    components, counts = np.unique(roots.components, return_counts=True)
    for component in components[counts > 1]:
        points = [tuple(p) for p in roots.points[roots.components == component].tolist()]
        warnings.warn(
            f"roots has {points} in one component, which has merged labels; it is rooted at the "
            "last of them.",
            stacklevel=3,
        )


def join(first: TargetList, second: TargetList) -> TargetList:
    """Put the targets of two lists behind each other."""
    return TargetList(
        np.concatenate([first.components, second.components]),
        np.concatenate([first.points, second.points]),
    )


def in_order(borders: TargetList, asked: TargetList) -> tuple[TargetList, TargetList]:
    """Choose where to begin in each component, and the order of the paths that come first.

    Any order would do, but each leads to a tree of its own. This is the order of version 5, found
    by experiment, so that the skeletons are the same: it takes the border targets from a set, the
    last first, and begins at that one; then follow the targets that the user asks for, the last
    first, and the rest of the set. The hash of a tuple of whole numbers is the same always.

    Returns
    -------
    TargetList
        One border target of each component that has some.
    TargetList
        All targets in the order of the paths to them.
    """
    sets: dict[int, set[tuple[int, ...]]] = {}
    pairs = zip(borders.components.tolist(), borders.points.tolist(), strict=True)
    for component, point in sorted(pairs):
        sets.setdefault(component, set()).add(tuple(point))
    ordered = {number: list(points)[::-1] for number, points in sets.items()}
    starts = TargetList.of([(number, points[0]) for number, points in ordered.items()])
    rest = TargetList.of([(number, point) for number in ordered for point in ordered[number]])
    return starts, join(asked.reversed(), rest)
