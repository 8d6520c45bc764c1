"""Tubes on a grid: how far everything is from them, and their swelling until they touch."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

REACH = 240.0
"""How far from its surface a tube is felt, in nanometers."""
UNEVENNESS = 0.6
"""A tube's radius varies by up to this fraction of itself, and by at most ROUGHNESS."""
ROUGHNESS = 90.0
GRAIN = 240.0
"""Distance over which a tube's radius varies, in nanometers."""
GAP = 130.0
"""A place this far from every tube has room for another one."""


class Field:
    """Distance to the nearest tube's surface (negative inside), and which tube that is.

    Tubes are rows of balls. The distance to a ball is |x - center| - radius, where the radius is
    a little different in every direction and for every label, so that swollen tubes meet in
    uneven surfaces and not in planes. Cells are blocks of voxels of about 35 nm.
    """

    def __init__(
        self, shape: NDArray[np.int64], anisotropy: Floats, rng: np.random.Generator
    ) -> None:
        self.shape, self.anisotropy = shape, anisotropy
        self.extent = (shape - 1) * anisotropy
        self.factor = np.maximum(1, (36 / anisotropy).astype(np.int64))
        self.grid = -(-shape // self.factor)
        self.distance = np.full(self.grid, np.inf, dtype=np.float32)
        self.ball = np.zeros(self.grid, dtype=np.int32)
        self.closed = np.zeros(self.grid, dtype=bool)
        self.axes = [
            ((np.arange(n) + 0.5) * f - 0.5) * a
            for n, f, a in zip(self.grid, self.factor, anisotropy, strict=True)
        ]
        self.noises = [Noise(self.extent, GRAIN, rng) for _ in range(3)]
        self.unevenness = [noise.at(self.axes) for noise in self.noises]
        self.rng = rng
        # The label whose centerline runs through a voxel, else 0.
        self.lines = np.zeros(shape, dtype=np.uint32)
        # Ball 0 stands for none: nothing is near it.
        self.centers: list[Floats] = [np.zeros(3)]
        self.radii: list[float] = [-1e9]
        self.labels: list[int] = [0]
        self.weights: dict[int, Floats] = {0: np.zeros(3)}

    def claim(self, points: Sequence[Floats], label: int) -> bool:
        """Draw a 26-connected line of voxels, unless another label's line is in its way."""
        voxels = np.array(points) / self.anisotropy
        if len(voxels) > 1:
            start, end = voxels[:-1], voxels[1:]
            t = np.linspace(0, 1, int(np.abs(end - start).max()) + 2)[:, None, None]
            voxels = (start + t * (end - start)).reshape(-1, 3)
        line = tuple((voxels + 0.5).astype(np.int64).T)
        found = self.lines[line]
        if ((found != 0) & (found != label)).any():
            return False
        self.lines[line] = label
        return True

    def stamp(self, points: Sequence[Floats], radii: Sequence[float], label: int) -> None:
        """Add a tube through the points."""
        if label not in self.weights:
            weights = self.rng.random(3) * 2 - 1
            self.weights[label] = weights / abs(weights).sum()
        for point, radius in zip(points, radii, strict=True):
            self._stamp_ball(point, radius, label)

    def _stamp_ball(self, center: Floats, radius: float, label: int) -> None:
        index = len(self.centers)
        self.centers.append(center)
        self.radii.append(radius)
        self.labels.append(label)
        squares, box = [], []
        for axis, at in zip(self.axes, center, strict=True):
            low, high = np.searchsorted(axis, [at - radius - REACH, at + radius + REACH])
            box.append(slice(int(low), int(high)))
            squares.append(((axis[low:high] - at) ** 2).astype(np.float32))
        where = tuple(box)
        distance = np.sqrt(
            squares[0][:, None, None] + squares[1][:, None] + squares[2]
        ) - np.float32(radius)
        amplitude = min(UNEVENNESS * radius, ROUGHNESS)
        for weight, noise in zip(self.weights[label], self.unevenness, strict=True):
            distance -= np.float32(amplitude * weight) * noise[where]
        nearer = distance < self.distance[where]
        self.distance[where][nearer] = distance[nearer]
        self.ball[where][nearer] = index

    def inside(self, point: Floats) -> bool:
        return bool(((point >= 0) & (point <= self.extent)).all())

    def _cell(self, points: Floats) -> tuple[NDArray[np.int64], ...]:
        cells = ((points / self.anisotropy + 0.5) / self.factor).astype(np.int64)
        cells = np.minimum(np.maximum(cells, 0), self.grid - 1)
        return tuple(cells.T)

    def clearance(self, points: Floats) -> NDArray[np.float32]:
        """Return the distance to the nearest tube at each point."""
        return self.distance[self._cell(points)]

    def owner(self, points: Floats) -> NDArray[np.int64]:
        """Return the label of the nearest tube at each point, 0 where none is near."""
        return np.array([self.labels[ball] for ball in self.ball[self._cell(points)].tolist()])

    def widest_gap(self, rng: np.random.Generator) -> Floats | None:
        """Return the emptiest of many random places, None where all are taken or closed."""
        tries = tuple((rng.random((2000, 3)) * self.grid).astype(np.int64).T)
        room = np.where(self.closed[tries], -np.inf, self.distance[tries])
        best = int(np.argmax(room))
        if room[best] < GAP:
            return None
        return np.array([axis[t[best]] for axis, t in zip(self.axes, tries, strict=True)])

    def close_gap(self, point: Floats) -> None:
        """Leave the surroundings of a point to what is already drawn."""
        corners = np.stack(self._cell(np.array([point - 60, point + 60])))
        self.closed[tuple(slice(int(low), int(high) + 1) for low, high in corners)] = True


class Noise:
    """Values in [-1, 1] that change smoothly over ``grain`` nanometers, all over a volume."""

    def __init__(self, extent: Floats, grain: float, rng: np.random.Generator) -> None:
        self.grain = grain
        self.knots = (rng.random([int(e / grain) + 3 for e in extent]) * 2 - 1).astype(np.float32)

    def at(self, axes: Sequence[Floats]) -> NDArray[np.float32]:
        """Return the values on the grid of the positions ``axes`` along x, y and z."""
        values = self.knots
        for dimension, axis in enumerate(axes):
            position = np.maximum(axis, 0) / self.grain
            below = position.astype(np.int64)
            t = position - below
            t = (t * t * (3 - 2 * t)).astype(np.float32)
            t = t.reshape([-1 if d == dimension else 1 for d in range(3)])
            low, high = np.take(values, below, dimension), np.take(values, below + 1, dimension)
            values = low + t * (high - low)
        # Interpolation pulls the values to the middle; this pushes them out again.
        return values * (np.float32(1.5) - np.float32(0.5) * values * values)


def swell(field: Field) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    """Give each voxel to the tube nearest to it.

    The field knows the nearest ball of each cell; a voxel's is among those of the cells around.

    Returns
    -------
    labels : (X, Y, Z) uint32
        0 where no tube is felt.
    distance : (X, Y, Z) float32
        To that tube's drawn surface, negative inside.
    """
    shape = tuple(int(n) for n in field.shape)
    labels = np.empty(shape, dtype=np.uint32)
    distance = np.full(shape, np.inf, dtype=np.float32)
    label_of = np.array(field.labels, dtype=np.uint32)
    centers = np.array(field.centers, dtype=np.float32).T
    radii = np.array(field.radii, dtype=np.float32)
    weights = np.array([field.weights[label] for label in field.labels]).T
    wobbles = (np.minimum(UNEVENNESS * radii, ROUGHNESS) * weights).astype(np.float32)
    positions = [np.arange(n) * a for n, a in zip(shape, field.anisotropy, strict=True)]
    line, row, column = (p.astype(np.float32) for p in positions)
    around = [_cells_around(n, int(f)) for n, f in zip(shape, field.factor, strict=True)]
    for x in range(shape[0]):
        noises = [noise.at([positions[0][x : x + 1], *positions[1:]])[0] for noise in field.noises]
        nearest = np.zeros(shape[1:], dtype=np.int32)
        for cells_x, cells_y, cells_z in itertools.product(*around):
            ball = field.ball[cells_x[x]][np.ix_(cells_y, cells_z)]
            d = (
                (line[x] - centers[0][ball]) ** 2
                + (row[:, None] - centers[1][ball]) ** 2
                + (column - centers[2][ball]) ** 2
            )
            d = np.sqrt(d, out=d)
            d -= radii[ball]
            for wobble, noise in zip(wobbles, noises, strict=True):
                d -= wobble[ball] * noise
            nearer = d < distance[x]
            distance[x][nearer] = d[nearer]
            nearest[nearer] = ball[nearer]
        labels[x] = label_of[nearest]
    return labels, distance


def _cells_around(count: int, factor: int) -> list[NDArray[np.int64]]:
    """Return the cells whose centers enclose each voxel of an axis: below, and above if another."""
    voxels = np.arange(count)
    if factor == 1:
        return [voxels]
    below = (2 * voxels + 1 - factor) // (2 * factor)
    last = (count - 1) // factor
    return [np.maximum(below, 0), np.minimum(below + 1, last)]


def open_clefts(labels: NDArray[np.uint32], rng: np.random.Generator) -> None:
    """Set some voxels where three cells meet to 0, at most half a percent of all, in place."""
    a, b, c = labels[:-1, :-1], labels[1:, :-1], labels[:-1, 1:]
    spots = np.flatnonzero((a != b) & (b != c) & (a != c))
    keep = rng.random(len(spots)) * len(spots) < 0.005 * labels.size
    chosen = np.unravel_index(spots[keep], a.shape)
    labels[chosen] = 0


def join_to_seeds(labels: NDArray[np.uint32], seeds: NDArray[np.bool_]) -> NDArray[np.uint32]:
    """Keep of each label what is 6-connected to its seeds; give the rest to its neighbors.

    Voxels of label 0 stay 0, and so does what they cut off from every seed.
    """
    padded = np.pad(labels, 1).ravel()
    reached = np.pad(seeds & (labels != 0), 1).ravel()
    outer = tuple(n + 2 for n in labels.shape)
    steps = [s for size in (outer[1] * outer[2], outer[2], 1) for s in (size, -size)]
    frontier = np.flatnonzero(reached)
    while len(frontier):
        found = []
        for step in steps:
            voxels = frontier + step
            voxels = voxels[~reached[voxels] & (padded[voxels] == padded[voxels - step])]
            reached[voxels] = True
            found.append(voxels)
        frontier = np.concatenate(found)
    rest = np.flatnonzero(~reached & (padded != 0))
    while len(rest):
        before = len(rest)
        for step in steps:
            source = rest + step
            ready = reached[source]
            padded[rest[ready]] = padded[source[ready]]
            reached[rest[ready]] = True
            rest = rest[~ready]
        if len(rest) == before:
            padded[rest] = 0
            break
    inner = tuple(slice(1, -1) for _ in outer)
    return padded.reshape(outer)[inner].copy()
