"""Synthetic brain tissue, packed without gaps, whose centerlines are known.

A soma with spiny dendrites, other dendrites and many axons are drawn one after the other as
trees of tubes, each steering through what the earlier ones left free. Then all of them swell
together until they touch; what stays far from every tube becomes glia.

Only additions, multiplications and square roots enter the geometry, and only uniform random
numbers, so that a seed means the same tissue on every platform.
"""

from __future__ import annotations

import dataclasses
import math
import numbers
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kimimaro.errors import DimensionError, InputError
from kimimaro.testing.shapes import as_floats
from kimimaro.testing.swell import Field, Noise, join_to_seeds, open_clefts, swell

Floats = NDArray[np.float64]
Centerline = tuple[NDArray[np.float32], NDArray[np.uint32], NDArray[np.float32]]

STEP = 48.0
THINNEST = 44.0
"""Radius of the thinnest neck: two lines that keep it from each other never share a voxel."""
GLIA_DEPTH = 60.0
"""Glia takes what is farther than this from every drawn tube, on average over the volume."""


@dataclasses.dataclass(frozen=True)
class Neuropil:
    """Dense tissue and what is known about it; lengths in nanometers."""

    labels: NDArray[np.uint32]
    """One label per voxel, ``labels[x, y, z]``; 0 in the clefts between cells, below 1 %."""
    anisotropy: tuple[float, float, float]
    """Voxel size."""
    centerlines: dict[int, Centerline]
    """label -> vertices (N, 3) float32, voxel index * anisotropy; edges (M, 2) uint32;
    radii (N,) float32. Each is one tree inside its label. The radii are those the tubes were
    drawn with: swelling made most places wider."""
    soma: int
    """The label with the soma; vertex 0 of its centerline is the soma's center."""
    glia: int
    """The label of the filler between the tubes, which has no centerline; 0 where there is none."""


def neuropil(
    shape: Sequence[int] = (256, 256, 256),
    anisotropy: Sequence[float] = (16, 16, 40),
    seed: int = 0,
) -> Neuropil:
    """Draw dense synthetic tissue with the calibers of cortex.

    Parameters
    ----------
    shape : sequence of 3 int
        Voxels along x, y, z: enough for 900 nm each way. Below some 2 micrometers there is
        room for little else than the soma.
    anisotropy : sequence of 3 float
        Voxel size in nanometers, between 4 and 50 each.
    seed : int
        Each seed is a different tissue; the same seed is the same one.

    Returns
    -------
    Neuropil
        Every label of ``centerlines`` is one 26-connected component that contains its centerline.

    Raises
    ------
    DimensionError
        ``shape`` is not three whole numbers, or too small.
    InputError
        ``anisotropy`` is not three numbers between 4 and 50, or ``seed`` no whole number of at
        least 0.
    """
    size = as_floats(anisotropy)
    if size.shape != (3,) or not ((size >= 4) & (size <= 50)).all():
        raise InputError(
            f"anisotropy is {anisotropy!r}; pass three voxel sizes between 4 and 50 nm."
        )
    rng = _generator(seed)
    field = Field(_check_shape(shape, size), size, rng)
    trees = _Painter(field, rng).paint()

    labels, depth = swell(field)
    glia = len(trees) + 1
    source = _fill_with_glia(labels, depth, glia, field, rng)
    open_clefts(labels, rng)
    seeds = field.lines > 0
    labels[seeds] = field.lines[seeds]
    if source is not None and not seeds[source]:
        labels[source] = glia
        seeds[source] = True
    labels = join_to_seeds(labels, seeds)
    return Neuropil(
        labels=labels,
        anisotropy=(float(size[0]), float(size[1]), float(size[2])),
        centerlines={tree.label: tree.as_centerline() for tree in trees},
        soma=trees[0].label,
        glia=glia if (labels == glia).any() else 0,
    )


def _check_shape(shape: Sequence[int], size: Floats) -> NDArray[np.int64]:
    least = tuple(math.ceil(900 / length) + 1 for length in size)
    voxels = as_floats(shape)
    whole = voxels.shape == (3,) and np.isfinite(voxels).all() and (voxels % 1 == 0).all()
    if not whole or (voxels < least).any():
        raise DimensionError(
            f"shape is {shape!r}; pass three whole numbers of at least {least}, which is 900 nm "
            "at this voxel size."
        )
    return voxels.astype(np.int64)


def _generator(seed: int) -> np.random.Generator:
    if not isinstance(seed, numbers.Integral) or seed < 0:
        raise InputError(f"seed is {seed!r}; use a whole number of at least 0.")
    return np.random.default_rng(int(seed))


def _fill_with_glia(
    labels: NDArray[np.uint32],
    depth: NDArray[np.float32],
    label: int,
    field: Field,
    rng: np.random.Generator,
) -> tuple[int, ...] | None:
    """Label what is far from every tube; how far is far changes from place to place.

    Returns the index of the farthest voxel, None where nothing is far.
    """
    patches = Noise(field.extent, 1000.0, rng)
    positions = [np.arange(n) * a for n, a in zip(labels.shape, field.anisotropy, strict=True)]
    for x in range(len(labels)):
        patch = patches.at([positions[0][x : x + 1], *positions[1:]])[0]
        labels[x][depth[x] > GLIA_DEPTH * (1 + np.float32(0.7) * patch)] = label
    farthest = np.unravel_index(np.argmax(depth), depth.shape)
    return tuple(int(i) for i in farthest) if labels[farthest] == label else None


class _Tree:
    """The centerline of one cell, path by path."""

    def __init__(self, label: int) -> None:
        self.label = label
        self.points: list[Floats] = []
        self.radii: list[float] = []
        self.edges: list[tuple[int, int]] = []

    def add_path(self, points: Sequence[Floats], radii: Sequence[float], parent: int) -> list[int]:
        """Append a path that starts next to vertex ``parent`` (-1: nowhere); return its indices."""
        first = len(self.points)
        self.points.extend(points)
        self.radii.extend(radii)
        indices = list(range(first, len(self.points)))
        for index in indices:
            before = index - 1 if index > first else parent
            if before >= 0:
                self.edges.append((before, index))
        return indices

    def as_centerline(self) -> Centerline:
        return (
            np.array(self.points, dtype=np.float32).reshape(-1, 3),
            np.array(self.edges, dtype=np.uint32).reshape(-1, 2),
            np.array(self.radii, dtype=np.float32),
        )


class _Painter:
    """Draws the cells into a field, thick ones first."""

    def __init__(self, field: Field, rng: np.random.Generator) -> None:
        self.field = field
        self.rng = rng
        self.trees: list[_Tree] = []
        self.volume = float(np.prod(field.extent)) / 1e9  # cubic micrometers

    def paint(self) -> list[_Tree]:
        soma_radius = 0.3 * float(self.field.extent.min())
        thick = min(380.0, 0.35 * soma_radius)
        self._soma_cell(soma_radius, thick)
        for _ in range(round(self.volume / 9)):
            tree = self._passing(thick * self._between(0.5, 0.9), wiggle=0.1, shortest=1500.0)
            if tree is not None:
                self._spines(tree)
        self._axons()
        return self.trees

    def _between(self, low: float, high: float) -> float:
        return low + (high - low) * self.rng.random()

    def _direction(self) -> Floats:
        while True:
            vector = self.rng.random(3) * 2 - 1
            length = _norm(vector)
            if 0.1 < length < 1:
                return np.asarray(vector / length)

    # Cells

    def _soma_cell(self, radius: float, thick: float) -> None:
        tree = _Tree(1)
        self.trees.append(tree)
        room = self.field.extent - 2.2 * radius
        center = 1.1 * radius + room * self.rng.random(3)
        tree.add_path([center], [radius], -1)
        self.field.claim([center], tree.label)
        bulges = [center + self._direction() * radius * 0.35 for _ in range(6)]
        self.field.stamp([center, *bulges], [radius, *[0.75 * radius] * 6], tree.label)
        for _ in range(10):
            self._branch(tree, 0, self._direction(), thick * self._between(0.7, 1.0), depth=2)
        self._spines(tree)

    def _branch(
        self, tree: _Tree, parent: int, direction: Floats, radius: float, depth: int
    ) -> None:
        """Grow a dendrite out of a vertex; it tapers and may fork ``depth`` times."""
        start, own = tree.points[parent], tree.radii[parent]
        length = own + self._between(1500, 4000)
        path = self._walk(start, direction, radius, tree.label, own * 1.5 + radius, length, 0.1)
        if len(path) < 3 or _norm(path[-1] - start) < own + 1.5 * radius:
            return
        taper = [radius * (1 - 0.3 * i / len(path)) for i in range(len(path))]
        indices = self._draw(tree, path, taper, parent, own)
        if depth == 0 or not indices or not self.field.inside(path[-1]):
            return
        heading = _unit(path[-1] - path[-3])
        for side in (1.0, -1.0):
            turned = _unit(heading + side * 0.7 * self._sideways(heading))
            self._branch(tree, indices[-1], turned, radius * self._between(0.6, 0.85), depth - 1)

    def _spines(self, tree: _Tree) -> None:
        """Set spines, a head on a thin neck, along every dendrite of the tree."""
        trunk = list(zip(tree.points, tree.radii, strict=True))
        headings = {b: _unit(tree.points[b] - tree.points[a]) for a, b in tree.edges}
        for index, heading in headings.items():
            if self.rng.random() > STEP / 330:
                continue
            (base, thickness), aside = trunk[index], self._sideways(heading)
            neck = self._between(150, 450)
            head = self._between(90, 210)
            count = math.ceil((thickness + neck + head) / STEP) + 1
            path = [base + aside * (STEP * i) for i in range(1, count)]
            reach = np.array([_norm(point - path[-1]) for point in path])
            radii = np.where(reach < 0.5 * head, head, THINNEST * 1.15)
            own = self.field.owner(np.array(path)) == tree.label
            free = (self.field.clearance(np.array(path)) >= radii) | (own & (reach > 0.5 * head))
            if free.all() and self.field.inside(path[-1]) and self._claim(tree, path, index):
                tree.add_path(path, radii.tolist(), index)
                self.field.stamp(path, radii.tolist(), tree.label)

    def _claim(self, tree: _Tree, path: list[Floats], parent: int) -> bool:
        line = path if parent < 0 else [tree.points[parent], *path]
        return self.field.claim(line, tree.label)

    def _axons(self) -> None:
        """Thread axons through the widest gaps until none is left that takes one."""
        across = float(self.field.extent.max())
        for shortest, patience in ((min(4000.0, 0.6 * across), 100), (1000.0, 60)):
            failures = 0
            while failures < patience:
                radius = 55.0 + 95.0 * self.rng.random() ** 2
                tree = self._passing(radius, wiggle=0.22, shortest=shortest, varicose=True)
                failures = failures + 1 if tree is None else 0
            self.field.closed[:] = False

    def _passing(
        self, radius: float, wiggle: float, shortest: float, varicose: bool = False
    ) -> _Tree | None:
        """Draw a process that comes from outside, or give up where it would be too short."""
        start = self.field.widest_gap(self.rng)
        if start is None:
            return None
        label = len(self.trees) + 1
        heading = self._direction()
        ahead = self._walk(start, heading, radius, label, 0.0, math.inf, wiggle)
        back = self._walk(start, -heading, radius, label, 0.0, math.inf, wiggle)
        path = [*back[:0:-1], *ahead]
        if STEP * len(path) < shortest:
            self.field.close_gap(start)
            return None
        tree = _Tree(label)
        if not self._draw(tree, path, self._calibers(len(path), radius, varicose), -1, 0.0):
            self.field.close_gap(start)
            return None
        self.trees.append(tree)
        return tree

    def _calibers(self, count: int, radius: float, varicose: bool) -> list[float]:
        """Wanted radii along a path: even, or with a swelling every two micrometers or so."""
        calibers = [radius] * count
        position = self._between(0, 2000) if varicose else math.inf
        while position < STEP * count:
            width, height = self._between(180, 420), self._between(0.6, 1.8)
            for i in range(count):
                bump = 1 - ((STEP * i - position) / width) ** 2
                calibers[i] = max(calibers[i], radius * (1 + height * max(0.0, bump)))
            position += self._between(900, 2600)
        return calibers

    # Paths

    def _sideways(self, heading: Floats) -> Floats:
        other = self._direction()
        return _unit(other - heading * _dot(other, heading))

    def _walk(
        self,
        start: Floats,
        heading: Floats,
        radius: float,
        label: int,
        own: float,
        length: float,
        wiggle: float,
    ) -> list[Floats]:
        """Wander from ``start`` through the free space until it ends or the volume does.

        Within ``own`` of the start, the cell's own tubes are no obstacle.
        """
        path = [start]
        while STEP * len(path) < length and self.field.inside(path[-1]):
            own_label = label if STEP * len(path) < own else None
            for spread in (wiggle, 4 * wiggle):
                turned = self._turn(path[-1], heading, spread, radius, own_label)
                if turned is not None:
                    break
            else:
                break
            heading = turned
            path.append(path[-1] + STEP * heading)
        return path

    def _turn(
        self, point: Floats, heading: Floats, spread: float, radius: float, own_label: int | None
    ) -> Floats | None:
        """Return the direction with the most room near and ahead, None where all are blocked."""
        turns = heading + spread * (self.rng.random((12, 3)) * 2 - 1)
        turns /= np.sqrt(turns[:, 0] ** 2 + turns[:, 1] ** 2 + turns[:, 2] ** 2)[:, None]
        near = self.field.clearance(point + STEP * turns)
        far = self.field.clearance(point + 4 * STEP * turns)
        if own_label is not None:
            near[self.field.owner(point + STEP * turns) == own_label] = radius
        room = np.minimum(near, 1.5 * radius) + np.minimum(far, 2.5 * radius)
        best = int(np.argmax(np.where(near >= THINNEST, room, -np.inf)))
        return turns[best] if near[best] >= THINNEST else None

    def _draw(
        self, tree: _Tree, path: list[Floats], wanted: list[float], parent: int, own: float
    ) -> list[int]:
        """Stamp a path, as wide as wanted and possible; return the vertices inside the volume.

        Vertices within ``own`` of a parent belong to the parent's body and are left out.
        """
        start = 1 if parent >= 0 else 0
        while parent >= 0 and start < len(path) - 1 and _norm(path[start] - path[0]) < 0.5 * own:
            start += 1
        path, wanted = path[start:], wanted[start:]
        clear = np.maximum(self.field.clearance(np.array(path)), THINNEST)
        clear[self.field.owner(np.array(path)) == tree.label] = np.inf
        radii = _smooth([min(w, float(c)) for w, c in zip(wanted, clear, strict=True)])
        kept = [i for i, point in enumerate(path) if self.field.inside(point)]
        if not kept or not self._claim(tree, [path[i] for i in kept], parent):
            return []
        self.field.stamp(path, radii, tree.label)
        return tree.add_path([path[i] for i in kept], [radii[i] for i in kept], parent)


def _dot(a: Floats, b: Floats) -> float:
    # np.dot may fuse multiply and add on one platform and not on another.
    return float(a[0] * b[0] + a[1] * b[1] + a[2] * b[2])


def _smooth(radii: list[float]) -> list[float]:
    """Replace each radius by the mean of its neighborhood where that is smaller."""
    around = [radii[max(0, i - 2) : i + 3] for i in range(len(radii))]
    # fsum, because sum adds up differently from Python 3.12 on.
    return [min(r, math.fsum(near) / len(near)) for r, near in zip(radii, around, strict=True)]


def _norm(vector: Floats) -> float:
    return math.sqrt(_dot(vector, vector))


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / _norm(vector))
