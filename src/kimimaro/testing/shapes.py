"""Solids whose centerlines are known: what a skeleton of them must look like is no opinion."""

from __future__ import annotations

import dataclasses
import itertools
import math
import numbers
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kimimaro.errors import InputError

Points = NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Shape:
    """A drawn solid and what is known about it; lengths in the units of ``anisotropy``."""

    labels: NDArray[np.bool_]
    """The solid: (X, Y, Z), or (X, Y) of a plane figure, at least two voxels from every edge."""
    anisotropy: tuple[float, float, float]
    """Voxel size."""
    centerline: tuple[Points, ...]
    """Polylines (N, 3) in physical units, voxel index * anisotropy; z is 0 in a plane figure."""
    tips: Points
    """(T, 3), where the centerline ends; T = 0 where it does not end."""
    loops: int
    """How many loops the centerline has."""
    radius: float
    """Distance from the centerline to the surface: of the rods, where there is a ball too."""

    def distance(self, points: NDArray[np.floating]) -> Points:
        """Return how far each of the points (N, 3) is from the centerline: (N,) float64."""
        points = np.asarray(points, dtype=np.float64).reshape(-1, 3)
        nearest = np.full(len(points), np.inf)
        for line in self.centerline:
            for start, end in itertools.pairwise(line):
                nearest = np.minimum(nearest, _distance_to_segment(points, start, end))
        return nearest


def rod(
    length: float = 60,
    radius: float = 5,
    direction: Sequence[float] = (1, 0, 0),
    anisotropy: Sequence[float] = (1, 1, 1),
) -> Shape:
    """Draw a straight rod with round ends; ``length`` is that of its axis, without the ends."""
    _check(length=length, radius=radius)
    half = _unit(direction) * length / 2
    line = np.array([-half, half])
    return _draw([line], line, 0, radius, anisotropy)


def torus(
    ring_radius: float = 30, radius: float = 6, anisotropy: Sequence[float] = (1, 1, 1)
) -> Shape:
    """Draw a ring in the xy plane; its circular centerline has radius ``ring_radius``."""
    _check(ring_radius=ring_radius, radius=radius)
    _check_above(ring_radius=ring_radius, radius=radius)
    t = np.linspace(0, 2 * math.pi, 181)
    circle = ring_radius * np.stack([np.cos(t), np.sin(t), 0 * t], axis=1)
    circle[-1] = circle[0]
    return _draw([circle], np.empty((0, 3)), 1, radius, anisotropy)


def y_shape(
    arm: float = 45, radius: float = 5, angle: float = 70, anisotropy: Sequence[float] = (1, 1, 1)
) -> Shape:
    """Draw three rods that meet: a stem along x, two arms ``angle`` degrees apart in xy."""
    lines, tips = _y_lines(arm, angle)
    _check(radius=radius)
    return _draw(lines, tips, 0, radius, anisotropy)


def ball_with_rods(
    ball_radius: float = 20,
    rods: int = 5,
    length: float = 60,
    radius: float = 4,
    anisotropy: Sequence[float] = (1, 1, 1),
) -> Shape:
    """Draw a ball, as of a soma, with evenly spread rods that reach ``length`` from its center."""
    _check(ball_radius=ball_radius, rods=rods, length=length, radius=radius)
    _check_above(length=length, ball_radius=ball_radius)
    if not isinstance(rods, numbers.Integral):
        raise InputError(f"rods is {rods!r}; use a whole number.")
    # Points on a golden spiral over the sphere are as good as evenly spread.
    i = np.arange(rods) + 0.5
    z, turn = 1 - 2 * i / rods, i * math.pi * (1 + math.sqrt(5))
    flat = np.sqrt(1 - z * z)
    tips = length * np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1)
    lines = [np.array([np.zeros(3), tip]) for tip in tips]
    return _draw(lines, tips, 0, radius, anisotropy, ball_radius=ball_radius)


def helix(
    ring_radius: float = 20,
    pitch: float = 24,
    turns: float = 3,
    radius: float = 4,
    anisotropy: Sequence[float] = (1, 1, 1),
) -> Shape:
    """Draw a rod wound around the z axis, climbing ``pitch`` with each turn."""
    _check(ring_radius=ring_radius, pitch=pitch, turns=turns, radius=radius)
    _check_above(pitch=pitch, diameter=2 * radius)
    t = np.linspace(0, turns, math.ceil(60 * turns) + 1)
    around = 2 * math.pi * t
    line = np.stack([ring_radius * np.cos(around), ring_radius * np.sin(around), pitch * t], axis=1)
    return _draw([line], line[[0, -1]], 0, radius, anisotropy)


def spiral(
    gap: float = 4, turns: float = 3, radius: float = 5, anisotropy: Sequence[float] = (1, 1, 1)
) -> Shape:
    """Draw a rod rolled up in the xy plane, its folds ``gap`` apart from surface to surface."""
    _check(gap=gap, turns=turns, radius=radius)
    t = np.linspace(1, 1 + turns, math.ceil(90 * turns) + 1)
    around, out = 2 * math.pi * t, (2 * radius + gap) * t
    line = np.stack([out * np.cos(around), out * np.sin(around), 0 * t], axis=1)
    return _draw([line], line[[0, -1]], 0, radius, anisotropy)


def sheet(
    width: float = 60,
    depth: float = 45,
    thickness: float = 6,
    anisotropy: Sequence[float] = (1, 1, 1),
) -> Shape:
    """Draw a plate in the xy plane with rounded rims.

    What it has is a middle plane, ``width`` by ``depth``: ``centerline`` is parallel lines on it,
    a voxel apart, so that ``distance`` is that to the plane. Where a skeleton of it ends is not
    defined: ``tips`` is empty.
    """
    _check(width=width, depth=depth, thickness=thickness)
    size = _voxel_size(anisotropy, thickness / 2)
    rows = np.linspace(-depth / 2, depth / 2, math.ceil(depth / size[1]) + 1)
    lines = [np.array([[-width / 2, y, 0], [width / 2, y, 0]]) for y in rows]
    return _draw(lines, np.empty((0, 3)), 0, thickness / 2, anisotropy)


def bar_2d(
    length: float = 60,
    radius: float = 5,
    direction: Sequence[float] = (1, 0),
    anisotropy: Sequence[float] = (1, 1, 1),
) -> Shape:
    """Draw a plane bar with round ends; ``length`` is that of its axis, without the ends."""
    _check(length=length, radius=radius)
    half = np.append(_unit(direction, 2), 0) * length / 2
    line = np.array([-half, half])
    return _draw([line], line, 0, radius, anisotropy, plane=True)


def y_2d(
    arm: float = 45, radius: float = 5, angle: float = 70, anisotropy: Sequence[float] = (1, 1, 1)
) -> Shape:
    """Draw three plane bars that meet: a stem along x, two arms ``angle`` degrees apart."""
    lines, tips = _y_lines(arm, angle)
    _check(radius=radius)
    return _draw(lines, tips, 0, radius, anisotropy, plane=True)


def _y_lines(arm: float, angle: float) -> tuple[list[Points], Points]:
    _check(arm=arm, angle=angle)
    if angle >= 360:
        raise InputError(f"angle is {angle!r}; use a number of degrees below 360.")
    half = math.radians(angle) / 2
    left = [math.cos(half), math.sin(half), 0]
    right = [math.cos(half), -math.sin(half), 0]
    tips = arm * np.array([[-1, 0, 0], left, right], dtype=np.float64)
    return [np.array([np.zeros(3), tip]) for tip in tips], tips


def _draw(
    lines: list[Points],
    tips: Points,
    loops: int,
    radius: float,
    anisotropy: Sequence[float],
    ball_radius: float = 0.0,
    plane: bool = False,
) -> Shape:
    """Fill everything within ``radius`` of the lines (and ``ball_radius`` of the origin)."""
    size = _voxel_size(anisotropy, radius)
    corners = np.concatenate([*lines, [[-ball_radius] * 3, [ball_radius] * 3]])
    # The surface lies between two voxels, so that faces along the axes are as thick as stated.
    low = corners.min(axis=0) - radius - 1.5 * size
    shape = np.ceil((corners.max(axis=0) + radius + 2 * size - low) / size).astype(int) + 1
    if plane:
        low[2], shape[2] = 0.0, 1
    labels = np.zeros(shape, dtype=bool)
    moved = [line - low for line in lines]
    for line in moved:
        for start, end in itertools.pairwise(line):
            _fill_capsule(labels, size, start, end, radius)
    if ball_radius:
        _fill_capsule(labels, size, -low, -low, ball_radius)
    return Shape(
        labels=labels[:, :, 0] if plane else labels,
        anisotropy=(float(size[0]), float(size[1]), float(size[2])),
        centerline=tuple(moved),
        tips=tips - low,
        loops=loops,
        radius=float(radius),
    )


def _fill_capsule(
    labels: NDArray[np.bool_], size: Points, start: Points, end: Points, radius: float
) -> None:
    low = np.floor((np.minimum(start, end) - radius) / size).astype(int)
    high = np.ceil((np.maximum(start, end) + radius) / size).astype(int) + 1
    low, high = np.maximum(low, 0), np.minimum(high, labels.shape)
    rest = np.stack(np.meshgrid(*map(np.arange, low[1:], high[1:]), indexing="ij"), axis=-1)
    # Plane by plane: the coordinates of all voxels of a long slanted rod fill the memory.
    for x in range(low[0], high[0]):
        grid = np.concatenate([np.full_like(rest[..., :1], x), rest], axis=-1) * size
        near = _distance_to_segment(grid.reshape(-1, 3), start, end) <= radius
        labels[x, low[1] : high[1], low[2] : high[2]] |= near.reshape(rest.shape[:2])


def _distance_to_segment(points: Points, start: Points, end: Points) -> Points:
    along = end - start
    length2 = float(along @ along)
    t = np.clip((points - start) @ along / length2, 0, 1) if length2 else np.zeros(len(points))
    distance: Points = np.linalg.norm(points - start - t[:, None] * along, axis=1)
    return distance


def as_floats(values: Any) -> Points:
    """Return values as an array of float64, an empty one if they are no numbers."""
    try:
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        return np.empty(0)


def _unit(direction: Sequence[float], dimensions: int = 3) -> Points:
    vector = as_floats(direction)
    length = float(np.linalg.norm(vector))
    if vector.shape != (dimensions,) or not 0 < length < math.inf:
        raise InputError(
            f"direction is {direction!r}; pass a vector of {dimensions} numbers that points "
            "somewhere."
        )
    return vector / length


def _voxel_size(anisotropy: Sequence[float], radius: float) -> Points:
    size = as_floats(anisotropy)
    if size.shape != (3,) or not ((size > 0) & (size <= radius)).all():
        raise InputError(
            f"anisotropy is {anisotropy!r}; pass three voxel sizes above 0 and no larger "
            f"than the radius of {radius:g}, or the solid falls apart."
        )
    return size


def _check(**lengths: float) -> None:
    for name, value in lengths.items():
        if not isinstance(value, numbers.Real) or not 0 < value < math.inf:
            raise InputError(f"{name} is {value!r}; use a positive number.")


def _check_above(**pair: float) -> None:
    (name, value), (other, limit) = pair.items()
    if value <= limit:
        raise InputError(f"{name} is {value!r}; it must exceed the {other} of {limit!r}.")
