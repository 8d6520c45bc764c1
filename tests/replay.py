"""Follows a tracing of the engine step by step and checks that each step was a right one.

Where several steps are equally good, any of them is: so a replay, unlike a second implementation
that makes its own choices, is exact in spite of ties.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import Point, Tree
from reference import Doubles, Mask, Object

DISTANCE_TOLERANCE = 1e-5
COST_TOLERANCE = 1e-4
MOST_READINGS = 200


def check_tracing(
    tree: Tree,
    solid: Object,
    params: Mapping[str, Any],
    *,
    before: Sequence[Point] = (),
    after: Sequence[Point] = (),
    root: Point | None = None,
) -> int:
    """Assert that a tree is what TEASAR draws; return the number of its paths.

    Without a soma and with fix_branching. Vertices come in the order in which they were drawn.
    """
    nodes = solid.nodes(tree.vertices)
    assert (nodes >= 0).all(), "a vertex lies outside its component"
    assert len(set(nodes.tolist())) == len(nodes), "a voxel is a vertex twice"
    assert len(tree.edges) == len(nodes) - 1
    np.testing.assert_array_equal(tree.edges[:, 1], np.arange(1, len(nodes)))
    np.testing.assert_allclose(tree.radii, solid.dbf[nodes], rtol=1e-5)
    check_root(solid, int(nodes[0]), root)
    replay = Replay(tree, solid, params, before, after)
    # Where a path passes another farthest voxel, or one begins at the tip of the last, the
    # vertices can be read in several ways: one of them must be right.
    readings = [replay.begin()]
    failed = 0
    while True:
        try:
            readings.extend(replay.next(readings.pop()))
        except AssertionError:
            failed += 1
            if not readings or failed == MOST_READINGS:
                raise
        except StopIteration:
            return tree.paths


def check_root(solid: Object, found: int, root: Point | None) -> None:
    """Assert that the root is the one asked for, else a farthest voxel."""
    if root is not None:
        assert found == int(solid.nodes(root))
    else:
        distance = solid.distances_from(0)
        assert distance[found] >= distance.max() * (1 - DISTANCE_TOLERANCE)


@dataclasses.dataclass(frozen=True)
class State:
    """How far a replay has got."""

    drawn: int
    """So many vertices are drawn."""
    paths: int
    before: int
    """So many targets of each kind are done."""
    after: int
    rails: Mask
    valid: Mask


class Replay:
    """One tree, what it was drawn in, and with which parameters."""

    def __init__(
        self,
        tree: Tree,
        solid: Object,
        params: Mapping[str, Any],
        before: Sequence[Point],
        after: Sequence[Point],
    ):
        self.tree, self.solid, self.params = tree, solid, params
        self.nodes = solid.nodes(tree.vertices)
        self.parent = np.concatenate([[-1], tree.edges[:, 0].astype(np.int64)])
        self.before = [int(solid.nodes(point)) for point in before]
        self.after = [int(solid.nodes(point)) for point in after]
        self.daf = solid.distances_from(int(self.nodes[0]))
        self.penalty: Doubles = solid.penalties(
            self.daf, params["pdrf_scale"], params["pdrf_exponent"]
        )
        self.graph = solid.path_graph(self.penalty)

    def begin(self) -> State:
        """Only the root is drawn."""
        rails = np.zeros(len(self.solid.voxels), dtype=bool)
        rails[self.nodes[0]] = True
        return State(1, 0, 0, 0, rails, np.ones(len(self.solid.voxels), dtype=bool))

    def next(self, state: State) -> list[State]:
        """Check the next path; return the possible states after it, the likeliest one last.

        Raises StopIteration at the end.
        """
        if state.before < len(self.before):
            target = self.before[state.before]
            state = dataclasses.replace(state, before=state.before + 1)
        elif state.valid.any():
            return self.draw_any(state, self.farthest(state))
        elif state.after < len(self.after):
            target = self.after[state.after]
            state = dataclasses.replace(state, after=state.after + 1)
        else:
            assert state.drawn == len(self.nodes), "there are more paths than needed"
            assert state.paths == self.tree.paths
            raise StopIteration
        if state.rails[target]:
            return [state]
        found = np.flatnonzero(self.nodes == target)
        assert len(found), "a target is no vertex"
        return [self.draw(state, int(found[0]))]

    def draw_any(self, state: State, ends: Sequence[int]) -> list[State]:
        """Check the paths that end at some vertices; one must be right."""
        states, error = [], AssertionError("no end")
        for end in ends:
            try:
                states.append(self.draw(state, end))
            except AssertionError as failed:
                error = failed
        if not states:
            raise error
        return states

    def farthest(self, state: State) -> list[int]:
        """Return the vertices that may end the path to the farthest voxel."""
        limit = self.daf[state.valid].max() * (1 - DISTANCE_TOLERANCE) - 1e-12
        candidates = state.valid & (self.daf >= limit)
        if (candidates & state.rails).any():
            # Only the root of an object that consists of it: it explains itself.
            return [state.drawn - 1]
        after = np.arange(state.drawn + 1, len(self.nodes))
        jumps = after[self.parent[after] != after - 1]
        last = jumps[0] if len(jumps) else len(self.nodes)
        ends = np.flatnonzero(candidates[self.nodes[state.drawn : last]]) + state.drawn
        assert len(ends), "the next path does not lead to a farthest voxel"
        return [int(end) for end in ends]

    def draw(self, state: State, end: int) -> State:
        """Check the path that ends at a vertex, and explain what it explains."""
        begin = state.drawn
        if end < begin:
            path = self.nodes[:1]
        else:
            path = self.nodes[[self.parent[begin], *range(begin, end + 1)]]
            self.check_path(state, path)
            np.testing.assert_array_equal(self.parent[begin + 1 : end + 1], np.arange(begin, end))
        rails, valid = state.rails.copy(), state.valid.copy()
        rails[path] = True
        explaining = path[valid[path]]
        radii = self.params["scale"] * self.solid.dbf[explaining] + self.params["const"]
        cube = self.params.get("invalidation") == "cube"
        explain = self.solid.cube if cube else self.solid.ball
        valid &= ~explain(explaining, radii, valid)
        return dataclasses.replace(
            state, drawn=end + 1, paths=state.paths + 1, rails=rails, valid=valid
        )

    def check_path(self, state: State, path: NDArray[np.int64]) -> None:
        """Assert that a path leads from a rail over free voxels, and is the cheapest."""
        steps = np.diff(self.solid.voxels[path], axis=0)
        assert (np.abs(steps).max(axis=1) == 1).all(), "a path makes a jump"
        assert state.rails[path[0]]
        assert not state.rails[path[1:]].any()
        least = self.solid.cheapest_cost(self.graph, state.rails, int(path[-1]))
        cost = self.penalty[path[1:]].sum()
        assert cost <= least * (1 + COST_TOLERANCE) + 1e-12, (cost, least)
