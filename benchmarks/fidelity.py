"""How near two sets of skeletons are, and how near a skeleton is to a true centerline.

Distances are in voxels: physical distances divided by the finest of the three voxel sizes.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse import csgraph
from scipy.spatial import cKDTree

Floats = NDArray[np.floating[Any]]
Labels = NDArray[np.integer[Any]]
Sizes = Sequence[float]


@dataclass(frozen=True)
class Skeleton:
    """Vertices (N,3) in physical units, edges (M,2), radii (N,)."""

    vertices: Floats
    edges: NDArray[np.integer[Any]]
    radii: Floats

    @property
    def cable(self) -> float:
        """Total length of the edges."""
        ends = self.vertices[self.edges].astype(np.float64)
        return float(np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1).sum())

    @property
    def pieces(self) -> int:
        """Number of connected pieces."""
        size = len(self.vertices)
        graph = sparse.coo_matrix((np.ones(len(self.edges)), self.edges.T), shape=(size, size))
        return int(csgraph.connected_components(graph, directed=False)[0])

    @property
    def degrees(self) -> NDArray[np.intp]:
        """Number of edges at each vertex."""
        return np.bincount(self.edges.ravel(), minlength=len(self.vertices))

    def without(self, vertex: int) -> Skeleton:
        """The skeleton with one vertex and its edges taken out."""
        edges = self.edges[(self.edges != vertex).all(axis=1)]
        return Skeleton(
            np.delete(self.vertices, vertex, axis=0),
            edges - (edges > vertex),
            np.delete(self.radii, vertex),
        )

    def sampled(self, step: float) -> Floats:
        """Points on the edges, at most ``step`` apart."""
        first, last = self.vertices[self.edges[:, 0]], self.vertices[self.edges[:, 1]]
        counts = np.ceil(np.linalg.norm(last - first, axis=1) / step).astype(int) + 1
        points = [np.linspace(a, b, n) for a, b, n in zip(first, last, counts, strict=True)]
        return np.concatenate(points) if points else self.vertices


Skeletons = Mapping[int, Skeleton]


def load_skeletons(path: Path) -> dict[int, Skeleton]:
    """Read ``L_v``, ``L_e`` and ``L_r`` of every label L from an npz file."""
    with np.load(path) as arrays:
        labels = [int(name[:-2]) for name in arrays.files if name.endswith("_v")]
        return {
            label: Skeleton(arrays[f"{label}_v"], arrays[f"{label}_e"], arrays[f"{label}_r"])
            for label in labels
        }


def load_swc(path: Path) -> Skeleton:
    """Read an SWC file."""
    rows = np.atleast_2d(np.loadtxt(path, comments="#"))
    place = {int(number): index for index, number in enumerate(rows[:, 0])}
    edges = [
        (index, place[int(parent)]) for index, parent in enumerate(rows[:, 6]) if parent in place
    ]
    return Skeleton(rows[:, 2:5], np.array(edges, dtype=np.int64).reshape(-1, 2), rows[:, 5])


def joined(skeletons: Iterable[Skeleton]) -> Skeleton:
    """All skeletons as one."""
    parts = list(skeletons)
    starts = np.cumsum([0] + [len(part.vertices) for part in parts])
    return Skeleton(
        np.concatenate([part.vertices for part in parts]),
        np.concatenate([part.edges + start for part, start in zip(parts, starts, strict=False)]),
        np.concatenate([part.radii for part in parts]),
    )


def groups(
    ours: Skeletons, theirs: Skeletons, soma_threshold: float, max_paths: int | None
) -> dict[str, set[int]]:
    """Sort the labels into "plain", "soma" and "truncated", as these are compared apart.

    A soma has a radius above the threshold in either set. A label counts as truncated where one of
    its skeletons has nearly as many tips as paths are allowed (a tip on another path is none).
    """
    sorted_out: dict[str, set[int]] = {"plain": set(), "soma": set(), "truncated": set()}
    for label in ours.keys() | theirs.keys():
        both = [skeletons[label] for skeletons in (ours, theirs) if label in skeletons]
        tips = max(int((one.degrees == 1).sum()) for one in both)
        if max(float(one.radii.max()) for one in both) > soma_threshold:
            sorted_out["soma"].add(label)
        elif max_paths is not None and tips >= 0.9 * max_paths:
            sorted_out["truncated"].add(label)
        else:
            sorted_out["plain"].add(label)
    return sorted_out


def nearest(points: Floats, others: Floats) -> Floats:
    """The distance from each point to the nearest of the others."""
    return np.asarray(cKDTree(others).query(points)[0])


@dataclass(frozen=True)
class Gaps:
    """Distances from the points of one skeleton to the nearest of another, in voxels."""

    mean: float
    p99: float
    same: float
    """Share of the points with distance zero."""

    @classmethod
    def of(cls, distances: Floats) -> Gaps:
        if not distances.size:
            return cls(math.nan, math.nan, math.nan)
        same = float((distances < 1e-3).mean())
        return cls(float(distances.mean()), float(np.percentile(distances, 99)), same)


@dataclass(frozen=True)
class Likeness:
    """One group of labels, ours against theirs."""

    both: int
    only_ours: int
    only_theirs: int
    same_pieces: float
    """Share of the labels with as many pieces in both."""
    cable: float
    """Our total cable divided by theirs, over the labels in both."""
    cable_within: float
    """Share of the labels whose cable is within 6 % of theirs."""
    there: Gaps
    """From each of our vertices to the nearest of theirs of the same label."""
    back: Gaps
    """From each of their vertices to the nearest of ours of the same label."""


def compare(ours: Skeletons, theirs: Skeletons, voxel_size: Sizes, labels: set[int]) -> Likeness:
    """Compare the skeletons of some labels; the distances of all vertices are pooled."""
    both = sorted(labels & ours.keys() & theirs.keys())
    cables = np.array([(ours[label].cable, theirs[label].cable) for label in both]).reshape(-1, 2)
    pieces = np.array([ours[label].pieces == theirs[label].pieces for label in both])
    ratios = cables[:, 0] / cables[:, 1]
    there: list[Floats] = [np.empty(0)]
    back: list[Floats] = [np.empty(0)]
    for label in both:
        mine, other = (one[label].vertices / min(voxel_size) for one in (ours, theirs))
        there.append(nearest(mine, other))
        back.append(nearest(other, mine))
    total = cables.sum(axis=0)
    return Likeness(
        both=len(both),
        only_ours=len(labels & ours.keys() - theirs.keys()),
        only_theirs=len(labels & theirs.keys() - ours.keys()),
        same_pieces=float(pieces.mean()) if both else math.nan,
        cable=float(total[0] / total[1]) if both else math.nan,
        cable_within=float((abs(ratios - 1) <= 0.06).mean()) if both else math.nan,
        there=Gaps.of(np.concatenate(there)),
        back=Gaps.of(np.concatenate(back)),
    )


@dataclass(frozen=True)
class Hub:
    """A soma and its processes."""

    processes: int
    """Pieces that remain without the root, the vertex of the largest radius."""
    spokes: int
    """Edges at the root."""
    loops: int


def hub(skeleton: Skeleton) -> Hub:
    """Count the spokes and processes of a skeleton that is rooted at a soma."""
    root = int(skeleton.radii.argmax())
    loops = len(skeleton.edges) - len(skeleton.vertices) + skeleton.pieces
    processes = skeleton.without(root).pieces - (skeleton.pieces - 1)
    return Hub(processes, int(skeleton.degrees[root]), loops)


def same_border_points(
    ours: Skeletons, theirs: Skeletons, labels: Labels, voxel_size: Sizes
) -> tuple[int, int]:
    """Count the places on the image's faces where skeletons of either set would be joined.

    On each face, each 8-connected part of a label has an end point at a pixel of greatest distance
    to the part's boundary. Counted are the parts where the second set has a vertex at such a pixel
    (all that it traced), and among them those where the first set has one at the same pixel.
    """
    size = np.asarray(voxel_size)
    voxels = [_voxels(skeletons, size) for skeletons in (ours, theirs)]
    agreed = total = 0
    for label, candidates in _border_candidates(labels, size, theirs.keys()):
        mine, other = (one.get(label, set()) & candidates for one in voxels)
        total += bool(other)
        agreed += bool(mine & other)
    return agreed, total


def _voxels(skeletons: Skeletons, size: Floats) -> dict[int, set[tuple[int, ...]]]:
    return {
        label: set(map(tuple, np.rint(one.vertices / size).astype(int).tolist()))
        for label, one in skeletons.items()
    }


def _border_candidates(
    labels: Labels, size: Floats, wanted: Container[int]
) -> Iterable[tuple[int, set[tuple[int, ...]]]]:
    for axis in range(3):
        for position in (0, labels.shape[axis] - 1):
            plane = np.take(labels, position, axis=axis)
            values, numbers = np.unique(plane, return_inverse=True)
            numbers = numbers.reshape(plane.shape) + 1
            sampling = np.delete(size, axis)
            for number, box in enumerate(ndimage.find_objects(numbers), start=1):
                label = int(values[number - 1])
                if label not in wanted:
                    continue
                offset = [side.start for side in box]
                for pixels in _deepest(numbers[box] == number, sampling):
                    points = np.insert(pixels + offset, axis, position, axis=1)
                    yield label, set(map(tuple, points.tolist()))


def _deepest(mask: NDArray[np.bool_], sampling: Floats) -> Iterable[NDArray[np.intp]]:
    """For each 8-connected part: its pixels of greatest distance to the boundary."""
    parts, _ = ndimage.label(mask, structure=np.ones((3, 3)))
    for number, box in enumerate(ndimage.find_objects(parts), start=1):
        # The plane's edges are a boundary too, hence the pad.
        part = np.pad(parts[box] == number, 1)
        depth = ndimage.distance_transform_edt(part, sampling=sampling).astype(np.float32)
        yield np.argwhere(depth == depth.max()) - 1 + [side.start for side in box]


@dataclass(frozen=True)
class Accuracy:
    """A skeleton against the true centerline, both sampled every half voxel along their edges."""

    to_truth: Gaps
    from_truth: Gaps
    cable: float
    """The skeleton's cable divided by the true one."""


def against_truth(skeletons: Skeletons, truth: Skeleton, voxel_size: Sizes) -> Accuracy:
    """Compare all skeletons together with a true centerline."""
    unit = min(voxel_size)
    drawn = joined(skeletons.values())
    points, true_points = drawn.sampled(unit / 2), truth.sampled(unit / 2)
    return Accuracy(
        to_truth=Gaps.of(nearest(points, true_points) / unit),
        from_truth=Gaps.of(nearest(true_points, points) / unit),
        cable=drawn.cable / truth.cable,
    )
