"""Voxel connectivity graphs for tests, and what they mean in the plainest form."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from reference import Doubles, Mask

Graph = NDArray[np.uint32]

BITS = {
    (1, 0, 0): 0, (-1, 0, 0): 1, (0, 1, 0): 2, (0, -1, 0): 3, (0, 0, 1): 4, (0, 0, -1): 5,
    (1, 1, 0): 6, (-1, 1, 0): 7, (1, -1, 0): 8, (-1, -1, 0): 9,
    (1, 0, 1): 10, (-1, 0, 1): 11, (0, 1, 1): 12, (0, -1, 1): 13,
    (1, 0, -1): 14, (-1, 0, -1): 15, (0, 1, -1): 16, (0, -1, -1): 17,
    (1, 1, 1): 18, (-1, 1, 1): 19, (1, -1, 1): 20, (-1, -1, 1): 21,
    (1, 1, -1): 22, (-1, 1, -1): 23, (1, -1, -1): 24, (-1, -1, -1): 25,
}  # fmt: skip
"""The bit that allows each step, as cc3d.voxel_connectivity_graph sets them."""

OPEN = np.uint32(2**26 - 1)


def shifted(array: NDArray[Any], step: Sequence[int], fill: Any) -> NDArray[Any]:
    """The value at each voxel's neighbour in this direction."""
    padded = np.pad(array, 1, constant_values=fill)
    x, y, z = (1 + d for d in step)
    nx, ny, nz = array.shape
    return padded[x : x + nx, y : y + ny, z : z + nz]


def graph_of(labels: NDArray[Any]) -> Graph:
    """The graph that allows steps inside a label."""
    graph = np.zeros(labels.shape, dtype=np.uint32)
    for step, bit in BITS.items():
        same = shifted(labels, step, 0) == labels
        inside = shifted(np.ones(labels.shape, dtype=bool), step, False)
        graph |= (same | ~inside).astype(np.uint32) << np.uint32(bit)
    return graph


def random_graph(
    shape: Sequence[int], random: np.random.Generator, forbidden: float, symmetric: bool = True
) -> Graph:
    """A graph that forbids so large a share of the steps."""
    graph = np.full(shape, OPEN)
    for step, bit in BITS.items():
        if symmetric and step < (0, 0, 0):
            continue
        drop = random.random(shape) < forbidden
        graph &= ~(drop.astype(np.uint32) << np.uint32(bit))
        if symmetric:
            back = tuple(-d for d in step)
            there = shifted(drop, back, False)
            graph &= ~(there.astype(np.uint32) << np.uint32(BITS[back]))
    return graph


def allowed_steps(labels: NDArray[Any], graph: Graph) -> Mask:
    """Which steps inside labels both voxels allow: ``[dx + 1, dy + 1, dz + 1, x, y, z]``."""
    allowed = np.zeros((3, 3, 3, *labels.shape), dtype=bool)
    for step, bit in BITS.items():
        here = graph >> np.uint32(bit) & np.uint32(1)
        back = BITS[tuple(-d for d in step)]
        there = shifted(graph, step, 0) >> np.uint32(back) & np.uint32(1)
        same = (labels != 0) & (shifted(labels, step, 0) == labels)
        allowed[tuple(d + 1 for d in step)] = same & (here == 1) & (there == 1)
    return allowed


def components(labels: NDArray[Any], allowed: Mask) -> tuple[NDArray[np.int64], int]:
    """Number the components from 1 by their first voxels, x fastest."""
    node = np.arange(labels.size).reshape(labels.shape, order="F")
    tails, heads = [], []
    for step in itertools.product((-1, 0, 1), repeat=3):
        mask = allowed[tuple(d + 1 for d in step)]
        tails.append(node[mask])
        heads.append(shifted(node, step, -1)[mask])
    tail, head = np.concatenate(tails), np.concatenate(heads)
    n = labels.size
    links = sparse.csr_matrix((np.ones(len(tail)), (tail, head)), shape=(n, n))
    _, pieces = csgraph.connected_components(links, directed=False)
    pieces = np.where(labels.ravel(order="F") != 0, pieces, -1)
    _, first, inverse = np.unique(pieces, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(np.where(pieces[first] < 0, -1, first)))
    numbers = order[inverse] + int((pieces >= 0).all())
    return numbers.reshape(labels.shape, order="F"), int(numbers.max())


def distance_to_boundary(
    labels: NDArray[Any], allowed: Mask, anisotropy: Sequence[float]
) -> Doubles:
    """Distance to the nearest voxel of another label, or behind a forbidden face.

    Axis by axis, x, z and y: the least over the voxels of a column that no forbidden face cuts off.
    """
    solid = components(labels, allowed)[1] == 1 and (labels != 0).all()
    square = np.full(labels.shape, np.inf)
    for axis in (0, 2, 1):
        edges = solid and (labels.shape[axis] > 1 or labels.size == 1)
        step = [1, 1, 1]
        step[axis] = 2
        onward = np.moveaxis(allowed[tuple(step)], axis, -1)
        columns = np.moveaxis(square, axis, -1)
        inside = np.moveaxis(labels != 0, axis, -1)
        result = columns.copy()
        n = labels.shape[axis]
        for place in np.argwhere(inside):
            *column, i = place.tolist()
            low, high = i, i
            while low > 0 and onward[(*column, low - 1)]:
                low -= 1
            while high < n - 1 and onward[(*column, high)]:
                high += 1
            k = np.arange(low, high + 1)
            values = columns[(*column, k)] + ((k - i) * anisotropy[axis]) ** 2
            ends = [low - 1] if low > 0 or edges else []
            ends += [high + 1] if high < n - 1 or edges else []
            result[(*column, i)] = min(
                [values.min(), *(((end - i) * anisotropy[axis]) ** 2 for end in ends)]
            )
        square = np.moveaxis(result, -1, axis)
    return np.where(labels != 0, np.sqrt(square), 0)
