"""Plain calls of the engine, without the checks and conveniences of `kimimaro.skeletonize`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kimimaro._engine import Image
from kimimaro.params import TeasarParams
from kimimaro.targets import TargetList

Point = tuple[int, int, int]


def read(
    labels: NDArray[Any],
    anisotropy: Sequence[float] = (1, 1, 1),
    dust: int = 0,
    object_ids: Sequence[int] | None = None,
    threads: int = 1,
    graph: NDArray[np.uint32] | None = None,
) -> Any:
    """Read a 3D volume of unsigned labels of native or foreign byte order."""
    swapped = not labels.dtype.isnative
    if swapped:
        labels = labels.view(labels.dtype.newbyteorder("="))
    wanted = None if object_ids is None else np.array(object_ids, dtype=np.uint64)
    return Image(labels, swapped, tuple(anisotropy), wanted, dust, threads, None, graph)


def measured(labels: NDArray[Any], anisotropy: Sequence[float] = (1, 1, 1), **options: Any) -> Any:
    """Read a volume and measure the distances to boundary."""
    image = read(labels, anisotropy, **options)
    image.measure(options.get("threads", 1), None)
    return image


@dataclass(frozen=True)
class Tree:
    """One component's paths, in the order in which they were drawn."""

    vertices: NDArray[np.uint32]
    """(N, 3) voxels, the root first."""
    edges: NDArray[np.uint32]
    """(N - 1, 2), from an earlier vertex to a later one."""
    radii: NDArray[np.float32]
    paths: int
    soma: bool
    truncated: bool
    max_dbf: float


def trace(
    image: Any,
    params: Mapping[str, Any] | None = None,
    *,
    fix_branching: bool = True,
    before: Sequence[tuple[int, Point]] = (),
    after: Sequence[tuple[int, Point]] = (),
    starts: Sequence[tuple[int, Point]] = (),
    roots: Sequence[tuple[int, Point]] = (),
    threads: int = 1,
    layout: str | None = None,
) -> list[Tree]:
    """Trace all components; each target is a pair of a component's index and a voxel."""
    targets = map(TargetList.of, (before, after, starts, roots))
    result = image.trace(
        TeasarParams.of(params).as_dict(),
        fix_branching,
        *targets,
        threads,
        layout,
        None,
    )
    assert not any(result["failures"]), result["failures"]
    vertices, edges = result["vertex_offsets"], result["edge_offsets"]
    trees = {}
    for at, component in enumerate(result["order"].tolist()):
        of_tree = result["edges"][edges[at] : edges[at + 1]]
        # A step ends at a vertex of its own, the first one at that after the root.
        before = of_tree[0, 1] - 1 if len(of_tree) else 0
        trees[component] = Tree(
            result["vertices"][vertices[at] : vertices[at + 1]],
            of_tree - before,
            result["radii"][vertices[at] : vertices[at + 1]],
            int(result["paths"][component]),
            bool(result["soma"][component]),
            bool(result["truncated"][component]),
            float(result["max_dbf"][component]),
        )
    return [trees[component] for component in sorted(trees)]


class Failing(Image):
    """An image whose last object cannot be traced."""

    def trace(self, *arguments: Any) -> dict[str, Any]:
        traced: dict[str, Any] = super().trace(*arguments)
        traced["failures"][traced["order"][-1]] = "no more"
        for names, offsets in (("vertices radii", "vertex_offsets"), ("edges", "edge_offsets")):
            traced[offsets][-1] = traced[offsets][-2]
            for name in names.split():
                traced[name] = traced[name][: traced[offsets][-1]]
        return traced
