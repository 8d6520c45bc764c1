"""Cut a volume into blocks that share a plane, stitch their skeletons, compare with the whole.

    python benchmarks/stitching.py VOLUME [--anisotropy X Y Z] [--crop N] [--threads N]

Prints, for two and for eight blocks: labels that are one piece in the whole volume, how many of
them are one piece after stitching, the cable, and how far the two are apart.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from osteoid import Skeleton

import kimimaro

PARAMS = {"scale": 1.5, "const": 300, "soma_detection_threshold": 1100}
TICK = 3500  # of postprocess, in physical units
# Nothing is dust: in a block it may be the end of something, and a cable just below a threshold
# would tell nothing about stitching.
DUST = VOXELS = 0


@dataclass(frozen=True)
class Comparison:
    """Stitched skeletons beside those of the whole volume; lengths in physical units."""

    whole: int
    """Labels that are one piece in the whole volume."""
    broken: list[int]
    """Those of them that are not one piece after stitching."""
    cable: tuple[float, float]
    """Of these labels, whole and stitched."""
    distances: np.ndarray
    """From each stitched vertex to the nearest of the whole skeleton, and the other way round."""


def blocks(shape: Sequence[int], counts: Sequence[int]) -> Iterator[tuple[slice, ...]]:
    """Cut an image into so many blocks along each axis; neighbours share a plane of voxels."""
    axes = []
    for size, count in zip(shape, counts, strict=True):
        cuts = [size * i // count for i in range(count + 1)]
        axes.append([slice(a, min(b + 1, size)) for a, b in itertools.pairwise(cuts)])
    return itertools.product(*axes)


def draw_whole(labels: np.ndarray, size: Sequence[float], threads: int) -> dict[int, Skeleton]:
    """Skeletonize the volume; one tree for each connected component."""
    return kimimaro.skeletonize(
        labels, PARAMS, size, dust_threshold=VOXELS, progress=False, parallel=threads
    )


def draw_stitched(
    labels: np.ndarray, size: Sequence[float], counts: Sequence[int], threads: int
) -> dict[int, Skeleton]:
    parts: dict[int, list[Skeleton]] = {}
    for block in blocks(labels.shape, counts):
        made = kimimaro.skeletonize(
            labels[block], PARAMS, size, dust_threshold=VOXELS, progress=False, parallel=threads
        )
        corner = np.array([cut.start for cut in block]) * np.array(size)
        for label, skeleton in made.items():
            skeleton.vertices = (skeleton.vertices + corner).astype(np.float32)
            parts.setdefault(label, []).append(skeleton)
    return {
        label: kimimaro.postprocess(Skeleton.simple_merge(list_).consolidate(), DUST, TICK)
        for label, list_ in parts.items()
    }


def compare(whole: dict[int, Skeleton], stitched: dict[int, Skeleton]) -> Comparison:
    from scipy.spatial import cKDTree

    labels = [label for label, skel in whole.items() if count_pieces(skel) == 1]
    whole = {label: kimimaro.postprocess(whole[label], DUST, TICK) for label in labels}
    # What postprocess drops as dust is a single vertex, and has no cable.
    labels = [label for label in labels if len(whole[label].vertices)]
    broken = [
        label for label in labels if label not in stitched or count_pieces(stitched[label]) != 1
    ]
    distances = []
    for label in labels:
        pair = [whole[label].vertices, stitched[label].vertices if label in stitched else []]
        if not len(pair[1]):
            continue
        distances += [cKDTree(a).query(b)[0] for a, b in (pair, pair[::-1])]
    cable = [
        sum(float(made[label].cable_length()) for label in labels if label in made)
        for made in (whole, stitched)
    ]
    return Comparison(len(labels), broken, (cable[0], cable[1]), np.concatenate(distances))


def count_pieces(skeleton: Skeleton) -> int:
    """Count components; a vertex without an edge is one."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    count = len(skeleton.vertices)
    edges = skeleton.edges.astype(np.int64).reshape(-1, 2)
    graph = coo_matrix((np.ones(len(edges)), edges.T), shape=(count, count))
    return int(connected_components(graph, directed=False)[0])


def row(name: str, found: Comparison, seconds: float) -> str:
    d = found.distances
    return (
        f"| {name} | {found.whole} | {found.whole - len(found.broken)} | {found.cable[0]:.5g} "
        f"| {found.cable[1] / found.cable[0]:.4f} | {np.mean(d == 0):.1%} | {np.median(d):.3g} "
        f"| {np.percentile(d, 99):.4g} | {d.max():.4g} | {seconds:.0f} |"
    )


def main() -> None:
    from kimimaro.formats import read_volume

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("volume", metavar="VOLUME")
    parser.add_argument("--anisotropy", type=float, nargs=3, default=[16, 16, 40])
    parser.add_argument("--crop", type=int, help="only the first so many voxels along each axis")
    parser.add_argument("--threads", type=int, default=0)
    args = parser.parse_args()
    labels: Any = read_volume(args.volume).labels[(slice(args.crop),) * 3]
    whole = draw_whole(labels, args.anisotropy, args.threads)
    print(
        "| blocks | labels in one piece | after stitching | cable | ratio | vertices alike "
        "| median distance | 99 % | largest | s |\n|---|---|---|---|---|---|---|---|---|---|",
        flush=True,
    )
    for counts in ((2, 1, 1), (2, 2, 2)):
        start = time.perf_counter()
        stitched = draw_stitched(labels, args.anisotropy, counts, args.threads)
        seconds = time.perf_counter() - start
        found = compare(whole, stitched)
        print(row(" x ".join(map(str, counts)), found, seconds), flush=True)
        if found.broken:
            print(f"not in one piece: {found.broken}")


if __name__ == "__main__":
    main()
